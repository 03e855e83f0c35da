"""Code lists as plain YAML values and back: the part of an overlay file that keeps what the NEMSIS file said.

    data_set: StateDataSet            effective_at, stamped_at: as the file had them
    state: '09'                       which configuration is in force
    configurations:
    - state: '09'
      procedures: [{level: '9917001', codes: ['116859006', ...]}, ...]
      medications: [{level: '9917001', codes: ['1191', 'SNOMED 116762002', ...]}, ...]
      more: [{sConfiguration.01: '9917001'}, ...]
    agency: [{dAgency.01: C034}, ...]

A medication code is of RxNorm unless it says SNOMED. An element that has no value stands as `{nil: '7701003'}`.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec

from sixpoint.errors import InputError
from sixpoint.scope.nemsis.crosswalk import Kind
from sixpoint.scope.nemsis.lists import Code, CodeLists, Configuration, DataSet, Element, LevelList

SNOMED: Final = "SNOMED "


class _List(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    level: Annotated[str, msgspec.Meta(pattern="^[0-9]{7}$")]
    codes: list[Annotated[str, msgspec.Meta(pattern="^(SNOMED )?[0-9]{2,18}$")]] = []
    nil: str = ""
    uuid: str = ""


class _Configuration(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    state: Annotated[str, msgspec.Meta(pattern="^[0-9]{2}$")]
    uuid: str = ""
    procedures: list[_List] = []
    medications: list[_List] = []
    more: list[dict[str, Any]] = []


class _Block(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    data_set: DataSet
    state: str
    configurations: list[_Configuration]
    effective_at: str = ""
    stamped_at: str = ""
    agency: list[dict[str, Any]] = []


def as_block(lists: CodeLists) -> dict[str, Any]:
    """The code lists as values that YAML can hold."""
    block = _Block(
        lists.data_set,
        lists.state,
        [
            _Configuration(one.state, one.uuid, _lists(one, "procedure"), _lists(one, "medication"), _plain(one.more))
            for one in lists.configurations
        ],
        lists.effective_at,
        lists.stamped_at,
        _plain(lists.agency),
    )
    built = msgspec.to_builtins(block)
    assert isinstance(built, dict)
    return built


def from_block(value: object, where: str) -> CodeLists:
    """The code lists that a block holds; `where` is how faults call the file. Raises `InputError`."""
    try:
        block = msgspec.convert(value, _Block)
        configurations = tuple(
            Configuration(
                one.state,
                tuple(_level_list("procedure", item) for item in one.procedures)
                + tuple(_level_list("medication", item) for item in one.medications),
                _elements(one.more),
                one.uuid,
            )
            for one in block.configurations
        )
        agency = _elements(block.agency)
    except msgspec.ValidationError as error:
        raise InputError.one(where, f"the nemsis part: {error}", "Import the NEMSIS file again.") from None
    if block.state not in [one.state for one in configurations]:
        raise InputError.one(
            where, f"the nemsis part has no configuration for state {block.state}", "Import the NEMSIS file again."
        )
    return CodeLists(block.data_set, block.state, configurations, agency, block.stamped_at, block.effective_at)


def _lists(configuration: Configuration, kind: Kind) -> list[_List]:
    return [
        _List(one.level, [_written(kind, code) for code in one.codes], one.nil, one.uuid)
        for one in configuration.lists
        if one.kind == kind
    ]


def _written(kind: Kind, code: Code) -> str:
    return SNOMED + code.code if kind == "medication" and code.system == "SNOMED" else code.code


def _level_list(kind: Kind, item: _List) -> LevelList:
    codes = tuple(
        Code(code.removeprefix(SNOMED), "SNOMED" if kind == "procedure" or code.startswith(SNOMED) else "RxNorm")
        for code in item.codes
    )
    return LevelList(kind, item.level, codes, item.nil, item.uuid)


def _plain(elements: tuple[Element, ...]) -> list[dict[str, Any]]:
    plain: list[dict[str, Any]] = []
    for one in elements:
        if one.nil:
            plain.append({one.name: {"nil": one.nil}})
        elif one.children:
            inner: dict[str, Any] = {"uuid": one.uuid} if one.uuid else {}
            plain.append({one.name: inner | {"holds": _plain(one.children)}})
        else:
            plain.append({one.name: one.value})
    return plain


def _elements(plain: list[dict[str, Any]]) -> tuple[Element, ...]:
    found = []
    for item in plain:
        if len(item) != 1:
            raise msgspec.ValidationError("an element is written as one name and its value")
        ((name, value),) = item.items()
        if isinstance(value, str):
            found.append(Element(name, value))
        elif isinstance(value, dict) and isinstance(value.get("holds"), list):
            found.append(Element(name, uuid=str(value.get("uuid", "")), children=_elements(value["holds"])))
        elif isinstance(value, dict) and isinstance(value.get("nil"), str):
            found.append(Element(name, nil=value["nil"]))
        else:
            raise msgspec.ValidationError(f"{name} has neither a value nor a reason why not")
    return tuple(found)
