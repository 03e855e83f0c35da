"""Dispatch: what a call needs, whom to send, where to take the patient, where to wait; legality is a filter."""

from sixpoint.dispatch.choice import Candidate, Choice, CrewMember, Met, OthersPassedOver, PassedOver, Sent, Unmet
from sixpoint.dispatch.choose import choose, weigh
from sixpoint.dispatch.cover import (
    Cover,
    Move,
    SkillClass,
    WaitingUnit,
    cost_of_sending,
    costs_of_sending,
    propose_moves,
)
from sixpoint.dispatch.decision import Decision, Override, override_decision, recompute, record_decision, what_if
from sixpoint.dispatch.destination import Destination, FacilityOption, PassedFacility, choose_destination, treats
from sixpoint.dispatch.duplicates import CallSeen, DuplicateProposal, propose_all_duplicates, propose_duplicates
from sixpoint.dispatch.needs import CallType, CallTypes, Need, load_call_types, read_call_types
from sixpoint.dispatch.policy import ByAcuity, Policy, load_policy
from sixpoint.dispatch.reassign import (
    CallUnderway,
    Effect,
    Reassignment,
    propose_cancellations,
    propose_divert,
    propose_replacement,
)
from sixpoint.dispatch.rendezvous import Rendezvous, harm_saved, plan_rendezvous

__all__ = [
    "ByAcuity",
    "CallSeen",
    "CallType",
    "CallTypes",
    "CallUnderway",
    "Candidate",
    "Choice",
    "Cover",
    "CrewMember",
    "Decision",
    "Destination",
    "DuplicateProposal",
    "Effect",
    "FacilityOption",
    "Met",
    "Move",
    "Need",
    "OthersPassedOver",
    "Override",
    "PassedFacility",
    "PassedOver",
    "Policy",
    "Reassignment",
    "Rendezvous",
    "Sent",
    "SkillClass",
    "Unmet",
    "WaitingUnit",
    "choose",
    "choose_destination",
    "cost_of_sending",
    "costs_of_sending",
    "harm_saved",
    "load_call_types",
    "load_policy",
    "override_decision",
    "plan_rendezvous",
    "propose_all_duplicates",
    "propose_cancellations",
    "propose_divert",
    "propose_duplicates",
    "propose_moves",
    "propose_replacement",
    "read_call_types",
    "recompute",
    "record_decision",
    "treats",
    "weigh",
    "what_if",
]
