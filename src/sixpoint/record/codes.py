"""Our words as codes of NEMSIS: code lists, findings, impressions and protocols, each from its table in `data/`."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

import msgspec


class FindingCode(msgspec.Struct, frozen=True):
    """Where a finding stands: codes if it is there, codes with a pertinent negative if not, or the contrary's."""

    finding: str
    element: str
    present: tuple[str, ...]
    absent: tuple[str, ...]
    otherwise: tuple[str, ...]


class ImpressionCode(msgspec.Struct, frozen=True):
    """What an impression in words says: in ICD-10-CM, of an injury and its cause, of an arrest, of the organ system."""

    impression: str
    icd10: str
    injury: str
    cause: str
    etiology: str
    system: str


class ProtocolCode(msgspec.Struct, frozen=True):
    """Which protocol of NEMSIS's list a pathway is, and for patients of which age."""

    pathway: str
    code: str
    ages: str


@cache
def codes() -> Mapping[str, Mapping[str, str]]:
    """The code of each word, by list; a list has the name of its element."""
    found: dict[str, dict[str, str]] = {}
    for row in rows("codes.csv"):
        found.setdefault(row["list"], {})[row["word"]] = row["code"]
    return found


def code(list_: str, word: str) -> str | None:
    """The code of a word in an element's list; None if the list has no such word."""
    return codes()[list_].get(word)


@cache
def finding_codes() -> Mapping[str, FindingCode]:
    """Where the findings stand that NEMSIS has a code for, by finding."""
    split = ("present", "absent", "otherwise")
    cells = ({**row, **{name: tuple(row[name].split()) for name in split}} for row in rows("findings.csv"))
    return {str(row["finding"]): msgspec.convert(row, FindingCode) for row in cells}


@cache
def impression_codes() -> Mapping[str, ImpressionCode]:
    """What impressions say in codes, by their words in lower case."""
    found = (msgspec.convert(row, ImpressionCode) for row in rows("impressions.csv"))
    return {one.impression.lower(): one for one in found}


@cache
def protocol_codes() -> Mapping[str, ProtocolCode]:
    """The protocols of NEMSIS's list, by pathway."""
    return {row["pathway"]: msgspec.convert(row, ProtocolCode) for row in rows("protocols.csv")}


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of a table of this room, without its comments."""
    text = (files("sixpoint.record") / "data" / name).read_text("utf-8")
    yield from csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
