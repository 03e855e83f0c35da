"""`sixpoint dispatch reassign`: what is worth changing at a call that is served already."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sixpoint.cli.output import DONE, FOUND, json_option, print_json

if TYPE_CHECKING:
    from sixpoint.cli.dispatch_reassign_question import Situation
    from sixpoint.dispatch import Choice, Effect
    from sixpoint.dispatch.changes import Change, Changes
    from sixpoint.service.telling import Teller


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def reassign(file: Path, as_json: bool) -> int:
    """Which units to divert to the call of FILE, to replace, to send beside, or to cancel; and what each call gets.

    FILE holds JSON like that of `sixpoint dispatch choose`: {"call_id": "arrest", "dispatch_code": "2301019",
    "units": [...], "coming": ["M1"], "there": ["E7"], "others": [{"call_id": "fall", "dispatch_code": "2301033",
    "coming": ["M2"], "there": [], "eta_s": {"M2": 300, "B3": 900}}]}. The eta_s of a unit is its time to this call,
    that of another call the time of each unit to that patient; who is on no call is free. "not_needed" names needs of
    a call that are met already, or turned out not to be needed, by skill or by number. Optional: "policy", "rulebook",
    "overlays", "at". Nothing is done: a person decides. Exit code 1 if something is worth changing.
    """
    from sixpoint.cli.dispatch_reassign_question import read_situation
    from sixpoint.dispatch import weigh
    from sixpoint.dispatch.changes import worth_changing

    asked = read_situation(file, datetime.now(UTC))
    changes = worth_changing(asked.among)
    after = changes.after
    there = [one.unit_id for one in after.coming]
    served = weigh(after.call_type, after.coming, there, asked.among.skill_index, asked.among.policy)
    if as_json:
        for change in changes.found:
            print_json(change)
        print_json(
            {
                "of": "all",
                "call_id": after.call_id,
                "changes": len(changes.found),
                "units": there,
                "harm": served.harm,
                "unmet": [one.skill for one in served.unmet],
                "nothing_more": changes.nothing_more,
                "rulebook": asked.rulebook.hash,
                "policy": asked.among.policy.hash,
                "notes": asked.notes,
            }
        )
    else:
        _tell(asked, changes, served)
    return FOUND if changes.found else DONE


def _tell(asked: Situation, changes: Changes, served: Choice) -> None:
    from sixpoint.dispatch import load_call_types
    from sixpoint.dispatch.choose import clock
    from sixpoint.service.telling import Teller

    teller = Teller(load_call_types(), asked.rulebook)
    call = asked.among.call
    times = {one.unit_id: "there" if one.unit_id in call.there else f"in {clock(one.eta_s)}" for one in call.coming}
    on_it = ", ".join(f"{unit_id} {when}" for unit_id, when in times.items()) or "nobody"
    kind = f"{call.call_type.code} {call.call_type.reason} ({call.call_type.acuity})"
    click.echo(f"{call.call_id}: {kind}; on it: {on_it}")
    for number, change in enumerate(changes.found, start=1):
        click.echo(f"{number}. {_headline(change, call.call_id)}: {change.because}")
        for one in change.effects:
            _tell_effect(one, teller)
    if not changes.found:
        click.echo("Nothing is worth changing:")
        for because in changes.nothing_more:
            click.echo(f"  {because}")
    for note in asked.notes:
        click.echo(f"Note: {note}")
    if served.unmet:
        unmet = "; ".join(dict.fromkeys(teller.skill(one.skill) for one in served.unmet))
        click.echo(f"Nobody on it meets{' then' if changes.found else ''}: {unmet}")


def _headline(change: Change, call_id: str) -> str:
    units = ", ".join(change.units)
    if change.of == "divert":
        return f"Divert {units} from {change.instead_of} to {call_id}"
    if change.of == "replace":
        return f"Replace {change.instead_of} by {units}"
    return f"{'Send' if change.of == 'send' else 'Cancel'} {units}"


def _tell_effect(one: Effect, teller: Teller) -> None:
    from sixpoint.cli.dispatch_telling import tell_gains_and_losses

    moves = [f"is sent {', '.join(one.dispatches)}"] if one.dispatches else []
    moves += [f"loses {', '.join(one.releases)}"] if one.releases else []
    has = f"has then {', '.join(one.units) or 'nobody'}"
    harm = f"harm {one.harm_before:.2f}, then {one.harm_after:.2f}"
    click.echo(f"   {one.call_id}: {'; '.join([*moves, has, harm])}")
    tell_gains_and_losses(one, teller, indent=5)
    if one.waits:
        click.echo(f"     waits: {one.waits}")
    if one.unmet:
        click.echo(f"     unmet: {'; '.join(dict.fromkeys(teller.skill(skill) for skill in one.unmet))}")
