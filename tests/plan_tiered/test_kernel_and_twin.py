"""The compiled simulation does what the readable one does, loses nothing, and has the same bits every time."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from msgspec.structs import replace

from sixpoint.care import asks_first, load_pathways
from sixpoint.dispatch import ByAcuity, load_call_types, load_policy
from sixpoint.ops.decide.passing import ALERT_SKILL
from sixpoint.plan.tiered.acts import acts_of
from sixpoint.plan.tiered.loop import simulate
from sixpoint.plan.tiered.model import NORMAL_PACE, Away, Break, Diversion, build_service
from sixpoint.plan.tiered.patients import Demand, draw_patients
from sixpoint.plan.tiered.shapes import STEPS, Times, new_state, new_table
from sixpoint.plan.tiered.words import T_CREW, T_DIVERTED, T_MOVED, T_REPLACES, TRACE_WORDS
from sixpoint.region import Region, bundled_region, read_region
from sixpoint.road.hourly import WEEK_HOURS, hourly_speeds

from .check_trace import faults_of
from .plain_tiered import PlainService

TYPES = load_call_types()


@pytest.fixture(scope="module")
def riverton() -> Region:
    return read_region(bundled_region("riverton"))


def world(region: Region, seed: int, days: int = 1):
    """Riverton with fewer units, more calls, another policy, units out of service and a hospital on diversion."""
    rng = np.random.default_rng(seed)
    kept = {name for name in region.units if rng.random() < 0.8} | {"A21"}
    fewer = replace(
        region,
        units={name: unit for name, unit in region.units.items() if name in kept},
        shifts=tuple(shift for shift in region.shifts if shift.unit_id in kept),
    )
    policy = replace(
        load_policy(), max_units=int(rng.integers(1, 5)), scarce_gain_s=float(rng.choice([0, 240, 900])),
        divert_gain=float(rng.choice([0.5, 5])), replace_gain=float(rng.choice([0.1, 1])), move_up=bool(seed % 3),
        contingent_harm_share=ByAcuity(1, 1, 0.2, 0) if seed % 4 == 1 else ByAcuity(1, 1, 1, 1),
    )  # fmt: skip
    away = [Away(name, hour := float(rng.uniform(0, 20)), hour + 3) for name in sorted(kept) if rng.random() < 0.3]
    diversions = [Diversion("general", hour := float(rng.uniform(0, 12)), hour + 8)]
    breaks = [Break(name, float(rng.uniform(0, 24)), 30) for name in sorted(kept) if rng.random() < 0.4]
    pace = NORMAL_PACE._replace(restock=int(rng.choice([0, 600_000])))
    service = build_service(
        fewer, TYPES, policy, days, pace=pace, away=away, diversions=diversions, breaks=breaks,
        mutual_aid=frozenset({"A41"}),
    )  # fmt: skip
    drawn = draw_patients(fewer, TYPES, Demand(times=float(rng.uniform(0.5, 4))), days, seed)
    drawn.calls["safe_at"] = np.where(rng.random(len(drawn.calls)) < 0.2, drawn.calls["at"] + 1_200_000, 0)
    return fewer, service, drawn


def run(service, calls, trace_rows: int = 100_000, times: Times | None = None):
    state = new_state(service.world, service.units, calls, service.facilities, trace_rows, times)
    simulate(service.world, state, new_table(service.world, len(service.units)))
    assert state.count[5] == 0, "the trace is whole"
    return state


def drawn_times(service, calls: int, seed: int) -> Times:
    """Times for two kinds of unit; some steps are left to the call, the unit or the pace."""
    rng = np.random.default_rng([seed, 1])
    service.units["paced_as"] = rng.integers(2, size=len(service.units))
    lengths = rng.integers(0, 1_800_000, (calls, 2, STEPS))
    lengths[rng.random(lengths.shape) < 0.2] = -1
    return Times(np.where(rng.random(calls) < 0.2, -1, rng.integers(0, 300_000, calls)), lengths)


@pytest.mark.parametrize("seed", range(8))
def test_the_kernel_and_the_plain_service_do_the_same(riverton: Region, seed: int) -> None:
    region, service, drawn = world(riverton, seed)
    times = drawn_times(service, len(drawn.calls), seed) if seed % 2 else None
    state = run(service, drawn.calls, times=times)
    plain = PlainService(service, region, drawn.calls, times)
    plain.run()
    rows = [tuple(row) for row in state.trace[: state.count[3]].tolist()]
    first = next((n for n, (one, other) in enumerate(zip(rows, plain.trace, strict=False)) if one != other), None)
    assert first is None, (first, rows[first - 3 : first + 3], plain.trace[first - 3 : first + 3])
    assert len(rows) == len(plain.trace), (rows[-3:], plain.trace[-4:])
    assert [call.end for call in plain.calls] == state.calls["end"].tolist()
    assert len(rows) > 400
    happened = {word for _, word, _, _, _ in rows}
    assert T_DIVERTED in happened
    assert T_REPLACES in happened or seed not in (0, 3)
    assert (T_MOVED in happened) == service.policy.move_up


@pytest.mark.parametrize("seed", range(20, 40))
def test_every_law_of_a_trace_holds(riverton: Region, seed: int) -> None:
    _, service, drawn = world(riverton, seed, days=2)
    state = run(service, drawn.calls, times=drawn_times(service, len(drawn.calls), seed) if seed % 2 else None)
    assert faults_of(service, state, drawn.calls) == []
    assert (state.units["call"] == -1).all() or (state.calls["end"] == 0).any()


def test_the_simulation_takes_nobody_to_a_clinic_while_there_is_a_hospital(riverton: Region) -> None:
    def facilities(**kinds: str) -> tuple[str, ...]:
        known = {name: replace(one, kind=kinds.get(name[:2], "hospital")) for name, one in riverton.facilities.items()}
        shut = [Diversion(name, 1.0, 2.0) for name in known]
        return build_service(replace(riverton, facilities=known), TYPES, load_policy(), 1, diversions=shut).facility_ids

    assert facilities() == ("general", "st-brigid") == facilities(ge="clinic", st="clinic")
    assert facilities(st="clinic") == ("general",)


def test_by_the_hour_of_the_week_both_drive_as_fast_as_the_live_service(riverton: Region) -> None:
    per_mille = np.random.default_rng(1).integers(700, 1500, (2, WEEK_HOURS))
    hourly = replace(riverton, speeds=hourly_speeds(np.sort(per_mille, axis=0), riverton.timezone))
    region, service, drawn = world(hourly, 2)
    state = run(service, drawn.calls)
    plain = PlainService(service, region, drawn.calls)
    plain.run()
    assert [tuple(row) for row in state.trace[: state.count[3]].tolist()] == plain.trace
    assert len({round(float(one), 3) for one in state.units["factor"]}) > 1


def test_nobody_is_sent_a_crew_on_its_break_which_begins_when_the_unit_is_clear_and_lasts_its_length(
    riverton: Region,
) -> None:
    due = [Break(name, 9.5 + number, 45) for number, name in enumerate(sorted(riverton.units))]
    service = build_service(riverton, TYPES, load_policy(), 2, breaks=due)
    drawn = draw_patients(riverton, TYPES, Demand(times=3), 2, 1)
    state = run(service, drawn.calls)
    assert faults_of(service, state, drawn.calls) == []
    rows = state.trace[: state.count[3]].tolist()
    taken = 0
    for at, unit, length in service.world.breaks.tolist():
        own = [
            row for row in rows if row[3] == unit and TRACE_WORDS[row[1]] in ("crew", "assigned", "clear", "cancelled")
        ]
        before = [row for row in own if row[0] < at]
        crews = [row[4] for row in before if row[1] == T_CREW]
        begins = next((row[0] for row in own if row[0] >= at and row[1] == T_CREW and row[4] == 0), None)
        if begins is None or not crews or crews[-1] == 0:
            continue  # nobody is on it
        free = TRACE_WORDS[before[-1][1]] != "assigned"
        assert begins == at or not free
        after = [row for row in own if row[0] > begins]
        assert not after or after[0][0] >= begins + length
        taken += 1
    assert taken > 10


def test_what_was_used_up_is_replaced_before_a_unit_that_goes_to_no_facility_is_clear(riverton: Region) -> None:
    drawn = draw_patients(riverton, TYPES, Demand(), 1, 1)
    longest = {}
    for restock in (0, 900_000):
        pace = NORMAL_PACE._replace(restock=restock)
        service = build_service(riverton, TYPES, load_policy(), 1, pace=pace)
        state = run(service, drawn.calls)
        assert faults_of(service, state, drawn.calls) == []
        rows = state.trace[: state.count[3]]
        met = {(call, unit) for _, word, call, unit, _ in rows.tolist() if TRACE_WORDS[word] == "need_met"}
        ended = rows[np.isin(rows[:, 1], [TRACE_WORDS.index("clear")])].tolist()
        leaves = ("transporting", "rides_along")
        carried = {(call, unit) for _, word, call, unit, _ in rows.tolist() if TRACE_WORDS[word] in leaves}
        last = {(call, unit): at for at, word, call, unit, _ in rows.tolist() if TRACE_WORDS[word] == "need_met"}
        waits = [at - last[call, unit] for at, _, call, unit, _ in ended if (call, unit) in met - carried]
        longest[restock] = min(waits)
    assert longest[0] < 900_000 <= longest[900_000]


def test_the_same_seed_gives_the_same_bits(riverton: Region) -> None:
    _, service, drawn = world(riverton, 3)
    _, _, again = world(riverton, 3)
    assert drawn.calls.tobytes() == again.calls.tobytes()
    one, other = run(service, drawn.calls), run(service, again.calls)
    assert one.trace.tobytes() == other.trace.tobytes()
    assert one.met_ms.tobytes() == other.met_ms.tobytes()


def test_patients_do_not_depend_on_units(riverton: Region) -> None:
    fewer = replace(riverton, units={}, shifts=())
    one = draw_patients(riverton, TYPES, Demand(), 3, 7).calls
    assert one.tobytes() == draw_patients(fewer, TYPES, Demand(), 3, 7).calls.tobytes()


def test_the_needs_of_a_drawn_patient_agree(riverton: Region) -> None:
    """As `CallType.of_patient` says: one condition for all its needs, and nothing that excludes each other."""
    mix = dict.fromkeys(TYPES.codes, 1 / len(TYPES.codes))
    calls = draw_patients(riverton, TYPES, Demand(mix=mix, times=20, conditional_need_share=0.6), 2, 5).calls
    for row in calls:
        kind = TYPES[TYPES.codes[row["type"]]]
        had = {need.order for bit, need in enumerate(kind.needs) if row["mask"] >> bit & 1 and not need.transporting}
        stays = {need.order for need in kind.needs if not row["carried"] and ALERT_SKILL in need.any_of}
        told = {need.order for need in kind.of_patient(had) if not need.transporting}
        assert told - stays == had
    assert len({int(row["type"]) for row in calls}) == len(TYPES.codes)


def test_a_crew_does_not_do_what_asks_for_something_that_it_cannot_find_out(riverton: Region) -> None:
    """Nitroglycerin asks for a 12-lead read: an AEMT, who may give it, leaves it to somebody who may read one."""
    index = {skill.id: skill.index for skill in riverton.rules.skills}
    need, reading = "nitroglycerin_sl_agency", "ecg_12lead_interpret"
    assert reading in asks_first(load_pathways(), "2301021", need)
    everything = (1 << len(index)) - 1
    capabilities = [(everything & ~(1 << index[reading]), 0), (everything, 0)]
    acts = acts_of(riverton.rules, TYPES, capabilities, load_pathways())
    before = sum(len(TYPES[code].needs) for code in TYPES.codes[: TYPES.codes.index("2301021")])
    bit = next(bit for bit, one in enumerate(TYPES["2301021"].needs) if one.skill == need)
    assert acts.stands[:, before + bit].tolist() == [-1, index[need]]


def test_the_checker_sees_what_is_wrong(riverton: Region) -> None:
    """A trace in which a unit without any capability meets the needs is found faulty."""
    _, service, drawn = world(riverton, 3)
    state = run(service, drawn.calls)
    service.world.with_order[:] = 0
    assert any("may not" in fault for fault in faults_of(service, state, drawn.calls))


def test_a_log_replayed_keeps_its_calls(riverton: Region) -> None:
    calls = draw_patients(riverton, TYPES, Demand(source="log"), 1, 1).calls
    assert len(calls) == len(riverton.calls)
    first = riverton.calls[0]
    assert calls["at"][0] == (first.received_at - riverton.starts_at) / timedelta(milliseconds=1)
