"""Dispatch: what a call needs, whom to send, where to take the patient, where to wait; legality is a filter."""

from sixpoint.dispatch.choice import Candidate, Choice, CrewMember, Met, PassedOver, Sent, Unmet
from sixpoint.dispatch.choose import choose
from sixpoint.dispatch.destination import Destination, FacilityOption, PassedFacility, choose_destination, treats
from sixpoint.dispatch.needs import CallType, CallTypes, Need, load_call_types, read_call_types
from sixpoint.dispatch.policy import ByAcuity, Policy, load_policy

__all__ = [
    "ByAcuity",
    "CallType",
    "CallTypes",
    "Candidate",
    "Choice",
    "CrewMember",
    "Destination",
    "FacilityOption",
    "Met",
    "Need",
    "PassedFacility",
    "PassedOver",
    "Policy",
    "Sent",
    "Unmet",
    "choose",
    "choose_destination",
    "load_call_types",
    "load_policy",
    "read_call_types",
    "treats",
]
