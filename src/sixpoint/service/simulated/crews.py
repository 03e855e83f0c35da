"""Who is on which unit when, in a simulated run: people by name, where the simulation knows what they may do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

import msgspec
from msgspec.structs import replace

from sixpoint.care import instant
from sixpoint.ops import Refused
from sixpoint.ops import commands as c
from sixpoint.plan.tiered.scenario import Prepared
from sixpoint.scope import Clinician, Credential, practice_level
from sixpoint.scope.layers import Span
from sixpoint.service.opening import ms
from sixpoint.service.rehearsal.agenda import Agenda
from sixpoint.service.rehearsal.bedside import Service

# At an instant, about what, what it is, as it was simulated, and what the live service says.
Differs = Callable[[int, str, str, str, str], None]


class Change(msgspec.Struct, frozen=True, order=True):
    """From this instant on these people are to be on the unit; nobody is an empty crew."""

    at_ms: int
    unit_id: str
    clinician_ids: tuple[str, ...]


def changes(prepared: Prepared, until_ms: int) -> list[Change]:
    """Every change of every crew up to an instant: the region's days over and over, less hours out of service."""
    region, found = prepared.region, []
    starts_ms, period_ms = ms(region.starts_at), ms(region.ends_at) - ms(region.starts_at)
    for unit_id in region.units:
        edges = {ms(edge) for one in region.shifts if one.unit_id == unit_id for edge in (one.starts_at, one.ends_at)}
        own = {starts_ms, *(edge for edge in edges if starts_ms < edge < starts_ms + period_ms)}
        # As long as the simulation has crews: one time more than it takes, so that calls that are open find some.
        turns = range(-(-prepared.scenario.days // region.days) + 1)
        gaps = [
            (starts_ms + round(3_600_000 * one.from_h), starts_ms + round(3_600_000 * one.to_h))
            for one in prepared.scenario.out_of_service
            if one.unit_id == unit_id
        ]
        at = {edge + turn * period_ms for edge in own for turn in turns} | {edge for gap in gaps for edge in gap}
        latest: tuple[str, ...] | None = None
        for at_ms in sorted(edge for edge in at if starts_ms <= edge < until_ms):
            since = timedelta(milliseconds=(at_ms - starts_ms) % period_ms)
            crew = tuple(one.id for one in region.crew(unit_id, region.starts_at + since))
            if any(low <= at_ms < high for low, high in gaps):
                crew = ()
            if crew != latest:
                found.append(Change(at_ms, unit_id, crew))
                latest = crew
    return sorted(found)


def renewals(prepared: Prepared, until_ms: int) -> Iterator[tuple[int, Clinician]]:
    """Credentials that would begin or end while the region's days are simulated again: they move along with the days.

    In a region of one day whoever may practise on that day may do so on each of its repetitions.
    """
    region = prepared.region
    starts_ms, period_ms = ms(region.starts_at), ms(region.ends_at) - ms(region.starts_at)
    for turn in range(1, -(-(until_ms - starts_ms) // period_ms)):
        later = timedelta(milliseconds=turn * period_ms)
        for person in region.clinicians.values():
            if any(starts_ms < ms(edge) < until_ms for edge in _edges(person)):
                moved = tuple(_moved(one, later) for one in person.credentials)
                yield starts_ms + turn * period_ms, replace(person, credentials=moved)


def _edges(person: Clinician) -> Iterator[datetime]:
    for one in person.credentials:
        ends = [(one.starts, one.ends), *((span.starts, span.ends) for span in one.suspended)]
        yield from (edge for span in ends for edge in span if edge is not None)


def _moved(one: Credential, later: timedelta) -> Credential:
    """The credential so much later."""
    suspended = tuple(Span(_after(span.starts, later), _after(span.ends, later)) for span in one.suspended)
    return replace(one, starts=one.starts + later, ends=_after(one.ends, later), suspended=suspended)


def _after(edge: datetime | None, later: timedelta) -> datetime | None:
    return None if edge is None else edge + later


class Crews:
    """Signs people on and off as their shifts say, once their unit is clear."""

    def __init__(self, service: Service, differs: Differs) -> None:
        self._service = service
        self._differs = differs
        self._wanted: dict[str, tuple[str, ...]] = {}
        self._resting: set[str] = set()

    def plan(self, agenda: Agenda, prepared: Prepared, until_ms: int) -> None:
        """Plans every change up to an instant."""
        for at_ms, person in renewals(prepared, until_ms):
            agenda.at(at_ms, partial(self._enrol, person))
        together: dict[int, list[Change]] = {}
        for one in changes(prepared, until_ms):
            together.setdefault(one.at_ms, []).append(one)
        for at_ms, due in together.items():
            agenda.at(at_ms, partial(self._change, due))

    def is_clear(self, unit_id: str, at_ms: int) -> None:
        """Changes the crew of a unit that is free, if that is due."""
        unit, wanted = self._service.state.units[unit_id], self._wanted.get(unit_id, ())
        wanted = () if unit_id in self._resting else wanted
        if unit.incident_id is not None or unit.crew == wanted:
            return
        if unit.crew:
            self._service.send(c.SignOff(at_ms=at_ms, unit_id=unit_id))
        if wanted:
            outcome = self._service.send(c.SignOn(at_ms=at_ms, unit_id=unit_id, clinician_ids=wanted))
            if isinstance(outcome, Refused):
                self._differs(at_ms, unit_id, "crew", ", ".join(wanted), "; ".join(outcome.because))
                self._wanted[unit_id] = tuple(
                    self._relief(who, unit_id, at_ms) for who in wanted if self._may(who, at_ms)
                )
                if self._wanted[unit_id]:
                    self._service.send(c.SignOn(at_ms=at_ms, unit_id=unit_id, clinician_ids=self._wanted[unit_id]))

    def rests(self, unit_id: str, at_ms: int, *, is_over: bool) -> None:
        """A break of the unit's crew begins, or is over."""
        (self._resting.discard if is_over else self._resting.add)(unit_id)
        self.is_clear(unit_id, at_ms)

    def _may(self, who: str, at_ms: int) -> bool:
        person = self._service.state.clinicians[who]
        return practice_level(self._service.world.rulebook, person, instant(at_ms)) is not None

    def _relief(self, who: str, unit_id: str, at_ms: int) -> str:
        """Who is still on another unit is stood in for by somebody who may do the same."""
        if not any(who in unit.crew for unit in self._service.state.units.values()):
            return who
        person = self._service.state.clinicians[who]
        relief = replace(person, id=f"{who}, relief on {unit_id}", name=f"Relief of {person.name}")
        if relief.id not in self._service.state.clinicians:
            self._enrol(relief, at_ms)
        return relief.id

    def _enrol(self, person: Clinician, at_ms: int) -> None:
        self._service.send(c.EnrolClinician(at_ms=at_ms, clinician=person))

    def _change(self, due: list[Change], at_ms: int) -> None:
        """Everybody whose shift ends leaves first, so that nobody is on two units."""
        units = self._service.state.units
        for one in due:
            self._wanted[one.unit_id] = one.clinician_ids
            unit = units[one.unit_id]
            if unit.crew and unit.incident_id is None and unit.crew != one.clinician_ids:
                self._service.send(c.SignOff(at_ms=at_ms, unit_id=one.unit_id))
        for one in due:
            self.is_clear(one.unit_id, at_ms)
