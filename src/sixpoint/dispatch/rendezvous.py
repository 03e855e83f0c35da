"""Where an ambulance should meet a unit with more skills on its way to hospital, if that brings that care sooner."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from sixpoint.dispatch.choose import clock
from sixpoint.dispatch.policy import Policy

Times = NDArray[np.float64]


class Rendezvous(msgspec.Struct, frozen=True):
    """The plan: wait on scene, drive in, or meet at place `place` of the route (0 = scene, last = hospital).

    `care_s` is when advanced care begins, at the hospital door at the latest; `hospital_s` is the arrival there; both
    from now. `wait_s`, `drive_s` and `meet_s` are the times to care of the three plans (None if impossible).
    """

    plan: Literal["wait", "drive", "meet", "none"]
    place: int
    care_s: float
    hospital_s: float
    wait_s: float | None
    drive_s: float | None
    meet_s: float | None
    because: str


def plan_rendezvous(
    route_s: Sequence[float] | Times,
    advanced_s: Sequence[float] | Times | Callable[[], Sequence[float] | Times],
    policy: Policy,
    *,
    ready_s: float = 0.0,
) -> Rendezvous:
    """The plan that brings advanced care soonest; a meeting only if it gains `policy.rendezvous_gain_s`.

    `route_s`: seconds of driving from the scene to each node of the ambulance's route, first 0, last the hospital.
    `advanced_s`: seconds from now until the other unit could be at each of these nodes (inf: never), or a function that
    gives them. `ready_s`: when the ambulance can leave the scene. Exact over the nodes of the route. Ties between
    nodes: the one that is sooner at hospital; between plans: drive, wait, meet. A time that is no time is never.
    """
    route = np.asarray(route_s, np.float64)
    given = np.asarray(advanced_s() if callable(advanced_s) else advanced_s, np.float64)
    advanced, odd = _times(given), int(np.sum(~(route >= 0))) + int(np.sum(~(given >= 0)))
    assert route.ndim == 1 and route.shape == advanced.shape and len(route) > 0, "one time for each node of the route"
    ambulance = ready_s + _times(route)
    drive_s = float(ambulance[-1])
    wait_s = float(advanced[0])
    place, meet_s = _best_meeting(ambulance, advanced)
    best = min(drive_s, wait_s)
    gains = meet_s + policy.rendezvous_gain_s <= best and meet_s < math.inf
    times = {"wait_s": _known(wait_s), "drive_s": _known(drive_s), "meet_s": _known(meet_s)}
    if gains:
        hospital_s = meet_s + policy.rendezvous_handover_s + drive_s - float(ambulance[place])
        gained = f"{clock(best - meet_s)} min sooner than waiting or driving in" if best < math.inf else "the only way"
        return Rendezvous("meet", place, meet_s, _finite(hospital_s), because=f"meeting brings care {gained}", **times)
    if best == math.inf:
        reason = "neither the other unit nor a hospital can be reached"
        if odd:
            reason += f"; {odd} of the times are negative or not known and count as never: correct them"
        return Rendezvous("none", 0, 0.0, 0.0, because=reason, **times)
    short = f"a meeting would gain less than {clock(policy.rendezvous_gain_s)} min"
    if drive_s <= wait_s:
        because = f"the hospital is reached before the other unit could be at the scene; {short}"
        return Rendezvous("drive", len(route) - 1, drive_s, drive_s, because=because, **times)
    leave_s = max(wait_s + policy.rendezvous_handover_s, ready_s)
    because = f"the other unit is at the scene before the hospital could be reached; {short}"
    return Rendezvous("wait", 0, wait_s, _finite(leave_s + drive_s - ready_s), because=because, **times)


def harm_saved(plan: Rendezvous, care_per_min: float, hospital_per_min: float, policy: Policy, ready_s: float) -> float:
    """Points of harm that a meeting saves against the better of waiting and driving in; 0 if the plan is no meeting.

    `care_per_min`: harm for each minute without the advanced care; `hospital_per_min`: for each minute before hospital.
    """
    if plan.plan != "meet" or plan.drive_s is None:
        return 0.0
    at = {"drive": (plan.drive_s, plan.drive_s), "meet": (plan.care_s, plan.hospital_s)}
    if plan.wait_s is not None:
        leaves_s = max(plan.wait_s + policy.rendezvous_handover_s, ready_s)
        at["wait"] = (plan.wait_s, leaves_s + plan.drive_s - ready_s)
    harm = {name: (care_per_min * care_s + hospital_per_min * door_s) / 60 for name, (care_s, door_s) in at.items()}
    meets = harm.pop("meet")
    return min(harm.values()) - meets


def _best_meeting(ambulance: Times, advanced: Times) -> tuple[int, float]:
    """The node between scene and hospital where both are soonest, and when; inf if there is none."""
    both = np.maximum(ambulance, advanced)[1:-1]
    if len(both) == 0 or not np.isfinite(both).any():
        return 0, math.inf
    best = float(both.min())
    ties = np.flatnonzero(both == best) + 1
    # Hospital arrival = meeting + handover + the rest of the drive: farther along the route is sooner at hospital.
    rest = ambulance[-1] - ambulance[ties]
    return int(ties[np.argmin(rest)]), best


def _times(values: Times) -> Times:
    times = values.copy()
    times[~(times >= 0)] = math.inf
    return times


def _known(time_s: float) -> float | None:
    return time_s if math.isfinite(time_s) else None


def _finite(time_s: float) -> float:
    return time_s if math.isfinite(time_s) else 0.0
