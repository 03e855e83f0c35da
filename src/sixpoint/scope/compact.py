"""The EMS Compact (REPLICA): the privilege to practise in another member state on the licence of one's own.

Who has it: at least 18, a current unrestricted licence of a member state at a level the compact names (EMR is not one),
a medical director and an authorised agency, which Sixpoint sees as the fourth gate. The scope in the remote state is
the home state's unless the remote authority changes it. Source: EMS Compact, conditions of the privilege to practise.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from typing import Final, Literal

import msgspec

from sixpoint.scope.dates import instant_of
from sixpoint.scope.load import DATA
from sixpoint.scope.person import Clinician, Credential
from sixpoint.scope.rulebook import Rulebook
from sixpoint.scope.strict_yaml import read_yaml
from sixpoint.scope.verdict import Reason
from sixpoint.tables import Faults

_TERMS: Final = "EMS Compact, conditions of the privilege to practise"


class Compact(msgspec.Struct, frozen=True):
    """The compact: its members (postal codes), since when privileges run, and whom it takes."""

    members: frozenset[str]
    complete: bool
    from_instant: datetime
    least_age_years: int
    levels: frozenset[str]
    source: str
    confidence: str


class Privilege(msgspec.Struct, frozen=True):
    """Whether a person may practise in a remote state by the compact, why, and on which licence."""

    answer: Literal["yes", "no", "unknown"]
    because: tuple[Reason, ...]
    licence: Credential | None


@cache
def load_compact() -> Compact:
    """The compact that comes with Sixpoint."""
    faults = Faults()
    text = (DATA / "compact.yaml").read_text("utf-8")
    document = read_yaml(text, "compact.yaml", faults)
    faults.raise_any()
    assert document is not None, "the bundled compact is not empty"
    top = document.mapping("the compact")
    start = instant_of(top["in_operation_from"].text("date"), UTC)
    assert start is not None, "the bundled compact has a possible date"
    members = frozenset(top["members"].words("members"))
    return Compact(
        members=members,
        complete=len(members) == top["number_of_members"].number("number"),
        from_instant=start,
        least_age_years=int(top["least_age_years"].number("age")),
        levels=frozenset(top["levels"].words("levels")),
        source=top["source"].text("source"),
        confidence=top["confidence"].text("confidence"),
    )


def privilege(rulebook: Rulebook, clinician: Clinician, remote_state: str, at: datetime, compact: Compact) -> Privilege:
    """Whether the person may practise in the remote state (postal code) by the compact at the instant."""
    if at < compact.from_instant:
        return Privilege("no", (_reason("start", "privileges do not run yet at this instant", compact),), None)
    reasons: list[Reason] = []
    unknown = False
    if remote_state not in compact.members:
        reasons.append(_membership(remote_state, compact))
        unknown = not compact.complete
    licences = [one for one in clinician.credentials if one.gate == "licensed" and one.issuer in compact.members]
    able = [one for one in licences if one.holds(at) and _level_id(rulebook, one) in compact.levels]
    if not able:
        reasons.append(_why_no_licence(rulebook, clinician, licences, at, compact))
        unknown = False
    age = None if clinician.born is None else _age(clinician.born, at.date())
    if age is not None and age < compact.least_age_years:
        reasons.append(_reason("age", f"{clinician.name} is {age}, below {compact.least_age_years}", compact))
        unknown = False
    if reasons:
        return Privilege("unknown" if unknown else "no", tuple(reasons), None)
    best = max(able, key=lambda one: rulebook.levels[_level_id(rulebook, one)].rank)
    why = _reason("licence", f"licensed by {best.issuer} as {best.level}; both states are members", compact)
    if age is None:
        missing = _reason(
            "age", f"whether {clinician.name} is {compact.least_age_years} or older is not known", compact
        )
        return Privilege("unknown", (why, missing), best)
    return Privilege("yes", (why,), best)


def with_privilege(
    rulebook: Rulebook, clinician: Clinician, remote_state: str, at: datetime, compact: Compact
) -> Clinician:
    """The person with the licence gate of the remote state passed by the compact, where the privilege is certain.

    Licences of other states do not open the gate here: only the remote state's own, and the compact's. Ask `may` with
    the home state's rulebook, and lay on it what the remote authority changes.
    """
    found = privilege(rulebook, clinician, remote_state, at, compact)
    kept = [one for one in clinician.credentials if one.gate != "licensed" or one.issuer == remote_state]
    if found.answer == "yes" and found.licence is not None:
        kept.append(found.licence)
    return msgspec.structs.replace(clinician, credentials=tuple(kept))


def _level_id(rulebook: Rulebook, credential: Credential) -> str:
    level = rulebook.level(credential.level)
    return level.id if level else ""


def _membership(state: str, compact: Compact) -> Reason:
    if compact.complete:
        return _reason("members", f"{state} is not a member", compact)
    return _reason("members", f"{state} is not among the members known here; not all are", compact)


def _why_no_licence(
    rulebook: Rulebook, clinician: Clinician, licences: list[Credential], at: datetime, compact: Compact
) -> Reason:
    current = [one for one in licences if one.holds(at)]
    if current:
        levels = ", ".join(sorted({one.level for one in current}))
        return _reason("level", f"{clinician.name} is licensed as {levels}, which the compact does not take", compact)
    if licences:
        return _reason("licence", f"no licence of {clinician.name} is in force and unrestricted", compact)
    return _reason("licence", f"{clinician.name} holds no licence of a member state known here", compact)


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _reason(term: str, text: str, compact: Compact) -> Reason:
    return Reason(f"ems-compact/{term}", text, f"{_TERMS}; {compact.source}", compact.confidence, "REPLICA")
