"""Laws of the live service, held against thousands of random commands, many of them nonsense."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import get_args

import pytest
from msgspec.structs import replace

from sixpoint.care import (
    Disposed,
    Fact,
    HandoverAccepted,
    HandoverOffered,
    Intervention,
    OrderGiven,
    instant,
    responsible,
    step_down,
)
from sixpoint.ops import Leg, State, Status, canonical, evolve, replay
from sixpoint.ops import commands as c
from sixpoint.ops.decide.moves import proposed_moves
from sixpoint.ops.decide.progress import NEXT
from sixpoint.ops.decide.rendezvous_plan import proposed_rendezvous
from sixpoint.ops.events import (
    CareOverridden,
    FactRecorded,
    IncidentClosed,
    RendezvousCancelled,
    ScopeOverridden,
    StatusReported,
    decode,
    encode,
)
from sixpoint.ops.world import Refused
from sixpoint.scope import may

from .world import LEVELS, POSTS, RULEBOOK, START_MS, UNITS, opened, place

UNIT_IDS = [unit[0] for unit in UNITS]
CODES = ["2301019", "2301053", "2301033", "2301021", "2301061", "2301049", "9999999"]
SKILLS = ["cpr", "defibrillation_aed", "naloxone_intranasal", "iv_access", "endotracheal_intubation", "oral_glucose"]
STEPS = 500


class Chaos:
    """Sends whatever the seed says; `happened` counts what was accepted."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.service = opened()
        self.now_ms = START_MS
        self.made = 0
        self.refused = 0

    # The draws.

    def later(self, most_s: int = 60) -> int:
        self.now_ms += self.rng.randint(0, most_s) * 1000
        return self.now_ms

    def name(self, kind: str) -> str:
        self.made += 1
        return f"{kind}{self.made}"

    def reason(self) -> str:
        return self.rng.choice(["", "", "the patient would have died"])

    def incident(self) -> str:
        return self.rng.choice([*self.service.state.incidents, "i-none"])

    def hands(self) -> tuple[str, str, str]:
        """An encounter, and mostly somebody who is there: a unit of its incident and one of its crew."""
        encounter_id = self.rng.choice([*self.service.state.encounters, "e-none"])
        encounter = self.service.state.encounters.get(encounter_id)
        if encounter is not None and self.rng.random() < 0.8:
            assignments = self.service.state.incidents[encounter.incident_id].assignments
            unit_id = self.rng.choice(list(assignments))
            return encounter_id, unit_id, self.rng.choice(assignments[unit_id].crew)
        return encounter_id, self.rng.choice(UNIT_IDS), self.rng.choice(list(LEVELS))

    def send(self, command: c.AnyCommand) -> bool:
        accepted = not isinstance(self.service.send(command), Refused)
        self.refused += not accepted
        return accepted

    def record(self, encounter_id: str, fact: Fact, reason: str) -> None:
        self.send(c.RecordFact(at_ms=self.now_ms, encounter_id=encounter_id, fact=fact, override_reason=reason))

    # The commands.

    def report(self) -> None:
        at, name = self.later(300), self.name("i")
        where = place(self.rng.randrange(6), self.rng.randrange(6))
        code = self.rng.choice(CODES)
        self.send(
            c.ReportCall(at_ms=at, call_id=name, incident_id=name, place=where, dispatch_code=code, received_ms=at)
        )

    def assign(self) -> None:
        named = None
        if self.rng.random() < 0.3:
            named = tuple(self.rng.sample(UNIT_IDS, self.rng.randrange(3)))
        assign = c.AssignUnits(
            at_ms=self.later(), incident_id=self.incident(), unit_ids=named, override_reason=self.reason()
        )
        self.send(assign)

    def advance(self) -> None:
        """The status that comes next, so that incidents get somewhere."""
        unit_id = self.rng.choice(UNIT_IDS)
        unit = self.service.state.units[unit_id]
        if unit.incident_id is None or unit.status is None:
            return
        status = self.rng.choice([one for one in NEXT[unit.status] if one != "cancelled"])
        at = self.later()
        encounters = self.service.state.incidents[unit.incident_id].encounters
        if status == "at_patient" and not encounters:
            self.send(c.OpenEncounter(at_ms=at, encounter_id=self.name("e"), incident_id=unit.incident_id))
        if status == "transporting" and encounters:
            choose = c.ChooseDestination(
                at_ms=at, incident_id=unit.incident_id, unit_id=unit_id, encounter_id=encounters[0]
            )
            self.send(choose)
        report = c.ReportStatus(
            at_ms=at, incident_id=unit.incident_id, unit_id=unit_id, status=status, override_reason=self.reason()
        )
        self.send(report)

    def any_status(self) -> None:
        unit_id = self.rng.choice(UNIT_IDS)
        report = c.ReportStatus(
            at_ms=self.now_ms + self.rng.randint(-60, 60) * 1000,
            incident_id=self.service.state.units[unit_id].incident_id or self.incident(),
            unit_id=unit_id,
            status=self.rng.choice(get_args(Status)),
            note=self.reason(),
        )
        self.send(report)

    def divert(self) -> None:
        unit_id = self.rng.choice(UNIT_IDS)
        left = self.service.state.units[unit_id].incident_id
        divert = c.DivertUnit(
            at_ms=self.later(), incident_id=self.incident(), unit_id=unit_id, override_reason=self.reason()
        )
        if self.send(divert):
            assert left is not None
            incident = self.service.state.incidents[left]
            assert incident.open_units or incident.waiting_because, "left without a unit, silently"

    def replace(self) -> None:
        instead_of = self.rng.choice(UNIT_IDS)
        swap = c.ReplaceUnit(
            at_ms=self.later(),
            incident_id=self.service.state.units[instead_of].incident_id or self.incident(),
            unit_id=self.rng.choice(UNIT_IDS),
            instead_of=instead_of,
            override_reason=self.reason(),
        )
        self.send(swap)

    def join(self) -> None:
        self.send(c.JoinIncidents(at_ms=self.later(), incident_id=self.incident(), into=self.incident()))

    def intervene(self) -> None:
        encounter_id, unit_id, who = self.hands()
        fact = Intervention(
            fact_id=self.name("f"),
            at_ms=self.later(),
            author=who,
            unit_id=unit_id,
            skill=self.rng.choice([*SKILLS, "nope"]),
            level="",
            authority="standing_order",
            because=(),
            running=self.rng.random() < 0.5,
        )
        self.record(encounter_id, fact, self.reason())

    def order(self) -> None:
        encounter_id, unit_id, who = self.hands()
        at = self.later()
        given = OrderGiven(
            fact_id=self.name("f"),
            at_ms=at,
            author=who,
            unit_id=unit_id,
            skill=self.rng.choice(SKILLS),
            ordered_by="doctor",
            channel="radio",
            until_ms=at + 600_000,
        )
        self.record(encounter_id, given, "")

    def hand_over(self) -> None:
        encounter_id, to_unit, receiver = self.hands()
        before = self.service.state.encounters.get(encounter_id)
        giver = (responsible(before) if before else None) or receiver
        at, reason = self.later(), self.reason()
        offer = HandoverOffered(
            fact_id=self.name("f"), at_ms=at, author=giver, unit_id="", to=receiver, to_unit_id=to_unit, report=""
        )
        accepted = HandoverAccepted(
            fact_id=self.name("f"),
            at_ms=at,
            author=receiver,
            unit_id=to_unit,
            offer=offer.fact_id,
            step_down_reason=reason,
        )
        self.record(encounter_id, offer, "")
        self.record(encounter_id, accepted, "")
        after = self.service.state.encounters.get(encounter_id)
        if before is not None and after is not None and responsible(after) == receiver != giver and not reason:
            clinician = self.service.state.clinicians[receiver]
            assert not step_down(RULEBOOK, clinician, before, at), "care stepped down silently"

    def revise(self) -> None:
        not_needed = tuple(self.rng.sample(range(1, 6), self.rng.randrange(4)))
        self.send(c.ReviseNeeds(at_ms=self.later(), incident_id=self.incident(), not_needed=not_needed))

    def ride(self) -> None:
        unit_id, carrier = self.rng.choice(UNIT_IDS), self.rng.choice(UNIT_IDS)
        incident_id = self.service.state.units[carrier].incident_id or self.incident()
        self.send(c.RideAlong(at_ms=self.later(), incident_id=incident_id, unit_id=unit_id, with_unit_id=carrier))

    def dispose(self) -> None:
        encounter_id, unit_id, who = self.hands()
        how = self.rng.choice(["treated_and_released", "refused", "to_family", "obvious_death", "resuscitation_ended"])
        end = Disposed(
            fact_id=self.name("f"), at_ms=self.later(), author=who, unit_id=unit_id, how=how, to=self.reason()
        )
        self.record(encounter_id, end, self.reason())

    def sign_on(self) -> None:
        unit_id, *_, own = self.rng.choice(UNITS)
        crew = own if self.rng.random() < 0.8 else tuple(self.rng.sample(list(LEVELS), 2))
        self.send(c.SignOn(at_ms=self.later(), unit_id=unit_id, clinician_ids=crew))

    def sign_off(self) -> None:
        self.send(c.SignOff(at_ms=self.later(), unit_id=self.rng.choice(UNIT_IDS)))

    def park(self) -> None:
        self.send(c.ParkUnit(at_ms=self.later(), unit_id=self.rng.choice(UNIT_IDS)))

    def move(self) -> None:
        """Mostly as proposed, sometimes anywhere."""
        at, proposed = self.later(), proposed_moves(self.service.state, self.now_ms, self.service.world)
        unit_id, post_id = self.rng.choice(UNIT_IDS), self.rng.choice([*POSTS, "p-none"])
        if proposed and self.rng.random() < 0.5:
            unit_id, post_id = proposed[0].unit_id, POSTS[proposed[0].to_post]
            assert self.send(c.MoveUnit(at_ms=at, unit_id=unit_id, post_id=post_id)), "a proposal is never refused"
        self.send(c.MoveUnit(at_ms=at, unit_id=unit_id, post_id=post_id, override_reason=self.reason()))

    def meet(self) -> None:
        """A next step towards a meeting, or through it; now and then it is called off, or arranged at random."""
        state, at = self.service.state, self.later(30)
        open_ones = [
            (incident, meeting)
            for incident in state.incidents.values()
            for meeting in (incident.meetings or {}).values()
            if meeting.is_open
        ]
        if not open_ones or self.rng.random() < 0.2:
            self.arrange(at)
            return
        incident, meeting = self.rng.choice(open_ones)
        about = {"at_ms": at, "incident_id": incident.incident_id, "unit_id": meeting.unit_id}
        if self.rng.random() < 0.1:
            self.send(c.CancelRendezvous(**about, reason=self.reason()))
            return
        for unit_id in (meeting.unit_id, meeting.advanced_unit_id):
            now = incident.assignments[unit_id].status
            ahead = [
                one for one in NEXT[now] if one in ("notified", "en_route", "on_scene", "at_patient", "transporting")
            ]
            if ahead:
                self.send(c.ReportStatus(**(about | {"unit_id": unit_id}), status=self.rng.choice(ahead)))
        for command in (c.ReachRendezvous, c.ContinueTransport):
            self.send(command(**about))

    def arrange(self, at: int) -> None:
        """As proposed, where somebody is at a patient and somebody else on the way; else whoever, wherever."""
        state, world = self.service.state, self.service.world
        for incident in state.incidents.values():
            there = [one for one in incident.open_units if incident.assignments[one].status == "at_patient"]
            for unit_id in there if len(incident.open_units) > 1 else ():
                choose = c.ChooseDestination(
                    at_ms=at, incident_id=incident.incident_id, unit_id=unit_id, encounter_id=incident.encounters[0]
                )
                self.send(choose)
        for incident_id, incident in self.service.state.incidents.items():
            found = proposed_rendezvous(self.service.state, incident_id, at, world)
            if found is None or incident.assignments[found.unit_id].facility_id is None:
                continue
            asked = c.ArrangeRendezvous(
                at_ms=at, incident_id=incident_id, unit_id=found.unit_id, advanced_unit_id=found.advanced_unit_id
            )
            accepted = self.send(asked)
            assert accepted == found.is_advised, "a proposal is never refused, and nothing else is one"
            if not accepted:
                self.send(replace(asked, place=place(2, 2), override_reason="all the same"))
            return
        self.bring_two_together(at)
        pair = self.rng.sample(UNIT_IDS, 2)
        anything = c.ArrangeRendezvous(
            at_ms=at,
            incident_id=self.incident(),
            unit_id=pair[0],
            advanced_unit_id=pair[1],
            place=self.rng.choice([None, place(self.rng.randrange(6), self.rng.randrange(6))]),
            override_reason=self.reason(),
        )
        self.send(anything)

    def bring_two_together(self, at: int) -> None:
        """A basic unit at a patient and an advanced one on its way there: without this, meetings would be rare."""
        free = {unit_id for unit_id in ("B1", "M1", "Q1") if self.service.state.units[unit_id].is_free}
        if "B1" not in free or len(free) == 1:
            return
        pair, name = ("B1", self.rng.choice(sorted(free - {"B1"}))), self.name("i")
        where = place(self.rng.randrange(2), self.rng.randrange(6))
        report = c.ReportCall(
            at_ms=at, call_id=name, incident_id=name, place=where, dispatch_code="2301019", received_ms=at
        )
        self.send(report)
        self.send(c.AssignUnits(at_ms=at, incident_id=name, unit_ids=pair, override_reason="together"))
        for status in ("notified", "en_route", "on_scene"):
            self.send(c.ReportStatus(at_ms=at, incident_id=name, unit_id="B1", status=status))
        self.send(c.OpenEncounter(at_ms=at, encounter_id=self.name("e"), incident_id=name))
        self.send(c.ReportStatus(at_ms=at, incident_id=name, unit_id="B1", status="at_patient"))

    def close(self) -> None:
        disposition = self.rng.choice(["", "done"])
        close = c.CloseIncident(
            at_ms=self.later(), incident_id=self.incident(), disposition=disposition, override_reason=self.reason()
        )
        self.send(close)

    # The laws.

    def no_unit_is_on_two_incidents(self) -> None:
        state = self.service.state
        on = Counter(unit for incident in state.incidents.values() for unit in incident.open_units)
        assert all(count == 1 for count in on.values()), on
        for unit in state.units.values():
            assert (unit.incident_id is not None) == (unit.unit_id in on)
            if unit.incident_id is not None:
                assert unit.unit_id in state.incidents[unit.incident_id].open_units

    def no_patient_is_in_two_units(self) -> None:
        state = self.service.state
        for encounter in state.encounters.values():
            assignments = state.incidents[encounter.incident_id].assignments.values()
            assert sum(one.carries(encounter.encounter_id) for one in assignments) <= 1

    def who_is_on_a_call_is_not_moved(self) -> None:
        for unit in self.service.state.units.values():
            assert unit.incident_id is None or unit.waits_at == unit.post_id

    def who_is_to_meet_is_on_the_way(self) -> None:
        """An open meeting has two units that are still coming to it, with the patient's unit bound for one hospital."""
        for incident in self.service.state.incidents.values():
            for meeting in (incident.meetings or {}).values():
                carrier, advanced = (incident.assignments[one] for one in (meeting.unit_id, meeting.advanced_unit_id))
                if meeting.is_open:
                    assert carrier.is_open and advanced.is_open, meeting
                    assert carrier.status in ("at_patient", "transporting") and meeting.encounter_id in carrier.patients
                    assert carrier.facility_id == meeting.facility_id
                    if carrier.status == "transporting":
                        position = self.service.state.units[carrier.unit_id].position
                        assert (position.to if isinstance(position, Leg) else position) == meeting.place

    def no_meeting_ends_silently(self) -> None:
        """Every one that was arranged is driven on from, or cancelled with a reason, or still open."""
        ends: Counter[str] = Counter()
        for event in self.service.events:
            ends[type(event).__name__] += 1
            assert not isinstance(event, RendezvousCancelled) or event.because
        still = sum(
            meeting.is_open
            for incident in self.service.state.incidents.values()
            for meeting in (incident.meetings or {}).values()
        )
        assert ends["RendezvousArranged"] == ends["TransportContinued"] + ends["RendezvousCancelled"] + still

    def nobody_is_on_two_units(self) -> None:
        people = Counter(one for unit in self.service.state.units.values() for one in unit.crew)
        assert all(count == 1 for count in people.values()), people

    def nothing_outside_scope_without_an_override(self) -> None:
        """Each intervention, judged again by the rulebook alone: allowed, or right after the event that says why."""
        state, before = State(), None
        for event in self.service.events:
            if isinstance(event, FactRecorded) and isinstance(event.fact, Intervention):
                fact = event.fact
                overridden = isinstance(before, ScopeOverridden) and before.skill == fact.skill
                assert (fact.authority == "override") == overridden, event
                verdict = may(RULEBOOK, state.clinicians[fact.author], fact.skill, instant(fact.at_ms))
                assignments = state.incidents[state.encounters[event.encounter_id].incident_id].assignments
                there = [unit for unit, one in assignments.items() if one.status == "at_patient"]
                items = {item for unit in (fact.unit_id, *there) for item in state.units[unit].equipment}
                on_board = RULEBOOK.equipment_for(fact.skill) <= items
                assert overridden or (on_board and verdict.kind in ("standing", "order")), event
            state, before = evolve(state, event), event

    def nobody_is_left_or_lost_in_silence(self) -> None:
        """What leaves with a patient has somebody lawful aboard, what closes has no open patient, or it says why."""
        state, excused = State(), set[str]()
        for event in self.service.events:
            if isinstance(event, CareOverridden):
                excused.add(event.encounter_id)
            if isinstance(event, StatusReported) and event.status == "transporting":
                one = state.incidents[event.incident_id].assignments[event.unit_id]
                levels = [state.clinicians[who].credentials[0].level for who in event.attending]
                assert set(one.patients) <= excused or (levels and set(levels) != {"EMR"}), event
            if isinstance(event, IncidentClosed):
                facts = [state.encounters[one].facts for one in state.incidents[event.incident_id].encounters]
                ends = [any(isinstance(fact, Disposed | HandoverAccepted) for fact in each) for each in facts]
                assert all(ends) or event.override_reason, event
            state = evolve(state, event)

    def replay_gives_the_live_state(self) -> None:
        events = [decode(encode(event)) for event in self.service.events]
        assert events == self.service.events
        assert canonical(replay(events)) == canonical(self.service.state)


WEIGHTS = {
    Chaos.report: 6,
    Chaos.assign: 5,
    Chaos.advance: 16,
    Chaos.any_status: 3,
    Chaos.divert: 2,
    Chaos.replace: 2,
    Chaos.join: 1,
    Chaos.intervene: 8,
    Chaos.order: 3,
    Chaos.hand_over: 4,
    Chaos.revise: 2,
    Chaos.ride: 4,
    Chaos.dispose: 2,
    Chaos.sign_on: 2,
    Chaos.sign_off: 1,
    Chaos.park: 1,
    Chaos.move: 3,
    Chaos.meet: 8,
    Chaos.close: 1,
}


@pytest.mark.parametrize("seed", range(24))
def test_whatever_is_sent_the_laws_hold(seed: int) -> None:
    chaos = Chaos(seed)
    for action in chaos.rng.choices(list(WEIGHTS), WEIGHTS.values(), k=STEPS):
        action(chaos)
        chaos.no_unit_is_on_two_incidents()
        chaos.nobody_is_on_two_units()
        chaos.who_is_on_a_call_is_not_moved()
        chaos.who_is_to_meet_is_on_the_way()
        chaos.no_patient_is_in_two_units()
    chaos.nothing_outside_scope_without_an_override()
    chaos.no_meeting_ends_silently()
    chaos.nobody_is_left_or_lost_in_silence()
    chaos.replay_gives_the_live_state()


def test_the_commands_reach_every_corner() -> None:
    """The laws are worth what they were held against: every kind of event, and every authority, occurs."""
    seen: Counter[str] = Counter()
    for seed in range(24):
        chaos = Chaos(seed)
        for action in chaos.rng.choices(list(WEIGHTS), WEIGHTS.values(), k=STEPS):
            action(chaos)
        seen.update(type(event).__name__ for event in chaos.service.events)
        facts = [event.fact for event in chaos.service.events if isinstance(event, FactRecorded)]
        seen.update(fact.authority for fact in facts if isinstance(fact, Intervention))
        seen.update(type(fact).__name__ for fact in facts)
        seen["refused"] += chaos.refused
    wanted = {"UnitAssigned", "DispatchOverridden", "IncidentWaits", "UnitReassigned", "IncidentsJoined", "UnitMoved"}
    wanted |= {
        "DuplicateProposed",
        "NeedsRevised",
        "IncidentClosed",
        "DestinationChosen",
        "EncounterOpened",
        "ScopeOverridden",
    }
    wanted |= {"RendezvousArranged", "RendezvousReached", "TransportContinued", "RendezvousCancelled"}
    wanted |= {"standing_order", "override", "HandoverAccepted", "OrderGiven", "refused"}
    wanted |= {"CareOverridden", "Disposed", "Placed"}
    assert not {kind for kind in wanted if seen[kind] < 8}, seen
