"""Doses: what to give now, what was given so far, and what speaks against an amount. Never above, never too soon."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

import msgspec

from sixpoint.care.amounts import exact, in_unit, rounded_down
from sixpoint.care.conditions import judge
from sixpoint.care.facts import Intervention, PriorAid
from sixpoint.care.pathway import Cited, DoseRule, Step
from sixpoint.care.picture import Picture
from sixpoint.scope import Dose
from sixpoint.scope.verdict import STANDING, UNKNOWN

Due = Literal["due", "wait", "limit", "unknown", "no_dose", "local_protocol"]


class DoseLimit(msgspec.Struct, frozen=True):
    """What speaks against a dose: "dose", "interval", "total" or "unknown" (then `missing` names what to find out)."""

    kind: Literal["dose", "interval", "total", "unknown"]
    text: str
    source: str = ""
    confidence: str = ""
    missing: tuple[str, ...] = ()


class NextDose(msgspec.Struct, frozen=True):
    """What the rules say of the next dose: how much if it is due, when if it is not yet, and why."""

    due: Due
    because: tuple[str, ...]
    dose: Dose | None = None
    rule: DoseRule | None = None
    at_ms: int | None = None
    missing: tuple[str, ...] = ()

    def volume(self, skill: str) -> str:
        """The dose as it is drawn up, "0.3 mL of 1 mg/mL"; empty where nothing is, as from an auto-injector."""
        per_ml = self.rule.per_ml if self.rule is not None and skill in self.rule.drawn_by else None
        if per_ml is None or self.dose is None:
            return ""
        ml = rounded_down(exact(self.dose.amount) / exact(per_ml.value))
        return f"{ml.normalize():f} mL of {per_ml.value:g} {self.dose.unit}/mL"


class GivenSoFar(msgspec.Struct, frozen=True):
    """The doses of a drug that this patient has had, by anybody: how many, how much (None: not known), the last."""

    times: int
    amount: Decimal | None
    last_ms: int | None


def rule_for(
    step: Step, skill: str, picture: Picture, drug: str = "", route: str = ""
) -> tuple[DoseRule | None, Due, tuple[str, ...], tuple[str, ...]]:
    """The rule for this skill and patient; else "unknown" with what is missing, "no_dose" or "local_protocol"."""
    of_skill = [rule for rule in step.doses if skill in rule.skills]
    if not of_skill:
        return None, "local_protocol", ("dose by local protocol",), ()
    for rule in of_skill:
        if (drug and rule.drug != drug) or (route and rule.routes and route not in rule.routes):
            continue
        judged = judge(rule.when, picture)
        if judged.value == UNKNOWN:
            return None, "unknown", judged.because, judged.missing
        if judged.value == STANDING:
            return rule, "due", (), ()
    return None, "no_dose", (f"no dose of {drug or of_skill[0].drug} is given for this patient or route",), ()


def given_so_far(step: Step, rule: DoseRule, picture: Picture) -> GivenSoFar:
    """Every dose of the rule's drug so far, whichever skill or person gave it; a dose that names no drug counts."""
    acts: list[Intervention | PriorAid] = []
    for skill, tried in picture.tried.items():
        same_step = skill in step.any_of
        acts += [act for act in tried if act.drug == rule.drug or (same_step and not act.drug)]
    amount: Decimal | None = Decimal(0)
    for act in acts:
        part = None if act.dose is None else in_unit(act.dose, rule.unit)
        amount = None if amount is None or part is None else amount + part
    return GivenSoFar(len(acts), amount, max((act.at_ms for act in acts), default=None))


def most_at_once(rule: DoseRule, picture: Picture) -> Decimal | None:
    """The largest single dose for this patient; None if the rule bounds none or the weight is not known."""
    if rule.per_kg is not None:
        weight = picture.number("weight_kg")
        if weight is None:
            return None
        by_weight = exact(rule.per_kg.value) * exact(weight)
        if rule.least is not None:
            by_weight = max(by_weight, exact(rule.least.value))
        return by_weight if rule.most is None else min(by_weight, exact(rule.most.value))
    bound = rule.most or rule.amount
    return None if bound is None else exact(bound.value)


def next_dose(step: Step, skill: str, picture: Picture, drug: str = "", route: str = "") -> NextDose:
    """What to give next by this step and skill: within the maximum, after the interval, inside the total."""
    rule, due, because, missing = rule_for(step, skill, picture, drug, route)
    if rule is None:
        return NextDose(due, because, missing=missing)
    so_far = given_so_far(step, rule, picture)
    wait = _interval(rule, so_far, picture)
    if wait is not None:
        assert so_far.last_ms is not None and rule.repeat_min is not None
        again_ms = so_far.last_ms + round(rule.repeat_min.value * 60_000)
        return NextDose("wait", (wait.text,), rule=rule, at_ms=again_ms)
    if rule.per_kg is not None and picture.number("weight_kg") is None:
        return NextDose("unknown", ("weight is not known",), rule=rule, missing=("weight_kg",))
    most = most_at_once(rule, picture)
    standard = most if rule.amount is None else exact(rule.amount.value)
    if standard is None:
        return NextDose("local_protocol", ("the amount by local protocol",), rule=rule)
    left, limit = _left(rule, so_far, picture)
    if limit is not None and limit.kind == "unknown":
        return NextDose("unknown", (limit.text,), rule=rule, missing=limit.missing)
    amount = rounded_down(standard if left is None else min(standard, left))
    too_little = rule.least is not None and amount < exact(rule.least.value)
    if limit is not None or amount <= 0 or too_little:
        text = limit.text if limit is not None else f"what is left of {rule.drug} is less than a dose"
        return NextDose("limit", (text,), rule=rule)
    return NextDose("due", _told(rule), Dose(float(amount), rule.unit), rule)


def limits(step: Step, skill: str, picture: Picture, dose: Dose | None, drug: str, route: str) -> Iterator[DoseLimit]:
    """Everything that speaks against giving this dose now."""
    rule, due, because, missing = rule_for(step, skill, picture, drug, route)
    if rule is None:
        if due == "unknown":
            yield DoseLimit("unknown", because[0], missing=missing)
        elif due == "no_dose":
            yield DoseLimit("dose", because[0], step.source, step.confidence)
        return
    so_far = given_so_far(step, rule, picture)
    wait = _interval(rule, so_far, picture)
    if wait is not None:
        yield wait
    left, limit = _left(rule, so_far, picture)
    if limit is not None:
        yield limit
    if dose is None:
        return
    amount = in_unit(dose, rule.unit)
    if amount is None:
        yield DoseLimit("dose", f"{dose} cannot be compared with {rule.unit}")
        return
    most = most_at_once(rule, picture)
    if most is None and rule.per_kg is not None:
        yield DoseLimit("unknown", "weight is not known", missing=("weight_kg",))
    elif most is not None and amount > most:
        cited = rule.most or rule.per_kg or rule.amount
        assert cited is not None
        yield DoseLimit(
            "dose", f"{dose} is above the maximum of {most:f} {rule.unit} {rule.drug}", cited.source, cited.confidence
        )
    if rule.least is not None and amount < exact(rule.least.value):
        yield DoseLimit(
            "dose", f"{dose} is below the least of {rule.least.value:g} {rule.unit}", rule.least.source,
            rule.least.confidence,
        )  # fmt: skip
    if limit is None and left is not None and amount > left:
        yield DoseLimit("total", f"{dose} is more than the {left:f} {rule.unit} {rule.drug} that are left in all")


def _interval(rule: DoseRule, so_far: GivenSoFar, picture: Picture) -> DoseLimit | None:
    if rule.repeat_min is None or so_far.last_ms is None:
        return None
    passed_min = (picture.at_ms - so_far.last_ms) / 60_000
    if passed_min >= rule.repeat_min.value:
        return None
    text = f"{rule.drug} was given {passed_min:.1f} min ago; again after {rule.repeat_min.value:g} min"
    return DoseLimit("interval", text, rule.repeat_min.source, rule.repeat_min.confidence)


def _left(rule: DoseRule, so_far: GivenSoFar, picture: Picture) -> tuple[Decimal | None, DoseLimit | None]:
    """How much more may be given in all (None: no bound), and what says that nothing may."""
    if rule.times is not None and so_far.times >= rule.times.value:
        given = "once" if so_far.times == 1 else f"{so_far.times} times"
        text = f"{rule.drug} was given {given}, the most is {rule.times.value:g}"
        return None, DoseLimit("total", text, rule.times.source, rule.times.confidence)
    totals: list[tuple[Decimal, Cited]] = []
    if rule.total is not None:
        totals.append((exact(rule.total.value), rule.total))
    if rule.total_per_kg is not None:
        weight = picture.number("weight_kg")
        if weight is None:
            return None, DoseLimit("unknown", "weight is not known", missing=("weight_kg",))
        totals.append((exact(rule.total_per_kg.value) * exact(weight), rule.total_per_kg))
    if not totals:
        return None, None
    total, cited = min(totals, key=lambda pair: pair[0])
    if so_far.amount is None:
        return None, DoseLimit("unknown", f"how much {rule.drug} was given before is not known")
    if so_far.amount >= total:
        text = f"{so_far.amount:f} {rule.unit} {rule.drug} were given, the most is {total:f}"
        return total - so_far.amount, DoseLimit("total", text, cited.source, cited.confidence)
    return total - so_far.amount, None


def _told(rule: DoseRule) -> tuple[str, ...]:
    said = [f"{rule.per_kg.value:g} {rule.unit}/kg"] if rule.per_kg else []
    said += [f"at most {rule.most.value:g} {rule.unit}"] if rule.most else []
    said += [f"again after {rule.repeat_min.value:g} min"] if rule.repeat_min else []
    said += [rule.note] if rule.note else []
    cited = rule.amount or rule.per_kg or rule.most
    where = f"{cited.source} {cited.place} [{cited.confidence.replace('_', ' ')}]" if cited else ""
    return (f"{rule.drug}: {', '.join(said) or 'one dose'} ({where})",)
