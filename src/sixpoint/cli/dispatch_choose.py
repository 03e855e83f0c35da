"""`sixpoint dispatch choose`: whom to send to a call, what a person sends instead, and the decision on record."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from sixpoint.cli.output import DONE, FOUND, json_option, print_json
from sixpoint.errors import InputError
from sixpoint.tables import CONTROL

if TYPE_CHECKING:
    from sixpoint.cli.dispatch_question import Asked
    from sixpoint.cli.dispatch_scene import RegionAsked
    from sixpoint.cli.dispatch_telling import ByPass
    from sixpoint.dispatch import Decision, Effect

ANY_PATH: Final = click.Path(path_type=Path)
NOT_NAMED: Final = "a person who is not named"


@click.command()
@click.argument("file", metavar="FILE|REGION", type=ANY_PATH)
@click.option("--scene", metavar="LON,LAT", help="Where the patient is, degrees: asks about a region.")
@click.option("--type", "call_type", metavar="CODE", help="What it is about: a code, or words that only one type has.")
@click.option("--at", "hour", metavar="HH:MM", help="Local time of the region's day; by default 12:00.")
@click.option("--policy", metavar="NAME", help="How units are chosen in a region: a name or a file.")
@click.option("--out-of-service", multiple=True, metavar="UNIT", help="As if nobody were on it; again for more.")
@click.option("--closed", multiple=True, metavar="FACILITY", help="As if it were on diversion; again for more.")
@click.option("--suspected", metavar="CONDITION", help="What a facility must treat, in place of what the type says.")
@click.option("--send", multiple=True, metavar="UNIT", help="Send this unit instead; again for more. Needs a reason.")
@click.option("--reason", help="Why other units are sent than those recommended.")
@click.option("--by", help="Who sends them.")
@click.option("--record", type=ANY_PATH, metavar="OUT", help="Write the decision, with all it rests on, to a new file.")
@json_option
def choose(
    file: Path,
    send: tuple[str, ...],
    reason: str | None,
    by: str | None,
    record: Path | None,
    as_json: bool,
    **in_region: Any,
) -> int:
    """Whom to send to a call, from where and with every reason; and where to take the patient.

    REGION is a region's folder, or riverton: with --scene and --type, the answer is what its service would do at that
    hour with every crew on duty at its post, on its own roads.

    FILE is a question with times of your own, as JSON: {"dispatch_code": "2301019", "units": [{"unit_id": "M1",
    "levels": ["EMT", "Paramedic"], "kit": "als_ambulance", "can_transport": true, "eta_s": 420}], "facilities":
    [{"facility_id": "H1", "travel_s": 600, "capabilities": ["stemi"]}]}. Instead of levels, a unit may name "skills"
    and "skills_with_order". Optional: "suspected" (such as "pediatric": where to goes by it, not by the type of call),
    "policy" (a name, a file, or its fields), "rulebook", "overlays", "at", "call_id". A facility on diversion has
    "open": false, one without an emergency department "kind": "clinic". Exit code 1: a need is unmet or nobody goes.

    A person may send other units: --send (in FILE "send": ["M1"]; none: the call is held back) with --reason and --by,
    which count before those of FILE. The answer then holds both against each other. `sixpoint dispatch audit OUT`
    computes a decision on record again.
    """
    from sixpoint.cli.dispatch_question import read_question
    from sixpoint.cli.dispatch_record import WhereTo, write_decision

    there: RegionAsked | None = None
    if any(value not in (None, ()) for value in in_region.values()) or not _may_be_question(file):
        from sixpoint.cli.dispatch_scene import SceneWords, read_scene

        there = read_scene(file, SceneWords(**in_region))
        asked = there.asked
    else:
        asked = read_question(file, datetime.now(UTC))
    wish = _wish(asked, send, reason, by)
    decision = _decided(asked, wish)
    if record is not None:
        where_to = WhereTo.of(asked.destination, asked.facilities or (), asked.goes_to) if asked.goes_to else None
        write_decision(record, decision, where_to)
    if as_json:
        _print_json(asked, decision, wish, there)
    else:
        _tell(asked, decision, wish, there)
        if record is not None:
            click.echo(f"On record in {record}. To compute it again: sixpoint dispatch audit {record}")
    found = decision.choice.unmet or (asked.goes_to is not None and asked.goes_to.facility_id is None)
    return FOUND if found else DONE


def _may_be_question(file: Path) -> bool:
    """Whether the name is that of a file, of any kind; what is neither file nor folder may name a region."""
    return os.path.exists(file) and not os.path.isdir(file)  # noqa: PTH110, PTH112 (Path raises for names too long)


class _Wish(msgspec.Struct, frozen=True):
    """What a person wants to send: these units, or with `units` None what is recommended."""

    units: tuple[str, ...] | None
    reason: str
    by: str


def _wish(asked: Asked, send: tuple[str, ...], reason: str | None, by: str | None) -> _Wish:
    """What the options say, else what the question says; `InputError` for what cannot be sent, weighed or recorded."""
    from sixpoint.dispatch.countable import wrong_with

    question = asked.question
    units = send or question.send
    wish = _Wish(units, question.reason if reason is None else reason, (question.by if by is None else by) or NOT_NAMED)
    for name, text in (("reason", wish.reason), ("by", wish.by)):
        if CONTROL.search(text) or not _is_unicode(text):
            raise InputError.one(name, "holds a character that no record can carry", "Remove it.")
    if units is None:
        if wish.reason.strip():
            remedy = "Name the units in 'send' (--send), or leave the reason out."
            raise InputError.one("reason", "stands there, and no units to send", remedy)
        return wish
    if len(set(units)) < len(units):
        raise InputError.one("send", "a unit is named twice", "Name each unit once.")
    eta_s = {one.unit_id: one.eta_s for one in reversed(asked.candidates)}
    for unit_id in units:
        if unit_id in asked.absent:
            raise InputError.one("send", f"unit {unit_id}: {asked.absent[unit_id]}", "Name a unit that is on duty.")
        if unit_id not in eta_s:
            raise InputError.one("send", f"unit {unit_id} is not among the units", "Name a unit that is listed.")
        if wrong := wrong_with(eta_s[unit_id], "its time to the patient"):
            raise InputError.one(f"send: unit {unit_id}", wrong, "Nobody can say else what sending it would give.")
    return wish


def _is_unicode(text: str) -> bool:
    """Whether the text can be written as UTF-8; what a terminal sends may hold other bytes."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _decided(asked: Asked, wish: _Wish) -> Decision:
    """The recommendation, or what the person sends instead: other units need a reason, the same ones need none."""
    from sixpoint.dispatch import override_decision, record_decision

    decision = record_decision(
        at_ms=math.floor(1000 * asked.at.timestamp()),
        call_id=asked.call_id,
        call_type=asked.call_type,
        candidates=asked.candidates,
        skill_index=asked.skill_index,
        policy=asked.policy,
        rulebook=asked.rulebook.hash,
        road=asked.road,
    )
    recommended = [one.unit_id for one in decision.choice.sent]
    if wish.units is None or set(wish.units) == set(recommended):
        return decision
    if not wish.reason.strip():
        differs = f"{_named(wish.units)} is not what is recommended ({_named(recommended)})"
        raise InputError.one("reason", differs, "Give a reason to send other units; it is recorded.")
    return override_decision(decision, wish.units, by=wish.by, reason=wish.reason)


def _named(units: Iterable[str]) -> str:
    return ", ".join(units) or "nobody"


def _change(decision: Decision) -> Effect | None:
    """What the override changes for the patient; None without one."""
    from sixpoint.dispatch.reassign import effect

    if decision.override is None:
        return None
    return effect(decision.call_id, decision.override.recommended, decision.choice, ())


def _print_json(asked: Asked, decision: Decision, wish: _Wish, there: RegionAsked | None) -> None:
    choice = decision.choice
    goes_to = msgspec.to_builtins(asked.goes_to)
    notes = (*choice.notes, *asked.notes)
    facts: dict[str, object] = {
        "notes": notes,
        "rulebook": asked.rulebook.hash,
        "policy": asked.policy.hash,
        "destination": goes_to,
    }
    facts["transported_by"] = _transporting(asked, decision)
    facts["by_pass"] = _by_pass(asked)
    change = _change(decision)
    if wish.units is not None:
        facts["override"] = None
    if decision.override is not None and change is not None:
        facts["override"] = {
            **msgspec.to_builtins(decision.override),
            "gains": change.gains,
            "loses": change.loses,
            "harm_more": change.harm_after - change.harm_before,
        }
    if there is not None:
        facts |= there.facts(choice)
    print_json({"call_type": asked.call_type.code, **msgspec.to_builtins(choice), **facts})


def _tell(asked: Asked, decision: Decision, wish: _Wish, there: RegionAsked | None) -> None:
    from sixpoint.cli.dispatch_telling import tell_choice, tell_destination, tell_override
    from sixpoint.dispatch import load_call_types
    from sixpoint.service.telling import Teller

    call_type, teller = asked.call_type, Teller(load_call_types(), asked.rulebook)
    click.echo(f"{call_type.code} {call_type.reason} ({call_type.acuity})")
    for line in there.opening() if there else ():
        click.echo(line)
    units = there.units(decision.choice) if there else {}
    change = _change(decision)
    if change is None:
        tell_choice(decision.choice, teller, call_type, units)
        if wish.units is not None:
            click.echo("That is what is to be sent: nothing is overridden.")
    else:
        tell_override(decision, change, teller, units)
    for note in asked.notes:
        click.echo(f"Note: {note}")
    nobody = ""
    if not _transporting(asked, decision):
        nobody = "Nobody who goes can transport" if decision.choice.sent else "Nobody goes who could transport"
    tell_destination(asked.goes_to, there.facilities() if there else {}, _by_pass(asked), nobody)
    for line in there.closing(decision.choice) if there else ():
        click.echo(line)


def _transporting(asked: Asked, decision: Decision) -> list[str]:
    """Those who go and can take the patient to a facility."""
    able = {one.unit_id for one in asked.candidates if one.can_transport}
    return [one.unit_id for one in decision.choice.sent if one.unit_id in able]


def _by_pass(asked: Asked) -> ByPass | None:
    """The condition on which the destination rests; none where something was suspected in place of the type."""
    from sixpoint.cli.dispatch_telling import by_pass

    if asked.question.suspected:
        return None
    return by_pass(asked.call_type, asked.goes_to, asked.facilities, asked.policy)
