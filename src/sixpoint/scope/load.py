"""Loads a rulebook by the names of its layers: bundled ones or YAML files, with everything they lie on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from sixpoint.errors import InputError
from sixpoint.scope.conflicts import note_conflicts
from sixpoint.scope.equipment import Equipment, read_equipment
from sixpoint.scope.ladder import Ladder, read_ladder
from sixpoint.scope.layers import Layer
from sixpoint.scope.near import did_you_mean
from sixpoint.scope.overlay import read_layer
from sixpoint.scope.rulebook import Rulebook
from sixpoint.scope.skills import Skill, read_skills
from sixpoint.scope.strict_yaml import Value, read_yaml
from sixpoint.tables import Faults, decode_text, read_bytes

DATA: Final = Path(__file__).resolve().parent / "data"
NO_RULEBOOK: Final = "there is no such rulebook"
# A part of a path is at most so many bytes long (NAME_MAX of Linux and macOS).
LONGEST_NAME: Final = 255
# Other names of bundled layers, beside the ids: postal codes and the like.
SHORT_NAMES: Final = {
    "us": "us-national",
    "national": "us-national",
    "us-mt": "montana",
    "us-ma": "massachusetts",
    "us-ny": "new-york",
    "us-nm": "new-mexico",
    "us-ca-la": "los-angeles-county",
    "los-angeles": "los-angeles-county",
    "us-wy": "wyoming",
    "ca": "canada-national",
    "canada": "canada-national",
}


def load_rulebook(name_or_path: str = "us-national", overlays: Sequence[str] = ()) -> Rulebook:
    """The rulebook of these layers and all they lie on; `InputError` names every fault.

    A name is a bundled layer (`bundled_layers()`), the path of a YAML file, or several joined with "+". The order does
    not matter: rank decides.
    """
    names = tuple(part.strip() for name in (name_or_path, *overlays) for part in name.split("+"))
    if all(_bundled_path(name) is not None for name in names):
        return _load_bundled(tuple(sorted({_bundled_id(name) for name in names})))
    return read_rulebook(names)


def bundled_layers() -> tuple[str, ...]:
    """The ids of the layers that come with Sixpoint."""
    return tuple(sorted(path.stem for path in (DATA / "layers").glob("*.yaml")))


@cache
def _load_bundled(names: tuple[str, ...]) -> Rulebook:
    return read_rulebook(names)


def read_rulebook(names: Sequence[str]) -> Rulebook:
    """As `load_rulebook`, but always read anew from the files."""
    faults = Faults()
    layers = read_layers(names, faults)
    faults.raise_any()
    ladder = ladders()[layers[0].ladder]
    return Rulebook(ladder, catalogue(), layers, bundled_equipment())


def read_layers(names: Sequence[str], faults: Faults) -> list[Layer]:
    """The layers of these names and all they lie on, each once; what is wrong with any or with the stack is noted."""
    reading = _Reading(faults)
    for name in names:
        reading.read(name, Path(), None, ())
    layers = list({layer.where: layer for found in reading.layers.values() for layer in found}.values())
    note_conflicts(layers, faults)
    if not layers and not faults.found:
        faults.add("rulebook", "no layer is named", f"Bundled are: {', '.join(bundled_layers())}.")
    return layers


def refuse_absent(names: Sequence[str]) -> None:
    """Does nothing if each name is a bundled layer or a path that exists; else `InputError` names the others."""
    faults = Faults()
    for name in names:
        if _bundled_path(name) is None and (_is_no_name(name) or not Path(name).exists()):
            faults.add(name, NO_RULEBOOK, _what_there_is(name))
    faults.raise_any()


def _what_there_is(name: str) -> str:
    meant = did_you_mean(name, (*bundled_layers(), *SHORT_NAMES))
    return f"{meant}Bundled are: {', '.join(bundled_layers())}; or give the path of a YAML file."


class _Reading:
    """Follows what layers lie on, from the top down; reads them from the ground up."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.layers: dict[Path, list[Layer]] = {}  # each with what it lies on, lowest first

    def read(self, name: str, folder: Path, named_at: Value | None, above: tuple[Path, ...]) -> list[Layer]:
        """The layer and all it lies on, lowest first; `above` is the way that led here."""
        if _is_no_name(name):
            where = named_at.where if named_at else "rulebook"
            self.faults.add(where, f"no file can be named {name[:40]!r}", "Write a name, or the path of a YAML file.")
            return []
        path = (_bundled_path(name) or folder / name).resolve()
        seen_from = Path(named_at.file).parent if named_at is not None else Path()
        shown = path.name if path.parent == DATA / "layers" else str(seen_from / name)
        if path in above:
            ring = " -> ".join(one.stem for one in (*above[above.index(path) :], path))
            assert named_at is not None
            named_at.fault(f"the layers lie on one another in a circle: {ring}", "Take one 'on' away.")
            return []
        if path not in self.layers:
            self.layers[path] = []
            document = self._document(name, path, shown, named_at)
            if document is not None:
                beneath = self._beneath(document, path, above)
                layer = read_layer(document, path, ladders(), catalogue_ids(), beneath)
                self.layers[path] = [*beneath, layer] if layer else beneath
        return self.layers[path]

    def _document(self, name: str, path: Path, shown: str, named_at: Value | None) -> Value | None:
        try:
            text = decode_text(shown, read_bytes(path, shown))
        except InputError as error:
            if path.exists():
                self.faults.found.extend(error.faults)
            elif named_at is not None:
                named_at.fault(f"there is no layer '{name}'", _what_there_is(name))
            else:
                self.faults.add(name, NO_RULEBOOK, _what_there_is(name))
            return None
        return read_yaml(text, shown, self.faults)

    def _beneath(self, document: Value, path: Path, above: tuple[Path, ...]) -> list[Layer]:
        top = document.held if isinstance(document.held, dict) else {}
        if "on" not in top or top["on"].held == []:
            return []
        found: dict[str, Layer] = {}
        for name in top["on"].words("'on'"):
            for layer in self.read(name, path.parent, top["on"], (*above, path)):
                found[layer.id] = layer
        return list(found.values())


def _is_no_name(name: str) -> bool:
    """Whether no file can have that name: a zero byte in it, or a part longer than file systems have."""
    return "\0" in name or any(len(part.encode()) > LONGEST_NAME for part in name.split("/"))


def _bundled_id(name: str) -> str:
    plain = name.casefold().replace("_", "-").replace(" ", "-")
    return SHORT_NAMES.get(plain, plain)


def _bundled_path(name: str) -> Path | None:
    layer_id = _bundled_id(name)
    return DATA / "layers" / f"{layer_id}.yaml" if layer_id in bundled_layers() else None


def _own_text(*parts: str) -> str:
    return DATA.joinpath(*parts).read_text("utf-8")


@cache
def catalogue() -> tuple[Skill, ...]:
    """Every skill that rulebooks speak of."""
    return read_skills(_own_text("skills.csv"))


@cache
def catalogue_ids() -> frozenset[str]:
    """Their ids."""
    return frozenset(skill.id for skill in catalogue())


@cache
def ladders() -> Mapping[str, Ladder]:
    """The ladders that come with Sixpoint, by id."""
    faults = Faults()
    found = {}
    for path in sorted((DATA / "ladders").glob("*.yaml")):
        ladder = read_ladder(path.read_text("utf-8"), path.name, faults)
        if ladder is not None:
            found[ladder.id] = ladder
    faults.raise_any()
    return found


@cache
def bundled_equipment() -> Equipment:
    """Which items skills need and kits hold; Sixpoint's own judgement, to be approved like the rest."""
    return read_equipment(_own_text("items.csv"), _own_text("items_needed.csv"))
