"""Where to take the patient: the nearest open facility that treats the suspected condition, with the reasons."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from sixpoint.dispatch.choose import clock
from sixpoint.dispatch.countable import is_countable, wrong_with
from sixpoint.dispatch.policy import Policy


class FacilityOption(msgspec.Struct, frozen=True):
    """A facility as seen from the patient; `open` is False while it is closed or on diversion.

    `emergency` is False for one without an emergency department, such as a clinic.
    """

    facility_id: str
    capabilities: frozenset[str]
    open: bool
    travel_s: float
    emergency: bool = True


class PassedFacility(msgspec.Struct, frozen=True):
    """A nearer facility that is not chosen, and why."""

    facility_id: str
    because: tuple[str, ...]


class Destination(msgspec.Struct, frozen=True):
    """The facility to go to; `facility_id` is None (and `travel_s` 0), with the reason, if there is none.

    `override` is True if the facility is on diversion; `capable` is False if it does not treat the condition.
    """

    facility_id: str | None
    travel_s: float
    because: tuple[str, ...]
    override: bool
    passed_over: tuple[PassedFacility, ...] = ()
    capable: bool = True


def treats(capabilities: frozenset[str], wanted: str) -> bool:
    """Whether a facility with these capabilities treats `wanted`; a trauma level is met by the same or a higher one."""
    if wanted == "any" or wanted in capabilities:
        return True
    levels = [int(word[7:]) for word in capabilities if word.startswith("trauma_") and word[7:].isdigit()]
    if wanted == "trauma":
        return bool(levels)
    if wanted.startswith("trauma_") and wanted[7:].isdigit():
        return any(level <= int(wanted[7:]) for level in levels)
    return False


def choose_destination(wanted: str, options: Sequence[FacilityOption], policy: Policy) -> Destination:
    """The nearest open facility that treats `wanted` within the by-pass limit; otherwise the nearest open one.

    One without an emergency department is no destination while any is known that has one. With every facility closed
    or on diversion, the same rule over all of them, and the override is noted. Ties: lowest id. A facility whose travel
    time cannot be counted is passed over, and what is wrong with the time is told.
    """
    emergency = [option for option in options if option.emergency]
    if emergency and len(emergency) < len(options):
        return _without_clinics(choose_destination(wanted, emergency, policy), options)
    countable = (option for option in options if is_countable(option.travel_s))
    near = sorted(countable, key=lambda option: (option.travel_s, option.facility_id))
    untimed = tuple(
        PassedFacility(option.facility_id, (wrong_with(option.travel_s, "the time to it"),))
        for option in sorted(options, key=lambda option: option.facility_id)
        if not is_countable(option.travel_s)
    )
    if not near:
        reason = "no facility has a travel time that can be counted" if options else "no facility is known"
        return Destination(None, 0.0, (reason,), False, untimed, capable=False)
    usable = [option for option in near if option.open]
    because = [] if emergency else ["no facility that is known has an emergency department"]
    if not usable:
        because.append("every facility is closed or on diversion, which is set aside: ask this one before you set out")
        usable = near
    elif wanted in policy.override_diversion_for and not any(treats(o.capabilities, wanted) for o in usable):
        because.append(f"every facility that treats {wanted} is closed or on diversion: policy sets diversion aside")
        usable = near
    chosen, reasons = _nearest_that_treats(wanted, usable, policy)
    return Destination(
        chosen.facility_id,
        chosen.travel_s,
        (*reasons, *because),
        not chosen.open,
        (*(_why_not(option, chosen, wanted) for option in near if _before(option, chosen)), *untimed),
        treats(chosen.capabilities, wanted),
    )


def _without_clinics(chosen: Destination, options: Sequence[FacilityOption]) -> Destination:
    """The destination, with the nearer ones that have no emergency department told among those passed over."""
    near = [one for one in options if not one.emergency and is_countable(one.travel_s)]
    nearer = [one for one in near if chosen.facility_id is None or one.travel_s <= chosen.travel_s]
    told = tuple(
        PassedFacility(one.facility_id, ("has no emergency department",))
        for one in sorted(nearer, key=lambda one: (one.travel_s, one.facility_id))
    )
    return msgspec.structs.replace(chosen, passed_over=(*told, *chosen.passed_over))


def _before(option: FacilityOption, chosen: FacilityOption) -> bool:
    return (option.travel_s, option.facility_id) < (chosen.travel_s, chosen.facility_id)


def _nearest_that_treats(
    wanted: str, usable: Sequence[FacilityOption], policy: Policy
) -> tuple[FacilityOption, list[str]]:
    nearest = usable[0]
    if wanted == "any":
        return nearest, [f"nearest facility: {clock(nearest.travel_s)} min"]
    capable = next((option for option in usable if treats(option.capabilities, wanted)), None)
    if capable is None:
        return nearest, [
            f"no facility that treats {wanted} can take the patient: nearest one, {clock(nearest.travel_s)} min"
        ]
    farther_s = round(capable.travel_s - nearest.travel_s, 3)  # whole ms, so that the limit itself is within it
    if farther_s > policy.bypass_limit_s:
        return nearest, [
            f"nearest facility: {clock(nearest.travel_s)} min",
            f"{capable.facility_id} treats {wanted} but is {clock(farther_s)} min farther than the nearest, "
            f"beyond the by-pass limit of {clock(policy.bypass_limit_s)} min",
        ]
    reasons = [f"nearest facility that treats {wanted}: {clock(capable.travel_s)} min"]
    if farther_s > 0:
        reasons.append(f"{clock(farther_s)} min farther than the nearest, within {clock(policy.bypass_limit_s)} min")
    return capable, reasons


def _why_not(option: FacilityOption, chosen: FacilityOption, wanted: str) -> PassedFacility:
    because = []
    if not option.open:
        because.append("closed or on diversion")
    if not treats(option.capabilities, wanted) and treats(chosen.capabilities, wanted):
        because.append(f"does not treat {wanted}")
    return PassedFacility(option.facility_id, tuple(because))
