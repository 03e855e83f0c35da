"""The frame of a record: puts values where NEMSIS wants them, in its order, and says why a value is not there.

A record is a dict with the standard's own nesting. An element holds its value; one that may repeat holds a list. Where
XML has attributes, a dict stands: `{"@NV": code}` for a NOT value, `{"@PN": code}` for a pertinent negative,
`{"#": value, "@PN": code}` for a value with one, and `"@CorrelationID"` or `"@UUID"` in a group.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

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
    "eDisposition.01": (2, 100),
    "eDisposition.02": (2, 50),
    "eOther.08": (2, 50),
}


def fill(section: str, values: Values, empty: Values = NOT_RECORDED) -> dict[str, Any]:
    """The section with these values in the standard's places; required elements without a value become `empty`.

    `InputError` names every mandatory element that has no value, and every name too short or too long for its place.
    """
    element = next(element for element in sections() if element.name == section)
    faults = Faults()
    used: set[str] = set()
    filled = _fill(element, values, empty, faults, used)
    assert not values.keys() - used, f"{section} has no place for {sorted(values.keys() - used)}"
    faults.raise_any()
    return filled


@cache
def sections() -> tuple[Element, ...]:
    """The sections that hold values: those of the header, then those of the care report."""
    return tuple(part for element in frame() for part in (element.members if _is_report(element) else (element,)))


def _is_report(element: Element) -> bool:
    return element.name == "PatientCareReport"


def _fill(group: Element, values: Values, empty: Values, faults: Faults, used: set[str]) -> dict[str, Any]:
    filled: dict[str, Any] = {}
    for key in values:
        if key.startswith("@"):
            filled[key] = values[key]
            used.add(key)
    for element in group.members:
        name = element.name
        if element.members and element.repeats:
            used.add(name)
            parts = values.get(name) or ([{}] if element.needed else [])
            if parts:
                filled[name] = [_part(element, part, empty, faults) for part in parts]
        elif element.members:
            inner = _fill(element, _without_attributes(values), empty, faults, used)
            if inner or element.needed:
                filled[name] = inner
        else:
            used.add(name)
            value = values.get(name)
            if value is None and element.needed:
                value = dict(empty)
                if element.usage == "M":
                    faults.add(name, "is mandatory and has no value", "Give it; NEMSIS allows no gap here.")
            if value is not None:
                _check_length(name, value, faults)
                filled[name] = value if isinstance(value, list) or not element.repeats else [value]
    return filled


def _check_length(name: str, value: object, faults: Faults) -> None:
    least, most = LENGTHS.get(name, (0, 0))
    if most and isinstance(value, str) and not least <= len(value) <= most:
        what = f"'{value}' has {len(value)} characters; NEMSIS takes {least} to {most}"
        faults.add(name, what, "Choose an identifier that fits.")


def _part(element: Element, part: Values, empty: Values, faults: Faults) -> dict[str, Any]:
    used: set[str] = set()
    filled = _fill(element, part, empty, faults, used)
    assert not part.keys() - used, f"{element.name} has no place for {sorted(part.keys() - used)}"
    return filled


def _without_attributes(values: Values) -> Values:
    return {key: value for key, value in values.items() if not key.startswith("@")}
