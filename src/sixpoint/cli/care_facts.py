"""Reads what is known of a patient from JSON, and says what looks wrong about it; `sixpoint care check`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from sixpoint.cli.json_given import loads_given
from sixpoint.cli.output import DONE, FOUND, json_option, print_json
from sixpoint.cli.scope_asking import instant
from sixpoint.errors import Fault, InputError

if TYPE_CHECKING:
    from sixpoint.care import Doubt, Encounter, Fact, Scene
    from sixpoint.scope import Rulebook

ANY_PATH = click.Path(path_type=Path)
MOST_MIN: Final = 1e8  # longer ago than any patient lives


class Told(msgspec.Struct):
    """The facts of a file as entered, one after the other, who was there, and what looks wrong about each."""

    facts: tuple[Fact, ...]
    doubted: tuple[tuple[Doubt, ...], ...]

    @property
    def insisted(self) -> tuple[Fact, ...]:
        """The facts, those that look wrong marked with what does."""
        from sixpoint.care import insisted

        return tuple(
            insisted(fact, found) if found else fact for fact, found in zip(self.facts, self.doubted, strict=True)
        )

    def encounter(self, opened_ms: int) -> Encounter:
        """The patient's encounter with all of them."""
        return encounter_of(self.insisted, opened_ms)

    def refuse_doubted(self, where: str) -> None:
        """Does nothing if nothing looks wrong; else `InputError` names it, each with what is expected."""
        faults = [
            Fault(f"{where} ({fact.fact_id})", doubt.says, f"Expected: {doubt.expected}. Correct it, or add --insist.")
            for fact, found in zip(self.facts, self.doubted, strict=True)
            for doubt in found
        ]
        if faults:
            raise InputError(faults)


def encounter_of(facts: Iterable[Fact], opened_ms: int, name: str = "asked") -> Encounter:
    """The encounter of one patient with these facts."""
    from sixpoint.care import Encounter, with_fact

    met = Encounter(name, "asked", opened_ms)
    for fact in facts:
        met = with_fact(met, fact)
    return met


@click.command()
@click.argument("facts", type=ANY_PATH)
@click.option("--rulebook", default="us-national", show_default=True, help="Name or file; several joined by +.")
@click.option("--on", "on", metavar="INSTANT", help="When answers were given that have no time; now, if left out.")
@click.option("--insist", type=ANY_PATH, metavar="OUT", help="Write the facts to OUT, those that look wrong marked.")
@json_option
def check(facts: Path, rulebook: str, on: str | None, insist: Path | None, as_json: bool) -> int:
    """What looks wrong about FACTS, each with what is expected; exit code 1 if anything does.

    FACTS is JSON as for `sixpoint care card`. It may also say who was there and what is on board:
    {"facts": [...], "scene": {"present": {"p1": [from_ms, until_ms]}, "kit": "bls_ambulance"}} (null: still there).
    """
    from sixpoint.scope import load_rulebook

    told = read_told(facts, round(instant(on).timestamp() * 1000), load_rulebook(rulebook))
    for fact, found in zip(told.facts, told.doubted, strict=True):
        for doubt in found:
            if as_json:
                print_json({"fact_id": fact.fact_id, **msgspec.to_builtins(doubt)})
            else:
                click.echo(f"{fact.fact_id}: {doubt}")
    if insist is not None:
        insist.write_bytes(msgspec.json.format(msgspec.json.encode(list(told.insisted)), indent=2) + b"\n")
    found_any = any(told.doubted)
    if not as_json:
        doubts = sum(map(len, told.doubted))
        click.echo(f"{len(told.facts)} fact{'s' * (len(told.facts) != 1)}, {doubts or 'no'} doubt{'s' * (doubts != 1)}")
    return FOUND if found_any else DONE


def read_json(path: Path) -> Any:
    """What the file holds; `InputError` if it is no JSON, or says something twice."""
    from sixpoint.tables import decode_text, read_bytes

    text = decode_text(str(path), read_bytes(path, str(path)))
    try:
        return loads_given(text)
    except (ValueError, RecursionError) as error:
        raise _not_facts(path, error) from None


def _not_facts(path: Path, error: Exception) -> InputError:
    return InputError.one(str(path), f"not the facts of a patient ({error})", "See `sixpoint care card -h`.")


def read_told(path: Path | None, at_ms: int, rulebook: Rulebook) -> Told:
    """The facts of the file and what looks wrong; `InputError` if it cannot be read at all."""
    from sixpoint.care import Encounter, Scene, doubts, load_pathways, with_fact

    facts, scene = ((), Scene()) if path is None else _facts_of(path, at_ms, rulebook)
    scene = msgspec.structs.replace(scene, now_ms=at_ms, drugs=load_pathways().drugs)
    met = Encounter("asked", "asked", at_ms)
    doubted = []
    for fact in facts:
        doubted.append(doubts(met, fact, scene, rulebook))
        met = with_fact(met, fact)
    return Told(facts, tuple(doubted))


def _facts_of(path: Path, at_ms: int, rulebook: Rulebook) -> tuple[tuple[Fact, ...], Scene]:
    from sixpoint.care import Fact, Scene
    from sixpoint.scope import equipment_of_kit

    scene, held = Scene(), read_json(path)
    try:
        if isinstance(held, dict) and "facts" in held:
            said: Any = held.get("scene", {})
            kit = msgspec.convert(said.get("kit"), str | None)
            items = None if kit is None else equipment_of_kit(rulebook, kit)
            present = msgspec.convert(said.get("present"), dict[str, tuple[int, int | None]] | None)
            scene, held = Scene(present, items), held["facts"]
        if isinstance(held, list):
            return tuple(msgspec.convert(held, list[Fact])), scene
    except (ValueError, AttributeError) as error:
        raise _not_facts(path, error) from None
    return answers_of(path, held, at_ms), scene


def answers_of(path: Path, held: Any, at_ms: int, where: str = "") -> tuple[Fact, ...]:
    """The facts of answers by name, as of `at_ms`; under "done", what was done so many minutes before it.

    `where` names the patient, if the file tells of several. `InputError` if it cannot be read.
    """
    from sixpoint.care import Intervention, facts_of

    try:
        given = msgspec.convert(held, dict[str, Any])
        done = msgspec.convert(given.pop("done", {}), dict[str, float])
        late = [skill for skill, minutes in done.items() if not 0 <= minutes < MOST_MIN]
        if late:
            raise ValueError(f"'{late[0]}' was done {done[late[0]]:g} minutes ago")
    except ValueError as error:
        raise _not_facts(path, error) from None
    acts = [
        Intervention(
            fact_id=f"d{number}", at_ms=at_ms - round(minutes * 60_000), author="", unit_id="", skill=skill, level="",
            authority="standing_order", because=(),
        )
        for number, (skill, minutes) in enumerate(done.items())
    ]  # fmt: skip
    return (*acts, *facts_of(given, at_ms, "", "", where=f"{path} {where}".strip()))
