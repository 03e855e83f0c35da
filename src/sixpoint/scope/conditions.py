"""Conditions of rules: a closed set of nodes, each worth barred, unknown, order or standing, with its reasons.

A fact that nobody has stated makes its node unknown, never false. Adding a node means: a struct here, a line in
`read_condition` (condition_text.py) and a row in docs/rulebook.md; a test holds the three together.
"""

from __future__ import annotations

import msgspec

from sixpoint.scope.verdict import BARRED, ORDER, STANDING, UNKNOWN


class Dose(msgspec.Struct, frozen=True):
    """An amount of a medication, like 324 mg."""

    amount: float
    unit: str

    def __str__(self) -> str:
        return f"{self.amount:g} {self.unit}"


class Situation(msgspec.Struct, frozen=True):
    """What is known of the moment; None is unknown. `route` as in the conditions, e.g. "oral"."""

    order_from_medical_control: bool | None = None
    in_cardiac_arrest: bool | None = None
    patient_own_medication: bool | None = None
    patient_age_years: float | None = None
    public_health_emergency: bool | None = None
    interfacility_transfer: bool | None = None
    route: str | None = None
    dose: Dose | None = None
    skills_done: frozenset[str] | None = None


NOTHING_KNOWN = Situation()


class All(msgspec.Struct, frozen=True, tag=True):
    """Holds when every part holds."""

    parts: tuple[Condition, ...]


class Any(msgspec.Struct, frozen=True, tag=True):
    """Holds when some part holds."""

    parts: tuple[Condition, ...]


class Not(msgspec.Struct, frozen=True, tag=True):
    """Holds when the part does not; takes no node that speaks of orders, persons or options."""

    part: Condition


class Ordered(msgspec.Struct, frozen=True, tag=True):
    """Medical control orders it."""


class Moment(msgspec.Struct, frozen=True, tag=True):
    """A yes-or-no fact of the moment: the field of `Situation` has this value."""

    fact: str
    value: bool


class AgeYears(msgspec.Struct, frozen=True, tag=True):
    """The patient is at least `least` and below `below` years old."""

    least: float | None
    below: float | None


class Route(msgspec.Struct, frozen=True, tag=True):
    """The medication is given by one of these routes."""

    routes: tuple[str, ...]


class DoseAtMost(msgspec.Struct, frozen=True, tag=True):
    """A ceiling; holds as long as no larger dose is stated, because the dose is the clinician's own choice."""

    dose: Dose


class AfterSkill(msgspec.Struct, frozen=True, tag=True):
    """This skill has been performed on this patient."""

    skill: str


class Endorsement(msgspec.Struct, frozen=True, tag=True):
    """The person holds the named endorsement."""

    name: str


class Training(msgspec.Struct, frozen=True, tag=True):
    """The person has completed the named training and it has not lapsed."""

    name: str


class Performed(msgspec.Struct, frozen=True, tag=True):
    """The person has performed the skill at least `times` within the last `within_days` days."""

    skill: str
    times: int
    within_days: int


class Adopted(msgspec.Struct, frozen=True, tag=True):
    """A layer in force adopts the option."""

    option: str


PersonalNode = Endorsement | Training | Performed
Condition = (
    All | Any | Not | Ordered | Moment | AgeYears | Route | DoseAtMost | AfterSkill | Adopted
    | Endorsement | Training | Performed
)  # fmt: skip

# Which nodes may not stand under "not": a person must never gain by losing an endorsement.
NEVER_NEGATED = (Ordered, Endorsement, Training, Performed, Adopted)

MOMENTS = {
    "in_cardiac_arrest": ("the patient is in cardiac arrest", "the patient is not in cardiac arrest"),
    "patient_own_medication": ("it is the patient's own medication", "it is not the patient's own medication"),
    "public_health_emergency": ("a public-health emergency is declared", "no public-health emergency is declared"),
    "interfacility_transfer": ("this is a transfer between facilities", "this is not a transfer between facilities"),
}


class Facts(msgspec.Struct, frozen=True):
    """What a condition is judged by: the moment, what holds of the person, and the options adopted."""

    situation: Situation = NOTHING_KNOWN
    holds: frozenset[PersonalNode] = frozenset()
    adopted: frozenset[str] = frozenset()


def worth(condition: Condition, facts: Facts) -> int:
    """BARRED (does not hold), UNKNOWN, ORDER (holds under an order) or STANDING (holds)."""
    match condition:
        case All(parts):
            return min((worth(part, facts) for part in parts), default=STANDING)
        case Any(parts):
            return max((worth(part, facts) for part in parts), default=BARRED)
        case Not(part):
            return {BARRED: STANDING, STANDING: BARRED}.get(worth(part, facts), UNKNOWN)
        case Ordered():
            return BARRED if facts.situation.order_from_medical_control is False else ORDER
        case Moment(fact, value):
            stated = getattr(facts.situation, fact)
            return UNKNOWN if stated is None else STANDING if stated == value else BARRED
        case AgeYears(least, below):
            return _age_worth(least, below, facts.situation.patient_age_years)
        case Route(routes):
            route = facts.situation.route
            return UNKNOWN if route is None else STANDING if route in routes else BARRED
        case DoseAtMost(dose):
            return _dose_worth(dose, facts.situation.dose)
        case AfterSkill(skill):
            done = facts.situation.skills_done
            return UNKNOWN if done is None else STANDING if skill in done else BARRED
        case Adopted(option):
            return STANDING if option in facts.adopted else BARRED
        case Endorsement() | Training() | Performed():
            return STANDING if condition in facts.holds else BARRED


def _age_worth(least: float | None, below: float | None, age: float | None) -> int:
    if age is None:
        return UNKNOWN
    return STANDING if (least is None or age >= least) and (below is None or age < below) else BARRED


def _dose_worth(ceiling: Dose, stated: Dose | None) -> int:
    if stated is None:
        return STANDING
    if stated.unit != ceiling.unit:
        return UNKNOWN
    return STANDING if stated.amount <= ceiling.amount else BARRED


def personal_nodes(condition: Condition) -> frozenset[PersonalNode]:
    """Every node of the condition that speaks of the person."""
    match condition:
        case All(parts) | Any(parts):
            return frozenset().union(*(personal_nodes(part) for part in parts))
        case Not(part):
            return personal_nodes(part)
        case Endorsement() | Training() | Performed():
            return frozenset((condition,))
        case _:
            return frozenset()


def said(condition: Condition, names: dict[str, str]) -> str:
    """The condition in words; `names` gives endorsements, trainings, options and skills their names."""
    match condition:
        case All(parts):
            return " and ".join(said(part, names) for part in parts)
        case Any(parts):
            return "(" + " or ".join(said(part, names) for part in parts) + ")"
        case Not(part):
            return f"not ({said(part, names)})"
        case Ordered():
            return "medical control orders it"
        case Moment(fact, value):
            return MOMENTS[fact][0 if value else 1]
        case AgeYears(least, below):
            bounds = [
                f"at least {least:g}" if least is not None else "",
                f"below {below:g}" if below is not None else "",
            ]
            return f"the patient's age is {' and '.join(filter(None, bounds))} years"
        case Route(routes):
            return f"it is given by the route {' or '.join(routes)}"
        case DoseAtMost(dose):
            return f"the dose is at most {dose}"
        case AfterSkill(skill):
            return f"after '{names.get(skill, skill)}' on this patient"
        case Endorsement(name):
            return f"the person holds the endorsement '{names.get(name, name)}'"
        case Training(name):
            return f"the person has completed the training '{names.get(name, name)}'"
        case Performed(skill, times, within_days):
            return f"the person has performed '{names.get(skill, skill)}' {times} times within {within_days} days"
        case Adopted(option):
            return f"the service's medical director adopts '{names.get(option, option)}'"


def wanting(condition: Condition, facts: Facts, names: dict[str, str]) -> list[str]:
    """What would have to be so (or be known) for the condition to hold; empty if it holds."""
    if worth(condition, facts) >= ORDER:
        return []
    match condition:
        case All(parts):
            return [text for part in parts for text in wanting(part, facts, names)]
        case Any(parts):
            return [" or ".join(" and ".join(wanting(part, facts, names)) for part in parts)]
        case _:
            return [said(condition, names)]
