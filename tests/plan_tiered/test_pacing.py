"""Fitted times reach the simulation: each step lasts as drawn for its kind of unit, alike in every scenario."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from sixpoint.errors import InputError
from sixpoint.plan.tiered.pacing import paced_kinds
from sixpoint.plan.tiered.patients import draw_patients
from sixpoint.plan.tiered.scenario import Scenario, prepare, read_scenario
from sixpoint.plan.tiered.scenario.text import TimesText
from sixpoint.plan.tiered.shapes import CLEAR, OFFLOAD, ON_SCENE_FOR, RELEASED, TURNAROUND, TURNOUT
from sixpoint.plan.tiered.study import replicate
from sixpoint.plan.tiered.words import TRACE_WORDS

TIMES = """
[[call_processing]]
quantiles_s = [40, 40]
[[turnout]]
unit = "ambulance"
quantiles_s = [60, 120]
[[turnout]]
quantiles_s = [300, 400]
[[on_scene]]
family = "lognormal"
mu = 6.5
sigma = 0.3
[[released]]
unit = "first_response"
quantiles_s = [120, 240]
[[at_facility]]
quantiles_s = [900, 1500]
[[carried]]
share = 1.0
[[carried]]
call = "lower_acuity"
share = 0.0
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("paced")
    (made / "times.toml").write_text(TIMES, "utf-8")
    return made


def prepared(folder: Path, text: str = ""):
    base = 'region = "riverton"\ndays = 3\nseed = 4\ntimes.file = "times.toml"\n'
    (folder / "one.toml").write_text(base + text, "utf-8")
    return prepare(read_scenario(folder / "one.toml"), folder)


def legs(run, first: str, last: str) -> list[tuple[int, str, int]]:
    """Call, kind of unit and milliseconds between two words of the trace for the same unit on the same call."""
    since: dict[tuple[int, int], int] = {}
    found = []
    kinds = run.service.kinds
    for at, word, call, unit, _ in run.trace.tolist():
        if TRACE_WORDS[word] == first:
            since[call, unit] = at
        elif TRACE_WORDS[word] == last and (call, unit) in since:
            found.append((call, kinds[unit], at - since.pop((call, unit))))
    return found


def test_each_step_lasts_as_its_kind_of_unit_was_fitted(folder: Path) -> None:
    run = replicate(prepared(folder), 0, traced=True)
    assert (run.calls["chosen"] - run.calls["at"])[run.calls["chosen"] >= 0].min() == 40_000
    fresh = [one for one in legs(run, "assigned", "en_route") if one[2] > 20_000]  # the others were on the road
    notify = run.service.world.pace.notify
    ambulances = [ms - notify for _, kind, ms in fresh if kind == "ambulance"]
    others = [ms - notify for _, kind, ms in fresh if kind != "ambulance"]
    assert ambulances and min(ambulances) >= 60_000 and max(ambulances) <= 120_000
    assert others and min(others) >= 300_000 and max(others) <= 400_000
    there = [ms for _, _, ms in legs(run, "at_destination", "clear")]
    assert there and min(there) >= 900_000 and max(there) <= 1_500_000


def test_whether_a_patient_is_carried_follows_the_fit(folder: Path) -> None:
    one = prepared(folder)
    calls = draw_patients(one.region, one.service.types, one.demand, 3, 1).calls
    acuity = np.array([one.service.types[code].acuity for code in one.service.types.codes])[calls["type"]]
    assert (calls["carried"] == (acuity != "lower_acuity")).all() and 0 < calls["carried"].sum() < len(calls)
    said = prepared(folder, "[demand.transport_share]\nlikely = 0.0\n")
    likely = {code for code in one.service.types.codes if one.service.types[code].transport == "likely"}
    assert not likely & said.demand.carried.keys()


def test_what_was_drawn_for_a_call_does_not_depend_on_the_fleet(folder: Path) -> None:
    one = prepared(folder)
    two = prepared(folder, '[[change]]\nunit_id = "A21"\nremove = true\n[[change]]\nunit_id = "F1"\nremove = true\n')
    first, second = (draw_patients(p.region, p.service.types, p.demand, 3, 9) for p in (one, two))
    assert first.calls.tobytes() == second.calls.tobytes()
    kinds, fewer = paced_kinds(one.region), paced_kinds(two.region)
    for kind in set(kinds) & set(fewer):
        mine, theirs = first.times.by_kind[:, kinds.index(kind)], second.times.by_kind[:, fewer.index(kind)]
        assert (mine == theirs).all()


def test_a_step_without_a_fit_stays_as_it_is(folder: Path) -> None:
    one = prepared(folder)
    drawn = draw_patients(one.region, one.service.types, one.demand, 3, 9)
    kinds = paced_kinds(one.region)
    by_kind = drawn.times.by_kind
    assert (by_kind[:, :, CLEAR] == -1).all()
    for place, kind in enumerate(kinds):
        assert (by_kind[:, place, RELEASED] >= 0).all() == kind.startswith("first_response")
        assert (by_kind[:, place, OFFLOAD] >= 900_000).all() and (by_kind[:, place, TURNAROUND] == 0).all()
        assert (by_kind[:, place, TURNOUT] >= 60_000).all() and (by_kind[:, place, ON_SCENE_FOR] > 0).all()


def test_responders_who_are_released_leave_before_the_ambulance(folder: Path) -> None:
    run = replicate(prepared(folder), 0, traced=True)
    stays = [ms for _, kind, ms in legs(run, "on_scene", "clear") if kind == "first_response"]
    assert stays and np.mean(np.array(stays) <= 241_000) > 0.2


def test_a_log_replayed_keeps_what_it_knows_of_its_patients(folder: Path) -> None:
    one = prepare(Scenario("riverton", days=1), folder)
    log = draw_patients(one.region, one.service.types, replace(one.demand, source="log"), 1, 1)
    calls = sorted(one.region.calls, key=lambda call: call.received_at)
    known = [(n, call) for n, call in enumerate(calls) if call.transport is not None]
    assert known and all(bool(log.calls["carried"][n]) == call.transport for n, call in known)
    timed = [(n, call) for n, call in enumerate(calls) if call.on_scene_s is not None]
    assert all(log.times.by_kind[n, 0, ON_SCENE_FOR] == round(1000 * call.on_scene_s) for n, call in timed)


def test_a_file_of_times_that_is_not_there_or_broken_is_refused_before_anything_runs(folder: Path) -> None:
    with pytest.raises(InputError, match=r"times\.file: there is no file '.*none\.toml'"):
        prepare(Scenario("riverton", times=TimesText("none.toml")), folder)
    (folder / "bad.toml").write_text("[[turnout]]\nquantiles_s = [60, -1]\n", "utf-8")
    with pytest.raises(InputError, match=r"bad\.toml:2"):
        prepare(Scenario("riverton", times=TimesText("bad.toml")), folder)
