"""A decision of dispatch as a file: written with all that it rests on, read back and checked, computed again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import msgspec

from sixpoint.cli.dispatch_question import MOST_HANDS
from sixpoint.cli.question_file import read_file
from sixpoint.dispatch import Decision, Destination, FacilityOption, Policy, choose_destination
from sixpoint.dispatch.policy import MOST
from sixpoint.errors import Fault, InputError

FORMAT: Final = "sixpoint dispatch decision 1"
REMEDY: Final = "Take the file as `sixpoint dispatch choose --record` wrote it."


class FacilitySeen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A facility as it was seen from the patient; `travel_s` as text, exact."""

    facility_id: str
    capabilities: tuple[str, ...]
    open: bool
    travel_s: str
    emergency: bool = True


class WhereTo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a facility had to treat, the facilities that there were, and the one that was recommended."""

    wanted: str
    facilities: tuple[FacilitySeen, ...]
    chosen: Destination

    @classmethod
    def of(cls, wanted: str, facilities: Sequence[FacilityOption], chosen: Destination) -> WhereTo:
        """The destination with what it rests on."""
        seen = (
            FacilitySeen(
                one.facility_id, tuple(sorted(one.capabilities)), one.open, repr(float(one.travel_s)), one.emergency
            )
            for one in facilities
        )
        return cls(wanted, tuple(seen), chosen)

    def under(self, policy: Policy) -> Destination:
        """The destination computed again from the record alone, under a policy."""
        options = [
            FacilityOption(one.facility_id, frozenset(one.capabilities), one.open, float(one.travel_s), one.emergency)
            for one in self.facilities
        ]
        return choose_destination(self.wanted, options, policy)


class DecisionFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is in the file; `where_to` if the question named facilities."""

    format: Literal["sixpoint dispatch decision 1"]
    decision: Decision
    where_to: WhereTo | None = None


def write_decision(out: Path, decision: Decision, where_to: WhereTo | None) -> None:
    """Writes the record; `InputError` if it cannot be written, or stands there already: records are not written over.

    What could not be written whole is not left behind.
    """
    file = DecisionFile(FORMAT, decision, where_to)
    data = msgspec.json.format(msgspec.json.encode(file), indent=1) + b"\n"
    try:
        with out.open("xb") as opened:
            try:
                opened.write(data)
                opened.flush()
            except OSError:
                out.unlink()
                raise
    except FileExistsError:
        raise InputError.one(str(out), "is there already", "A record is not written over: name a new file.") from None
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        told = f"cannot be written ({getattr(error, 'strerror', None) or error})"
        raise InputError.one(str(out), told, "Name a new file in a folder that is there.") from None


def read_decision(path: Path) -> DecisionFile:
    """The record of a file; `InputError` names what in it cannot be computed with."""
    try:
        file = msgspec.json.decode(read_file(path), type=DecisionFile)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError.one(str(path), f"is not a record of a decision ({error})", REMEDY) from None
    faults = [Fault(f"{path}: {where}", what, REMEDY) for where, what in _faults(file)]
    if faults:
        raise InputError(faults)
    return file


def _faults(file: DecisionFile) -> Iterator[tuple[str, str]]:
    """What a program can read but nobody can count with."""
    decision = file.decision
    try:
        datetime.fromtimestamp(decision.at_ms / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        yield "at_ms", f"{decision.at_ms} is beyond the calendar"
    for need in decision.call_type.needs:
        where = f"need {need.order}"
        if not 1 <= need.hands <= MOST_HANDS:
            yield where, f"hands is {need.hands}"
        if need.target_s is not None and not 0 <= need.target_s <= MOST:
            yield where, f"target_s is {need.target_s:g}"
        if abs(need.order) > MOST:
            yield where, "its order is no order"
    skills = set(decision.skills)
    for unit in decision.units:
        where = f"unit {unit.unit_id}"
        for name, text in (("eta_s", unit.eta_s), ("cover_cost", unit.cover_cost)):
            if not _is_number(text):
                yield where, f"{name} is '{text}', which is no number"
        named = {*unit.standing, *unit.with_order}
        named.update(skill for _, standing, with_order in unit.crew for skill in (*standing, *with_order))
        for skill in sorted(named - skills):
            yield where, f"may perform '{skill}', which is not among the skills of the record"
    for facility in file.where_to.facilities if file.where_to else ():
        if not _is_number(facility.travel_s):
            yield f"facility {facility.facility_id}", f"travel_s is '{facility.travel_s}', which is no number"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
