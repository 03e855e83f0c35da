"""The spoken hand-over from the facts: ATMIST for injury, SBAR for illness; what is not known is said to be so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from typing import TypeVar

import msgspec

from sixpoint.care import facts as f
from sixpoint.care.encounter import Encounter, running, standing_facts
from sixpoint.care.guard import instant
from sixpoint.care.orders import unanswered
from sixpoint.care.picture import Picture, names, picture_of
from sixpoint.care.words import vitals, words
from sixpoint.scope import Rulebook

Kind = TypeVar("Kind", bound=f.FactBase)
_NOT_KNOWN = "not known"


class Section(msgspec.Struct, frozen=True):
    """A letter of the report, what it stands for, and what is said under it."""

    letter: str
    title: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.letter}  {self.title}: {'; '.join(self.lines) or _NOT_KNOWN}"


def atmist(encounter: Encounter, at_ms: int, rulebook: Rulebook, zone: tzinfo) -> tuple[Section, ...]:
    """Age, time, mechanism, injuries, signs, treatment; from facts up to the instant, times in the zone."""
    telling = _Telling(encounter, at_ms, rulebook, zone)
    return (
        Section("A", "Age", telling.patient()),
        Section("T", "Time", telling.onset()),
        Section("M", "Mechanism or complaint", telling.complaint()),
        Section("I", "Injuries and findings", telling.findings()),
        Section("S", "Signs", telling.signs()),
        Section("T", "Treatment", telling.treatment()),
    )


def sbar(encounter: Encounter, at_ms: int, rulebook: Rulebook, zone: tzinfo) -> tuple[Section, ...]:
    """Situation, background, assessment, request; from facts up to the instant, times in the zone."""
    telling = _Telling(encounter, at_ms, rulebook, zone)
    return (
        Section("S", "Situation", (*telling.patient(), *telling.complaint(), *telling.onset())),
        Section("B", "Background", telling.background()),
        Section("A", "Assessment", (*telling.findings(), *telling.signs(), *telling.treatment())),
        Section("R", "Request", telling.wants()),
    )


def about_patient(encounter: Encounter, at_ms: int) -> tuple[str, ...]:
    """Age, weight and sex as known at that instant, and what the patient is thought to have."""
    picture = picture_of(encounter, at_ms)
    thought = [one.condition for one in standing_facts(encounter, f.Impression) if one.at_ms <= at_ms]
    return (*_who(picture), *dict.fromkeys(thought))


def _who(picture: Picture) -> tuple[str, ...]:
    told = []
    for name, form in (("age_years", "{:g} years"), ("weight_kg", "{:g} kg")):
        value = picture.number(name)
        told += [form.format(value)] if value is not None else []
    sex = picture.value("sex")
    return (", ".join([*told, *([str(sex)] if sex else [])]) or "age not known",)


class _Telling:
    def __init__(self, encounter: Encounter, at_ms: int, rulebook: Rulebook, zone: tzinfo) -> None:
        self.encounter = encounter
        self.at_ms = at_ms
        self.zone = zone
        self.picture: Picture = picture_of(encounter, at_ms)
        known = {skill.id: skill.name for skill in rulebook.skills}
        self.name: Callable[[str], str] = lambda skill: known.get(skill, skill)

    def _of(self, kind: type[Kind]) -> list[Kind]:
        return [fact for fact in standing_facts(self.encounter, kind) if fact.at_ms <= self.at_ms]

    def _clock(self, at_ms: int) -> str:
        return instant(at_ms).astimezone(self.zone).strftime("%H:%M")

    def patient(self) -> tuple[str, ...]:
        return _who(self.picture)

    def onset(self) -> tuple[str, ...]:
        told = []
        for name, said in (("min_since_onset", "onset"), ("min_since_last_known_well", "last known well")):
            minutes = self.picture.number(name)
            told += [f"{said} {self._clock(self.at_ms - round(minutes * 60_000))}"] if minutes is not None else []
        return tuple(told)

    def complaint(self) -> tuple[str, ...]:
        told = list(dict.fromkeys(fact.condition for fact in self._of(f.Impression)))
        told += [fact.events for fact in self._of(f.History) if fact.events]
        return tuple(told)

    def findings(self) -> tuple[str, ...]:
        """What is there, and what was looked for and is not; numbers and words of the survey with it."""
        vital = frozenset(f.VitalSigns.__struct_fields__)
        yes: list[str] = []
        no: list[str] = []
        others: list[str] = []
        for name, known in self.picture.known.items():
            about = names().get(name)
            if about is None or name in vital or name in ("age_years", "weight_kg", "sex") or name.startswith("min_"):
                continue
            if about.kind == "truth":
                (yes if known.value else no).append(about.says)
            else:
                others.append(f"{about.says} {str(known.value).replace('_', ' ')} {about.unit}".strip())
        told = [*yes, *others]
        return (*told, f"not: {', '.join(no)}") if no else tuple(told)

    def signs(self) -> tuple[str, ...]:
        """The first and the last set of vital signs."""
        taken = self._of(f.VitalSigns)
        ends = taken[:1] + (taken[-1:] if len(taken) > 1 else [])
        return tuple(f"{self._clock(one.at_ms)} {vitals(one)}" + " (doubted)" * bool(one.doubts) for one in ends)

    def treatment(self) -> tuple[str, ...]:
        done: list[f.PriorAid | f.Intervention] = [*self._of(f.PriorAid), *self._of(f.Intervention)]
        told = [f"{self._clock(act.at_ms)} {words(act, self.name)}" for act in sorted(done, key=lambda act: act.at_ms)]
        still = [self.name(act.skill) for act in running(self.encounter) if act.at_ms <= self.at_ms]
        return (*told, f"running: {', '.join(still)}") if still else tuple(told)

    def background(self) -> tuple[str, ...]:
        told = []
        for fact in self._of(f.History):
            for said, values in (("allergies", fact.allergies), ("takes", fact.medications), ("past", fact.past)):
                told += [f"{said}: {_listed(values)}"] if values is not None else []
            told += [f"last intake: {fact.last_intake}"] if fact.last_intake else []
        return tuple(told)

    def wants(self) -> tuple[str, ...]:
        """Alerts sent and orders still awaited; else just to take over."""
        told = [f"{fact.kind} team, alerted {self._clock(fact.at_ms)}" for fact in self._of(f.AlertSent)]
        waiting = [f"order awaited: {self.name(one.skill)}" for one in unanswered(self.encounter, self.at_ms)]
        return (*told, *waiting) or ("please take over",)


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(values) or "none known"
