"""What is due when: credentials that end, hours of continuing education that are short, trainings that lapse, skills
that a rule wants practised.

Hours are counted in the cycle that ends with the current certificate: the recertification rule of the level (national,
local and individual part; data/training/) over its years. Source: NREMT, National Continued Competency Program.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from sixpoint.scope.conditions import Performed
from sixpoint.scope.learn.training import Recertification, load_training
from sixpoint.scope.person import Clinician, Credential, Part
from sixpoint.scope.rulebook import Rulebook

PARTS: tuple[Part, ...] = ("national", "local", "individual")


class Hours(msgspec.Struct, frozen=True):
    """One part of the recertification rule in a cycle: what it asks for and what is there."""

    part: Part
    needed_h: float
    done_h: float

    @property
    def short_h(self) -> float:
        """What is missing; 0 if nothing."""
        return max(0.0, self.needed_h - self.done_h)


class Due(msgspec.Struct, frozen=True, order=True):
    """One thing a person has to do, by when, and why."""

    by: datetime
    kind: Literal["credential", "education", "training", "endorsement", "skill"]
    what: str
    source: str


def cycle_of(certificate: Credential, rule: Recertification) -> tuple[datetime, datetime] | None:
    """The cycle that ends with the certificate; None if it has no end."""
    if certificate.ends is None:
        return None
    return _years_before(certificate.ends, rule.every_years), certificate.ends


def hours_in_cycle(
    clinician: Clinician, certificate: Credential, rule: Recertification, at: datetime
) -> tuple[Hours, ...]:
    """The hours of each part up to the instant, in the cycle that ends with the certificate; none if not recorded."""
    cycle = cycle_of(certificate, rule)
    if cycle is None or clinician.lessons is None:
        return ()
    needed = {"national": rule.national_h, "local": rule.local_h, "individual": rule.individual_h}
    counted = [one for one in clinician.lessons if cycle[0] <= one.at < cycle[1] and one.at <= at]
    return tuple(
        Hours(part, needed[part], sum((one.hours for one in counted if one.part == part), 0.0)) for part in PARTS
    )


def due(rulebook: Rulebook, clinician: Clinician, at: datetime, within_days: int = 365) -> tuple[Due, ...]:
    """Everything due by `at` plus `within_days`, soonest first. What has no end is never due."""
    horizon = at + timedelta(days=within_days)
    found = [
        *_credentials(rulebook, clinician, at),
        *_education(rulebook, clinician, at),
        *_held(clinician, at),
        *_skills(rulebook, clinician, at),
    ]
    return tuple(sorted(one for one in found if one.by <= horizon))


def _credentials(rulebook: Rulebook, clinician: Clinician, at: datetime) -> Iterator[Due]:
    for one in clinician.credentials:
        level = rulebook.level(one.level)
        if one.ends is None or one.ends <= at or level is None or _succeeded(rulebook, clinician, one, level.rank):
            continue
        yield Due(one.ends, "credential", f"renew: {one.gate} as {one.level}", one.issuer or "the credential's own end")


def _succeeded(rulebook: Rulebook, clinician: Clinician, credential: Credential, rank: int) -> bool:
    """Whether another credential of the gate, at this level or a higher one, runs on without a gap."""
    assert credential.ends is not None
    for other in clinician.credentials:
        level = rulebook.level(other.level)
        runs_on = other.starts <= credential.ends and (other.ends is None or other.ends > credential.ends)
        if other.gate == credential.gate and runs_on and level is not None and level.rank >= rank:
            return True
    return False


def _education(rulebook: Rulebook, clinician: Clinician, at: datetime) -> Iterator[Due]:
    for one in clinician.credentials:
        level = rulebook.level(one.level)
        training = load_training().get(rulebook.ladder.id, {}).get(level.id) if level else None
        if one.gate != "certified" or one.ends is None or not one.holds(at) or training is None:
            continue
        rule = training.recertification
        for hours in hours_in_cycle(clinician, one, rule, at):
            if hours.short_h:
                what = f"{hours.short_h:g} h of continuing education, {hours.part} part, for {one.level}"
                yield Due(one.ends, "education", what, f"{rule.source} [{rule.confidence}]")


def _held(clinician: Clinician, at: datetime) -> Iterator[Due]:
    for one in clinician.trainings:
        if one.ends is not None and one.ends > at:
            yield Due(one.ends, "training", f"repeat the training '{one.name}'", "the training's own end")
    for one in clinician.endorsements:
        if one.ends is not None and one.ends > at:
            yield Due(one.ends, "endorsement", f"renew the endorsement '{one.name}'", "the endorsement's own end")


def _skills(rulebook: Rulebook, clinician: Clinician, at: datetime) -> Iterator[Due]:
    """When, without another performance, the person falls below what a rule asks; at once if below it now."""
    nodes = [node for node in rulebook.all_personal_nodes if isinstance(node, Performed)]
    for node in sorted(nodes, key=lambda node: (node.skill, node.within_days, node.times)):
        window = timedelta(days=node.within_days)
        counted = sorted(
            one.at for one in clinician.performed if one.skill == node.skill and at - window < one.at <= at
        )
        short = node.times - len(counted)
        by = at if short > 0 else counted[-node.times] + window
        more = f"{max(short, 1)} more time{'s' if short > 1 else ''}"
        what = f"perform '{node.skill}' {more} ({node.times} within {node.within_days} days)"
        yield Due(by, "skill", what, "a rule of this rulebook asks for it")


def _years_before(instant: datetime, years: float) -> datetime:
    whole = int(years)
    assert whole == years, "recertification runs in whole years"
    try:
        return instant.replace(year=instant.year - whole)
    except ValueError:  # 29 February
        return instant.replace(year=instant.year - whole, day=28)
