"""A rehearsed day of a service whose policy moves free units up."""

from __future__ import annotations

import pytest

from sixpoint.dispatch import Policy, load_call_types
from sixpoint.ops import digest, events
from sixpoint.region import bundled_region, read_region
from sixpoint.service.audit import audit
from sixpoint.service.engine import Engine, read_events, replay_log
from sixpoint.service.opening import world_of
from sixpoint.service.rehearsal.day import Day
from sixpoint.store import MemoryLog


@pytest.fixture(scope="module")
def engine() -> Engine:
    region = read_region(bundled_region("riverton"), load_call_types().codes)
    day = Day(region, Engine(MemoryLog(), world_of(region, Policy(move_up=True))), 6)
    day.open()
    day.run()
    day.checkpoint(day.engine.state.last_ms)
    return day.engine


def test_the_desk_follows_the_moves_and_each_stands_with_its_gain(engine: Engine) -> None:
    moves = [one for one in read_events(engine.log) if isinstance(one, events.UnitMoved)]
    away = [one for one in moves if one.because != "back to its own post"]
    assert len(away) > 10
    least = engine.world.policy.move_up_least_gain
    assert all(one.weighed is not None and one.weighed.gain >= least and not one.override_reason for one in away)
    assert engine.world.cover is not None and {one.cover for one in away} == {engine.world.cover.hash}


def test_a_unit_that_was_moved_parks_there_or_is_sent_on_a_call_or_moved_on(engine: Engine) -> None:
    """Nobody is left on the road: what comes next for the unit is one of these."""
    under_way: dict[str, events.UnitMoved] = {}
    parked = 0
    for event in read_events(engine.log):
        match event:
            case events.UnitMoved():
                under_way[event.unit_id] = event
            case events.UnitAssigned():
                under_way.pop(event.unit_id, None)
            case events.UnitParked():
                moved = under_way.pop(event.unit_id, None)
                if moved is not None:
                    parked += 1
                    assert event.place == moved.leg.to and event.at_ms == moved.leg.arrives_ms
            case _:
                pass
    assert parked > 5 and not under_way


def test_the_day_is_whole_and_its_log_gives_the_same_state_and_the_same_choices(engine: Engine) -> None:
    assert not engine.state.incidents and engine.state.calls == engine.state.closed
    assert digest(replay_log(engine.log).state) == digest(engine.state)
    assert all(one.is_same for one in audit(engine.log, engine.world))
