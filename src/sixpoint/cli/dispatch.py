"""`sixpoint dispatch`: what a call needs, whom to send and why, and how a real log compares."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from sixpoint.cli.dispatch_region import cover, rendezvous
from sixpoint.cli.output import DONE, FOUND, json_option, print_json

if TYPE_CHECKING:
    from sixpoint.cli.dispatch_tiers import TypeCounts
    from sixpoint.dispatch import CallType, Choice, Destination, Unmet
    from sixpoint.service.telling import Teller

ANY_PATH = click.Path(path_type=Path)


@click.group()
def dispatch() -> None:
    """Asks what a call needs and whom to send."""


dispatch.add_command(cover)
dispatch.add_command(rendezvous)


@dispatch.command()
@click.argument("file", type=ANY_PATH)
@json_option
def choose(file: Path, as_json: bool) -> int:
    """Whom to send to the call of FILE, with every reason; and where to take the patient.

    FILE holds JSON: {"dispatch_code": "2301019", "units": [{"unit_id": "M1", "levels": ["EMT", "Paramedic"],
    "kit": "als_ambulance", "can_transport": true, "eta_s": 420}], "facilities": [{"facility_id": "H1", "travel_s": 600,
    "capabilities": ["stemi"]}]}. Instead of levels, a unit may name "skills" and "skills_with_order". Optional:
    "suspected" (such as "pediatric": where to goes by it, not by the type of call), "policy" (a name, a file, or its
    fields), "rulebook", "overlays", "at". A facility on diversion has "open": false. Exit code 1: a need is unmet or
    nobody goes.
    """
    from sixpoint.cli.dispatch_question import read_question
    from sixpoint.dispatch import choose as choose_units
    from sixpoint.dispatch import choose_destination, load_call_types
    from sixpoint.service.telling import Teller

    asked = read_question(file, datetime.now(UTC))
    choice = choose_units(asked.call_type, asked.candidates, asked.skill_index, asked.policy)
    goes_to = None
    if asked.facilities is not None:
        goes_to = choose_destination(asked.destination, asked.facilities, asked.policy)
    found = choice.unmet or (goes_to is not None and goes_to.facility_id is None)
    if as_json:
        facts = {
            "rulebook": asked.rulebook.hash,
            "policy": asked.policy.hash,
            "destination": msgspec.to_builtins(goes_to),
        }
        print_json({"call_type": asked.call_type.code, **msgspec.to_builtins(choice), **facts})
    else:
        click.echo(f"{asked.call_type.code} {asked.call_type.reason} ({asked.call_type.acuity})")
        _tell_choice(choice, Teller(load_call_types(), asked.rulebook), asked.call_type)
        _tell_destination(goes_to)
    return FOUND if found else DONE


@dispatch.command(name="call-types")
@json_option
def call_types(as_json: bool) -> int:
    """The kinds of call that Sixpoint knows (NEMSIS eDispatch.01)."""
    from sixpoint.dispatch import load_call_types

    table = Table("code", "reason", "acuity", "transport", "destination", "needs", box=SIMPLE_HEAD)
    for call_type in load_call_types().values():
        facts = msgspec.to_builtins(call_type) | {"needs": len(call_type.needs)}
        if as_json:
            print_json(facts)
        else:
            table.add_row(*(str(facts[key]) for key in [column.header for column in table.columns]))
    if not as_json:
        Console().print(table)
        click.echo("Acuity and destination are judgement: a medical director approves them.")
    return DONE


@dispatch.command()
@click.argument("code")
@json_option
def needs(code: str, as_json: bool) -> int:
    """What a call of type CODE needs, each need with its target, the clock it runs on, and where it is from."""
    from sixpoint.cli.dispatch_question import call_type_of
    from sixpoint.scope import load_rulebook

    call_type, rulebook = call_type_of(code), load_rulebook()
    if not as_json:
        click.echo(f"{call_type.code} {call_type.reason} ({call_type.acuity}), to: {call_type.destination}")
    for need in call_type.needs:
        if as_json:
            print_json(need)
            continue
        facts = [] if need.target_s is None else [f"target {need.target_s / 60:g} min, clock: {need.clock}"]
        facts += [f"{need.hands} rescuers"] if need.hands > 1 else []
        facts += ["a unit that transports"] if need.transporting else []
        facts += [need.when] if need.when else []
        named = [known.name if (known := rulebook.skill(skill)) else skill for skill in need.any_of]
        click.echo(f"{need.order:>3}. {' or '.join(named)} ({', '.join(need.any_of)})")
        click.echo(f"     {'; '.join([*facts, f'harm {need.harm_per_min:g} a minute late'])}")
        click.echo(f"     {need.source} ({need.confidence})")
    if not as_json:
        click.echo("Targets on different clocks are not comparable. Harm is judgement; 1 = one point of survival.")
    return DONE


def _tell_choice(choice: Choice, teller: Teller, call_type: CallType) -> None:
    from sixpoint.dispatch.choose import clock

    console = Console()
    hands = {need.order: f" ({need.hands} rescuers)" if need.hands > 1 else "" for need in call_type.needs}
    if choice.queued:
        click.echo(f"Nobody is sent: {choice.queued}. The call waits.")
    lights = ", lights and sirens" if choice.lights_and_sirens else ""
    busy = {unit_id for met in choice.met for unit_id in (met.unit_id, *met.with_units)}
    for sent in choice.sent:
        idle = "" if sent.unit_id in busy else ": no need is met by it"
        click.echo(f"Send {sent.unit_id}, there in {clock(sent.eta_s)}{lights}{idle}")
    table = Table("need", "met by", "at", "verdict", "target", box=SIMPLE_HEAD)
    for met in choice.met:
        on_target = {True: "kept", False: "missed", None: ""}[met.on_target]
        by = " + ".join([*met.with_units, met.unit_id])
        skill = teller.skill(met.skill) + ("" if met.by == met.skill else f", by {teller.skill(met.by)}")
        table.add_row(skill + hands[met.order], by, clock(met.at_s), met.verdict, on_target)
    for unmet in choice.unmet:
        table.add_row(teller.skill(unmet.skill) + hands[unmet.order], "nobody", "", "", "")
    console.print(table)
    for because, skills in _by_reason(choice.unmet).items():
        named = "; ".join(teller.skill(skill) for skill in dict.fromkeys(skills))
        click.echo(f"Unmet, as {'; '.join(because)}: {named}.")
    for passed in choice.passed_over:
        click.echo(f"Not {passed.unit_id}: {'; '.join(teller.named(reason) for reason in passed.because)}")
    if choice.others_passed_over:
        more = "1 other unit" if choice.others_passed_over == 1 else f"{choice.others_passed_over} other units"
        click.echo(f"Not {more}, farther away or without a time.")
    for note in choice.notes:
        click.echo(f"Note: {note}")
    click.echo(f"Expected harm {choice.harm:.2f}, cost to cover {choice.cover_cost:g}.")


def _by_reason(unmet: Sequence[Unmet]) -> dict[tuple[str, ...], list[str]]:
    """The skills of needs that nobody meets, together where the reason is the same."""
    told: dict[tuple[str, ...], list[str]] = {}
    for one in unmet:
        told.setdefault(one.because, []).append(one.skill)
    return told


def _tell_destination(goes_to: Destination | None) -> None:
    if goes_to is None:
        return
    where = f"Take the patient to {goes_to.facility_id}" if goes_to.facility_id else "No destination"
    click.echo(f"{where}: {'; '.join(goes_to.because)}")
    for passed in goes_to.passed_over:
        click.echo(f"Not {passed.facility_id}: {'; '.join(passed.because)}")


@dispatch.command()
@click.argument("region_folder", metavar="REGION", type=ANY_PATH)
@click.option("--log", type=ANY_PATH, required=True, help="San Francisco's log that the region was made from.")
@click.option("--policy", default="default", show_default=True, help="Name or file.")
@click.option("--calls", is_flag=True, help="Also each call.")
@json_option
def tiers(region_folder: Path, log: Path, policy: str, calls: bool, as_json: bool) -> int:
    """Compare the recommended mix of tiers with the units really sent, by call type. Exit code 1: they differ."""
    from sixpoint.cli.dispatch_tiers import by_type, compare_day
    from sixpoint.dispatch import load_call_types, load_policy
    from sixpoint.region import read_region

    region = read_region(region_folder)
    compared = compare_day(region, log, load_policy(policy))
    reasons = {code: call_type.reason for code, call_type in load_call_types().items()}
    counts = by_type(compared, reasons)
    table = Table("call type", "calls", "same", "fewer", "more", "other", "units sent", "ours", box=SIMPLE_HEAD)
    for row in counts:
        if as_json:
            print_json(row)
        numbers = (row.calls, row.same, row.fewer, row.more, row.other, row.units_sent, row.units_recommended)
        table.add_row(row.reason, *(str(number) for number in numbers))
    for each in compared if calls else ():
        if as_json:
            print_json(each)
        else:
            ours = " + ".join(each.recommended)
            click.echo(f"{each.call_id} {reasons[each.dispatch_code]}: sent {' + '.join(each.sent)}; ours {ours}")
    if not as_json:
        Console().print(table)
        _tell_tiers(counts[-1])
    return FOUND if any(each.agreement != "same" for each in compared) else DONE


def _tell_tiers(total: TypeCounts) -> None:
    click.echo(
        "The mix of tiers recommended is the same as sent, a part of it (fewer), it and more, or another; "
        "units sent and ours are means for one call."
    )
    both, only_sent, only_ours, neither = total.scarce
    click.echo(
        f"A unit with a scarce skill: sent and recommended {both}, only sent {only_sent}, "
        f"only recommended {only_ours}, neither {neither}."
    )
    for sent, ours, count in total.pairs:
        click.echo(f"{count} times: sent {sent}; recommended {ours}")
    click.echo(
        f"Fewer ({total.fewer}): here a first responder goes beside the ambulance only if it gains the minutes that "
        "policy asks, and one more unit only if it saves its price."
    )
    click.echo(
        f"Only recommended ({only_ours}): a type of call lists what any of its patients may need, the advanced skills "
        "among it; the service may have known more of the patient, or sent a basic unit first."
    )
    click.echo(
        "The log does not say why units were sent, nor where free ones stood (taken: at their posts); complaints and "
        "crews are imputed. Nothing is tuned to agree."
    )
