"""Reads region.toml: what the region is, where its facts come from, and what nobody observed."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Final, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from sixpoint.errors import InputError
from sixpoint.region.format import MANIFEST, SNAP_LIMIT_M
from sixpoint.tables import CONTROL, Faults, decode_text, read_bytes

Value = TypeVar("Value")

FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2199, 12, 31)
NEEDED: Final = ("id", "name", "state", "timezone", "synthetic", "notice", "rulebook", "day")
MAY_HAVE: Final = ("overlays", "days", "lights_factor", "speeds", "snap_limit_m", "sources", "imputed", "pathways")


class Manifest(msgspec.Struct, frozen=True):
    """region.toml, checked; `lines` says where each key stands, `unsound` which keys hold a stand-in."""

    id: str
    name: str
    state: str
    timezone: str
    synthetic: bool
    notice: str
    rulebook: str
    day: date
    overlays: tuple[str, ...] = ()
    days: int = 1
    lights_factor: float = 1.0
    speeds: str = ""
    snap_limit_m: float = SNAP_LIMIT_M
    sources: tuple[str, ...] = ()
    imputed: tuple[str, ...] = ()
    pathways: tuple[str, ...] = ()
    lines: dict[str, int] = {}
    unsound: frozenset[str] = frozenset()

    def where(self, key: str) -> str:
        """The place of a key, for a fault."""
        return f"{MANIFEST}:{self.lines.get(key, 1)}"


class Keys:
    """The keys of the file; each accessor returns a value of its type, or notes a fault and returns a stand-in."""

    def __init__(self, values: dict[str, object], lines: dict[str, int], faults: Faults) -> None:
        self._values = values
        self._lines = lines
        self._faults = faults
        self.unsound = {key for key in NEEDED if key not in values}

    def fault(self, key: str, what: str, remedy: str) -> None:
        """Notes a fault at the key's line."""
        self.unsound.add(key)
        self._faults.add(f"{MANIFEST}:{self._lines.get(key, 1)}", what, remedy)

    def _of(self, key: str, kind: type[Value], named: str, default: Value) -> Value:
        value = self._values.get(key, default)
        # A bool is an int to Python, not to a reader of this file.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.fault(key, f"'{key}' holds {value!r}, which is not {named}", f"Write {named}.")
            return default
        return value

    def text(self, key: str, pattern: str = r"(?s).*\S.*", like: str = "some text") -> str:
        """Text that matches `pattern`; `like` tells a person what is wanted."""
        value = self._of(key, str, "text in quotes", "")
        if CONTROL.search(value):
            self.fault(key, f"'{key}' holds a control character", "Remove it.")
            return ""
        if key in self._values and isinstance(self._values[key], str) and not re.fullmatch(pattern, value):
            self.fault(key, f"'{key}' holds '{value}'", f"Write {like}.")
        return value

    def truth(self, key: str) -> bool:
        """true or false."""
        return self._of(key, bool, "true or false", False)

    def number(self, key: str, default: float, least: float, most: float) -> float:
        """A number between `least` and `most`."""
        value = self._values.get(key, default)
        number = value if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")
        if not least <= number <= most:
            self.fault(key, f"'{key}' holds {value!r}", f"Write a number between {least:g} and {most:g}.")
            return default
        return float(number)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        value: list[object] = self._of(key, list, "a list of texts in brackets", [])
        if not all(isinstance(item, str) for item in value):
            self.fault(key, f"'{key}' holds something that is not text", "Write each item in quotes.")
        if any(CONTROL.search(item) for item in value if isinstance(item, str)):
            self.fault(key, f"'{key}' holds a control character", "Remove it.")
        return tuple(CONTROL.sub("", item) for item in value if isinstance(item, str))

    def day(self, key: str) -> date:
        """A day, as TOML's own date or as text."""
        value = self._values.get(key)
        try:
            day = value if type(value) is date else date.fromisoformat(value if isinstance(value, str) else "")
            if FIRST_DAY <= day <= LAST_DAY:
                return day
            what = f"'{key}' holds {day.isoformat()}, outside {FIRST_DAY.isoformat()} to {LAST_DAY.isoformat()}"
        except ValueError:
            what = f"'{key}' holds {value!r}, which is not a day"
        if key in self._values:
            self.fault(key, what, "Write it like 2026-05-15.")
        return date(2000, 1, 1)

    def timezone(self, key: str) -> str:
        """A name of the IANA time zone database."""
        value = self.text(key)
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            if isinstance(self._values.get(key), str):
                self.fault(
                    key,
                    f"time zone '{value}' is not known on this machine",
                    "Write an IANA name like America/Chicago; if it is one, install tzdata.",
                )
            return "UTC"
        return value


def key_lines(text: str) -> dict[str, int]:
    """The line on which each top-level key of a TOML text stands."""
    lines: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        found = re.match(r"\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*=", line) or re.match(r"\s*\[+\s*([A-Za-z0-9_-]+)", line)
        if found:
            lines.setdefault(found[1], number)
    return lines


def read_manifest(folder: Path, faults: Faults) -> Manifest | None:
    """region.toml as far as it can be read; what is wrong with it is noted in `faults`."""
    try:
        text = decode_text(MANIFEST, read_bytes(folder / MANIFEST, MANIFEST))
        values: dict[str, object] = tomllib.loads(text)
    except InputError as error:
        faults.found.extend(error.faults)
        return None
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        faults.add(f"{MANIFEST}:{at[1] if at else 1}", f"not TOML ({error})", "Write each line as: key = value.")
        return None
    lines = key_lines(text)
    for key in NEEDED:
        if key not in values:
            faults.add(f"{MANIFEST}:1", f"key '{key}' is missing", f"The file needs: {', '.join(NEEDED)}.")
    for key in values:
        if key not in (*NEEDED, *MAY_HAVE):
            known = ", ".join((*NEEDED, *MAY_HAVE))
            faults.add(f"{MANIFEST}:{lines.get(key, 1)}", f"key '{key}' is not known", f"Known are: {known}.")
    keys = Keys(values, lines, faults)
    if values.get("synthetic") is True and values.get("notice") == "":
        keys.fault("notice", "a synthetic region says so", "Write in 'notice' that its people and calls are invented.")
    if {"speeds", "lights_factor"} <= values.keys():
        both = "'speeds' and 'lights_factor' both say how long runs take"
        keys.fault("lights_factor", both, "Remove one; the profile 'lights' of the table holds the factor as well.")
    manifest = Manifest(
        id=keys.text("id", r"[a-z0-9][a-z0-9-]*", "small letters, digits and hyphens, like riverton"),
        name=keys.text("name"),
        state=keys.text("state", r"[A-Z]{2}", "two capital letters, like CA"),
        timezone=keys.timezone("timezone"),
        synthetic=keys.truth("synthetic"),
        notice=keys.text("notice", r"(?s).*", "text"),
        rulebook=keys.text("rulebook"),
        day=keys.day("day"),
        overlays=keys.texts("overlays"),
        days=int(keys.number("days", 1, 1, 366)),
        lights_factor=keys.number("lights_factor", 1.0, 0.1, 10),
        speeds=keys.text("speeds"),
        snap_limit_m=keys.number("snap_limit_m", SNAP_LIMIT_M, 1, 100_000),
        sources=keys.texts("sources"),
        imputed=keys.texts("imputed"),
        pathways=keys.texts("pathways"),
        lines=lines,
    )
    return msgspec.structs.replace(manifest, unsound=frozenset(keys.unsound))
