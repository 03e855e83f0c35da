"""What another rulebook, policy or network would have recommended: what differs, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sixpoint.cli.day import day as day_commands
from sixpoint.dispatch import load_call_types
from sixpoint.errors import InputError
from sixpoint.ops import Leg, Place
from sixpoint.region import Region, bundled_region, read_region
from sixpoint.road import network_tables
from sixpoint.service.audit import Audited, AuditedDestination, audit
from sixpoint.service.other_roads import OtherRoads, RoadsAsked, other_roads
from sixpoint.service.run import LOG, PastRun, finish_run, start_run, world_of_run
from sixpoint.store import open_sqlite

# The two bridges of Riverton: the only streets between its banks (their minimum cut).
NORTH_BRIDGE, SOUTH_BRIDGE = "n1224,n1225", "n0711,n0712"
CALLS = 30


@pytest.fixture(scope="module")
def region() -> Region:
    return read_region(bundled_region("riverton"), load_call_types().codes)


@pytest.fixture(scope="module")
def run(region: Region, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first calls of a day in Riverton."""
    folder = tmp_path_factory.mktemp("run")
    day = start_run(folder, bundled_region("riverton"), region, 6)
    now_ms = 0
    while day.engine.state.calls < CALLS:
        now_ms = day.agenda.step()
    finish_run(day, folder, now_ms)
    return folder


def asked(run: Path, roads: RoadsAsked | None = None, rulebook: str | None = None) -> list[Any]:
    past = PastRun(run)
    world = world_of_run(past, None, rulebook, None, roads)
    then = world.travel.then if isinstance(world.travel, OtherRoads) else None
    with open_sqlite(run / LOG, read_only=True) as log:
        return list(audit(log, world, then))


def units(found: list[Any]) -> list[Audited]:
    return [one for one in found if isinstance(one, Audited)]


def test_units_and_destinations_come_out_the_same_on_the_roads_that_were(run: Path) -> None:
    found = asked(run)
    assert len(units(found)) >= CALLS and sum(isinstance(one, AuditedDestination) for one in found) > 10
    assert all(one.is_same for one in found)


def test_the_same_streets_under_other_node_numbers_give_every_answer_again(
    run: Path, region: Region, tmp_path: Path
) -> None:
    """To the last reason, units under way included: so what comes out otherwise on other roads is due to the roads."""
    for name, text in zip(("nodes.csv", "edges.csv"), network_tables(region.network), strict=True):
        header, *rows = text.splitlines()
        (tmp_path / name).write_text("\n".join([header, *reversed(rows)]) + "\n", "utf-8")
    roads = other_roads(region, world_of_run(PastRun(run), None, None, None).travel, RoadsAsked(tmp_path))
    assert roads.off_roads == 0 and int(roads._times._node_of[0]) == region.network.node_count - 1
    assert all(one.is_same for one in asked(run, RoadsAsked(tmp_path)))


def test_with_every_time_doubled_what_differs_is_told_with_both_times(run: Path) -> None:
    found = units(asked(run, RoadsAsked(times_factor=2.0)))
    differing = [one for one in found if not one.is_same]
    assert len(differing) > len(found) * 0.8
    assert all(one.harm >= one.harm_then for one in differing if one.sent)
    assert {one.differences[0].kind for one in differing} <= {"unit sent", "unit not sent", "time"}
    later = next(one for one in differing if one.differences[0].kind == "time").differences[0]
    assert later.then.split(":") < later.now.split(":") or len(later.then) < len(later.now)


def test_a_unit_under_way_is_where_it_really_was_whatever_roads_are_asked_about(run: Path, region: Region) -> None:
    then = world_of_run(PastRun(run), None, None, None).travel
    slow = other_roads(region, then, RoadsAsked(times_factor=2.0))
    here, there = (Place(0.0, 0.0, node) for node in (0, region.network.node_count - 1))
    seconds = then.seconds(here, there, 0, True)
    leg = Leg(here, there, 0, round(1000 * seconds), lights=True)
    for at_ms in range(0, leg.arrives_ms + 1_000, leg.arrives_ms // 7):
        node, ahead_ms = then.next_nodes([leg], at_ms)
        seen = slow.next_nodes([leg], at_ms)
        assert (node.item(), ahead_ms.item()) == (seen[0].item(), seen[1].item())
        place = Place(0.0, 0.0, node.item())
        on_s = slow.seconds(place, here, at_ms, True)  # from its next node it drives on as asked
        assert slow.seconds(leg, here, at_ms, True) == pytest.approx(ahead_ms.item() / 1000 + on_s, abs=1e-9)
        assert slow.place_at(leg, at_ms) == then.place_at(leg, at_ms)


def test_with_the_bridges_closed_a_unit_from_the_other_bank_has_no_way(run: Path) -> None:
    found = units(asked(run, RoadsAsked(closed=(NORTH_BRIDGE, SOUTH_BRIDGE))))
    lost = [each for one in found for each in one.differences if each.kind == "unit not sent"]
    assert any(each.now == "no way there" and "no road leads there" in each.because for each in lost)
    one_bridge = units(asked(run, RoadsAsked(closed=(NORTH_BRIDGE,))))
    assert sum(one.is_same for one in found) < sum(one.is_same for one in one_bridge) < len(found)


def test_a_street_may_be_closed_by_its_place(run: Path) -> None:
    by_name, by_place = (asked(run, RoadsAsked(closed=(closed,))) for closed in (NORTH_BRIDGE, "-100.3093,41.8994,20"))
    assert by_name == by_place


def test_another_rulebook_tells_needs_unmet_and_met_by_others_where_the_units_are_the_same(run: Path) -> None:
    found = units(asked(run, rulebook="massachusetts"))
    kinds = {each.kind for one in found for each in one.differences}
    assert {"unit not sent", "need unmet"} <= kinds
    for one in found:
        assert one.is_same == (not one.differences)
        lost = {each.what for each in one.differences if each.kind == "need unmet"}
        assert lost <= set(one.would_leave_unmet)


def command(run: Path, *words: str) -> Result:
    return CliRunner().invoke(day_commands, ["audit", str(run), *words], standalone_mode=False)


def test_the_command_counts_by_what_differs_and_gives_an_example(run: Path) -> None:
    told = command(run, "--times-factor", "2")
    assert told.return_value == 1
    assert "the same units, a need met at another time" in told.stdout and "for example i-rv-" in told.stdout
    assert "the same facility, at another time or for other reasons" in told.stdout
    plain = command(run)
    assert plain.return_value == 0 and "0 otherwise" in plain.stdout


def test_programs_read_each_difference(run: Path) -> None:
    lines = [json.loads(line) for line in command(run, "--close", NORTH_BRIDGE, "--json").stdout.splitlines()]
    assert {line["of"] for line in lines} == {"units", "destination"}
    assert any(line["differences"] for line in lines if line["of"] == "units")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--close", "n0001"], "names no street and no place"),
        (["--close", "nowhere,n0001"], "nowhere"),
        (["--close", "n1224,n0711"], "no street joins these nodes"),
        (["--close", "0,0,100"], "no street comes within 100 m"),
        (["--times-factor", "0"], "is 0"),
        (["--times-factor", "nan"], "is nan"),
        (["--roads", "absent"], "absent"),
    ],
)
def test_roads_that_cannot_be_asked_for_are_refused(run: Path, words: list[str], said: str) -> None:
    refused = command(run, *words).exception
    assert isinstance(refused, InputError) and said in str(refused)


def test_roads_of_another_place_are_refused_and_of_a_part_are_told(run: Path, region: Region, tmp_path: Path) -> None:
    (tmp_path / "nodes.csv").write_text("node_id,lon_deg,lat_deg\na,1,1\nb,1.01,1\n", "utf-8")
    edges = "from_node,to_node,length_m,speed_kmh,road_class,one_way\na,b,1200,36,primary,no\n"
    (tmp_path / "edges.csv").write_text(edges, "utf-8")
    refused = command(run, "--roads", str(tmp_path)).exception
    assert isinstance(refused, InputError) and "lies nowhere within 500 m" in str(refused)
    lon_deg, lat_deg = region.network.lon_deg[0], region.network.lat_deg[0]
    nodes = f"node_id,lon_deg,lat_deg\na,{lon_deg},{lat_deg}\nb,{lon_deg + 0.01},{lat_deg}\n"
    (tmp_path / "nodes.csv").write_text(nodes, "utf-8")
    told = command(run, "--roads", str(tmp_path))
    assert told.return_value == 1 and "have no place on the other roads within 500 m" in told.stdout
