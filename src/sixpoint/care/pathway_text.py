"""Reads pathway files strictly: every fault of a file is noted with file and line, all of them at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

import msgspec

from sixpoint.care.condition_text import read_condition
from sixpoint.care.conditions import Condition
from sixpoint.care.pathway import Cited, Contraindication, DoseRule, Pathway, Step, Target
from sixpoint.scope.condition_text import ROUTES
from sixpoint.scope.strict_yaml import Value
from sixpoint.scope.verdict import CONFIDENCES

CLOCKS: Final = (
    "alert", "patient_contact", "first_medical_contact", "scene_arrival", "injury", "collapse", "seizure_onset",
    "birth", "cpr_start", "airway_placed",
)  # fmt: skip
_CITE: Final = ("source", "place", "confidence")
_TOP: Final = frozenset(
    ("pathway", "on", "title", "version", "codes", "about", "patients", "opens", "steps", "remove", "sources", *_CITE)
)
_STEP: Final = frozenset(
    ("step", "says", "any_of", "using", "when", "not_if", "doses", "again_min", "target", "note", "after", *_CITE)
)
_AMOUNTS: Final[tuple[str, ...]] = (
    "amount",
    "per_kg",
    "least",
    "most",
    "repeat_min",
    "times",
    "total",
    "total_per_kg",
    "per_ml",
)
_DOSE: Final = frozenset(("drug", "unit", "skills", "routes", "when", "drawn_by", "note", *_AMOUNTS, *_CITE))


class Citation(msgspec.Struct, frozen=True):
    """Where something was read; what a part leaves out it takes from the whole."""

    source: str = ""
    place: str = ""
    confidence: str = ""


class Written(msgspec.Struct, frozen=True):
    """A pathway file as written: what it lies on, its steps with the step each goes after, and what it takes away."""

    id: str
    on: str
    title: str
    version: str
    codes: tuple[str, ...] | None
    about: str
    patients: Condition | None
    opens: Condition | None
    steps: tuple[tuple[Step, str], ...]
    remove: tuple[tuple[str, str], ...]
    file: str
    place: Value


class PathwayReader:
    """Reads one document with the vocabulary of skills and sources."""

    def __init__(self, document: Value, skills: Collection[str], sources: Mapping[str, str]) -> None:
        self.document = document
        self.skills = skills
        self.sources = dict(sources)

    def read(self) -> Written:
        """The file as written; what is wrong has been noted."""
        top = self.document.mapping("a pathway file")
        self.document.refuse_others(_TOP, "a pathway")
        for source, title in (top["sources"].mapping("'sources'") if "sources" in top else {}).items():
            self.sources[source] = title.text("a title")
        name = self._needed(self.document, top, "pathway")
        on = top["on"].text("'on'") if "on" in top else ""
        whole = self._cite(top, Citation())
        steps: list[tuple[Step, str]] = []
        for value in top["steps"].items("'steps'") if "steps" in top else ():
            read = self._step(value, whole)
            if read is None:
                continue
            if any(read[0].id == other.id for other, _ in steps):
                value.fault(f"the step '{read[0].id}' stands twice", "Give each step its own name.")
            steps.append(read)
        if not steps and "remove" not in top:
            self.document.fault("the pathway has no steps", "List them under 'steps'.")
        if not on:
            for key in ("title", "version"):
                self._needed(self.document, top, key)
        return Written(
            id=name,
            on=on,
            title=top["title"].text("'title'") if "title" in top else "",
            version=top["version"].text("'version'") if "version" in top else "",
            codes=top["codes"].words("'codes'") if "codes" in top else None,
            about=top["about"].text("'about'") if "about" in top else "",
            patients=self._when(top, "patients"),
            opens=self._when(top, "opens"),
            steps=tuple(steps),
            remove=tuple((word, top["remove"].where) for word in top["remove"].words("'remove'"))
            if "remove" in top
            else (),
            file=self.document.file,
            place=self.document,
        )

    def _needed(self, place: Value, entries: Mapping[str, Value], key: str) -> str:
        if key in entries:
            return entries[key].text(f"'{key}'")
        place.fault(f"'{key}' is missing", "Write it.")
        return ""

    def _cite(self, entries: Mapping[str, Value], above: Citation) -> Citation:
        found = {key: entries[key].text(f"'{key}'") for key in _CITE if key in entries}
        if found.get("source", above.source) not in self.sources and found.get("source"):
            entries["source"].fault(f"the source '{found['source']}' is not listed", "List it under 'sources'.")
        if found.get("confidence") and found["confidence"] not in CONFIDENCES:
            entries["confidence"].fault(
                f"'{found['confidence']}' is no confidence", f"Use one of: {', '.join(CONFIDENCES)}."
            )
        # Another source is another book: place and confidence of the first say nothing there.
        below = Citation(above.source, above.place, above.confidence)
        if "source" in found and found["source"] != above.source:
            below = Citation()
        return Citation(
            found.get("source", below.source),
            found.get("place", below.place),
            found.get("confidence", below.confidence),
        )

    def _check_cited(self, place: Value, cited: Citation) -> None:
        if not cited.source:
            place.fault("no source is named", "Name one here or for the whole.")
        if not cited.confidence:
            place.fault("no confidence is named", "Name one here or for the whole.")

    def _step(self, value: Value, whole: Citation) -> tuple[Step, str] | None:
        entries = value.mapping("a step")
        value.refuse_others(_STEP, "a step")
        name = self._needed(value, entries, "step")
        skills = entries["any_of"].words("'any_of'") if "any_of" in entries else ()
        if not skills:
            value.fault("'any_of' is missing", "Name the skill, or several of which any one will do.")
        for skill in skills:
            self._check_skill(entries["any_of"], skill)
        cited = self._cite(entries, whole)
        self._check_cited(value, cited)
        step = Step(
            id=name,
            says=entries["says"].text("'says'") if "says" in entries else "",
            any_of=skills,
            using=self._using(entries, skills),
            when=self._when(entries),
            not_if=tuple(
                found
                for item in (entries["not_if"].items("'not_if'") if "not_if" in entries else ())
                if (found := self._contraindication(item, cited)) is not None
            ),
            doses=tuple(
                rule
                for item in (entries["doses"].items("'doses'") if "doses" in entries else ())
                if (rule := self._dose(item, cited, skills)) is not None
            ),
            again_min=self._cited_number(entries["again_min"], cited) if "again_min" in entries else None,
            target=self._target(entries["target"], cited) if "target" in entries else None,
            note=entries["note"].text("'note'") if "note" in entries else "",
            source=cited.source,
            place=cited.place,
            confidence=cited.confidence,
            where=value.where,
        )
        after = entries["after"].text("'after'") if "after" in entries else ""
        return (step, after) if name else None

    def _using(self, entries: Mapping[str, Value], skills: tuple[str, ...]) -> tuple[tuple[str, Condition], ...]:
        found: list[tuple[str, Condition]] = []
        for skill, value in (entries["using"].mapping("'using'") if "using" in entries else {}).items():
            if skill not in skills:
                value.fault(f"'using' speaks of '{skill}', which the step does not name", "Correct it.")
            condition = read_condition(value, self.skills)
            found += [(skill, condition)] if condition is not None else []
        return tuple(found)

    def _when(self, entries: Mapping[str, Value], key: str = "when") -> Condition | None:
        return read_condition(entries[key], self.skills) if key in entries else None

    def _check_skill(self, place: Value, skill: str) -> None:
        if skill not in self.skills:
            place.fault(f"there is no skill '{skill}'", "Use an id of the catalogue (scope/data/skills.csv).")

    def _contraindication(self, value: Value, above: Citation) -> Contraindication | None:
        entries = value.mapping("a contraindication")
        value.refuse_others(frozenset(("id", "when", "waits", *_CITE)), "a contraindication")
        cited = self._cite(entries, above)
        name = self._needed(value, entries, "id")
        self._needed_key(value, entries, "when")
        when = self._when(entries)
        if when is None:
            return None
        waits = entries["waits"].truth("'waits'") if "waits" in entries else True
        return Contraindication(name, when, cited.source, cited.place, cited.confidence, waits)

    def _needed_key(self, place: Value, entries: Mapping[str, Value], key: str) -> None:
        if key not in entries and isinstance(place.held, dict):
            place.fault(f"'{key}' is missing", "Write it.")

    def _cited_number(self, value: Value, above: Citation) -> Cited:
        """A bare number, or a mapping with its value and what it is cited from."""
        if not isinstance(value.held, dict):
            return self._positive(value, value, above)
        entries = value.held
        value.refuse_others(frozenset(("value", *_CITE)), "a number")
        self._needed_key(value, entries, "value")
        return self._positive(entries.get("value", value), value, self._cite(entries, above))

    def _positive(self, number: Value, place: Value, cited: Citation) -> Cited:
        found = float(number.number("a number"))
        if found <= 0 and isinstance(number.held, int | float):
            number.fault(f"{found:g} is not above zero", "Write a positive number.")
        self._check_cited(place, cited)
        return Cited(found, cited.source, cited.place, cited.confidence)

    def _target(self, value: Value, above: Citation) -> Target | None:
        entries = value.mapping("'target'")
        value.refuse_others(frozenset(("minutes", "clock", *_CITE)), "'target'")
        cited = self._cite(entries, above)
        clock = self._needed(value, entries, "clock")
        if clock and clock not in CLOCKS:
            value.fault(f"there is no clock '{clock}'", f"Clocks are: {', '.join(CLOCKS)}.")
        self._needed_key(value, entries, "minutes")
        return Target(self._cited_number(entries["minutes"], cited), clock) if "minutes" in entries else None

    def _dose(self, value: Value, above: Citation, skills: tuple[str, ...]) -> DoseRule | None:
        entries = value.mapping("a dose")
        value.refuse_others(_DOSE, "a dose")
        cited = self._cite(entries, above)
        drug, unit = self._needed(value, entries, "drug"), self._needed(value, entries, "unit")
        numbers: dict[str, Cited] = {key: self._cited_number(entries[key], cited) for key in _AMOUNTS if key in entries}
        self._check_amounts(value, numbers)
        routes = entries["routes"].words("'routes'") if "routes" in entries else ()
        for route in routes:
            if route not in ROUTES:
                value.fault(f"the route '{route}' is not known", f"Routes are: {', '.join(ROUTES)}.")
        own = entries["skills"].words("'skills'") if "skills" in entries else skills
        for skill in own:
            if skill not in skills:
                value.fault(f"the dose is for '{skill}', which the step does not name", "Correct it.")
        drawn = entries["drawn_by"].words("'drawn_by'") if "drawn_by" in entries else own
        for skill in drawn:
            if skill not in own:
                value.fault(f"'drawn_by' speaks of '{skill}', which the dose is not for", "Correct it.")
        return DoseRule(
            drug=drug,
            unit=unit,
            skills=own,
            routes=routes,
            when=self._when(entries),
            drawn_by=drawn,
            note=entries["note"].text("'note'") if "note" in entries else "",
            where=value.where,
            **{key: numbers.get(key) for key in _AMOUNTS},
        )

    def _check_amounts(self, place: Value, numbers: Mapping[str, Cited]) -> None:
        amount, most, least = numbers.get("amount"), numbers.get("most"), numbers.get("least")
        if amount is not None and "per_kg" in numbers:
            place.fault("a dose has both an amount and one per kg", "Keep one of them.")
        if not numbers.keys() - {"per_ml"}:
            place.fault("the dose says no amount", "Write one, or leave the dose out: by local protocol.")
        if amount is not None and most is not None and amount.value > most.value:
            place.fault(f"the dose {amount.value:g} is above its maximum {most.value:g}", "Correct one of them.")
        if least is not None and most is not None and least.value > most.value:
            place.fault(f"the least {least.value:g} is above the most {most.value:g}", "Correct one of them.")
        total = numbers.get("total")
        if amount is not None and total is not None and amount.value > total.value:
            place.fault(f"the dose {amount.value:g} is above the total {total.value:g}", "Correct one of them.")


def plain(written: Written) -> Pathway:
    """A pathway that lies on no other."""
    steps = tuple(step for step, _ in written.steps)
    return Pathway(
        written.id, written.title, written.version, written.codes or (), steps, written.about, (written.file,),
        written.patients, written.opens,
    )  # fmt: skip


def laid_on(written: Written, under: Pathway) -> Pathway:
    """A pathway that extends another: steps of the same name replace, others follow `after` or come last."""
    steps = list(under.steps)
    for name, where in written.remove:
        if under.step(name) is None:
            written.place.faults.add(where, f"'{under.id}' has no step '{name}' to remove", "Correct the name.")
        steps = [step for step in steps if step.id != name]
    for step, after in written.steps:
        held = [other.id for other in steps]
        if after and after not in held:
            written.place.faults.add(step.where, f"there is no step '{after}' to go after", "Correct the name.")
        if step.id in held and not after:
            steps[held.index(step.id)] = step
            continue
        steps = [other for other in steps if other.id != step.id]
        held = [other.id for other in steps]
        steps.insert(held.index(after) + 1 if after in held else len(steps), step)
    return Pathway(
        under.id if written.id == under.id else written.id,
        written.title or under.title,
        written.version or under.version,
        under.codes if written.codes is None else written.codes,
        tuple(steps),
        written.about or under.about,
        (*under.files, written.file),
        written.patients or under.patients,
        written.opens or under.opens,
    )
