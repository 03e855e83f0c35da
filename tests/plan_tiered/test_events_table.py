"""Simulated and live events lie in tables of the same columns; a table is whole or not there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sixpoint.cli.log import log
from sixpoint.cli.plan import plan
from sixpoint.errors import InputError
from sixpoint.ops.columns import Columns, columns_of
from sixpoint.ops.events import StatusReported, UnitAssigned, UnitMoved, UnitReassigned, decode
from sixpoint.plan.tiered.events import rows_of
from sixpoint.plan.tiered.measure import replicate
from sixpoint.plan.tiered.scenario.prepare import prepare
from sixpoint.plan.tiered.scenario.text import DemandText, Scenario
from sixpoint.region import bundled_region, read_region
from sixpoint.service.engine import Engine
from sixpoint.service.opening import world_of
from sixpoint.service.rehearsal.day import Day
from sixpoint.store import open_sqlite
from sixpoint.store.table import Row, write_table

pl = pytest.importorskip("polars")
DAYS = ["simulate", "riverton", "--days", "1", "--seed", "3"]
# Kinds that the live log does not have: what only a simulation notes.
OWN = {"need_met", "order_asked", "performed", "rides_along"}


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated") / "run"
    CliRunner().invoke(plan, [*DAYS, "--parquet", "--out", str(folder)], catch_exceptions=False)
    return folder


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first two hours of a rehearsed day, exported by the command."""
    path = tmp_path_factory.mktemp("live") / "log.sqlite"
    region = read_region(bundled_region("riverton"))
    with open_sqlite(path, create=True) as opened:
        day = Day(region, Engine(opened, world_of(region)), 6)
        day.open()
        while day.engine.state.closed < 3:
            day.agenda.step()
    done = CliRunner().invoke(log, ["export", str(path), str(path.with_suffix(".parquet")), "--json"])
    assert done.exit_code == 0, done.output
    return path.with_suffix(".parquet")


def test_units_that_change_calls_or_posts_are_told_in_the_words_of_the_live_log() -> None:
    scenario = Scenario("riverton", days=1, policy={"move_up": True}, demand=DemandText(times=3))
    prepared = prepare(scenario, Path())
    done = replicate(prepared, 0, traced=True)
    told = [decode(row.payload) for row in rows_of(prepared, done) if row.kind not in OWN]
    changed = [place for place, event in enumerate(told) if isinstance(event, UnitReassigned)]
    assert changed
    for place in changed:
        event, left, sent = told[place : place + 3]
        assert isinstance(event, UnitReassigned) and isinstance(left, StatusReported)
        assert left.status == "cancelled" and left.note.split()[0] in ("diverted", "replaced")
        assert isinstance(sent, UnitAssigned)
        assert (sent.unit_id, sent.incident_id) == (event.unit_id, event.incident_id)
        assert event.from_incident_id is None or left.incident_id == event.from_incident_id
    moved = [event for event in told if isinstance(event, UnitMoved)]
    assert moved
    assert all(one.post_id in prepared.region.posts and one.leg.arrives_ms >= one.at_ms for one in moved)


def test_simulated_and_live_events_have_equal_schemas(simulated: Path, live: Path) -> None:
    ours, theirs = pl.read_parquet(simulated / "events.parquet"), pl.read_parquet(live)
    assert ours.schema == theirs.schema
    assert ours.columns == ["position", "at_ms", "kind", *Columns.__struct_fields__, "payload"]
    both = pl.concat([ours, theirs])
    assert both.filter(pl.col("kind") == "unit_assigned")["unit_id"].null_count() == 0


def test_simulated_events_are_those_of_the_live_log(simulated: Path) -> None:
    """Each payload decodes as an event of the live service, but for the kinds that only a simulation has."""
    table = pl.read_parquet(simulated / "events.parquet")
    assert table["position"].to_list() == list(range(1, len(table) + 1))
    assert table["at_ms"].is_sorted()
    for kind, at_ms, payload in table.select("kind", "at_ms", "payload").iter_rows():
        if kind not in OWN:
            assert decode(payload.encode()).at_ms == at_ms
    assert {"service_opened", "call_reported", "unit_assigned", "status_reported", "incident_closed"} <= set(
        table["kind"]
    )
    assigned = [json.loads(one) for one in table.filter(pl.col("kind") == "unit_assigned")["payload"]]
    assert all(len(one["crew"]) == len(one["levels"]) > 0 and one["eta_s"] >= 0 for one in assigned)


def test_every_row_of_the_trace_is_in_the_table(simulated: Path) -> None:
    table = pl.read_parquet(simulated / "events.parquet")
    rows = (simulated / "events.csv").read_text("utf-8").splitlines()[1:]
    words = [row.split(",")[1] for row in rows]
    counts = dict(table["kind"].value_counts().iter_rows())
    for word, kind in {"reported": "call_reported", "assigned": "unit_assigned", "need_met": "need_met"}.items():
        assert counts[kind] == words.count(word)
    statuses = dict(table.filter(pl.col("kind") == "status_reported")["status"].value_counts().iter_rows())
    for status in ("en_route", "on_scene", "at_patient", "transporting", "clear", "cancelled"):
        assert statuses.get(status, 0) == words.count(status)


def found_in(said: Any, name: str) -> Any:
    return said.get(name) if isinstance(said, dict) else None


def test_the_columns_say_what_the_payload_says(live: Path) -> None:
    table = pl.read_parquet(live)
    for row in table.iter_rows(named=True):
        said = json.loads(row["payload"])
        assert row["kind"] == said["type"] and row["at_ms"] == said["at_ms"]
        for name in ("by", "incident_id", "unit_id", "status", "encounter_id", "call_id"):
            assert row[name] == said.get(name), (name, row["payload"])
        assert row["skill"] == (said.get("skill") or found_in(said.get("fact"), "skill"))
    assert table["skill"].drop_nulls().len() > 0 and table["facility_id"].drop_nulls().len() > 0


def test_what_is_no_event_has_no_columns_and_is_kept() -> None:
    for payload in (b"\xff\x00", b"[1]", b'{"unit_id": 5}', b""):
        assert columns_of(payload) == Columns()


def test_a_table_is_whole_or_not_there(tmp_path: Path) -> None:
    def broken() -> Any:
        yield Row(1, 0, "one", b"{}")
        raise InputError.one("the source", "ends here", "Try again.")

    path = tmp_path / "events.parquet"
    with pytest.raises(InputError, match="ends here"):
        write_table(path, broken(), Columns, columns_of)
    assert list(tmp_path.iterdir()) == []
    assert write_table(path, [], Columns, columns_of) == 0
    assert pl.read_parquet(path).columns[0] == "position"
    with pytest.raises(InputError, match="is there already"):
        write_table(path, [], Columns, columns_of)


def test_without_polars_the_rest_is_written_and_what_to_install_is_said(tmp_path: Path) -> None:
    words = ["sixpoint", "plan", *DAYS, "--parquet", "--out", str(tmp_path / "run")]
    code = f"import sys; sys.modules['polars'] = None; sys.argv = {words}; import sixpoint.cli.main as m; m.main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "'.[plan]'" in done.stderr and "Traceback" not in done.stderr
    assert (tmp_path / "run" / "events.csv").is_file() and not (tmp_path / "run" / "events.parquet").exists()
