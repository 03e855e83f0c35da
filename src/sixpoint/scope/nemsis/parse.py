"""Opens a NEMSIS file without trusting it, and says where in it something stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lxml import etree

from sixpoint.errors import InputError

NAMESPACE: Final = "http://www.nemsis.org"
XSI_NIL: Final = "{http://www.w3.org/2001/XMLSchema-instance}nil"
# The largest sample of the standard has 0.1 MB; an agency with thousands of devices and facilities stays below this.
LARGEST_BYTES: Final = 64 * 2**20


def parse_root(path: Path, roots: tuple[str, ...]) -> etree._Element:
    """The root element of a NEMSIS file whose root is one of `roots`.

    Nothing outside the file is read and no entity is expanded; a file that declares any is refused.
    """
    name = path.name
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise InputError.one(
                name, f"larger than {LARGEST_BYTES // 2**20} MB", "Give the file of one state or agency."
            )
        data = path.read_bytes()
    except OSError as error:
        raise InputError.one(
            name, f"cannot be read ({error.strerror})", "Check that the file is there and readable."
        ) from None
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise InputError.one(
            f"{name}:{error.lineno or 1}", f"not XML ({error.msg})", "Give a NEMSIS file as its software wrote it."
        ) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise InputError.one(
            name,
            "declares a document type, with which a file can blow up or reach for other files",
            "Remove the DOCTYPE; NEMSIS files have none.",
        )
    _check_root(root, name, roots)
    return root


def _check_root(root: etree._Element, name: str, roots: tuple[str, ...]) -> None:
    tag = etree.QName(root)
    where = f"{name}:{root.sourceline}"
    if tag.localname not in roots:
        other = " (a file of patient care records)" if tag.localname == "EMSDataSet" else ""
        raise InputError.one(
            where, f"the root element is {tag.localname}{other}", f"Give a file whose root is {' or '.join(roots)}."
        )
    if tag.namespace != NAMESPACE:
        raise InputError.one(
            where,
            f"the namespace of {tag.localname} is '{tag.namespace or ''}'",
            f"NEMSIS 3 files have the namespace {NAMESPACE}.",
        )


def local(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return etree.QName(element).localname


def children(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """The child elements of those names (all, if none is given), in the order of the file."""
    for child in element.iterchildren("*"):
        if not names or local(child) in names:
            yield child


def text(element: etree._Element) -> str:
    """The text of an element, as written."""
    return element.text or ""


def where(name: str, element: etree._Element) -> str:
    """Where the element stands: file, line, XPath."""
    steps = []
    node: etree._Element | None = element
    while node is not None:
        parent = node.getparent()
        same = [] if parent is None else list(parent.iterchildren(str(node.tag)))
        steps.append(local(node) + (f"[{same.index(node) + 1}]" if len(same) > 1 else ""))
        node = parent
    return f"{name}:{element.sourceline} /{'/'.join(reversed(steps))}"
