"""Reads the attendant rules of a layer: who must be with the patient under way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sixpoint.scope.condition_text import read_condition, speaks_of_a_grant
from sixpoint.scope.dates import read_span
from sixpoint.scope.layers import AttendantRule
from sixpoint.scope.near import did_you_mean
from sixpoint.scope.rule_text import Common, check_cited, check_skills, text_of
from sixpoint.scope.strict_yaml import Value

_NEEDED: Final = ("rule", "least", "because")
_MAY: Final = ("while_running", "only", "from", "until", "source", "place", "confidence", "note")
_KEYS: Final = frozenset((*_NEEDED, *_MAY))


def attendant_rules(top: dict[str, Value], common: Common) -> Iterator[AttendantRule]:
    """The rules under `attendants`; what is wrong with them is noted."""
    seen: set[str] = set()
    for value in top["attendants"].items("'attendants'") if "attendants" in top else ():
        entries = value.mapping("an attendant rule")
        value.refuse_others(_KEYS, "an attendant rule")
        for key in _NEEDED:
            if key not in entries:
                value.fault(f"'{key}' is missing", f"An attendant rule needs: {', '.join(_NEEDED)}.")
        if any(key not in entries for key in _NEEDED):
            continue
        name, least = text_of(entries, "rule"), text_of(entries, "least")
        if name in seen:
            value.fault(f"the attendant rule '{name}' stands twice", "Give each its own name.")
        seen.add(name)
        if least and least not in common.ladder.levels:
            levels = common.ladder.levels
            remedy = f"{did_you_mean(least, levels)}Levels are: {', '.join(levels)}."
            entries["least"].fault(f"there is no level '{least}' on this ladder", remedy)
        running = entries["while_running"].words("'while_running'") if "while_running" in entries else ()
        check_skills(entries.get("while_running", value), running, common)
        only = read_condition(entries["only"], common.names) if "only" in entries else None
        if only is not None and speaks_of_a_grant(only):
            entries["only"].fault(
                "the condition of an attendant rule speaks of an order, endorsement, training, currency or option",
                "It says for which patient and moment the rule holds; say who attends with 'least'.",
            )
        source, confidence = text_of(entries, "source"), text_of(entries, "confidence")
        check_cited(value, source, confidence, common)
        yield AttendantRule(
            layer=common.id,
            id=name,
            least=least,
            running=running,
            only=only,
            span=read_span(entries, common.zone, common.span),
            because=text_of(entries, "because"),
            source=common.sources.get(source or common.source, ""),
            place=text_of(entries, "place"),
            confidence=confidence or common.confidence,
            note=text_of(entries, "note"),
            version=common.version,
            where=value.where,
        )
