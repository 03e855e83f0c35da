"""A region says which units are a neighbour's; live service and simulation both know it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sixpoint.dispatch import Policy, load_call_types
from sixpoint.ops import commands as c
from sixpoint.plan.tiered.model import build_service
from sixpoint.region import Region, bundled_region, read_region
from sixpoint.region.write import Draft, read_draft, write_draft
from sixpoint.service.opening import opening_commands


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Region:
    """Riverton with its ambulance 41 lent by a neighbour; the cells of the other units are empty."""
    folder: Path = tmp_path_factory.mktemp("lent")
    draft = read_draft(bundled_region("riverton"))
    units = [{**row, "mutual_aid": "yes"} if row["unit_id"] == "A41" else row for row in draft.tables["units"]]
    write_draft(Draft(draft.settings, {**draft.tables, "units": units}), folder)
    return read_region(folder)


def test_without_the_column_every_unit_is_our_own() -> None:
    assert not any(unit.mutual_aid for unit in read_region(bundled_region("riverton")).units.values())


def test_the_unit_named_is_a_neighbours_and_an_empty_cell_is_no(region: Region) -> None:
    assert [unit.unit_id for unit in region.units.values() if unit.mutual_aid] == ["A41"]


def test_the_live_service_is_opened_with_it(region: Region) -> None:
    added = [one for one in opening_commands(region, 0) if isinstance(one, c.AddUnit)]
    assert [one.unit_id for one in added if one.mutual_aid] == ["A41"]


def test_the_simulation_holds_it_back_too(region: Region) -> None:
    service = build_service(region, load_call_types(), Policy(), 1)
    assert [name for name, row in zip(service.unit_ids, service.units, strict=True) if row["mutual_aid"]] == ["A41"]
