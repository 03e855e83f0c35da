"""Prints a choice of units, what a person sends instead, and a destination, for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import click
import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sixpoint.dispatch import (
    CallType,
    Choice,
    Decision,
    Destination,
    Effect,
    FacilityOption,
    Policy,
    Unmet,
    choose_destination,
)
from sixpoint.dispatch.choose import clock
from sixpoint.service.telling import Teller

UNBOUNDED: Final = 1_000  # columns: more than any table of ours is wide


POINT: Final = "1 is one percentage point of survival"


def tell_choice(choice: Choice, teller: Teller, call_type: CallType, units: Mapping[str, str]) -> None:
    """The recommendation: who goes, who meets each need and when, what is unmet, who is passed over, each with why.

    `units` holds what more there is to tell of a unit: a line below one that is sent, in brackets of one that is not.
    """
    if choice.queued:
        click.echo(f"Nobody is sent: {choice.queued}. The call waits.")
    lights = ", lights and sirens" if choice.lights_and_sirens else ""
    busy = {unit_id for met in choice.met for unit_id in (met.unit_id, *met.with_units)}
    for sent in choice.sent:
        idle = "" if sent.unit_id in busy else ": no need is met by it"
        click.echo(f"Send {sent.unit_id}, there in {clock(sent.eta_s)}{lights}{idle}")
        _tell_more(sent.unit_id, units)
    _tell_needs(choice, teller, call_type)
    for because, skills in _by_reason(choice.unmet).items():
        click.echo(f"Unmet, as {'; '.join(because)}: {_named(skills, teller)}.")
    for passed in choice.passed_over:
        reasons = "; ".join(teller.named(reason) for reason in passed.because)
        click.echo(f"Not {_with_more(passed.unit_id, units)}: {reasons}")
    for others in choice.others:
        click.echo(f"Not {'1 other unit' if others.units == 1 else f'{others.units} other units'}: {others.because}")
    for note in choice.notes:
        click.echo(f"Note: {note}")
    click.echo(f"Expected harm {choice.harm:.2f} ({POINT}), cost to cover {choice.cover_cost:g}.")


def _tell_more(unit_id: str, units: Mapping[str, str]) -> None:
    if unit_id in units:
        click.echo(f"  {units[unit_id]}")


def tell_override(decision: Decision, change: Effect, teller: Teller, units: Mapping[str, str]) -> None:
    """What was recommended, what a person sends instead and why, and what that changes for the patient."""
    assert decision.override is not None, "told of decisions that a person overrode"
    recommended, sent = decision.override.recommended, decision.choice
    click.echo(f"Recommended: {_units(recommended)}; expected harm {recommended.harm:.2f}.")
    click.echo(f"Sent instead: {_units(sent)}, by {decision.override.by}: {decision.override.reason}")
    for one in sent.sent:
        _tell_more(one.unit_id, units)
    tell_gains_and_losses(change, teller)
    if sent.unmet:
        needs = f"{len(sent.unmet)} of {len(decision.call_type.needs)} needs"
        click.echo(f"  unmet then: {needs}; as recommended: {len(recommended.unmet)}")
    for note in sent.notes:
        click.echo(f"Note: {note}")
    more = change.harm_after - change.harm_before
    than = "as recommended" if more == 0 else f"{abs(more):.2f} {'more' if more > 0 else 'less'} than recommended"
    click.echo(f"Expected harm {sent.harm:.2f} ({POINT}), {than}.")


def tell_gains_and_losses(change: Effect, teller: Teller, indent: int = 2) -> None:
    """The needs that are met sooner or later than before, or no longer; together where that is the same of them."""
    for word, lines in (("gains", change.gains), ("loses", change.loses)):
        skills: dict[str, list[str]] = {}
        for line in lines:
            skill, _, fares = line.partition(" ")
            skills.setdefault(fares, []).append(skill)
        for fares, several in skills.items():
            click.echo(f"{' ' * indent}{word}, {fares}: {_named(several, teller)}")


class ByPass(msgspec.Struct, frozen=True):
    """Under what condition a nearer facility is passed by, and where the patient goes otherwise."""

    when: str
    otherwise: Destination


def by_pass(
    call_type: CallType, goes_to: Destination | None, facilities: Sequence[FacilityOption] | None, policy: Policy
) -> ByPass | None:
    """The condition on which a destination rests; None if there is none, or the patient goes to the nearest anyway."""
    if not call_type.destination_when or goes_to is None or goes_to.facility_id is None:
        return None
    otherwise = choose_destination("any", facilities or (), policy)
    if otherwise.facility_id == goes_to.facility_id:
        return None
    return ByPass(call_type.destination_when, otherwise)


def tell_destination(
    goes_to: Destination | None,
    facilities: Mapping[str, str],
    passes: ByPass | None = None,
    nobody_transports: str = "",
) -> None:
    """Where to take the patient, and why not to a nearer facility; `facilities` holds more words for each.

    `nobody_transports` says why none of those who go can take the patient there: then it is for whoever comes.
    """
    if goes_to is None:
        return
    chosen = goes_to.facility_id
    if nobody_transports:
        click.echo(f"{nobody_transports}.")
    takes = "Whoever comes to transport takes" if nobody_transports else "Take"
    where = f"{takes} the patient to {_with_more(chosen, facilities)}" if chosen else "No destination"
    click.echo(f"{where}: {'; '.join(goes_to.because)}")
    if passes is not None and passes.otherwise.facility_id is not None:
        nearest = _with_more(passes.otherwise.facility_id, facilities)
        click.echo(
            f"That is so {passes.when} (judgement); otherwise to {nearest}: {'; '.join(passes.otherwise.because)}"
        )
    for passed in goes_to.passed_over:
        click.echo(f"Not {_with_more(passed.facility_id, facilities)}: {'; '.join(passed.because)}")


def wide_console() -> Console:
    """A console on which nothing is cut or wrapped where no terminal bounds it."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=UNBOUNDED)


def _with_more(name: str, more: Mapping[str, str]) -> str:
    return f"{name} ({more[name]})" if name in more else name


def _tell_needs(choice: Choice, teller: Teller, call_type: CallType) -> None:
    hands = {need.order: f" ({need.hands} rescuers)" if need.hands > 1 else "" for need in call_type.needs}
    table = Table("need", "met by", "at", "verdict", "target", box=SIMPLE_HEAD)
    for met in choice.met:
        on_target = {True: "kept", False: "missed", None: ""}[met.on_target]
        by = " + ".join([*met.with_units, met.unit_id])
        skill = teller.skill(met.skill) + ("" if met.by == met.skill else f", by {teller.skill(met.by)}")
        table.add_row(escape(skill) + hands[met.order], escape(by), clock(met.at_s), met.verdict, on_target)
    for unmet in choice.unmet:
        table.add_row(escape(teller.skill(unmet.skill)) + hands[unmet.order], "nobody", "", "", "")
    wide_console().print(table)


def _by_reason(unmet: Sequence[Unmet]) -> dict[tuple[str, ...], list[str]]:
    """The skills of needs that nobody meets, together where the reason is the same."""
    told: dict[tuple[str, ...], list[str]] = {}
    for one in unmet:
        told.setdefault(one.because, []).append(one.skill)
    return told


def _named(skills: Iterable[str], teller: Teller) -> str:
    return "; ".join(teller.skill(skill) for skill in dict.fromkeys(skills))


def _units(choice: Choice) -> str:
    return ", ".join(f"{one.unit_id} in {clock(one.eta_s)}" for one in choice.sent) or "nobody"
