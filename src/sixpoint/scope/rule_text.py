"""Reads the rules of a layer, from its `rules` and from the table beside it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path
from typing import Final

import msgspec

from sixpoint.scope.condition_text import Vocabulary, read_condition, speaks_of_a_grant
from sixpoint.scope.conditions import Condition
from sixpoint.scope.dates import read_span
from sixpoint.scope.ladder import Ladder
from sixpoint.scope.layers import VERBS, Rule, Span, Verb
from sixpoint.scope.near import did_you_mean
from sixpoint.scope.strict_yaml import Value
from sixpoint.scope.verdict import CONFIDENCES
from sixpoint.tables import Faults, read_table

_RULE: Final = frozenset((*VERBS, "for", "as", "only", "from", "until", "source", "place", "confidence", "note"))
_TABLE_NEEDS: Final = ("skill", "allow", "bar", "open", "source", "place", "confidence")
_TABLE_VERBS: Final[tuple[Verb, ...]] = ("allow", "bar", "open")
_TABLE_MAY: Final = ("from", "until", "note")


class Common(msgspec.Struct, frozen=True):
    """What the rules of a layer share."""

    id: str
    version: str
    span: Span
    ladder: Ladder
    sources: dict[str, str]
    source: str
    confidence: str
    zone: tzinfo
    names: Vocabulary


class Said(msgspec.Struct, frozen=True):
    """A rule as written, before it is spelt out for each skill and level."""

    verb: Verb
    skills: tuple[str, ...]
    levels: tuple[str, ...]
    as_order: bool
    only: Condition | None
    span: Span
    source: str
    place: str
    confidence: str
    note: str
    where: str


def text_of(entries: dict[str, Value], key: str) -> str:
    """The text of a key; empty if it is absent."""
    return entries[key].text(f"'{key}'") if key in entries else ""


def listed_rules(top: dict[str, Value], common: Common) -> Iterator[Said]:
    """The rules under `rules`."""
    for value in top["rules"].items("'rules'") if "rules" in top else ():
        entries = value.mapping("a rule")
        value.refuse_others(_RULE, "a rule")
        verbs = [verb for verb in VERBS if verb in entries]
        if len(verbs) != 1:
            value.fault(f"a rule has one verb, this one has {len(verbs)}", f"Write one of: {', '.join(VERBS)}.")
            continue
        verb = verbs[0]
        if "for" not in entries:
            value.fault("'for' is missing", "Say for which level: EMT, [EMR, EMT], EMT+ or every level.")
        as_order = False
        if "as" in entries:
            as_order = entries["as"].text("'as'") == "order"
            if verb not in ("allow", "limit") or (not as_order and entries["as"].held != "standing"):
                entries["as"].fault("'as' says order or standing, with allow or limit", "Correct it or leave it out.")
        only = read_condition(entries["only"], common.names) if "only" in entries else None
        if verb == "open" and "only" in entries:
            entries["only"].fault("'open' takes no condition", "Leave 'only' out, or use another verb.")
        if verb == "bar" and only is not None and speaks_of_a_grant(only):
            entries["only"].fault(
                "the condition of a 'bar' speaks of an order, endorsement, training, currency or option",
                "Nobody may gain by losing one: write 'limit' with the opposite, or 'allow' for those who hold it.",
            )
        if verb == "limit" and not as_order and "only" not in entries:
            value.fault("'limit' limits nothing", "Write 'only', or 'as: order'.")
        source, confidence = text_of(entries, "source"), text_of(entries, "confidence")
        check_cited(value, source, confidence, common)
        yield Said(
            verb,
            entries[verb].words(f"'{verb}'"),
            _levels(entries["for"], entries["for"].words("'for'"), common.ladder) if "for" in entries else (),
            as_order,
            only,
            read_span(entries, common.zone, common.span),
            source,
            text_of(entries, "place"),
            confidence,
            text_of(entries, "note"),
            value.where,
        )
        check_skills(value, entries[verb].words(f"'{verb}'"), common)


def table_rules(top: dict[str, Value], path: Path, file: str, common: Common, faults: Faults) -> Iterator[Said]:
    """The rules of the table beside the layer, three cells a line."""
    if "table" not in top:
        return
    name = text_of(top, "table")
    if not name or "/" in name or "\0" in name:
        top["table"].fault("the table is not a file beside this one", "Write its name, without a folder.")
        return
    shown = str(Path(file).parent / name) if "/" in file else name
    for row in read_table(path.parent / name, shown, _TABLE_NEEDS, _TABLE_MAY, faults):
        place = Value(None, shown, row.line, faults)
        skill, source, confidence = row.text("skill"), row.raw("source"), row.raw("confidence")
        check_skills(place, (skill,), common)
        check_cited(place, source, confidence, common)
        dates = {key: Value(row.raw(key), shown, row.line, faults) for key in ("from", "until") if row.raw(key)}
        span = read_span(dates, common.zone, common.span)
        seen: set[str] = set()
        for verb in _TABLE_VERBS:
            levels = _levels(place, (row.raw(verb),), common.ladder) if row.raw(verb) else ()
            for level in seen.intersection(levels):
                place.fault(f"the level '{level}' stands in two cells", "Keep one of them.")
            seen.update(levels)
            if levels:
                cited = (source, row.raw("place"), confidence, row.raw("note"), row.where)
                yield Said(verb, (skill,), levels, False, None, span, *cited)
        if not any(row.raw(verb) for verb in _TABLE_VERBS):
            row.fault("the line says nothing of any level", "Fill allow, bar or open, or remove the line.")


def _levels(place: Value, words: tuple[str, ...], ladder: Ladder) -> tuple[str, ...]:
    if len(words) == 1:
        words = tuple(ladder.levels) if words[0] == "every level" else tuple(words[0].split())
    found: list[str] = []
    for word in words:
        level = word.removesuffix("+")
        if level not in ladder.levels:
            remedy = f"{did_you_mean(level, ladder.levels)}Levels are: {', '.join(ladder.levels)}."
            place.fault(f"there is no level '{level}' on this ladder", remedy)
            continue
        found += ladder.and_higher(level) if word.endswith("+") else (level,)
    for level in {level for level in found if found.count(level) > 1}:
        place.fault(f"the level '{level}' is named twice", "Name each level once.")
    return tuple(found)


def check_skills(place: Value, skills: tuple[str, ...], common: Common) -> None:
    """Notes each skill that the catalogue does not have."""
    for skill in skills:
        if skill and skill not in common.names.skills:
            meant = did_you_mean(skill, common.names.skills)
            place.fault(f"there is no skill '{skill}'", f"{meant}Use an id of the catalogue (scope/data/skills.csv).")


def check_cited(place: Value, source: str, confidence: str, common: Common) -> None:
    """Notes a source that is not listed, a confidence that is none, and either if it is missing."""
    if source and source not in common.sources:
        place.fault(f"the source '{source}' is not listed", "List it under 'sources' of the layer.")
    if not source and not common.source:
        place.fault("no source is named", "Name one, or give the layer a 'source'.")
    if confidence and confidence not in CONFIDENCES:
        place.fault(f"'{confidence}' is no confidence", f"Use one of: {', '.join(CONFIDENCES)}.")
    if not confidence and not common.confidence:
        place.fault("no confidence is named", "Name one, or give the layer a 'confidence'.")


def spelt_out(said: Said, common: Common) -> Iterator[Rule]:
    """One rule for each skill and level."""
    source = common.sources[said.source or common.source]
    for skill in said.skills:
        for level in said.levels:
            yield Rule(
                layer=common.id,
                verb=said.verb,
                skill=skill,
                level=level,
                as_order=said.as_order,
                only=said.only,
                span=said.span,
                source=source,
                place=said.place,
                confidence=said.confidence or common.confidence,
                note=said.note,
                version=common.version,
                where=said.where,
            )
