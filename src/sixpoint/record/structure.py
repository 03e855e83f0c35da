"""The frame of a record: puts values where NEMSIS wants them, in its order, and says why a value is not there.

A record is a dict with the standard's own nesting. An element holds its value; one that may repeat holds a list. Where
XML has attributes, a dict stands: `{"@NV": code}` for a NOT value, `{"@PN": code}` for a pertinent negative,
`{"#": value, "@PN": code}` for a value with one, and `"@CorrelationID"` or `"@UUID"` in a group.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

import msgspec

from sixpoint.tables import Faults

# NOT values (list 7701 of NEMSIS v3.5.1); optional elements have none and are left out instead.
NOT_APPLICABLE: Final = {"@NV": "7701001"}
NOT_RECORDED: Final = {"@NV": "7701003"}

# What the builders of sections give: values by element; a list of such mappings for a group that repeats.
Values = Mapping[str, Any]


class Element(msgspec.Struct, frozen=True):
    """A line of the frame: an element with its usage (M, R, E, O), or a section or group with its members.

    `occurs` is 1, ?, + or *, as in a regular expression.
    """

    name: str
    occurs: str
    usage: str
    members: tuple[Element, ...] = ()

    @property
    def repeats(self) -> bool:
        """Whether it may stand more than once."""
        return self.occurs in "+*"

    @property
    def needed(self) -> bool:
        """Whether it must stand at least once."""
        return self.occurs in "1+"


@cache
def frame() -> tuple[Element, ...]:
    """The sections of a record, in the order of the standard."""
    text = (files("sixpoint.record") / "data" / "elements.txt").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return _members(lines, 0)


def _members(lines: list[str], depth: int) -> tuple[Element, ...]:
    found = []
    while lines and _depth(lines[0]) == depth:
        name, _, usage = lines.pop(0).strip().partition(" ")
        occurs = name[-1] if name[-1] in "?+*" else "1"
        members = _members(lines, depth + 1)
        found.append(Element(name.rstrip("?+*"), occurs, usage, members))
    return tuple(found)


def _depth(line: str) -> int:
    return (len(line) - len(line.lstrip())) // 2


# Characters that an identifier or name may have (the schema's own limits, verified in the XSDs).
LENGTHS: Final = {
    "dAgency.01": (1, 50),
    "dAgency.02": (1, 15),
    "eRecord.01": (3, 50),
    "eResponse.01": (1, 15),
    "eResponse.02": (2, 100),
    "eResponse.03": (3, 50),
    "eResponse.04": (3, 50),
    "eResponse.13": (1, 25),
    "eResponse.14": (1, 50),
    "eCrew.01": (2, 50),
    "ePatient.01": (2, 100),
    "eMedications.09": (2, 50),
    "eProcedures.09": (2, 50),
    "eAirway.07": (2, 50),
    "eDisposition.01": (2, 100),
    "eDisposition.02": (2, 50),
    "eOther.08": (2, 50),
}


class _Place(NamedTuple):
    """A member of a section or group, as `_fill` walks it."""

    name: str
    kind: int
    needed: bool
    repeats: bool
    mandatory: bool
    length: tuple[int, int] | None
    group: _Group | None


class _Group(NamedTuple):
    """A section or group: its members in order, and every name that a mapping of values for it may have."""

    name: str
    places: tuple[_Place, ...]
    names: frozenset[str]


_LEAF, _GROUP, _GROUPS = 0, 1, 2


@cache
def _group(section: str) -> _Group:
    return _planned(next(element for element in sections() if element.name == section))


def _planned(element: Element) -> _Group:
    places: list[_Place] = []
    names: set[str] = set()
    for member in element.members:
        group = _planned(member) if member.members else None
        kind = _LEAF if group is None else _GROUPS if member.repeats else _GROUP
        mandatory = member.usage == "M"
        length = LENGTHS.get(member.name)
        places.append(_Place(member.name, kind, member.needed, member.repeats, mandatory, length, group))
        if kind == _GROUP:
            assert group is not None
            names |= group.names
        else:
            names.add(member.name)
    return _Group(element.name, tuple(places), frozenset(names))


def fill(section: str, values: Values, empty: Values = NOT_RECORDED) -> dict[str, Any]:
    """The section with these values in the standard's places; required elements without a value become `empty`.

    `InputError` names every mandatory element that has no value, and every name too short or too long for its place.
    """
    if not values:
        bare: dict[str, Any] = msgspec.json.decode(_bare(section, empty["@NV"]))
        return bare
    faults = Faults()
    filled = _fill(_group(section), values, empty["@NV"], faults)
    faults.raise_any()
    return filled


@cache
def _bare(section: str, empty: str) -> bytes:
    """A section without any value, kept as text: decoding it is the fastest way to a fresh copy."""
    faults = Faults()
    filled = _fill(_group(section), {}, empty, faults)
    faults.raise_any()
    return msgspec.json.encode(filled)


@cache
def sections() -> tuple[Element, ...]:
    """The sections that hold values: those of the header, then those of the care report."""
    return tuple(part for element in frame() for part in (element.members if _is_report(element) else (element,)))


def _is_report(element: Element) -> bool:
    return element.name == "PatientCareReport"


def _fill(group: _Group, values: Values, empty: str, faults: Faults) -> dict[str, Any]:
    filled: dict[str, Any] = {}
    for key in values:
        if key[0] == "@":
            filled[key] = values[key]
        else:
            assert key in group.names, f"{group.name} has no place for {key}"
    _fill_places(group, values, empty, faults, filled)
    return filled


def _fill_places(group: _Group, values: Values, empty: str, faults: Faults, filled: dict[str, Any]) -> None:
    for name, kind, needed, repeats, mandatory, length, inner in group.places:
        if kind == _LEAF:
            value = values.get(name)
            if value is None:
                if not needed:
                    continue
                value = {"@NV": empty}
                if mandatory:
                    faults.add(name, "is mandatory and has no value", "Give it; NEMSIS allows no gap here.")
            elif length is not None:
                _check_length(name, value, length, faults)
            filled[name] = [value] if repeats and not isinstance(value, list) else value
        elif kind == _GROUPS:
            assert inner is not None
            parts = values.get(name) or ([{}] if needed else [])
            if parts:
                filled[name] = [_fill(inner, part, empty, faults) for part in parts]
        else:
            assert inner is not None
            within: dict[str, Any] = {}
            _fill_places(inner, values, empty, faults, within)
            if within or needed:
                filled[name] = within


def _check_length(name: str, value: object, length: tuple[int, int], faults: Faults) -> None:
    least, most = length
    if isinstance(value, str) and not least <= len(value) <= most:
        what = f"'{value}' has {len(value)} characters; NEMSIS takes {least} to {most}"
        faults.add(name, what, "Choose an identifier that fits.")
