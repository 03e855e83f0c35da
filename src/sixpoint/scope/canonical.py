"""The canonical content of a rulebook and its hash: what two people must agree on to have the same rules."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import msgspec

from sixpoint.scope.equipment import Equipment
from sixpoint.scope.ladder import Ladder
from sixpoint.scope.layers import AttendantRule, Layer, Rule
from sixpoint.scope.skills import Skill


def canonical_content(ladder: Ladder, skills: Sequence[Skill], layers: Sequence[Layer], equipment: Equipment) -> bytes:
    """All that an answer may depend on, as JSON with sorted keys; file names, lines and order do not count."""
    content = {
        "ladder": msgspec.to_builtins(ladder),
        "skills": [msgspec.to_builtins(skill) for skill in skills],
        "layers": [_layer_content(layer) for layer in sorted(layers, key=lambda layer: layer.id)],
        "items": {skill: sorted(items) for skill, items in equipment.by_skill.items()},
        "kits": {kit: sorted(items) for kit, items in equipment.by_kit.items()},
    }
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _layer_content(layer: Layer) -> object:
    apart = ("where", "rules", "attendants")
    content = {field: getattr(layer, field) for field in layer.__struct_fields__ if field not in apart}
    content["on"] = sorted(layer.on)
    content["adopts"] = sorted(layer.adopts)
    content["rules"] = _rules_content(layer.rules)
    if layer.attendants:  # a layer without any has the hash it had before there were such rules
        content["attendants"] = _rules_content(layer.attendants)
    return msgspec.to_builtins(content)


def _rules_content(rules: Sequence[Rule | AttendantRule]) -> list[object]:
    found = []
    for rule in rules:
        said = msgspec.to_builtins(rule)
        del said["where"]
        found.append(said)
    return sorted(found, key=lambda said: json.dumps(said, sort_keys=True))


def content_hash(ladder: Ladder, skills: Sequence[Skill], layers: Sequence[Layer], equipment: Equipment) -> str:
    """ "sha256:" and 64 hexadecimal digits."""
    return "sha256:" + hashlib.sha256(canonical_content(ladder, skills, layers, equipment)).hexdigest()
