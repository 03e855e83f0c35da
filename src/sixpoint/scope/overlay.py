"""Reads a layer file (the format is docs/rulebook.md): every fault at once, each with file and line."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Final, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sixpoint.scope.attendant_text import attendant_rules
from sixpoint.scope.condition_text import Vocabulary
from sixpoint.scope.dates import read_span
from sixpoint.scope.ladder import Ladder
from sixpoint.scope.layers import RANKS, Layer, Rank, Span
from sixpoint.scope.rule_text import Common, listed_rules, spelt_out, table_rules, text_of
from sixpoint.scope.strict_yaml import Value
from sixpoint.scope.verdict import CONFIDENCES

_NEEDED: Final = ("overlay", "title", "ladder", "rank", "authority", "version", "from")
_NAMES: Final = ("endorsements", "trainings", "options", "adopts")
_CITED: Final = ("sources", "source", "confidence")
_MAY: Final = ("on", "partial", "timezone", "until", "temporary", "about", "table", "rules", "attendants", "nemsis")
_TOP: Final = frozenset((*_NEEDED, *_NAMES, *_CITED, *_MAY))


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
    said = [*table_rules(top, path, file, common, faults), *listed_rules(top, common)]
    attendants = tuple(attendant_rules(top, common))
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
        about=text_of(top, "about"),
        endorsements=_named(top, "endorsements"),
        trainings=_named(top, "trainings"),
        options=_named(top, "options"),
        adopts=adopts,
        rules=tuple(rule for one in said for rule in spelt_out(one, common)),
        nemsis=top["nemsis"].plain() if "nemsis" in top else None,
        where=top["overlay"].where,
        attendants=attendants,
    )


def _common(top: dict[str, Value], ladder: Ladder, skills: Collection[str], beneath: Sequence[Layer]) -> Common:
    sources: dict[str, str] = {}
    for key, value in top["sources"].mapping("sources").items() if "sources" in top else ():
        entry = value.mapping(f"the source '{key}'")
        value.refuse_others(frozenset(("title", "url")), "a source")
        if "title" not in entry:
            value.fault(f"the source '{key}' has no title", "Write {title: ..., url: ...}; the url may be left out.")
        url = text_of(entry, "url")
        sources[key] = text_of(entry, "title") + (f" <{url}>" if url else "")
    names = Vocabulary(
        skills,
        {name for layer in beneath for name in layer.endorsements} | _named(top, "endorsements").keys(),
        {name for layer in beneath for name in layer.trainings} | _named(top, "trainings").keys(),
        {name for layer in beneath for name in layer.options} | _named(top, "options").keys(),
    )
    zone = _zone(top)
    common = Common(
        id=top["overlay"].text("overlay"),
        version=top["version"].text("version"),
        span=read_span(top, zone, Span()),
        ladder=ladder,
        sources=sources,
        source=text_of(top, "source"),
        confidence=text_of(top, "confidence"),
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


def _named(top: dict[str, Value], key: str) -> dict[str, str]:
    entries = top[key].mapping(f"'{key}'") if key in top else {}
    return {name: value.text(f"the name of '{name}'") for name, value in entries.items()}


def _zone(top: dict[str, Value]) -> tzinfo:
    name = text_of(top, "timezone")
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        top["timezone"].fault(f"the time zone '{name}' is not known", "Use a name like America/Denver.")
        return UTC
