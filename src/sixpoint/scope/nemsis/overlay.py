"""Makes a layer file from code lists, and finds the code lists again in a layer file.

The layer holds the rules that the lists amount to (see decide.py) and, under `nemsis`, the lists themselves: every
level and every code, also those that answer to no skill or no level of the ladder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
import yaml

from sixpoint.scope.layers import Layer, Rule
from sixpoint.scope.nemsis.block import as_block, from_block
from sixpoint.scope.nemsis.crosswalk import Kind, load_crosswalk, permission_levels
from sixpoint.scope.nemsis.decide import Permitted, Said, said_of
from sixpoint.scope.nemsis.lists import CodeLists, Configuration
from sixpoint.scope.rulebook import Rulebook
from sixpoint.tables import Faults

KINDS: tuple[Kind, Kind] = ("procedure", "medication")


class LayerRule(msgspec.Struct, frozen=True):
    """What the lists say of one skill at one level of the ladder."""

    skill: str
    level: str
    said: Said


class CodeAside(msgspec.Struct, frozen=True):
    """A code that became no rule: kept in the layer, and named. `listed`: whether the crosswalk knows it at all."""

    kind: Kind
    code: str
    listed: bool


class Reading(msgspec.Struct, frozen=True):
    """What became of the lists: rules, and what is only kept. `levels_aside` have no place on the ladder."""

    lists: CodeLists
    rules: tuple[LayerRule, ...]
    kept_beneath: tuple[LayerRule, ...]
    codes_aside: tuple[CodeAside, ...]
    levels_aside: tuple[str, ...]
    levels_absent: tuple[str, ...]


def read_into(base: Rulebook, lists: CodeLists, at: datetime) -> Reading:
    """What the lists amount to on top of `base`, whose rules at the instant `at` count.

    A skill that the list permits and `base` allows on a condition gets no rule: the list is flat and cannot lift a
    condition (those are `kept_beneath`).
    """
    configuration = lists.in_force
    ladder = {level.nemsis.licence: level.id for level in base.levels.values() if level.nemsis.licence}
    stacks = base.interval(at).stacks
    rules: list[LayerRule] = []
    kept: list[LayerRule] = []
    for code, level in ladder.items():
        permitted = _permitted(configuration, code)
        for skill in base.skills:
            said = said_of(skill.id, permitted, load_crosswalk())
            if said is None:
                continue
            beneath = stacks.get(level, {}).get(skill.id, ())
            keeps = said.verb == "allow" and _is_conditional(beneath)
            (kept if keeps else rules).append(LayerRule(skill.id, level, said))
    return Reading(
        lists,
        tuple(rules),
        tuple(kept),
        tuple(_codes_aside(configuration)),
        tuple(level for level in configuration.levels if level not in ladder),
        tuple(level for code, level in ladder.items() if code not in configuration.levels),
    )


def _is_conditional(stack: Sequence[Rule]) -> bool:
    """Whether the rules let the level do it, but not in every case."""
    allowed = any(rule.verb == "allow" for rule in stack)
    return allowed and any(rule.only is not None or rule.as_order for rule in stack) and stack[-1].verb != "open"


def _permitted(configuration: Configuration, level: str) -> Permitted:
    found: dict[Kind, frozenset[str] | None] = {}
    for kind in KINDS:
        codes = configuration.permitted(kind, level)
        found[kind] = None if codes is None else frozenset(one.code for one in codes)
    return found


def _codes_aside(configuration: Configuration) -> Iterator[CodeAside]:
    crosswalk = load_crosswalk()
    seen = {(one.kind, code.code) for one in configuration.lists for code in one.codes}
    for kind, code in sorted(seen):
        if not crosswalk.of_code(kind, code):
            yield CodeAside(kind, code, crosswalk.is_listed(kind, code))


def layer_text(reading: Reading, ladder: str, on: Sequence[str], starts: str, layer_id: str, source: str) -> str:
    """The layer file as YAML text, lying on the layers `on`, in force from `starts`; `source` names the NEMSIS file."""
    lists = reading.lists
    is_state = lists.data_set == "StateDataSet"
    head = {
        "overlay": layer_id,
        "title": f"{'State' if is_state else 'Agency in state'} {lists.state}, from NEMSIS",
        "ladder": ladder,
        "rank": "state" if is_state else "agency",
        "authority": f"State {lists.state}" if is_state else agency_name(lists),
        "on": list(on),
        "version": starts,
        "partial": True,
        "from": starts,
        "about": _about(reading),
        "sources": {"nemsis": {"title": f"NEMSIS v3.5.1 {lists.data_set}, {source}"}},
        "source": "nemsis",
        "confidence": "judgement",
    }
    grouped: dict[tuple[str, Said], list[str]] = {}
    for rule in reading.rules:
        grouped.setdefault((rule.skill, rule.said), []).append(rule.level)
    rules = [
        {said.verb: skill, "for": levels, "place": _place(said, is_state), "confidence": said.confidence}
        for (skill, said), levels in grouped.items()
    ]
    parts = (_yaml(head), _yaml({"rules": rules}), _yaml({"nemsis": as_block(lists)}))
    return f"# Made from a NEMSIS file by `sixpoint scope from-nemsis`; see docs/rulebook.md.\n{''.join(parts)}"


def default_id(lists: CodeLists) -> str:
    """An id for the layer: of the state, or of the agency in the state."""
    if lists.data_set == "StateDataSet":
        return f"nemsis-state-{lists.state}"
    number = next((one.value for one in lists.agency if one.name == "dAgency.02"), "")
    return "-".join(filter(None, ("nemsis-agency", *re.findall("[A-Za-z0-9]+", number), lists.state)))


def agency_name(lists: CodeLists) -> str:
    """What the file calls the agency: its name, else its number, else its state."""
    held = {one.name: one.value for one in lists.agency}
    return held.get("dAgency.03") or held.get("dAgency.02") or f"Agency in state {lists.state}"


def lists_of(layer: Layer) -> CodeLists | None:
    """The code lists that the layer keeps; None if it keeps none."""
    return from_block(layer.nemsis, layer.where) if layer.nemsis else None


def check_unchanged(rulebook: Rulebook, layer: Layer, lists: CodeLists, at: datetime) -> None:
    """Refuses a layer whose rules are no longer what its code lists amount to: the lists would be out of date.

    `InputError` names each rule that differs.
    """
    base = Rulebook(rulebook.ladder, rulebook.skills, _beneath(rulebook, layer), rulebook.equipment)
    fresh = {(one.skill, one.level): one.said.verb for one in read_into(base, lists, at).rules}
    written = {(rule.skill, rule.level): rule for rule in layer.rules}
    faults = Faults()
    remedy = (
        "Change the codes under 'nemsis' and this rule alike, or remove 'nemsis' to write the lists from the rules."
    )
    for key, rule in written.items():
        if fresh.get(key) != rule.verb or rule.only is not None or rule.as_order:
            faults.add(rule.where, f"the rule {rule.address} is not what the code lists say", remedy)
    for skill, level in fresh:
        if (skill, level) not in written:
            faults.add(layer.where, f"the code lists say more of {skill} for {level} than the rules", remedy)
    faults.raise_any()


def _beneath(rulebook: Rulebook, layer: Layer) -> list[Layer]:
    """The layers that it says it lies on, and those they lie on."""
    found: dict[str, Layer] = {}
    asked = list(layer.on)
    while asked:
        name = asked.pop()
        for one in rulebook.layers:
            is_named = name in (one.id, Path(one.where).stem) or Path(name).name == Path(one.where).name
            if is_named and one.id not in found:
                found[one.id] = one
                asked += one.on
    return list(found.values())


def _about(reading: Reading) -> str:
    levels = [permission_levels()[code].name for code in reading.levels_aside]
    told = f"{len(reading.rules)} answers follow from the code lists"
    told += f"; {len(reading.codes_aside)} codes answer to no skill and are only kept"
    return told + (f"; kept without a place on the ladder: {', '.join(levels)}." if levels else ".")


def _place(said: Said, is_state: bool) -> str:
    elements = "sConfiguration.02-.05" if is_state else "dConfiguration.06-.09"
    shown = ", ".join(said.codes[:6]) + (", ..." if len(said.codes) > 6 else "")
    return f"{elements}: {'lists' if said.verb == 'allow' else 'lists none of'} {shown}"


class _Dumper(yaml.SafeDumper):
    pass


def _sequence(dumper: _Dumper, data: list[object]) -> yaml.Node:
    flow = all(isinstance(item, str) for item in data)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=flow)


_Dumper.add_representer(list, _sequence)


def _yaml(value: object) -> str:
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=118)


def starts_at(lists: CodeLists) -> str | None:
    """When the lists come into force by the file itself; None if it does not say."""
    return lists.effective_at or lists.stamped_at or None
