"""The day in figures, from the log alone: what patients waited for, and what nobody could do for them."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable

import msgspec

from sixpoint.dispatch import CallTypes, Need
from sixpoint.plan.outcomes import Fractile, InterventionFigure, NeedTime, fractile, time_to_intervention
from sixpoint.service.history import History

# The clock of a target -> the status at which it starts; what starts before the call (injury, collapse) nobody knows.
CLOCK_STARTS = {
    "alert": "notified",
    "first_medical_contact": "at_patient",
    "patient_contact": "at_patient",
    "scene_arrival": "on_scene",
}
FROM_CALL = "call received"


class Waited(msgspec.Struct, frozen=True):
    """Seconds from the call's first ring: median and 90th percentile over `n` calls; None where not reached."""

    what: str
    n: int
    median: Fractile
    p90: Fractile


class UnmetNeed(msgspec.Struct, frozen=True):
    """A need that nobody met within the rules, and on how many calls."""

    skill: str
    calls: int


class MeetingFigures(msgspec.Struct, frozen=True):
    """Meetings on the way to hospital: how many were arranged, came about, were cancelled; what those that came about
    gained against waiting and driving in, as planned (median, seconds); None if there were none."""

    arranged: int
    met: int
    cancelled: int
    gain_s: float | None


class Summary(msgspec.Struct, frozen=True):
    """One run in figures. `targets` hold each need against its own clock; `from_call` all needs from the first ring.

    `moves` are those of free units to posts that are not their own.
    """

    calls: int
    reached: int
    transported: int
    closed: int
    imputed_types: int
    overrides: int
    waited: tuple[Waited, ...]
    from_call: tuple[InterventionFigure, ...]
    targets: tuple[InterventionFigure, ...]
    calls_with_unmet_need: int
    unmet: tuple[UnmetNeed, ...]
    unmet_at_dispatch: tuple[UnmetNeed, ...]
    meetings: MeetingFigures
    moves: int = 0


def summarise(histories: Iterable[History], call_types: CallTypes, moves: int = 0) -> Summary:
    """The figures over these calls. A need counts if every patient of the type has it, or if somebody met it.

    `moves`: how often a free unit was moved away (`Histories.moved_away`); calls do not tell.
    """
    calls = list(histories)
    from_call: list[NeedTime] = []
    targets: list[NeedTime] = []
    unmet: Counter[str] = Counter()
    at_dispatch: Counter[str] = Counter()
    with_unmet = 0
    for call in calls:
        missing = set()
        needs = [need for need in call_types[call.dispatch_code].needs if need.hands == 1]
        for need in needs if call.first_ms("at_patient") is not None else ():
            met_ms = _met_ms(call, need)
            if met_ms is None and (need.when or (need.transporting and not _leaves(call))):
                continue
            seconds = None if met_ms is None else (met_ms - call.received_ms) / 1000
            from_call.append(NeedTime(need.skill, seconds, None, FROM_CALL))
            targets += _against_target(call, need, met_ms)
            if met_ms is None:
                missing.add(need.skill)
        with_unmet += bool(missing) or call.first_ms("at_patient") is None
        unmet.update(missing)
        at_dispatch.update({one.skill for choice in call.choices[-1:] for one in choice.choice.unmet})
    return Summary(
        calls=len(calls),
        reached=sum(call.first_ms("at_patient") is not None for call in calls),
        transported=sum(call.first_ms("transferred") is not None for call in calls),
        closed=sum(call.closed_ms is not None for call in calls),
        imputed_types=sum("dispatch_code" in call.imputed for call in calls),
        overrides=sum(len(call.overrides) for call in calls),
        waited=_waited(calls),
        from_call=time_to_intervention(from_call),
        targets=time_to_intervention(targets),
        calls_with_unmet_need=with_unmet,
        unmet=_counted(unmet),
        unmet_at_dispatch=_counted(at_dispatch),
        meetings=_meetings(calls),
        moves=moves,
    )


def _meetings(calls: list[History]) -> MeetingFigures:
    found = [one for call in calls for one in call.meetings]
    gains = []
    for one in found:
        plan = one.arranged.plan
        others = [time_s for time_s in (plan.wait_s, plan.drive_s) if time_s is not None]
        if one.drove_on_ms is not None and plan.meet_s is not None and others:
            gains.append(min(others) - plan.meet_s)
    return MeetingFigures(
        arranged=len(found),
        met=sum(one.drove_on_ms is not None for one in found),
        cancelled=sum(one.cancelled is not None for one in found),
        gain_s=statistics.median(gains) if gains else None,
    )


def _met_ms(call: History, need: Need) -> int | None:
    """When the need was met: the intervention's instant; for transport, when the first unit left for a facility."""
    return call.first_ms("transporting") if need.transporting else call.performed_ms(need.any_of)


def _leaves(call: History) -> bool:
    return call.closed_ms is None and call.first_ms("transporting") is None


def _against_target(call: History, need: Need, met_ms: int | None) -> list[NeedTime]:
    """The need on the clock of its target; nothing where there is no target or the clock's start is not known."""
    if need.target_s is None or need.clock not in CLOCK_STARTS:
        return []
    start_ms = call.first_ms(CLOCK_STARTS[need.clock])
    if start_ms is None:
        return []
    seconds = None if met_ms is None else max(0, met_ms - start_ms) / 1000
    return [NeedTime(need.skill, seconds, need.target_s, need.clock)]


def _waited(calls: list[History]) -> tuple[Waited, ...]:
    """First unit on scene over all calls; at the patient; definitive care over those who were taken there."""
    found = []
    for what, status, only_if in (
        ("first unit notified", "notified", None),
        ("first unit on scene", "on_scene", None),
        ("first unit at the patient", "at_patient", None),
        ("definitive care (transfer of care at a facility)", "transferred", "transporting"),
    ):
        counted = [call for call in calls if only_if is None or call.first_ms(only_if) is not None]
        seconds = [
            float("inf") if (reached := call.first_ms(status)) is None else (reached - call.received_ms) / 1000
            for call in counted
        ]
        found.append(Waited(what, len(seconds), fractile(seconds, 0.5), fractile(seconds, 0.9)))
    return tuple(found)


def _counted(counter: Counter[str]) -> tuple[UnmetNeed, ...]:
    return tuple(UnmetNeed(skill, n) for skill, n in sorted(counter.items(), key=lambda pair: (-pair[1], pair[0])))
