"""`sixpoint care guard`, `care triage`: may this be given to this patient now, and which tag the facts ask for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from sixpoint.cli.care_facts import ANY_PATH, answers_of, encounter_of, read_json, read_told
from sixpoint.cli.output import DONE, FOUND, json_option, print_json
from sixpoint.cli.scope_asking import instant, level_called
from sixpoint.errors import InputError

if TYPE_CHECKING:
    from sixpoint.care import Guarded, Proposed

GIVE_PARTS: Final = 4


@click.command()
@click.argument("skill")
@click.option("--level", required=True, help="The level of the clinician, as the ladder names it.")
@click.option("--give", metavar='"0.3 mg epinephrine intramuscular"', help="Amount, unit, drug and route.")
@click.option("--facts", type=ANY_PATH, help="What is known of the patient, as for `care card`.")
@click.option("--call", "code", default="", help="The call type (eDispatch.01); its pathways count first.")
@click.option("--rulebook", default="us-national", show_default=True, help="Name or file; several joined by +.")
@click.option("--kit", help="What is on board, as a kit; everything, if left out.")
@click.option("--on", "on", metavar="INSTANT", help="The instant asked about; now, if left out.")
@click.option("--file", "files", multiple=True, type=ANY_PATH, help="A file that replaces or extends pathways.")
@json_option
def guard(
    skill: str, level: str, give: str | None, facts: Path | None, code: str, rulebook: str, kit: str | None,
    on: str | None, files: tuple[Path, ...], as_json: bool,
) -> int:  # fmt: skip
    """May a clinician of the level do SKILL to this patient now: scope, dose, interval, contraindications, equipment.

    Every objection is named, with its source. Exit code 1 if the rules do not allow it as it stands. In the live
    service it is recorded all the same, if it was done, with the reason, and reviewed.
    """
    from sixpoint.care import guard as ask
    from sixpoint.care import load_pathways, picture_of
    from sixpoint.cli.care import clinician_of
    from sixpoint.scope import equipment_of_kit, load_rulebook

    book = load_rulebook(rulebook)
    known = book.skill(skill)
    if known is None:
        from sixpoint.scope.near import did_you_mean

        meant = did_you_mean(skill, {one.id for one in book.skills})
        raise InputError.one(
            "SKILL", f"the rulebook knows no skill '{skill}'", f"{meant}List them: sixpoint scope can."
        )
    at = instant(on)
    at_ms = round(at.timestamp() * 1000)
    met = read_told(facts, at_ms, book).encounter(at_ms)
    items = frozenset(book.equipment.names) if kit is None else equipment_of_kit(book, kit)
    pathways = load_pathways(files).speaking((code,), skill, picture_of(met, at_ms))
    answer = ask(
        book, clinician_of(level_called(book, level).id, at), items, met, skill, at_ms, proposed=_given(skill, give),
        pathways=pathways,
    )  # fmt: skip
    if as_json:
        print_json({"allowed": answer.authority is not None, **msgspec.to_builtins(answer)})
        return DONE if answer.authority is not None else FOUND
    click.secho(f"{known.name}: {_said(answer)}", bold=True)
    for reason in answer.verdict.because:
        click.echo(f"  {reason.text}")
    for one in answer.objections:
        cited = f"  [{one.source}, {one.confidence.replace('_', ' ')}]" if one.source else ""
        click.echo(f"  {one.kind}: {one.text}{cited}")
    for way in answer.verdict.would_be_yes if answer.authority is None else ():
        click.echo(f"  it would be a yes with: {way}")
    return DONE if answer.authority is not None else FOUND


def _said(answer: Guarded) -> str:
    """The answer in a few words."""
    if answer.authority is not None:
        return "yes, on standing orders" if answer.authority == "standing_order" else "yes, as ordered"
    return {
        "barred": "no",
        "unknown": "the rulebook cannot say",
        "order": "only with an order from medical control",
        "standing": "yours, but not as it stands",
    }[answer.verdict.kind]


def _given(skill: str, text: str | None) -> Proposed:
    from sixpoint.care import Proposed
    from sixpoint.scope import Dose
    from sixpoint.scope.condition_text import ROUTES

    own = skill.endswith("_patient_own") or None
    if text is None:
        return Proposed(own_medication=own)
    words = text.split()
    try:
        amount = float(words[0])
    except (ValueError, IndexError):
        amount = 0.0
    if len(words) < GIVE_PARTS or not amount > 0 or words[-1] not in ROUTES:
        raise InputError.one(
            "--give", f"'{text}' is not amount, unit, drug and route",
            f'Write it like "0.3 mg epinephrine intramuscular". Routes are: {", ".join(ROUTES)}.',
        )  # fmt: skip
    return Proposed(" ".join(words[2:-1]), Dose(amount, words[1]), words[-1], own)


@click.command()
@click.argument("system", metavar="START|JumpSTART|SALT")
@click.argument("facts", type=ANY_PATH)
@click.option("--on", "on", metavar="INSTANT", help="The instant asked about; now, if left out.")
@json_option
def triage(system: str, facts: Path, on: str | None, as_json: bool) -> int:
    """Which tag the system gives, and why; exit code 1 if somebody must be looked at first.

    FACTS holds the answers of one patient, or of several by name: {"P1": {"walks": true}, "P2": {...}}. Several are
    told in the order in which the system looks at them, with a count.
    """
    from collections import Counter

    from sixpoint.care import look_first, triage_systems
    from sixpoint.care import triage as tag_of
    from sixpoint.care.picture import names

    known = {name.lower(): one for name, one in triage_systems().items()}
    if system.lower() not in known:
        raise InputError.one("SYSTEM", f"there is no triage system '{system}'", f"Use: {', '.join(triage_systems())}.")
    asked = known[system.lower()]
    held: Any = read_json(facts)
    if not isinstance(held, dict) or not held:
        raise InputError.one(str(facts), "holds no patient", 'Write {"walks": true}, or {"P1": {"walks": true}}.')
    several = all(isinstance(one, dict) for one in held.values())
    at_ms = round(instant(on).timestamp() * 1000)
    met = {
        name: encounter_of(answers_of(facts, answers, at_ms, name), at_ms, name)
        for name, answers in (held.items() if several else [("", held)])
    }
    found = {name: tag_of(asked, met[name], at_ms) for name in look_first(asked, met.values(), at_ms)}
    for name, one in found.items():
        if as_json:
            print_json({"patient": name, **msgspec.to_builtins(one)})
            continue
        click.echo(f"{name}  " * bool(name), nl=False)
        click.secho(one.tag or "look first", bold=True, nl=False)
        looks = [names()[each].says for each in one.assess]
        click.echo(f": {'; '.join(one.because)}" + (f" (find out: {', '.join(looks)})" if looks else ""))
    if several and not as_json:
        tags = Counter(one.tag or "not tagged" for one in found.values())
        click.echo(f"{len(found)} patients: {', '.join(f'{number} {tag}' for tag, number in tags.items())}")
    return DONE if all(one.tag for one in found.values()) else FOUND
