"""Who must be with the patient under way: rules as data, for the rulebook in force and what is running."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from sixpoint.care.condition_text import read_condition
from sixpoint.care.conditions import Condition, judge
from sixpoint.care.encounter import Encounter
from sixpoint.care.guard import instant
from sixpoint.care.picture import picture_of
from sixpoint.scope import Clinician, Rulebook, practice_level
from sixpoint.scope.load import catalogue_ids
from sixpoint.scope.strict_yaml import Value, read_yaml
from sixpoint.scope.verdict import CONFIDENCES
from sixpoint.tables import Faults, decode_text, read_bytes

DATA: Final = Path(__file__).resolve().parent / "data"
_TEXTS: Final = ("rule", "where", "least", "because", "source", "confidence")
_RULE: Final = frozenset((*_TEXTS, "when"))


class AttendantRule(msgspec.Struct, frozen=True):
    """Where the layer `where` is in force ("any": everywhere) and `when` holds, the attendant is at least `least`."""

    id: str
    where: str
    when: Condition | None
    least: str
    because: str
    source: str
    confidence: str


class AttendantWanted(msgspec.Struct, frozen=True):
    """A rule that the attendant does not fulfil, and why it holds."""

    rule: AttendantRule
    because: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.rule.because}: at least {self.rule.least} attends"


@cache
def maintained_by() -> Mapping[str, str]:
    """Which skill keeps running what another skill has begun."""
    text = (DATA / "maintained.csv").read_text("utf-8")
    return {row["skill"]: row["maintained_by"] for row in csv.DictReader(text.splitlines())}


@cache
def attendant_rules() -> tuple[AttendantRule, ...]:
    """The rules that come with Sixpoint."""
    return read_attendant_rules(DATA / "attendants.yaml")


def read_attendant_rules(path: Path) -> tuple[AttendantRule, ...]:
    """The rules of a file; `InputError` names every fault with file and line."""
    faults = Faults()
    document = read_yaml(decode_text(path.name, read_bytes(path, path.name)), path.name, faults)
    top = document.mapping("the file") if document is not None else {}
    rules = tuple(_rule(value) for value in (top["rules"].items("'rules'") if "rules" in top else ()))
    if document is not None and not rules:
        document.fault("there are no rules", "List them under 'rules'.")
    faults.raise_any()
    return rules


def _rule(value: Value) -> AttendantRule:
    entries = value.mapping("a rule")
    value.refuse_others(_RULE, "a rule")
    found: dict[str, str] = {}
    for key in _TEXTS:
        if key in entries:
            found[key] = entries[key].text(f"'{key}'")
        else:
            value.fault(f"'{key}' is missing", "Write it.")
    if "confidence" in found and found["confidence"] not in CONFIDENCES:
        value.fault(f"'{found['confidence']}' is no confidence", f"Use one of: {', '.join(CONFIDENCES)}.")
    when = read_condition(entries["when"], catalogue_ids()) if "when" in entries else None
    id_, where, least, because, source, confidence = (found.get(key, "") for key in _TEXTS)
    return AttendantRule(id_, where, when, least, because, source, confidence)


def attendant_wanted(
    rulebook: Rulebook,
    attendant: Clinician,
    encounter: Encounter,
    at_ms: int,
    rules: tuple[AttendantRule, ...] | None = None,
) -> tuple[AttendantWanted, ...]:
    """The rules that the person who attends does not fulfil; empty if the person may attend.

    A rule whose level this ladder does not have says nothing here.
    """
    picture = picture_of(encounter, at_ms)
    own = practice_level(rulebook, attendant, instant(at_ms))
    layers = {layer.id for layer in rulebook.layers}
    found = []
    for rule in attendant_rules() if rules is None else rules:
        least = rulebook.level(rule.least)
        if least is None or (rule.where != "any" and rule.where not in layers):
            continue
        judged = judge(rule.when, picture)
        if judged.holds is not False and (own is None or own.rank < least.rank):
            found.append(AttendantWanted(rule, judged.because))
    return tuple(found)
