"""What would be found of a drawn patient: what the needs call for, nothing that speaks against them, else the usual.

Synthetic like the patient, and the same on every machine: an answer depends on the patient and its name alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from sixpoint.care import Pathways, Step
from sixpoint.care.conditions import AllOf, AnyOf, Condition, NotSo, Number, Truth, Word
from sixpoint.care.picture import Answer, names
from sixpoint.service.rehearsal.patient import Patient, generator

# What is usual in an adult at rest; judgements for rehearsal, not clinical findings. What is not listed is 0.
USUAL: Final[dict[str, float]] = {
    "heart_rate_per_min": 84,
    "systolic_mmhg": 132,
    "diastolic_mmhg": 80,
    "respiratory_rate_per_min": 16,
    "spo2_percent": 97,
    "etco2_mmhg": 38,
    "glucose_mg_per_dl": 105,
    "temperature_c": 36.8,
    "gcs_total": 15,
    "gcs_motor": 6,
    "pain_0_to_10": 3,
    "capillary_refill_s": 1,
    "min_since_last_known_well": 45,
    "min_since_onset": 30,
}
USUAL_WORDS: Final = {"avpu": "alert", "airway": "open", "breathing": "normal", "pulse": "radial", "skin": "normal"}
# Yes unless a need says otherwise; any other question is answered with no.
USUALLY_SO: Final = frozenset(("can_swallow", "major_bleeding_controlled", "likely_to_survive", "follows_commands"))
WHOLE: Final = frozenset(("gcs_total", "gcs_motor", "pain_0_to_10"))


class Findings:
    """The answers for one patient; asking twice gives the same."""

    def __init__(self, patient: Patient, code: str, pathways: Pathways) -> None:
        self._patient = patient
        self._wanted: dict[str, Answer] = {"age_years": patient.age_years, "sex": patient.sex}
        self._wanted["in_cardiac_arrest"] = patient.in_cardiac_arrest
        self._wanted["weight_kg"] = _weight_kg(patient)
        steps = list(_steps_of(patient, code, pathways))
        self._barred = dict(_barred(one.when for step in steps for one in step.not_if))
        # What any need calls for comes first: who needs breaths does not breathe normally, whatever bars another need.
        for step in steps:
            self._make(step.when, True)
        for one in (one for step in steps for one in step.not_if):
            self._make(one.when, False)

    def answer(self, name: str) -> Answer | None:
        """What is found; None if it cannot be found out but follows from what is done."""
        found = self._wanted.get(name)
        if found is not None or name == "min_since_cpr":
            return found
        about = names()[name]
        if about.kind == "truth":
            return name in USUALLY_SO
        if about.kind == "word":
            return USUAL_WORDS.get(name, about.words[0])
        return USUAL.get(name, 0.0)

    def is_wanted(self, name: str) -> bool:
        """Whether a need says what is found, so that it is not drawn."""
        return name in self._wanted

    def _make(self, condition: Condition | None, holds: bool) -> None:
        """Answers that make the condition hold, or not; what is answered already stays."""
        match condition:
            case AllOf(parts):
                for part in parts if holds else parts[:1]:
                    self._make(part, holds)
            case AnyOf(parts):
                for part in parts[:1] if holds else parts:
                    self._make(part, holds)
            case NotSo(part):
                self._make(part, not holds)
            case Truth(name, value):
                self._wanted.setdefault(name, value is holds)
            case Word(name, words):
                usual = USUAL_WORDS.get(name, "")
                fitting = [word for word in names()[name].words if (word in words) is holds]
                fitting = [word for word in fitting if word not in self._barred.get(name, ())] or fitting
                if fitting:
                    self._wanted.setdefault(name, usual if usual in fitting else fitting[-1])
            case Number(name):
                self._wanted.setdefault(name, _number(condition, holds))
            case _:  # what was done or is running follows from what crews do
                return


def _barred(conditions: Iterable[Condition]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The words that speak against something the patient needs: each needed thing could be done without them."""
    for condition in conditions:
        if isinstance(condition, Word):
            yield condition.name, tuple(condition.words)


def _steps_of(patient: Patient, code: str, pathways: Pathways) -> Iterator[Step]:
    """For each need the first step that speaks for its first skill which any step names."""
    for any_of in patient.needs:
        found = (
            step
            for skill in any_of
            for pathway in pathways.naming(code, skill)
            for step in pathway.steps
            if skill in step.any_of
        )
        first = next(found, None)
        if first is not None:
            yield first


def _number(node: Number, holds: bool) -> float:
    """A number in or out of the bounds, the usual one if it will do, else a step beyond the bound."""
    low = node.least if node.least is not None else node.above
    high = node.most if node.most is not None else node.below
    usual = USUAL.get(node.name, 0.0)

    def within(value: float) -> bool:
        return (low is None or value > low) and (high is None or value < high)

    span = 1.0 if low is None or high is None else (high - low) / 2
    tried = [usual, *([low + span] if low is not None else []), *([high - span] if high is not None else [])]
    tried += [*([low - 1] if low is not None else []), *([high + 1] if high is not None else [])]
    found = next((value for value in tried if within(value) is holds), usual)
    return float(round(found)) if node.name in WHOLE else found


def _weight_kg(patient: Patient) -> float:
    """Adults around 80 kg; children by (age + 4) times 2, the rule of thumb as taught (recalled)."""
    if patient.age_years < 10:
        return (patient.age_years + 4) * 2
    drawn = generator(patient.chance, "weight").normal(80 if patient.age_years >= 16 else 50, 12)
    return float(max(30, round(drawn)))
