"""Reads a layer file (the format is docs/rulebook.md): every fault at once, each with file and line."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Final, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from sixpoint.scope.condition_text import Vocabulary, read_condition, speaks_of_a_grant
from sixpoint.scope.conditions import Condition
from sixpoint.scope.ladder import Ladder
from sixpoint.scope.layers import RANKS, VERBS, Layer, Rank, Rule, Span, Verb
from sixpoint.scope.strict_yaml import Value
from sixpoint.scope.verdict import CONFIDENCES
from sixpoint.tables import Faults, Row, read_table

_NEEDED: Final = ("overlay", "title", "ladder", "rank", "authority", "version", "from")
_NAMES: Final = ("endorsements", "trainings", "options", "adopts")
_CITED: Final = ("sources", "source", "confidence")
_MAY: Final = ("on", "partial", "timezone", "until", "temporary", "about", "table", "rules", "nemsis")
_TOP: Final = frozenset((*_NEEDED, *_NAMES, *_CITED, *_MAY))
_RULE: Final = frozenset((*VERBS, "for", "as", "only", "from", "until", "source", "place", "confidence", "note"))
_TABLE_NEEDS: Final = ("skill", "allow", "bar", "open", "source", "place", "confidence")
_TABLE_VERBS: Final[tuple[Verb, ...]] = ("allow", "bar", "open")
_TABLE_MAY: Final = ("from", "until", "note")


class _Common(msgspec.Struct, frozen=True):
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


class _Said(msgspec.Struct, frozen=True):
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


def read_layer(
    document: Value, path: Path, ladders: Mapping[str, Ladder], skills: Collection[str], beneath: Sequence[Layer]
) -> Layer | None:
    """The layer of a YAML document, its table read too; None, with the faults noted, if there are any.

    Names of `beneath` (the layers it lies on) may be used; `path` is where the file lies, for its table.
    """
    faults, file = document.faults, document.file
    before = len(faults.found)
    top = document.mapping("the layer")
    document.refuse_others(_TOP, "a layer")
    for key in _NEEDED:
        if key not in top:
            document.fault(f"'{key}' is missing", f"A layer needs: {', '.join(_NEEDED)}.")
    if any(key not in top for key in _NEEDED):
        return None
    ladder = ladders.get(top["ladder"].text("ladder"))
    if ladder is None:
        top["ladder"].fault(f"there is no ladder '{top['ladder'].held}'", f"Ladders are: {', '.join(ladders)}.")
        return None
    common = _common(top, ladder, skills, beneath)
    said = [*_table(top, path, file, common, faults), *_listed(top, common)]
    rank = top["rank"].text("rank")
    if rank not in RANKS:
        top["rank"].fault(f"there is no rank '{rank}'", f"Ranks, lowest first: {', '.join(RANKS)}.")
    adopts = top["adopts"].words("adopts") if "adopts" in top else ()
    for option in adopts:
        if not any(option in layer.options for layer in beneath):
            remedy = "Adopt an option of a layer named under 'on'."
            top["adopts"].fault(f"no layer beneath has the option '{option}'", remedy)
    if len(faults.found) > before:
        return None
    return Layer(
        id=common.id,
        title=top["title"].text("title"),
        ladder=ladder.id,
        rank=cast(Rank, rank),
        authority=top["authority"].text("authority"),
        on=top["on"].words("on") if "on" in top and top["on"].held != [] else (),
        version=common.version,
        partial=top["partial"].truth("partial") if "partial" in top else False,
        span=common.span,
        temporary=top["temporary"].truth("temporary") if "temporary" in top else False,
        about=_text(top, "about"),
        endorsements=_named(top, "endorsements"),
        trainings=_named(top, "trainings"),
        options=_named(top, "options"),
        adopts=adopts,
        rules=tuple(rule for one in said for rule in _spelt_out(one, common)),
        nemsis=top["nemsis"].plain() if "nemsis" in top else None,
        where=file,
    )


def _common(top: dict[str, Value], ladder: Ladder, skills: Collection[str], beneath: Sequence[Layer]) -> _Common:
    sources: dict[str, str] = {}
    for key, value in top["sources"].mapping("sources").items() if "sources" in top else ():
        entry = value.mapping(f"the source '{key}'")
        value.refuse_others(frozenset(("title", "url")), "a source")
        if "title" not in entry:
            value.fault(f"the source '{key}' has no title", "Write {title: ..., url: ...}; the url may be left out.")
        url = _text(entry, "url")
        sources[key] = _text(entry, "title") + (f" <{url}>" if url else "")
    names = Vocabulary(
        skills,
        {name for layer in beneath for name in layer.endorsements} | _named(top, "endorsements").keys(),
        {name for layer in beneath for name in layer.trainings} | _named(top, "trainings").keys(),
        {name for layer in beneath for name in layer.options} | _named(top, "options").keys(),
    )
    zone = _zone(top)
    common = _Common(
        id=top["overlay"].text("overlay"),
        version=top["version"].text("version"),
        span=_span(top, zone, Span()),
        ladder=ladder,
        sources=sources,
        source=_text(top, "source"),
        confidence=_text(top, "confidence"),
        zone=zone,
        names=names,
    )
    if not common.id.replace("-", "").isalnum():
        top["overlay"].fault(f"'{common.id}' is no id", "Use letters, digits and hyphens.")
    if common.source and common.source not in sources:
        top["source"].fault(f"the source '{common.source}' is not listed", "List it under 'sources'.")
    if common.confidence and common.confidence not in CONFIDENCES:
        top["confidence"].fault(f"'{common.confidence}' is no confidence", f"Use one of: {', '.join(CONFIDENCES)}.")
    return common


def _text(top: dict[str, Value], key: str) -> str:
    return top[key].text(f"'{key}'") if key in top else ""


def _named(top: dict[str, Value], key: str) -> dict[str, str]:
    entries = top[key].mapping(f"'{key}'") if key in top else {}
    return {name: value.text(f"the name of '{name}'") for name, value in entries.items()}


def _zone(top: dict[str, Value]) -> tzinfo:
    name = _text(top, "timezone")
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        top["timezone"].fault(f"the time zone '{name}' is not known", "Use a name like America/Denver.")
        return UTC


def instant_of(text: str, zone: tzinfo) -> datetime | None:
    """The instant written as a date (its first moment in `zone`) or as date, time and offset; None if impossible."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    if len(text) == len("2026-01-01"):
        return instant.replace(tzinfo=zone).astimezone(UTC)
    return None if instant.tzinfo is None else instant.astimezone(UTC)


def _span(entries: dict[str, Value], zone: tzinfo, within: Span) -> Span:
    bounds: list[datetime | None] = []
    for key in ("from", "until"):
        if key not in entries or entries[key].held is None:
            bounds.append(None)
            continue
        text = entries[key].text(f"'{key}'")
        bounds.append(instant_of(text, zone))
        if bounds[-1] is None and text:
            remedy = 'Write it like "2026-03-01" or "2026-03-01T07:00:00-07:00".'
            entries[key].fault(f"'{text}' is no possible date", remedy)
    span = Span(*bounds)
    if span.starts and span.ends and span.starts >= span.ends:
        entries["until"].fault("it ends before it starts", "Write a later 'until', or an earlier 'from'.")
    elif not span.meets(within):
        entries["from" if "from" in entries else "until"].fault(
            f"the dates lie outside the layer's own ({within})", "Correct the dates of the rule or of the layer."
        )
    return span & within


def _listed(top: dict[str, Value], common: _Common) -> Iterator[_Said]:
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
        source, confidence = _text(entries, "source"), _text(entries, "confidence")
        _check_cited(value, source, confidence, common)
        yield _Said(
            verb,
            entries[verb].words(f"'{verb}'"),
            _levels(entries["for"], entries["for"].words("'for'"), common.ladder) if "for" in entries else (),
            as_order,
            only,
            _span(entries, common.zone, common.span),
            source,
            _text(entries, "place"),
            confidence,
            _text(entries, "note"),
            value.where,
        )
        _check_skills(value, entries[verb].words(f"'{verb}'"), common)


def _table(top: dict[str, Value], path: Path, file: str, common: _Common, faults: Faults) -> Iterator[_Said]:
    if "table" not in top:
        return
    name = _text(top, "table")
    shown = str(Path(file).parent / name) if "/" in file else name
    for row in read_table(path.parent / name, shown, _TABLE_NEEDS, _TABLE_MAY, faults):
        place = Value(None, shown, row.line, faults)
        skill, source, confidence = row.text("skill"), row.raw("source"), row.raw("confidence")
        _check_skills(place, (skill,), common)
        _check_cited(place, source, confidence, common)
        dates = {key: Value(row.raw(key), shown, row.line, faults) for key in ("from", "until") if row.raw(key)}
        span = _span(dates, common.zone, common.span)
        seen: set[str] = set()
        for verb in _TABLE_VERBS:
            levels = _levels(place, (row.raw(verb),), common.ladder) if row.raw(verb) else ()
            for level in seen.intersection(levels):
                place.fault(f"the level '{level}' stands in two cells", "Keep one of them.")
            seen.update(levels)
            if levels:
                cited = (source, row.raw("place"), confidence, row.raw("note"), row.where)
                yield _Said(verb, (skill,), levels, False, None, span, *cited)
        if not seen:
            _no_level(row)


def _no_level(row: Row) -> None:
    row.fault("the line says nothing of any level", "Fill allow, bar or open, or remove the line.")


def _levels(place: Value, words: tuple[str, ...], ladder: Ladder) -> tuple[str, ...]:
    if len(words) == 1:
        words = tuple(ladder.levels) if words[0] == "every level" else tuple(words[0].split())
    found: list[str] = []
    for word in words:
        level = word.removesuffix("+")
        if level not in ladder.levels:
            place.fault(f"there is no level '{level}' on this ladder", f"Levels are: {', '.join(ladder.levels)}.")
            continue
        found += ladder.and_higher(level) if word.endswith("+") else (level,)
    for level in {level for level in found if found.count(level) > 1}:
        place.fault(f"the level '{level}' is named twice", "Name each level once.")
    return tuple(found)


def _check_skills(place: Value, skills: tuple[str, ...], common: _Common) -> None:
    for skill in skills:
        if skill and skill not in common.names.skills:
            place.fault(f"there is no skill '{skill}'", "Use an id of the catalogue (scope/data/skills.csv).")


def _check_cited(place: Value, source: str, confidence: str, common: _Common) -> None:
    if source and source not in common.sources:
        place.fault(f"the source '{source}' is not listed", "List it under 'sources' of the layer.")
    if not source and not common.source:
        place.fault("no source is named", "Name one, or give the layer a 'source'.")
    if confidence and confidence not in CONFIDENCES:
        place.fault(f"'{confidence}' is no confidence", f"Use one of: {', '.join(CONFIDENCES)}.")
    if not confidence and not common.confidence:
        place.fault("no confidence is named", "Name one, or give the layer a 'confidence'.")


def _spelt_out(said: _Said, common: _Common) -> Iterator[Rule]:
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
