"""Reads a TOML file into values, every fault together and each with its line: unknown keys, wrong kinds, what lacks."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar, get_args, get_origin

import msgspec

from sixpoint.errors import InputError
from sixpoint.tables import Faults, decode_text, read_bytes

Value = TypeVar("Value")
Keys = tuple[str | int, ...]

HEADER: Final = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
KEY: Final = re.compile(r"\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*=")
STRING: Final = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'|#.*")


class Written:
    """A TOML file: its values, and on which line each key stands. Without a file, places are told by key alone."""

    def __init__(self, name: str, text: str = "") -> None:
        self.name = name
        self.values: dict[str, Any] = tomllib.loads(text)
        self._lines = _lines(text)

    def where(self, *path: str | int) -> str:
        """File and line of a key, or of the nearest table around it that is written; without a file the key."""
        for length in range(len(path), 0, -1):
            line = self._lines.get(path[:length])
            if line is not None:
                return f"{self.name}:{line}"
        if self._lines:
            return self.name
        return ".".join(str(part + 1) if isinstance(part, int) else part for part in path) or self.name


def read_written(path: Path) -> Written:
    """The file, or `InputError` if it cannot be read or is no TOML."""
    text = decode_text(path.name, read_bytes(path, str(path)))
    try:
        return Written(path.name, text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        where = f"{path.name}:{at[1] if at else 1}"
        raise InputError.one(where, f"is not TOML ({error})", "Write each line as: key = value.") from None


def struct_of(kind: type[Value], written: Written, faults: Faults) -> Value | None:
    """The file's values as a struct; what is wrong is noted, and left out as far as there is a default for it."""
    found = _value(kind, written.values, (), written, faults)
    return found if isinstance(found, kind) else None


_NOTHING: Final = object()


def _value(kind: Any, value: Any, path: Keys, written: Written, faults: Faults) -> Any:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and isinstance(value, dict):
        return _struct(kind, value, path, written, faults)
    arguments = get_args(kind)
    if get_origin(kind) is tuple and isinstance(value, list) and len(arguments) == 2 and arguments[1] is Ellipsis:
        found = [_value(arguments[0], one, (*path, n), written, faults) for n, one in enumerate(value)]
        return tuple(one for one in found if one is not _NOTHING)
    if get_origin(kind) in (dict, Mapping) and isinstance(value, dict):
        made = {key: _value(arguments[1], one, (*path, key), written, faults) for key, one in value.items()}
        return {key: one for key, one in made.items() if one is not _NOTHING}
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        key = next((part for part in reversed(path) if isinstance(part, str)), "")
        faults.add(written.where(*path), f"'{key}': {str(error)[0].lower()}{str(error)[1:]}", "See docs/plan.md.")
        return _NOTHING


def _struct(kind: type[msgspec.Struct], value: dict[str, Any], path: Keys, written: Written, faults: Faults) -> Any:
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    before = len(faults.found)
    given: dict[str, Any] = {}
    for key, one in value.items():
        if key not in fields:
            known = ", ".join(fields)
            faults.add(written.where(*path, key), f"key '{key}' is not known", f"Known here are: {known}.")
            continue
        found = _value(fields[key].type, one, (*path, key), written, faults)
        if found is not _NOTHING:
            given[fields[key].name] = found
    lacking = [name for name, field in fields.items() if field.required and field.name not in given]
    for name in lacking:
        if name not in value:
            faults.add(written.where(*path), f"key '{name}' is missing", f"Write {name} = ... here.")
    # A row of a list with a fault is left out: half of it would say something that nobody wrote.
    in_list = bool(path) and isinstance(path[-1], int)
    if lacking or (in_list and len(faults.found) > before):
        return _NOTHING
    return kind(**given)


def _lines(text: str) -> dict[Keys, int]:
    """The line of each table and key; a list of tables counts from 0."""
    lines: dict[Keys, int] = {}
    counts: dict[Keys, int] = {}
    table: Keys = ()
    depth = 0
    for number, line in enumerate(text.splitlines(), 1):
        bare = STRING.sub(lambda found: "" if found[0].startswith("#") else found[0], line)
        header = HEADER.match(bare) if depth == 0 else None
        if header is not None:
            table = _path(_parts(header[2]), counts)
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            lines.setdefault(table, number)
            continue
        key = KEY.match(bare) if depth == 0 else None
        if key is not None:
            parts = _parts(key[1])
            for length in range(1, len(parts) + 1):
                lines.setdefault((*table, *parts[:length]), number)
            bare = bare[key.end() :]
        plain = STRING.sub("", bare)
        depth = max(0, depth + sum(map(plain.count, "[{")) - sum(map(plain.count, "]}")))
    return lines


def _path(parts: tuple[str, ...], counts: dict[Keys, int]) -> Keys:
    """The parts with the place of each list of tables on the way, its last one so far."""
    path: Keys = ()
    for part in parts[:-1]:
        path = (*path, part)
        if path in counts:
            path = (*path, counts[path])
    return (*path, parts[-1])


def _parts(text: str) -> tuple[str, ...]:
    return tuple(one.strip().strip("\"'") for one in re.findall(r"[\w-]+|\"[^\"]*\"|'[^']*'", text))
