"""Reads the code lists of a state (StateDataSet) or an agency (DEMDataSet): every level, every code, none dropped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from lxml import etree

from sixpoint.errors import InputError
from sixpoint.scope.nemsis.crosswalk import CODE_TYPES, Kind, load_crosswalk, permission_levels
from sixpoint.scope.nemsis.lists import Code, CodeLists, Configuration, Element, LevelList
from sixpoint.scope.nemsis.parse import XSI_NIL, children, local, parse_root, text, where
from sixpoint.tables import Faults

# Level codes of NEMSIS 3.4.0 that 3.5 no longer has (FACTS of the standard: commonTypes_v3.xsd of both editions).
OLD_LEVELS: Final = frozenset({"9917009", "9917011", "9917013", "9917015"})
SNOMED_RANGE: Final = range(100_000, 10**18)
# Beyond this many the file is of another kind altogether; naming each place in a long list is slow.
MOST_FAULTS: Final = 200
MEDICATION: Final = re.compile(r"[0-9]{2,9}")


class Shape(NamedTuple):
    """How a data set names the parts of a configuration: (group, level element, code element) for each kind."""

    procedure: tuple[str, str, str]
    medication: tuple[str, str, str]


STATE: Final = Shape(
    ("sConfiguration.ProcedureGroup", "sConfiguration.02", "sConfiguration.03"),
    ("sConfiguration.MedicationGroup", "sConfiguration.04", "sConfiguration.05"),
)
DEM: Final = Shape(
    ("dConfiguration.ProcedureGroup", "dConfiguration.06", "dConfiguration.07"),
    ("dConfiguration.MedicationGroup", "dConfiguration.08", "dConfiguration.09"),
)


def read_code_lists(path: Path, state: str | None = None, agency: str | None = None) -> CodeLists:
    """The code lists of a NEMSIS file; `state` (ANSI code) says which configuration of an agency comes into force.

    Without it, it is the only one, or that of the agency's own state (dAgency.04). Several groups of one level are
    one list (their union). Raises `InputError` naming every fault with line and XPath.
    """
    root = parse_root(path, ("DEMDataSet", "StateDataSet"))
    faults = Faults()
    if local(root) == "StateDataSet":
        lists = _read_state(path.name, root, faults)
    else:
        lists = _read_agency(path.name, root, state, agency, faults)
    faults.raise_any()
    if state is not None and lists.state != state:
        raise InputError.one(
            path.name, f"there is no configuration for state {state}", f"Choose {lists.state}, or leave --state out."
        )
    return lists


def _read_state(name: str, root: etree._Element, faults: Faults) -> CodeLists:
    state = _needed(name, root, faults, "sState", "sState.01")
    section = next(children(root, "sConfiguration"), None)
    if section is None:
        raise InputError.one(where(name, root), "sConfiguration is missing", "Give a whole StateDataSet.")
    code = _state_code(name, state, faults) if state is not None else ""
    groups = (STATE.procedure[0], STATE.medication[0])
    more = tuple(_keep(child) for child in children(section) if local(child) not in groups)
    return CodeLists(
        "StateDataSet",
        code,
        (Configuration(code, tuple(_level_lists(name, section, STATE, faults)), more),),
        stamped_at=root.get("timestamp", ""),
        effective_at=root.get("effectiveDate", ""),
    )


def _read_agency(name: str, root: etree._Element, state: str | None, agency: str | None, faults: Faults) -> CodeLists:
    report = _report(name, root, agency)
    about = next(children(report, "dAgency"), None)
    home = "" if about is None else next((text(one) for one in children(about, "dAgency.04")), "")
    section = next(children(report, "dConfiguration"), None)
    groups = [] if section is None else list(children(section, "dConfiguration.ConfigurationGroup"))
    if not groups:
        raise InputError.one(
            where(name, report if section is None else section),
            "dConfiguration has no ConfigurationGroup",
            "Give a whole DEMDataSet.",
        )
    configurations = _configurations(name, groups, faults)
    states = [one.state for one in configurations]
    chosen = state or (home if home in states else states[0] if len(states) == 1 else "")
    if chosen not in states:
        held = ", ".join(states)
        asked = f"for state {state}" if state else "for the agency's own state"
        faults.add(where(name, groups[0]), f"there is no configuration {asked}", f"Choose one with --state: {held}.")
    return CodeLists(
        "DEMDataSet",
        chosen,
        configurations,
        () if about is None else tuple(_keep(child) for child in children(about)),
        stamped_at=report.get("timeStamp", ""),
    )


def _report(name: str, root: etree._Element, agency: str | None) -> etree._Element:
    reports = list(children(root, "DemographicReport"))
    number = "{*}dAgency/{*}dAgency.02"
    numbers = [report.findtext(number, "") for report in reports]
    fitting = [one for one, held in zip(reports, numbers, strict=True) if agency is None or agency == held]
    if len(fitting) == 1:
        return fitting[0]
    held = ", ".join(numbers) or "none"
    raise InputError.one(
        where(name, root),
        f"{len(fitting)} reports of agencies{'' if agency is None else f' with the number {agency}'}",
        f"Choose one agency by its number (dAgency.02) with --agency; the file holds: {held}.",
    )


def _configurations(name: str, groups: list[etree._Element], faults: Faults) -> tuple[Configuration, ...]:
    """One configuration for each state; groups of the same state are taken together."""
    found: dict[str, Configuration] = {}
    listed = (DEM.procedure[0], DEM.medication[0], "dConfiguration.01")
    for group in groups:
        element = _needed(name, group, faults, "dConfiguration.01")
        state = "" if element is None else _state_code(name, element, faults)
        lists = tuple(_level_lists(name, group, DEM, faults))
        more = tuple(_keep(child) for child in children(group) if local(child) not in listed)
        before = found.get(state)
        if before is None:
            found[state] = Configuration(state, lists, more, group.get("UUID", ""))
        else:
            fresh = tuple(one for one in more if one not in before.more)
            found[state] = Configuration(state, _union((*before.lists, *lists)), before.more + fresh, before.uuid)
    return tuple(found.values())


def _level_lists(name: str, section: etree._Element, shape: Shape, faults: Faults) -> Iterator[LevelList]:
    found = []
    kinds: tuple[Kind, Kind] = ("procedure", "medication")
    for kind, (group_name, level_name, code_name) in zip(kinds, shape, strict=True):
        for group in children(section, group_name):
            listed = _level_list(name, group, kind, level_name, code_name, faults)
            if listed is not None:
                found.append(listed)
    yield from _union(tuple(found))


def _level_list(
    name: str, group: etree._Element, kind: Kind, level_name: str, code_name: str, faults: Faults
) -> LevelList | None:
    """The list of one group; None if neither level nor code is given (the file says it has none)."""
    level = next(children(group, level_name), None)
    elements = list(children(group, code_name))
    given = [element for element in elements if not _is_nil(element)]
    if level is None or _is_nil(level):
        if given:
            faults.add(where(name, group), f"codes without a level ({level_name})", "Say which level may do this.")
        return None
    if text(level) not in permission_levels():
        old = " (a level of NEMSIS 3.4.0)" if text(level) in OLD_LEVELS else ""
        known = ", ".join(permission_levels())
        faults.add(
            where(name, level),
            f"'{text(level)}' is not a level code{old}",
            f"Write one of the list of levels: {known}.",
        )
    codes = tuple(code for element in given if (code := _code(name, element, kind, faults)) is not None)
    nil = "" if given else next((element.get("NV", "") for element in elements), "") or "7701003"
    return LevelList(kind, text(level), tuple(dict.fromkeys(codes)), nil, group.get("UUID", ""))


def _code(name: str, element: etree._Element, kind: Kind, faults: Faults) -> Code | None:
    if len(faults.found) >= MOST_FAULTS:
        return None
    if len(element):
        faults.add(where(name, element), "there is markup inside a code", "Write the code alone.")
        return None
    if kind == "procedure":
        # xs:integer, so compare as whole numbers: blanks, a sign or leading zeros make no other code.
        written = text(element).strip()
        if not re.fullmatch(r"\+?[0-9]{1,18}", written) or int(written) not in SNOMED_RANGE:
            faults.add(
                where(name, element), f"'{text(element)}' is not a SNOMED CT code", "Write a number of 6 to 18 digits."
            )
            return None
        return Code(str(int(written)), "SNOMED")
    if not MEDICATION.fullmatch(text(element)):
        faults.add(
            where(name, element),
            f"'{text(element)}' is not a medication code",
            "Write an RxNorm code, or the SNOMED CT code of a blood product: 2 to 9 digits, no blank.",
        )
        return None
    stated = element.get("CodeType")
    if stated is not None and stated not in CODE_TYPES:
        faults.add(where(name, element), f"CodeType '{stated}' is not for medications", "Write 9924003 or 9924005.")
        return None
    return Code(text(element), CODE_TYPES[stated] if stated else load_crosswalk().system(kind, text(element)))


def _union(lists: tuple[LevelList, ...]) -> tuple[LevelList, ...]:
    """One list for each kind and level; NEMSIS is silent on repeated groups, we read them together."""
    found: dict[tuple[Kind, str], LevelList] = {}
    for one in lists:
        before = found.get((one.kind, one.level))
        if before is None:
            found[one.kind, one.level] = one
        else:
            codes = tuple(dict.fromkeys((*before.codes, *one.codes)))
            nil = "" if codes else before.nil
            found[one.kind, one.level] = LevelList(one.kind, one.level, codes, nil, before.uuid)
    return tuple(found.values())


def _needed(name: str, element: etree._Element, faults: Faults, *path: str) -> etree._Element | None:
    found: etree._Element | None = element
    for step in path:
        found = None if found is None else next(children(found, step), None)
    if found is None:
        faults.add(where(name, element), f"{path[-1]} is missing", "It is mandatory in NEMSIS 3.5.1; write it.")
    return found


def _state_code(name: str, element: etree._Element, faults: Faults) -> str:
    if not re.fullmatch(r"[0-9]{2}", text(element)):
        faults.add(where(name, element), f"'{text(element)}' is not an ANSI state code", "Write its two digits.")
    return text(element)


def _is_nil(element: etree._Element) -> bool:
    return element.get(XSI_NIL) in ("true", "1")


def _keep(element: etree._Element) -> Element:
    inner = tuple(_keep(child) for child in children(element))
    nil = element.get("NV", "7701003") if _is_nil(element) else ""
    value = "" if inner or nil else text(element)
    return Element(local(element), value, nil, element.get("UUID", ""), inner)
