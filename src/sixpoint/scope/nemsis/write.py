"""Writes code lists as NEMSIS v3.5.1 XML: a StateDataSet, or a DEMDataSet with one agency.

Elements stand in the order of the XSDs (a sequence everywhere). Nothing mandatory is invented: what neither the lists
nor the caller gives is refused, by name. Where the standard lets a required element be empty it is written so.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec
from lxml import etree

from sixpoint import __version__
from sixpoint.scope.nemsis.crosswalk import CODE_TYPES
from sixpoint.scope.nemsis.lists import CodeLists, Configuration, Element, LevelList
from sixpoint.scope.nemsis.parse import NAMESPACE, XSI_NIL
from sixpoint.scope.nemsis.read import DEM, STATE, Shape
from sixpoint.tables import Faults

NOT_RECORDED: Final = "7701003"
DATE_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d")
LEGAL_UUID: Final = re.compile(r"[a-fA-F0-9]{8}(-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}")
# UUIDs of groups come from their content (version 5), so that the same lists are the same file; NEMSIS accepts
# versions 1 to 5 only.
UUID_SPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "https://sixpoint.invalid/nemsis")
CODE_TYPE_OF: Final = {system: number for number, system in CODE_TYPES.items()}

# dAgency and the rest of a ConfigurationGroup: (element, mandatory or required) in the order of the XSDs. A mandatory
# one must be given; a required one may be empty (dAgency_v3.xsd, dConfiguration_v3.xsd, build 3.5.1.250403CP1).
AGENCY: Final[dict[str, str]] = {
    **dict.fromkeys(("dAgency.01", "dAgency.02"), "mandatory"),
    "dAgency.03": "",
    **dict.fromkeys(("dAgency.04", "dAgency.AgencyServiceGroup", "dAgency.09"), "mandatory"),
    "dAgency.10": "",
    **dict.fromkeys(("dAgency.11", "dAgency.12", "dAgency.13", "dAgency.14"), "mandatory"),
    **dict.fromkeys(("dAgency.AgencyYearGroup", "dAgency.23", "dAgency.24"), ""),
    **dict.fromkeys(("dAgency.25", "dAgency.26"), "required"),
    "dAgency.27": "",
}
SERVICE_AREA: Final[dict[str, str]] = {
    "dAgency.05": "mandatory",
    "dAgency.06": "mandatory",
    "dAgency.07": "required",
    "dAgency.08": "required",
}
CONFIGURATION: Final[dict[str, str]] = {
    "dConfiguration.10": "mandatory",
    "dConfiguration.11": "",
    "dConfiguration.12": "",
    "dConfiguration.13": "mandatory",
    "dConfiguration.14": "",
    "dConfiguration.15": "",
    "dConfiguration.16": "mandatory",
    "dConfiguration.17": "",
}
Given = Mapping[str, tuple[str, ...]]


def write_xml(lists: CodeLists, given: Given, stamped_at: str, name: str) -> bytes:
    """The lists as an XML file; `given` holds values of further elements by their NEMSIS name, before the kept ones.

    `stamped_at` is when the file is written (date, time, offset). Raises `InputError` naming each mandatory element
    that is missing and each given element that has no place in the file; `name` is how faults call the source.
    """
    faults = Faults()
    for what, value in (("the time of writing", stamped_at), ("effective_at", lists.effective_at)):
        if value and not DATE_TIME.fullmatch(value):
            faults.add(name, f"{what} is '{value}'", "Write it like 2026-05-01T08:30:00-07:00 (no Z).")
    root = _state(lists, given, name, faults) if lists.data_set == "StateDataSet" else _dem(lists, given, name, faults)
    faults.raise_any()
    if lists.data_set == "StateDataSet":
        root.set("timestamp", stamped_at)
        if lists.effective_at:
            root.set("effectiveDate", lists.effective_at)
    else:
        root[0].set("timeStamp", stamped_at)
    return etree.tostring(root, pretty_print=True, xml_declaration=True, encoding="UTF-8")


def _state(lists: CodeLists, given: Given, name: str, faults: Faults) -> etree._Element:
    one = lists.in_force
    _check_given(given, ("sState.01", "sElement.01", "sConfiguration.01", "sConfiguration.06"), name, faults)
    state = given.get("sState.01", (one.state,))[0]
    if not re.fullmatch("[0-9]{2}", state):
        faults.add(name, "sState.01 is missing", "Give the ANSI code of the state: --set sState.01=30.")
    root = _element("StateDataSet")
    _child(_child(root, "sState"), "sState.01", state)
    software = _child(_child(root, "sSoftware"), "sSoftware.SoftwareGroup")
    for number, value in enumerate(("Sixpoint", "Sixpoint", __version__), 1):
        _child(software, f"sSoftware.0{number}", value)
    _write_all(_child(root, "sElement"), _merge({"sElement.01": "required"}, (), given))
    section = _child(root, "sConfiguration")
    kept = {"sConfiguration.01": "required", "sConfiguration.06": "required"}
    elements = _merge(kept, one.more or tuple(Element("sConfiguration.01", level) for level in one.levels), given)
    _write_all(section, [element for element in elements if element.name == "sConfiguration.01"])
    _write_lists(section, one, STATE, lists.state, faults, name)
    _write_all(section, [element for element in elements if element.name != "sConfiguration.01"])
    return root


def _dem(lists: CodeLists, given: Given, name: str, faults: Faults) -> etree._Element:
    # The state of a configuration is that of its lists: it may be given again, not changed.
    same_state = given.get("dConfiguration.01") == tuple(one.state for one in lists.configurations)
    places = ("dConfiguration.01",) if same_state else ()
    _check_given(given, (*AGENCY, *SERVICE_AREA, *places, *CONFIGURATION), name, faults)
    root = _element("DEMDataSet")
    report = _child(root, "DemographicReport")
    areas = {key: given[key] for key in SERVICE_AREA if key in given}
    agency = list(lists.agency)
    if areas:
        _check_missing(SERVICE_AREA, (), areas, "dAgency.AgencyServiceGroup", name, faults)
        agency = [one for one in agency if one.name != "dAgency.AgencyServiceGroup"]
        agency.append(Element("dAgency.AgencyServiceGroup", children=tuple(_merge(SERVICE_AREA, (), areas))))
    _check_missing(AGENCY, agency, given, "dAgency", name, faults)
    _write_all(_child(report, "dAgency"), _merge(AGENCY, tuple(agency), given))
    section = _child(report, "dConfiguration")
    for one in lists.configurations:
        group = _child(section, "dConfiguration.ConfigurationGroup")
        group.set("UUID", _uuid(one.uuid, ["configuration", one.state]))
        _child(group, "dConfiguration.01", one.state)
        _write_lists(group, one, DEM, one.state, faults, name)
        _check_missing(CONFIGURATION, one.more, given, f"the configuration of state {one.state}", name, faults)
        _write_all(group, _merge(CONFIGURATION, one.more, given))
    return root


def _write_lists(
    section: etree._Element, one: Configuration, shape: Shape, state: str, faults: Faults, name: str
) -> None:
    for kind, (group_name, level_name, code_name) in (("procedure", shape.procedure), ("medication", shape.medication)):
        listed = [item for item in one.lists if item.kind == kind]
        if not listed and shape is DEM:
            faults.add(name, f"no list of {kind}s for state {state}", f"{level_name} is mandatory: name a level.")
        elif not listed:
            listed = [LevelList("procedure", "", (), NOT_RECORDED)]
        for item in listed:
            group = _child(section, group_name)
            if shape is DEM:
                content = [state, kind, item.level, *(code.code for code in item.codes)]
                group.set("UUID", _uuid(item.uuid, content))
            _child(group, level_name, item.level, "" if item.level else item.nil)
            if not item.codes and shape is DEM:
                faults.add(name, f"level {item.level} has no {kind} code", f"{code_name} is mandatory: list one.")
            elif not item.codes:
                _child(group, code_name, "", item.nil or NOT_RECORDED)
            for code in item.codes:
                written = _child(group, code_name, code.code)
                if kind == "medication":
                    written.set("CodeType", CODE_TYPE_OF[code.system])


def _merge(order: Mapping[str, str], kept: Iterable[Element], given: Given) -> list[Element]:
    """The elements in the order of the standard: what is given replaces what was kept; required ones may be empty."""
    merged: list[Element] = []
    held = tuple(kept)
    for element, usage in order.items():
        found = [Element(element, value) for value in given.get(element, ())]
        found = found or [one for one in held if one.name == element]
        if not found and usage == "required":
            found = [Element(element, nil=NOT_RECORDED)]
        merged += found
    return merged


def _check_missing(
    order: Mapping[str, str], kept: Iterable[Element], given: Given, section: str, name: str, faults: Faults
) -> None:
    held = {one.name for one in kept} | set(given)
    for element, usage in order.items():
        if usage == "mandatory" and element not in held:
            wanted = "dAgency.05 and dAgency.06" if element == "dAgency.AgencyServiceGroup" else element
            faults.add(name, f"{section} lacks {wanted}, mandatory in NEMSIS 3.5.1", "Give it: --set ELEMENT=VALUE.")


def _check_given(given: Given, allowed: Iterable[str], name: str, faults: Faults) -> None:
    places = tuple(allowed)
    for element in given:
        if element not in places or element.endswith("Group"):
            faults.add(name, f"{element} has no place in this file", f"These can be set: {', '.join(places)}.")


def _write_all(parent: etree._Element, elements: Iterable[Element]) -> None:
    for one in elements:
        child = _child(parent, one.name, one.value, one.nil)
        if one.children:
            _write_all(child, one.children)
            child.set("UUID", _uuid(one.uuid, msgspec.to_builtins(one.children)))


def _uuid(kept: str, content: object) -> str:
    """The UUID the group came with (it is persistent, never reassigned), else one made from its content."""
    if LEGAL_UUID.fullmatch(kept):
        return kept
    return str(uuid.uuid5(UUID_SPACE, json.dumps(content, sort_keys=True)))


def _element(name: str) -> etree._Element:
    xsi = XSI_NIL[1:].partition("}")[0]
    return etree.fromstring(f'<{name} xmlns="{NAMESPACE}" xmlns:xsi="{xsi}"/>')


def _child(parent: etree._Element, name: str, value: str = "", nil: str = "") -> etree._Element:
    child = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    if nil:
        child.set(XSI_NIL, "true")
        child.set("NV", nil)
    elif value:
        child.text = value
    return child
