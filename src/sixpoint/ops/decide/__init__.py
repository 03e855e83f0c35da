"""`decide(state, command, world) -> events or a refusal`: pure, so that it can be proved again from the log."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from sixpoint.ops import commands as c
from sixpoint.ops.decide import calls, moves, progress, reassign, rendezvous, roster, settled, treatment
from sixpoint.ops.decide.roster import LAST_MS
from sixpoint.ops.events import AnyEvent
from sixpoint.ops.places import Place
from sixpoint.ops.state import State
from sixpoint.ops.world import Refused, World, refuse

Decision = tuple[AnyEvent, ...] | Refused

# The farthest that any region allows between a place and its road node (`snap_limit_m`).
FARTHEST_M = 100_000.0

_RULES: dict[type[c.AnyCommand], Callable[[State, Any, World], Decision]] = {
    c.OpenService: roster.open_service,
    c.AddPost: roster.add_post,
    c.AddFacility: roster.add_facility,
    c.ChangeFacilityStatus: roster.change_facility_status,
    c.EnrolClinician: roster.enrol_clinician,
    c.AddUnit: roster.add_unit,
    c.CheckKit: roster.check_kit,
    c.SignOn: roster.sign_on,
    c.SignOff: roster.sign_off,
    c.TakeCheckpoint: roster.take_checkpoint,
    c.ReportCall: calls.report_call,
    c.ReviseNeeds: settled.revise_needs,
    c.AssignUnits: calls.assign_units,
    c.CloseIncident: calls.close_incident,
    c.JoinIncidents: calls.join_incidents,
    c.DivertUnit: reassign.divert_unit,
    c.ReplaceUnit: reassign.replace_unit,
    c.ReportStatus: progress.report_status,
    c.ParkUnit: progress.park_unit,
    c.MoveUnit: moves.move_unit,
    c.ChooseDestination: progress.choose_destination_for,
    c.RideAlong: progress.ride_along,
    c.ArrangeRendezvous: rendezvous.arrange_rendezvous,
    c.ReachRendezvous: rendezvous.reach_rendezvous,
    c.ContinueTransport: rendezvous.continue_transport,
    c.CancelRendezvous: rendezvous.cancel_rendezvous,
    c.OpenEncounter: treatment.open_encounter,
    c.RecordFact: treatment.record_fact,
}


def decide(state: State, command: c.AnyCommand, world: World) -> Decision:
    """The events that the command causes, or why it is refused. Changes nothing by itself."""
    if not 0 <= command.at_ms <= LAST_MS:
        when = "before 1970" if command.at_ms < 0 else "after 2999"
        return Refused((f"the instant of the command lies {when}",), "Send the time in ms since 1970 UTC.")
    if not state.service_id and not isinstance(command, c.OpenService):
        return Refused(("no service is open",), "Open a service first.")
    misplaced = _misplaced(command, world)
    if misplaced is not None:
        return misplaced
    decided = _RULES[type(command)](state, command, world)
    if isinstance(decided, Refused):
        return decided
    return (*decided, *rendezvous.abandoned(state, decided, command, world))


def _misplaced(command: c.AnyCommand, world: World) -> Refused | None:
    """Why a place that the command names cannot be one of this service; None if there is nothing wrong with it."""
    for named in (command, getattr(command, "post", None), getattr(command, "facility", None)):
        place = getattr(named, "place", None)
        if not isinstance(place, Place):
            continue
        where = f"{place.lon_deg:g},{place.lat_deg:g}"
        if not (abs(place.lon_deg) <= 180 and abs(place.lat_deg) <= 90):
            return refuse(f"{where} is no place on Earth", "Give degrees, longitude before latitude.")
        away_m = world.travel.off_road_m(place)
        if math.isinf(away_m):
            return refuse(f"the roads of this service have no node {place.node}", "Name the node nearest to the place.")
        if away_m > FARTHEST_M:
            away = f"{where} lies {away_m / 1000:,.0f} km from node {place.node}, outside this service's roads"
            return refuse(away, "Correct the place, or hand the call to the service that covers it.")
    return None
