"""What may not stand in one stack: two answers of the same rank, two layers of one authority, two ladders."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from sixpoint.scope.layers import Layer, Rank, Rule
from sixpoint.tables import Faults


def note_conflicts(layers: Sequence[Layer], faults: Faults) -> None:
    """Notes each pair of layers or rules that cannot both be in force, naming both with file and line."""
    for one, other in combinations(layers, 2):
        if one.ladder != other.ladder:
            faults.add(
                other.where,
                f"'{other.id}' speaks of the ladder '{other.ladder}', '{one.id}' ({one.where}) of '{one.ladder}'",
                "Stack layers of one ladder.",
            )
        elif one.id == other.id:
            faults.add(other.where, f"the id '{one.id}' is taken by {one.where}", "Give each layer its own id.")
        elif (one.rank, one.authority) == (other.rank, other.authority) and one.span.meets(other.span):
            faults.add(
                other.where,
                f"'{other.id}' overlaps '{one.id}' ({one.where}): both are of {one.authority}, "
                f"both hold {one.span & other.span}",
                "End the earlier one where the later one starts, or leave one out.",
            )
    _note_rule_conflicts(layers, faults)


def _note_rule_conflicts(layers: Sequence[Layer], faults: Faults) -> None:
    places: dict[tuple[Rank, str, str], list[Rule]] = {}
    for layer in layers:
        for rule in layer.rules:
            places.setdefault((layer.rank, rule.skill, rule.level), []).append(rule)
    for (rank, skill, level), rules in places.items():
        for one, other in combinations(rules, 2):
            if one.span.meets(other.span) and not _side_by_side(one, other):
                faults.add(
                    other.where,
                    f"two rules of rank {rank} for {skill} at {level}: "
                    f"'{other.verb}' here, '{one.verb}' at {one.where}",
                    "Keep one, give them dates that do not overlap, or join their conditions with 'any' or 'all'.",
                )


def _side_by_side(one: Rule, other: Rule) -> bool:
    """Several `allow` rules may stand together if each asks for another endorsement."""
    both_allow = one.verb == other.verb == "allow"
    return both_allow and bool(one.endorsement and other.endorsement) and one.endorsement != other.endorsement
