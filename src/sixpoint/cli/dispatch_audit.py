"""`sixpoint dispatch audit`: a decision on record computed again, or asked what if."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import click
import msgspec

from sixpoint.cli.day_audit import said
from sixpoint.cli.output import DONE, FOUND, json_option, print_json
from sixpoint.errors import InputError

if TYPE_CHECKING:
    from sixpoint.cli.dispatch_record import DecisionFile
    from sixpoint.dispatch import Choice, Decision, Policy
    from sixpoint.service.differences import Difference

ANY_PATH: Final = click.Path(path_type=Path)
SHOWN: Final = 8
# What comes out otherwise, as a dispatcher says it.
HEADINGS: Final = {
    "unit sent": "sent now",
    "unit not sent": "no longer sent",
    "need unmet": "no longer met",
    "need met": "met now",
    "verdict": "under another verdict",
    "by another unit": "met by another unit",
    "time": "met at another time",
    "needs asked": "other needs asked for",
    "reasons": "only reasons differ",
}


@click.command()
@click.argument("decision", type=ANY_PATH)
@click.option("--policy", help="Ask what another policy (a name or a TOML file) would have recommended.")
@click.option("--without", multiple=True, metavar="UNIT", help="Ask without this unit; again for more.")
@click.option("--eta", "etas", multiple=True, metavar="UNIT=SECONDS", help="Ask with another time to the patient.")
@json_option
def audit(decision: Path, policy: str | None, without: tuple[str, ...], etas: tuple[str, ...], as_json: bool) -> int:
    """Computes a DECISION on record again, from the record alone. Exit code 1 if it comes out otherwise.

    DECISION is a file that `sixpoint dispatch choose --record` wrote. With another policy, without a unit, or with
    other times: what would have been recommended, held against what was.
    """
    from sixpoint.cli.dispatch_record import read_decision
    from sixpoint.dispatch import load_policy

    file = read_decision(decision)
    for unit_id in without:
        _check_known(file.decision, unit_id, "--without")
    asked = _Asked(None if policy is None else load_policy(policy), without, _etas(file.decision, etas))
    try:
        found = _compare(file, asked)
    except OverflowError:
        told = "holds a number that is too large to count with"
        raise InputError.one(str(decision), told, "Take the file as `sixpoint dispatch choose` wrote it.") from None
    if as_json:
        for one in found:
            print_json(one)
    else:
        _tell(file.decision, asked, found)
    return DONE if all(one.is_same for one in found) else FOUND


class _Asked(msgspec.Struct, frozen=True):
    """What is asked otherwise than it was; with none of it the record is computed again as it stands."""

    policy: Policy | None
    without: tuple[str, ...]
    etas_s: dict[str, float]

    @property
    def is_what_if(self) -> bool:
        """Whether anything is asked otherwise."""
        return self.policy is not None or bool(self.without or self.etas_s)


class UnitsAgain(msgspec.Struct, frozen=True):
    """The units as they stand on record, and as they come out now: those recommended, or those that a person sent."""

    of: Literal["recommended", "sent instead"]
    call_id: str
    is_same: bool
    sent: tuple[str, ...]
    would_send: tuple[str, ...]
    unmet: tuple[str, ...]
    would_leave_unmet: tuple[str, ...]
    harm_then: float
    harm: float
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]


class DestinationAgain(msgspec.Struct, frozen=True):
    """The destination as it stands on record, and as it comes out now; `because` are its reasons now."""

    of: Literal["destination"]
    call_id: str
    is_same: bool
    facility_id: str | None
    would_choose: str | None
    because: tuple[str, ...]


def _check_known(decision: Decision, unit_id: str, option: str) -> None:
    known = list(dict.fromkeys(unit.unit_id for unit in decision.units))
    if unit_id not in known:
        shown = f"{', '.join(known[:SHOWN])}{', ...' if len(known) > SHOWN else ''}" or "none"
        raise InputError.one(option, f"unit '{unit_id}' is not on record", f"Units on record: {shown}.")


def _etas(decision: Decision, options: tuple[str, ...]) -> dict[str, float]:
    """The times of `--eta`, by unit."""
    from sixpoint.dispatch.countable import wrong_with

    found: dict[str, float] = {}
    for option in options:
        unit_id, _, text = option.rpartition("=")
        _check_known(decision, unit_id, "--eta")
        try:
            eta_s = float(text)
        except ValueError:
            raise InputError.one("--eta", f"'{text}' is no time", "Write it like M1=420, in seconds.") from None
        if wrong := wrong_with(eta_s, f"the time of {unit_id}"):
            raise InputError.one("--eta", wrong, "To ask without a unit: --without UNIT.")
        if unit_id in found:
            raise InputError.one("--eta", f"the time of {unit_id} is given twice", "Give one.")
        found[unit_id] = eta_s
    return found


def _compare(file: DecisionFile, asked: _Asked) -> list[UnitsAgain | DestinationAgain]:
    """What stands on record beside what comes out: what a person sent instead only where nothing is asked otherwise."""
    from sixpoint.dispatch import recompute, what_if

    decision = file.decision
    found: list[UnitsAgain | DestinationAgain] = []
    recommended = decision.override.recommended if decision.override else decision.choice
    if asked.is_what_if:
        now = what_if(decision, policy=asked.policy, without=asked.without, etas_s=asked.etas_s)
        found.append(_units("recommended", decision, recommended, now, asked))
    else:
        as_recommended = msgspec.structs.replace(decision, override=None)
        found.append(_units("recommended", decision, recommended, recompute(as_recommended), asked))
        if decision.override:
            found.append(_units("sent instead", decision, decision.choice, recompute(decision), asked))
    if file.where_to is not None:
        then = file.where_to.chosen
        goes_to = file.where_to.under(asked.policy or decision.policy)
        to = (then.facility_id, goes_to.facility_id, goes_to.because)
        found.append(DestinationAgain("destination", decision.call_id, goes_to == then, *to))
    return found


def _units(
    of: Literal["recommended", "sent instead"], decision: Decision, then: Choice, now: Choice, asked: _Asked
) -> UnitsAgain:
    from sixpoint.service.differences import differences

    were = {unit.unit_id: float(unit.eta_s) for unit in reversed(decision.units)}
    are = {unit_id: eta_s for unit_id, eta_s in (were | asked.etas_s).items() if unit_id not in asked.without}
    # What a what-if cannot know is told beside its answer; it is no other answer.
    same_notes = msgspec.structs.replace(now, notes=then.notes) if asked.is_what_if else now
    return UnitsAgain(
        of,
        decision.call_id,
        same_notes == then,
        tuple(one.unit_id for one in then.sent),
        tuple(one.unit_id for one in now.sent),
        tuple(one.skill for one in then.unmet),
        tuple(one.skill for one in now.unmet),
        then.harm,
        now.harm,
        tuple(_left_out(one, asked) for one in differences(then, same_notes, were, are)),
        now.notes,
    )


def _left_out(one: Difference, asked: _Asked) -> Difference:
    """A unit that is asked without has no other reason for not being sent."""
    if one.kind != "unit not sent" or one.what not in asked.without:
        return one
    return msgspec.structs.replace(one, because=one.because.partition("; not sent now:")[0])


def _tell(decision: Decision, asked: _Asked, found: Sequence[UnitsAgain | DestinationAgain]) -> None:
    from sixpoint.dispatch import load_call_types
    from sixpoint.scope import load_rulebook
    from sixpoint.service.telling import Teller

    teller = Teller(load_call_types(), load_rulebook())
    call_type, at = decision.call_type, datetime.fromtimestamp(decision.at_ms / 1000, UTC)
    type_words = f"{call_type.code} {call_type.reason} ({call_type.acuity})"
    click.echo(f"{decision.call_id}: {type_words}, {at:%Y-%m-%d %H:%M:%S} UTC, policy '{decision.policy.name}'")
    question = _question(asked)
    for one in found:
        if isinstance(one, DestinationAgain):
            _tell_destination(one, question)
            continue
        why = f" (by {decision.override.by}: {decision.override.reason})" if decision.override else ""
        word = "Recommended" if one.of == "recommended" else "Sent instead"
        click.echo(f"{word}: {', '.join(one.sent) or 'nobody'}{why if one.of == 'sent instead' else ''}")
        if one.is_same:
            click.echo(f"  {question}: the same, to the last reason.")
            continue
        click.echo(f"  {question}: {', '.join(one.would_send) or 'nobody'}")
        for kind, differences in groupby(one.differences, key=lambda difference: difference.kind):
            click.echo(f"  {HEADINGS[kind]}:")
            for difference in differences:
                click.echo(f"    {said(difference, teller)}")
        click.echo(f"  expected harm {one.harm:.2f} in place of {one.harm_then:.2f}")
        for note in one.notes:
            click.echo(f"  note: {teller.named(note)}")


def _question(asked: _Asked) -> str:
    """What is asked, in words."""
    from sixpoint.dispatch.choose import clock

    said = [f"under policy '{asked.policy.name}'"] if asked.policy else []
    said += [f"without {', '.join(asked.without)}"] if asked.without else []
    said += [f"with {unit_id} there in {clock(eta_s)}" for unit_id, eta_s in asked.etas_s.items()]
    return ", ".join(said) or "computed again from the record"


def _tell_destination(one: DestinationAgain, question: str) -> None:
    click.echo(f"Destination: {one.facility_id or 'none'}")
    if one.is_same:
        click.echo(f"  {question}: the same.")
    else:
        click.echo(f"  {question}: {one.would_choose or 'none'}: {'; '.join(one.because)}")
