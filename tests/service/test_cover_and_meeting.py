"""Cover and rendezvous on a region's roads, each held against counting by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sixpoint.dispatch import Policy, load_call_types
from sixpoint.dispatch.cover_classes import load_cover_classes
from sixpoint.errors import InputError
from sixpoint.region import Region, bundled_region, read_region
from sixpoint.road import Snapper, TravelTimes
from sixpoint.scope import crew_capability, equipment_of_kit
from sixpoint.service.cover import cover_of
from sixpoint.service.meeting import meeting_on_the_way

CALL_TYPES = load_call_types()


@pytest.fixture(scope="module")
def riverton() -> Region:
    return read_region(bundled_region("riverton"), CALL_TYPES.codes)


def test_cover_counts_the_calls_that_find_an_idle_unit_with_the_skills_within_reach(riverton: Region) -> None:
    at = riverton.starts_at + timedelta(hours=15)
    busy = 0.3
    found = cover_of(
        riverton, CALL_TYPES, load_cover_classes(), at, busy_share=busy, least_gain=0.02, longest_s=900, policy=Policy()
    )
    times = TravelTimes(riverton.network)
    for told, one in zip(found.classes, load_cover_classes(), strict=True):
        calls = covered = 0.0
        for call in riverton.calls:
            skills = {skill for need in CALL_TYPES[call.dispatch_code].needs for skill in need.any_of}
            if not skills & set(one.skills):
                continue
            within = 0
            for unit in riverton.units.values():
                crew = riverton.crew(unit.unit_id, at)
                may = crew_capability(riverton.rules, crew, equipment_of_kit(riverton.rules, unit.kit), at).standing
                able = all(may >> skill.index & 1 for skill in riverton.rules.skills if skill.id in one.skills)
                reach_s = times.seconds(riverton.posts[unit.post_id].node, call.node) * riverton.lights_factor
                within += bool(crew) and able and (unit.transport or not one.transporting) and reach_s <= one.within_s
            calls += 1
            covered += 1 - busy**within
        assert told.calls_per_h == pytest.approx(calls / 24)
        assert told.share_covered == pytest.approx(covered / calls)


def test_a_move_that_is_proposed_raises_the_cover_by_what_it_says(riverton: Region) -> None:
    at = riverton.starts_at + timedelta(hours=15)
    found = cover_of(
        riverton, CALL_TYPES, load_cover_classes(), at, busy_share=0.3, least_gain=0.0, longest_s=3600, policy=Policy()
    )
    gains = [move[3] for move in found.moves]
    assert gains and gains == sorted(gains, reverse=True) and min(gains) > 0


def test_the_meeting_is_the_soonest_of_waiting_driving_and_every_node_of_the_way(riverton: Region) -> None:
    scene, advanced = (-100.243245, 41.974620), (-100.286560, 41.898353)
    found = meeting_on_the_way(riverton, scene, advanced, "general", Policy(), 120.0)
    snap, times = Snapper(riverton.network), TravelTimes(riverton.network).at_factor(riverton.lights_factor)
    start, other = snap.nearest(*scene)[0], snap.nearest(*advanced)[0]
    goal = riverton.facilities["general"].node
    route = times.path(start, goal)
    both = [max(120.0 + times.seconds(start, node), times.seconds(other, node)) for node in route.nodes[1:-1].tolist()]
    assert found.plan.meet_s == pytest.approx(min(both), abs=0.01)
    assert found.plan.wait_s == pytest.approx(times.seconds(other, start))
    assert found.plan.drive_s == pytest.approx(120.0 + times.seconds(start, goal))


def test_a_facility_that_is_not_known_is_refused(riverton: Region) -> None:
    with pytest.raises(InputError, match="not of this region"):
        meeting_on_the_way(riverton, (-100.2, 41.9), (-100.2, 41.9), "nowhere", Policy(), 0.0)
