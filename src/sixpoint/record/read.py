"""Reads patient care records from NEMSIS XML, anybody's: an EMSDataSet becomes records as `patient_care_record` makes
them, one at a time, so that a file of any size fits into memory.

What stands in the file is kept: elements that Sixpoint never writes too. An element that may repeat by the frame is a
list; one that the frame does not know is a list where it stands more than once. Values are text.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from lxml import etree

from sixpoint.errors import InputError
from sixpoint.record.structure import Element, frame
from sixpoint.scope.nemsis.parse import NAMESPACE

NIL: Final = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_PREFIX: Final = f"{{{NAMESPACE}}}"
_ROOT, _HEADER, _REPORT = f"{_PREFIX}EMSDataSet", f"{_PREFIX}Header", f"{_PREFIX}PatientCareReport"
# Where reading stops to look; what stands in between comes with the element that holds it.
_STOPS: Final = (_ROOT, _HEADER, f"{_PREFIX}DemographicGroup", f"{_PREFIX}eCustomConfiguration", _REPORT)


@cache
def _repeating() -> frozenset[str]:
    def names(elements: tuple[Element, ...]) -> Iterator[str]:
        for element in elements:
            if element.repeats:
                yield element.name
            yield from names(element.members)

    return frozenset(names(frame()))


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """Every record of the file: the DemographicGroup and custom definitions of its Header, and its PatientCareReport.

    `InputError` if the file is not a NEMSIS 3 EMSDataSet, or is no XML from some line on; records before that line
    have been given by then. Nothing outside the file is read, and a file that declares a document type is refused.
    """
    above: dict[str, Any] = {}
    root: etree._Element | None = None
    try:
        with path.open("rb") as file:
            events = etree.iterparse(
                file, events=("start", "end"), tag=_STOPS, resolve_entities=False, no_network=True, load_dtd=False,
                huge_tree=False, remove_comments=True, remove_pis=True,
            )  # fmt: skip
            for event, node in events:
                if root is None:
                    root = _checked(path, node)
                elif event == "start":
                    continue
                elif node.tag == _REPORT:
                    yield {**above, "PatientCareReport": _plain(node)}
                    node.clear()
                elif node.tag == _HEADER:
                    above = {}
                    _forget(node)
                else:
                    above[_name(str(node.tag))] = _plain(node)
            if root is None:
                _checked(path, events.root)
    except OSError as error:
        raise InputError.one(path.name, f"cannot be read ({error.strerror})", "Check that the file is there.") from None
    except etree.XMLSyntaxError as error:
        where = f"{path.name}:{error.lineno or 1}"
        raise InputError.one(where, f"not XML ({error.msg})", "Give a NEMSIS file as its software wrote it.") from None


def _checked(path: Path, root: etree._Element) -> etree._Element:
    """The root, if it is that of a NEMSIS 3 EMSDataSet without a document type."""
    top = root.getroottree().getroot()
    if root.getroottree().docinfo.internalDTD is not None:
        what = "declares a document type, with which a file can blow up or reach for other files"
        raise InputError.one(path.name, what, "Remove the DOCTYPE; NEMSIS files have none.")
    if top.tag != _ROOT:
        what = f"the root element is {etree.QName(top).localname} of '{etree.QName(top).namespace or ''}'"
        remedy = f"Give an EMSDataSet of NEMSIS 3 (namespace {NAMESPACE})."
        raise InputError.one(f"{path.name}:{top.sourceline}", what, remedy)
    return top


def _forget(node: etree._Element) -> None:
    """Lets go of a Header that has been read, and of those before it."""
    node.clear()
    parent = node.getparent()
    while parent is not None and node.getprevious() is not None:
        del parent[0]


@lru_cache(maxsize=2048)
def _name(tag: str) -> str:
    return tag.removeprefix(_PREFIX)


def _plain(node: etree._Element) -> Any:
    """The element as the record has it: text, or a dict where it has attributes or elements of its own."""
    parts: dict[str, Any] = {}
    for key, value in node.items():
        if key != NIL:
            parts[f"@{key!s}"] = value
    if not len(node):
        text = node.text
        if parts and text:
            parts["#"] = text
        return parts or text or ""
    repeating = _repeating()
    for child in node:
        name, content = _name(str(child.tag)), _plain(child)
        if name in parts:
            before = parts[name]
            if isinstance(before, list):
                before.append(content)
            else:
                parts[name] = [before, content]
        else:
            parts[name] = [content] if name in repeating else content
    return parts
