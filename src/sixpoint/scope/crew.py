"""What a crew may do at an instant, as bitsets over skills: the compiled form that dispatch and simulation read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from sixpoint.errors import InputError
from sixpoint.scope.conditions import NOTHING_KNOWN, Performed, Situation
from sixpoint.scope.gates import practice_level
from sixpoint.scope.load import bundled_equipment
from sixpoint.scope.person import Clinician
from sixpoint.scope.rulebook import Rulebook


class Capability(msgspec.Struct, frozen=True):
    """Bitsets over the rulebook's skills; `with_order` includes `standing`."""

    standing: int
    with_order: int

    def __or__(self, other: Capability) -> Capability:
        return Capability(self.standing | other.standing, self.with_order | other.with_order)


NO_CAPABILITY = Capability(0, 0)


def clinician_capability(
    rulebook: Rulebook, clinician: Clinician, at: datetime, situation: Situation = NOTHING_KNOWN
) -> Capability:
    """What one person may do at the instant, equipment aside; the same as asking `may` of every skill."""
    interval = rulebook.interval(at)
    level = practice_level(rulebook, clinician, at)
    if level is None:
        return NO_CAPABILITY
    holds = clinician.holds(interval.personal[level.id], at)
    return Capability(*rulebook.bits(interval, level.id, situation, holds))


def crew_capability(
    rulebook: Rulebook,
    clinicians: Iterable[Clinician],
    equipment: frozenset[str] | None,
    at: datetime,
    situation: Situation = NOTHING_KNOWN,
) -> Capability:
    """What the crew may do: the union over its clinicians, as far as the items on board allow (None: everything)."""
    standing = with_order = 0
    for clinician in clinicians:
        own = clinician_capability(rulebook, clinician, at, situation)
        standing |= own.standing
        with_order |= own.with_order
    if equipment is not None:
        mask = rulebook.equipped(equipment)
        standing, with_order = standing & mask, with_order & mask
    return Capability(standing, with_order)


def equipment_of_kit(rulebook: Rulebook | None, kit: str) -> frozenset[str]:
    """The items of a kit: of the rulebook's, or of those that come with Sixpoint; `InputError` names the kits."""
    equipment = rulebook.equipment if rulebook is not None else bundled_equipment()
    items = equipment.kit(kit)
    if items is None:
        known = ", ".join(sorted(equipment.by_kit))
        raise InputError.one("kit", f"there is no kit '{kit}'", f"Kits are: {known}.")
    return items


def next_change(rulebook: Rulebook, clinicians: Iterable[Clinician], at: datetime) -> datetime | None:
    """The next instant after `at` at which the capability of these people may change; None if none is in sight."""
    later = [bound for bound in rulebook.change_instants if bound > at]
    found = later[:1]
    windows = _performance_windows(rulebook)
    for clinician in clinicians:
        bounds = [bound for credential in clinician.credentials for bound in credential.changes()]
        bounds += [
            bound
            for held in (*clinician.endorsements, *clinician.trainings)
            for bound in (held.starts, held.ends)
            if bound is not None
        ]
        for one in clinician.performed:
            days = windows.get(one.skill, ())
            bounds += [one.at, *(one.at + timedelta(days=within) for within in days)] if days else []
        found += [bound for bound in bounds if bound > at]
    return min(found, default=None)


def _performance_windows(rulebook: Rulebook) -> dict[str, set[int]]:
    windows: dict[str, set[int]] = {}
    for node in rulebook.all_personal_nodes:
        if isinstance(node, Performed):
            windows.setdefault(node.skill, set()).add(node.within_days)
    return windows
