"""One call told from first ring to hand-over, with the reason for each decision, from the log alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from sixpoint.care import HandoverOffered
from sixpoint.dispatch.choose import clock
from sixpoint.ops import State, evolve
from sixpoint.ops import events as e
from sixpoint.service.history import History
from sixpoint.service.telling import Teller


class Line(msgspec.Struct, frozen=True):
    """One thing that happened (ms since 1970), and why."""

    at_ms: int
    what: str
    why: tuple[str, ...] = ()


def tell_call(events: Iterable[e.AnyEvent], incident_id: str, teller: Teller) -> tuple[Line, ...]:
    """The incident's events in order, each as a line; empty if the log does not hold the incident."""
    state = State()
    lines: list[Line] = []
    for event in events:
        before, state = state, evolve(state, event)
        if _concerns(event, incident_id, before):
            lines += _lines(event, state, teller)
    lines.sort(key=lambda line: line.at_ms)
    return tuple(lines)


def most_telling(histories: Iterable[History]) -> str | None:
    """The call that shows most of the tiers: most hand-overs, then most units, then the first; None if none ended."""
    ended = [one for one in histories if one.first_ms("transferred") is not None]
    if not ended:
        return None
    return max(ended, key=lambda one: (_handovers(one), len(one.units), -one.received_ms)).incident_id


def _handovers(history: History) -> int:
    return sum(type(fact).__name__ == "HandoverAccepted" for fact in history.facts())


def _concerns(event: e.AnyEvent, incident_id: str, before: State) -> bool:
    if getattr(event, "incident_id", None) == incident_id:
        return True
    encounter_id = getattr(event, "encounter_id", None)
    incident = before.incidents.get(incident_id)
    return incident is not None and encounter_id in incident.encounters


def _lines(event: e.AnyEvent, state: State, teller: Teller) -> Iterator[Line]:
    match event:
        case e.CallReported():
            imputed = tuple(f"{what} is imputed: the source does not give it" for what in event.imputed)
            yield Line(event.at_ms, f"The call comes in: {teller.call_type(event.dispatch_code)}", imputed)
        case e.NeedsDetermined():
            yield Line(event.at_ms, f"It is {event.acuity.replace('_', ' ')} and may need", _names(event.needs, teller))
        case e.UnitsRecommended():
            yield from _choice(event, state, teller)
        case e.IncidentWaits():
            incident = state.incidents.get(event.incident_id)
            waits = "It still lacks help" if incident is not None and incident.open_units else "It waits"
            yield Line(event.at_ms, f"{waits}: {event.because}", _names(event.unmet, teller))
        case e.DestinationChosen():
            where = teller.facility(event.destination.facility_id, state)
            yield Line(event.at_ms, f"Destination: {where}", tuple(event.destination.because))
        case e.RendezvousArranged():
            yield _meeting(event, state, teller)
        case e.UnitAssigned() | e.EncounterOpened():
            return
        case e.FactRecorded():
            yield _fact(event, state, teller)
        case _:
            said = teller.tell(event, state)
            if said is not None:
                note = (event.note,) if isinstance(event, e.StatusReported) and event.note else ()
                yield Line(event.at_ms, said, note)


def _fact(event: e.FactRecorded, state: State, teller: Teller) -> Line:
    fact = event.fact
    if isinstance(fact, HandoverOffered):
        return Line(fact.at_ms, teller.fact(event, state), (fact.report,))
    because = getattr(fact, "because", ())
    return Line(fact.at_ms, teller.fact(event, state), ("; ".join(because),) if because else ())


def _choice(event: e.UnitsRecommended, state: State, teller: Teller) -> Iterator[Line]:
    choice = event.choice
    sent = ", ".join(f"{teller.unit(one.unit_id, state)} in {clock(one.eta_s)}" for one in choice.sent)
    why = []
    for one in choice.sent:
        reasons = ", ".join(map(teller.named, one.because))
        why.append(f"{teller.unit(one.unit_id, state)}: {reasons}")
    why += [
        f"not {teller.unit(one.unit_id, state)}: {teller.named(reason)}"
        for one in choice.passed_over[:4]
        for reason in one.because[:1]
    ]
    unmet: dict[str, list[str]] = {}
    for need in choice.unmet:
        unmet.setdefault("; ".join(need.because), []).append(teller.skill(need.skill))
    why += [f"unmet, as {reason}: {', '.join(skills)}" for reason, skills in unmet.items()]
    yield Line(event.at_ms, f"Of {event.candidates} free units, sent: {sent or 'none'}", tuple(why))


def _meeting(event: e.RendezvousArranged, state: State, teller: Teller) -> Line:
    """Who meets whom, where and for what, and when the care would have begun otherwise."""
    plan = event.plan
    ways = (("waiting", plan.wait_s), ("driving in", plan.drive_s), ("meeting", plan.meet_s))
    times = ", ".join(f"{how} in {clock(time_s)}" for how, time_s in ways if time_s is not None)
    pair = f"{teller.unit(event.unit_id, state)} and {teller.unit(event.advanced_unit_id, state)}"
    wait_s = max(0, event.meets_ms - event.at_ms) / 1000
    what = f"{pair} will meet in {clock(wait_s)} at {event.place.lon_deg:.5f},{event.place.lat_deg:.5f}"
    why = [f"for {', '.join(teller.skill(skill) for skill in event.skills)}"] if event.skills else []
    why += [f"{event.because}; care by {times}", f"saves {event.saves:.1f} points of harm, the later hospital counted"]
    return Line(event.at_ms, what, tuple(why))


def _names(skills: Iterable[str], teller: Teller) -> tuple[str, ...]:
    return (", ".join(dict.fromkeys(teller.skill(skill) for skill in skills)),)
