"""Writes records as NEMSIS v3.5.1 XML: an EMSDataSet with a Header for each record.

A record has the standard's order and nesting already (structure.py), so that writing is one walk over it. Each has its
own Header, because custom elements are defined in the Header and a record defines only those that it uses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from sixpoint.scope.nemsis.parse import NAMESPACE
from sixpoint.tables import CONTROL

XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
# Where the standard keeps this build's schema; receivers tell the version of a file by it, as nothing else says it.
SCHEMA: Final = "https://nemsis.org/media/nemsis_v3/3.5.1.250403CP1/XSDs/NEMSIS_XSDs/EMSDataSet_v3.xsd"
BEGIN: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<EMSDataSet xmlns="{NAMESPACE}" xmlns:xsi="{XSI}" xsi:schemaLocation="{NAMESPACE} {SCHEMA}">\n'
)
END: Final = "</EMSDataSet>\n"
# An element with one of these and no value is empty: nil, with the reason as its attribute.
REASONS: Final = ("@NV", "@PN")


def data_set(records: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The text of an EMSDataSet with these records, piece by piece, so that any number of them fits into memory.

    The standard wants at least one. Characters that XML cannot carry are written as U+FFFD.
    """
    yield BEGIN
    for record in records:
        yield header(record)
    yield END


def header(record: Mapping[str, Any]) -> str:
    """One record as a Header."""
    out = ["<Header>"]
    for name, value in record.items():
        _put(name, value, out)
    out.append("</Header>\n")
    return "".join(out)


def _put(name: str, value: Any, out: list[str]) -> None:
    if isinstance(value, list):
        for one in value:
            _put(name, one, out)
    elif isinstance(value, dict):
        _put_parts(name, value, out)
    else:
        out.append(f"<{name}>{_text(value)}</{name}>")


def _put_parts(name: str, parts: dict[str, Any], out: list[str]) -> None:
    """An element with attributes, a group or a section."""
    attributes = "".join(f" {key[1:]}={quoteattr(_clean(value))}" for key, value in parts.items() if key[0] == "@")
    if "#" in parts:
        out.append(f"<{name}{attributes}>{_text(parts['#'])}</{name}>")
    elif any(reason in parts for reason in REASONS):
        out.append(f'<{name} xsi:nil="true"{attributes}/>')
    else:
        out.append(f"<{name}{attributes}>")
        for key, value in parts.items():
            if key[0] != "@":
                _put(key, value, out)
        out.append(f"</{name}>")


def _text(value: object) -> str:
    return escape(_clean(value)) if isinstance(value, str) else str(value)


def _clean(value: str) -> str:
    return value if value.isprintable() else CONTROL.sub("\ufffd", value)
