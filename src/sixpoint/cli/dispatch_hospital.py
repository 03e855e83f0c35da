"""Which hospital a question about a region means: one that is named, or where `dispatch choose` takes the patient."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from sixpoint.cli.dispatch_question import call_type_named, capability
from sixpoint.cli.dispatch_telling import ByPass, by_pass
from sixpoint.dispatch import Destination, Policy
from sixpoint.errors import InputError
from sixpoint.region import Region
from sixpoint.service.standby import call_at, scene_in

UNTYPED: Final = "2301079"  # a call must be of some type to be reported; what a facility must treat is said apart


class HospitalWords(msgspec.Struct, frozen=True):
    """The options that say which hospital, as they are given."""

    call_type: str | None = None
    suspected: str | None = None
    closed: tuple[str, ...] = ()
    facility: str | None = None


class Hospital(msgspec.Struct, frozen=True):
    """The hospital; `chosen` says why it is that one, `considered` which condition was thought of (empty: none)."""

    facility_id: str
    chosen: Destination | None
    considered: str
    why: str
    by_pass: ByPass | None = None


def hospital_for(
    region: Region, policy: Policy, at: datetime, scene: tuple[float, float], words: HospitalWords
) -> Hospital:
    """The hospital for a patient at that place and hour; `InputError` if there is none, or the options disagree."""
    if words.facility is not None:
        if words.call_type is not None or words.suspected is not None or words.closed:
            told = "is named, and what is to choose one (--type, --suspected, --closed) beside it"
            raise InputError.one("--facility", told, "Leave one or the other out.")
        return Hospital(words.facility, None, "", "the one that was named")
    call_type = None if words.call_type is None else call_type_named(words.call_type, "--type")
    suspected = "" if words.suspected is None else capability("--suspected", words.suspected)
    code = call_type.code if call_type is not None else UNTYPED
    standby = call_at(region, policy, at, scene_in(region, *scene), code, closed=words.closed)
    chosen = standby.destination(suspected or ("any" if call_type is None else ""))
    if chosen.facility_id is None:
        raise InputError.one("--scene", "; ".join(chosen.because), "Name a facility with --facility.")
    considered = suspected or (call_type.destination if call_type is not None else "")
    typed = call_type is not None and not suspected
    passes = by_pass(standby.call_type, chosen, standby.facilities(), policy) if typed else None
    return Hospital(chosen.facility_id, chosen, considered, "the nearest open one; name a type with --type", passes)
