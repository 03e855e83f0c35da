"""Checks layer files: all that is wrong with them and with their stack, and what a medical director may want to see."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from sixpoint.errors import Fault
from sixpoint.scope.conditions import Facts
from sixpoint.scope.decide import value_of
from sixpoint.scope.layers import Layer
from sixpoint.scope.load import bundled_equipment, catalogue, ladders, read_layers
from sixpoint.scope.rulebook import Rulebook
from sixpoint.scope.verdict import KINDS, ORDER
from sixpoint.tables import Faults


class Checked(msgspec.Struct, frozen=True):
    """What a check found: faults, which keep the layers from being loaded, and remarks, which do not."""

    layers: tuple[str, ...]
    faults: tuple[Fault, ...]
    remarks: tuple[str, ...]


def check_layers(names: Sequence[str]) -> Checked:
    """Reads layers (bundled ones or files) with all they lie on, and lists every fault and remark."""
    faults = Faults()
    layers = read_layers(names, faults)
    remarks = () if faults.found else tuple(_remarks(layers))
    return Checked(tuple(layer.id for layer in layers), tuple(sorted(set(faults.found))), remarks)


def _remarks(layers: Sequence[Layer]) -> list[str]:
    falls = "a skill that it does not name falls to what lies beneath"
    found = [f"{layer.id} is partial: {falls}" for layer in layers if layer.partial]
    for layer in layers:
        unsure = [rule for rule in layer.rules if rule.confidence != "verified_in_text"]
        if unsure:
            found.append(f"{layer.id}: {len(unsure)} of {len(layer.rules)} answers are not verified in a text")
    rulebook = Rulebook(ladders()[layers[0].ladder], catalogue(), layers, bundled_equipment())
    return [*found, *_steps_down(rulebook)]


def _steps_down(rulebook: Rulebook) -> list[str]:
    """Where a higher level may do less than a lower one; the person may then act as the lower."""
    latest = max(layer.span.starts for layer in rulebook.layers if layer.span.starts is not None)
    interval = rulebook.interval(latest)
    facts = Facts(adopted=interval.adopted)
    found = []
    for skill in rulebook.skills:
        values = [value_of(interval.stacks[level].get(skill.id, ()), facts) for level in rulebook.levels]
        for (low, below), (high, above) in pairwise(zip(rulebook.levels, values, strict=True)):
            if below >= ORDER and above < below:
                found.append(
                    f"{skill.id}: {low} is {KINDS[below]}, {high} only {KINDS[above]}; a {high} may act as {low}"
                )
    return found
