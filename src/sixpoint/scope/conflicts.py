"""What may not stand in one stack: two answers of the same rank, two layers of one authority, two ladders."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product
from typing import Final

from sixpoint.scope.layers import Layer, Rank, Rule
from sixpoint.tables import Faults

# A place lies in one state of one nation; counties, agencies and medical directors may be several.
_ONE_AUTHORITY: Final = ("national", "state")


def note_conflicts(layers: Sequence[Layer], faults: Faults) -> None:
    """Notes each pair of layers or rules that cannot both be in force, naming both with file and line."""
    apart: set[frozenset[str]] = set()
    for one, other in combinations(layers, 2):
        found = _layer_conflict(one, other)
        if found is not None:
            faults.add(other.where, *found)
            apart.add(frozenset((one.id, other.id)))
    _note_rule_conflicts(layers, apart, faults)
    _note_attendant_conflicts(layers, apart, faults)


def _layer_conflict(one: Layer, other: Layer) -> tuple[str, str] | None:
    """What keeps two layers from one stack, and the remedy."""
    if one.ladder != other.ladder:
        ladders = f"'{other.id}' speaks of the ladder '{other.ladder}', '{one.id}' ({one.where}) of '{one.ladder}'"
        return ladders, "Stack layers of one ladder."
    if one.id == other.id:
        return f"the id '{one.id}' is taken by {one.where}", "Give each layer its own id."
    if one.rank != other.rank or not one.span.meets(other.span):
        return None
    when = f"both hold {one.span & other.span}"
    if one.authority == other.authority:
        what = f"'{other.id}' overlaps '{one.id}' ({one.where}): both are of {one.authority}, {when}"
        return what, "End the earlier one where the later one starts, or leave one out."
    if one.rank in _ONE_AUTHORITY:
        what = f"'{other.id}' and '{one.id}' ({one.where}) both speak as the {one.rank}, {when}"
        return what, "A rulebook has one of them at a time: leave one out."
    return None


def _note_rule_conflicts(layers: Sequence[Layer], apart: set[frozenset[str]], faults: Faults) -> None:
    places: dict[tuple[Rank, str, str], list[Rule]] = {}
    for layer in layers:
        for rule in layer.rules:
            places.setdefault((layer.rank, rule.skill, rule.level), []).append(rule)
    for (rank, skill, level), rules in places.items():
        for one, other in combinations(rules, 2):
            known = frozenset((one.layer, other.layer)) in apart
            if not known and one.span.meets(other.span) and not _side_by_side(one, other):
                faults.add(
                    other.where,
                    f"two rules of rank {rank} for {skill} at {level}: "
                    f"'{other.verb}' here, '{one.verb}' at {one.where}",
                    "Keep one, give them dates that do not overlap, or join their conditions with 'any' or 'all'.",
                )


def _note_attendant_conflicts(layers: Sequence[Layer], apart: set[frozenset[str]], faults: Faults) -> None:
    """Two layers of one rank that name the same attendant rule: neither replaces the other."""
    for one_layer, other_layer in combinations(layers, 2):
        if one_layer.rank != other_layer.rank or frozenset((one_layer.id, other_layer.id)) in apart:
            continue
        for one, other in product(one_layer.attendants, other_layer.attendants):
            if one.id == other.id and one.span.meets(other.span):
                faults.add(
                    other.where,
                    f"two attendant rules '{one.id}' of rank {one_layer.rank}: here and at {one.where}",
                    "Keep one, or give them dates that do not overlap.",
                )


def _side_by_side(one: Rule, other: Rule) -> bool:
    """Several `allow` rules may stand together if each asks for another endorsement."""
    both_allow = one.verb == other.verb == "allow"
    return both_allow and bool(one.endorsement and other.endorsement) and one.endorsement != other.endorsement
