"""The steps of a response as a log shows them: how long each took, and which rows say nothing about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final

import msgspec

from sixpoint.plan.call_log.model import CallLog, LoggedCall, LoggedResponse

ANY: Final = "any"
SHOWN: Final = 5


class Step(msgspec.Struct, frozen=True):
    """One step: between which times of NEMSIS it runs, of whom, and beyond how long a row is not believed.

    Limits are judgements: they are meant to catch clocks left running, not long days.
    """

    name: str
    runs: str
    limit_s: float


STEPS: Final[dict[str, Step]] = {
    one.name: one
    for one in (
        Step("call_processing", "eTimes.01 to the first eTimes.03 of the call", 7200.0),
        Step("turnout", "eTimes.03 to eTimes.05", 1800.0),
        Step("to_patient", "eTimes.06 to eTimes.07", 3600.0),
        Step("on_scene", "eTimes.06 to eTimes.09, of units that carry", 21_600.0),
        Step("released", "eTimes.06 to eTimes.13, of units that do not carry", 21_600.0),
        Step("offload", "eTimes.11 to eTimes.12", 43_200.0),
        Step("turnaround", "eTimes.12 to eTimes.13", 21_600.0),
        Step("at_facility", "eTimes.11 to eTimes.13", 43_200.0),
    )
}


class Observed(msgspec.Struct, frozen=True):
    """How long one step took one unit (or, for call processing, one call), s, and where that stands."""

    step: str
    unit: str  # kind/kit; ANY for a step of the call
    call_type: str
    seconds: float


class LeftOut(msgspec.Struct, frozen=True):
    """Rows that say nothing about a step, and why: missing, negative or impossible; the first of them by name."""

    step: str
    why: str
    rows: int
    first: tuple[str, ...]


class Observations(msgspec.Struct, frozen=True):
    """Every step that the log shows, and what it was left out for."""

    seen: tuple[Observed, ...]
    left_out: tuple[LeftOut, ...]


def observe(log: CallLog) -> Observations:
    """Every step of every response. A unit that never came is not counted as missing a step at the scene."""
    seen: list[Observed] = []
    out: dict[tuple[str, str], list[str]] = {}

    def take(step: str, unit: str, call: LoggedCall, first: datetime | None, last: datetime | None, where: str) -> None:
        seconds = (last - first).total_seconds() if first is not None and last is not None else None
        if seconds is None:
            why = "missing"
        elif seconds < 0:
            why = "negative"
        elif seconds > STEPS[step].limit_s:
            why = f"impossible (over {STEPS[step].limit_s / 60:g} min)"
        else:
            seen.append(Observed(step, unit, call.call_type, seconds))
            return
        out.setdefault((step, why), []).append(where)

    notified: dict[int, datetime] = {}
    logs_transfer = any(each.transferred_at is not None for each in log.responses)
    logs_patient = any(each.at_patient_at is not None for each in log.responses)
    for each in log.responses:
        if each.notified_at is not None:
            notified[each.call] = min(each.notified_at, notified.get(each.call, each.notified_at))
        for step, first, last in _steps(each, logs_transfer, logs_patient):
            take(step, each.kind, log.calls[each.call], first, last, each.where)
    for place in sorted({each.call for each in log.responses}):
        call = log.calls[place]
        take("call_processing", ANY, call, call.received_at, notified.get(place), call.where)
    return Observations(
        tuple(seen),
        tuple(LeftOut(step, why, len(rows), tuple(rows[:SHOWN])) for (step, why), rows in sorted(out.items())),
    )


def _steps(
    each: LoggedResponse, logs_transfer: bool, logs_patient: bool
) -> Iterator[tuple[str, datetime | None, datetime | None]]:
    yield "turnout", each.notified_at, each.en_route_at
    if each.on_scene_at is None and each.transporting_at is None:
        return
    carried = each.transporting_at is not None or each.at_destination_at is not None
    if logs_patient:
        yield "to_patient", each.on_scene_at, each.at_patient_at
    if not carried:
        yield "released", each.on_scene_at, each.clear_at
        return
    yield "on_scene", each.on_scene_at, each.transporting_at
    if logs_transfer:
        yield "offload", each.at_destination_at, each.transferred_at
        yield "turnaround", each.transferred_at, each.clear_at
    else:
        yield "at_facility", each.at_destination_at, each.clear_at


Chain = Callable[[str], tuple[str, ...]]


def unit_chain(unit: str) -> tuple[str, ...]:
    """A kind of unit and the wider groups it belongs to: ambulance/als_ambulance, ambulance, any."""
    kind = unit.partition("/")[0]
    return tuple(dict.fromkeys((unit, kind, ANY)))


def call_chain(acuities: Mapping[str, str], by: str = "type") -> Chain:
    """The groups that a call type belongs to, narrowest first: code, acuity, any. `by` leaves narrow ones out."""

    def chain(code: str) -> tuple[str, ...]:
        acuity = acuities.get(code)
        wide = (ANY,) if acuity is None or by == ANY else (acuity, ANY)
        return (code, *wide) if by == "type" and acuity is not None else wide

    return chain
