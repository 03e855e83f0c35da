"""Lots that expire are read with the units; a folder without them has no dates."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sixpoint.errors import InputError
from sixpoint.ops import commands as c
from sixpoint.region import bundled_region, read_region
from sixpoint.service.opening import opening_commands, world_of

HEADER = "unit_id,item,expires_on,lot\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundled_region("riverton"), tmp_path / "riverton"))


def test_an_item_lasts_through_the_last_day_of_its_last_lot(folder: Path) -> None:
    (folder / "stock.csv").write_text(
        HEADER + "A11,aspirin,2026-05-31,L1\nA11,aspirin,2026-06-30,L2\nA11,dextrose,2026-05-15,\n", "utf-8"
    )
    region = read_region(folder)
    unit = region.units["A11"]
    zone = ZoneInfo(region.timezone)
    assert unit.expires == {
        "aspirin": datetime(2026, 7, 1, tzinfo=zone), "dextrose": datetime(2026, 5, 16, tzinfo=zone),
    }  # fmt: skip
    assert [lot.lot for lot in unit.stock] == ["L1", "L2", ""] and not region.units["A12"].stock
    (added,) = [one for one in opening_commands(region, 0) if isinstance(one, c.AddUnit) and one.unit_id == "A11"]
    assert added.expires_ms["dextrose"] == datetime(2026, 5, 16, tzinfo=zone).timestamp() * 1000


def test_what_is_wrong_with_the_stock_is_named_with_its_line(folder: Path) -> None:
    (folder / "stock.csv").write_text(
        HEADER + "A99,aspirin,2026-05-31,\nA11,leeches,2026-05-31,\nA11,aspirin,soon,\n", "utf-8"
    )
    with pytest.raises(InputError) as caught:
        read_region(folder)
    told = [str(fault) for fault in caught.value.faults]
    assert told[0].startswith("stock.csv:2: unit_id 'A99' is not in units.csv")
    assert told[1].startswith("stock.csv:3: kit 'als_ambulance' of unit 'A11' has no item 'leeches'")
    assert told[2].startswith("stock.csv:4: column 'expires_on' holds 'soon', which is not a day")


def test_the_agencys_pathways_of_a_region_are_in_force_in_its_service(folder: Path) -> None:
    (folder / "ours.yaml").write_text(
        "pathway: pain\non: pain\nsource: JUDGEMENT\nconfidence: judgement\nversion: ours\nremove: [ketamine]\n",
        "utf-8",
    )
    plain = world_of(read_region(folder)).pathways
    manifest = folder / "region.toml"
    manifest.write_text(manifest.read_text("utf-8") + 'pathways = ["ours.yaml"]\n', "utf-8")
    ours = world_of(read_region(folder)).pathways
    assert ours["pain"].version == "ours" and ours["pain"].step("ketamine") is None and ours.hash != plain.hash
    manifest.write_text(manifest.read_text("utf-8").replace("ours.yaml", "theirs.yaml"), "utf-8")
    with pytest.raises(InputError, match=r"there is no file 'theirs\.yaml'"):
        read_region(folder)
