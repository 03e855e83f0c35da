"""`sixpoint dispatch`: what a call needs, whom to send and why, and how a real log compares."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from rich.box import SIMPLE_HEAD
from rich.table import Table

from sixpoint.cli.dispatch_audit import audit
from sixpoint.cli.dispatch_choose import choose
from sixpoint.cli.dispatch_duplicates import duplicates
from sixpoint.cli.dispatch_reassign import reassign
from sixpoint.cli.dispatch_region import cover, rendezvous
from sixpoint.cli.output import DONE, FOUND, json_option, print_json

if TYPE_CHECKING:
    from sixpoint.cli.dispatch_tiers import TypeCounts

ANY_PATH = click.Path(path_type=Path)


@click.group()
def dispatch() -> None:
    """Asks what a call needs and whom to send."""


dispatch.add_command(choose)
dispatch.add_command(audit)
dispatch.add_command(reassign)
dispatch.add_command(cover)
dispatch.add_command(rendezvous)
dispatch.add_command(duplicates)


@dispatch.command(name="call-types")
@json_option
def call_types(as_json: bool) -> int:
    """The kinds of call that Sixpoint knows (NEMSIS eDispatch.01)."""
    from sixpoint.cli.dispatch_telling import wide_console
    from sixpoint.dispatch import load_call_types

    table = Table("code", "reason", "acuity", "transport", "destination", "needs", box=SIMPLE_HEAD)
    for column in table.columns:
        column.overflow = "fold"
    for call_type in load_call_types().values():
        facts = msgspec.to_builtins(call_type) | {"needs": len(call_type.needs)}
        if as_json:
            print_json(facts)
        else:
            table.add_row(*(str(facts[key]) for key in [column.header for column in table.columns]))
    if not as_json:
        wide_console().print(table)
        click.echo("Acuity and destination are judgement: a medical director approves them.")
    return DONE


@dispatch.command()
@click.argument("words", metavar="CODE|WORDS", nargs=-1, required=True)
@json_option
def needs(words: tuple[str, ...], as_json: bool) -> int:
    """What a call of a type needs, each need with its target, the clock it runs on, and where it is from.

    The type goes by its code, or by words that only one type has (stroke, chest pain, mva).
    """
    from sixpoint.cli.dispatch_question import call_type_named
    from sixpoint.scope import load_rulebook

    call_type, rulebook = call_type_named(" ".join(words), "CODE|WORDS"), load_rulebook()
    if not as_json:
        when = f", {call_type.destination_when}" if call_type.destination_when else ""
        click.echo(f"{call_type.code} {call_type.reason} ({call_type.acuity}), to: {call_type.destination}{when}")
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


@dispatch.command()
@click.argument("region_folder", metavar="REGION", type=ANY_PATH)
@click.option("--log", type=ANY_PATH, required=True, help="San Francisco's log that the region was made from.")
@click.option("--policy", default="default", show_default=True, help="Name or file.")
@click.option("--calls", is_flag=True, help="Also each call.")
@json_option
def tiers(region_folder: Path, log: Path, policy: str, calls: bool, as_json: bool) -> int:
    """Compare the recommended mix of tiers with the units really sent, by call type. Exit code 1: they differ."""
    from sixpoint.cli.dispatch_telling import wide_console
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
        wide_console().print(table)
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
