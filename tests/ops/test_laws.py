"""Laws of the live service, held against thousands of random commands, most of them nonsense."""

from __future__ import annotations

from collections import Counter
from typing import get_args

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sixpoint.care import HandoverAccepted, HandoverOffered, Intervention, OrderGiven
from sixpoint.ops import State, Status, canonical, replay
from sixpoint.ops import commands as c
from sixpoint.ops.decide.progress import NEXT
from sixpoint.ops.events import FactRecorded, ScopeOverridden, decode, encode
from sixpoint.ops.world import Refused

from .world import LEVELS, START_MS, UNITS, LiveService, opened, place

UNIT_IDS = st.sampled_from([unit[0] for unit in UNITS])
PEOPLE = st.sampled_from(list(LEVELS))
CODES = st.sampled_from(["2301019", "2301053", "2301033", "2301021", "2301061", "9999999"])
SKILLS = st.sampled_from(
    ["cpr", "defibrillation_aed", "naloxone_intranasal", "iv_access", "endotracheal_intubation", "oral_glucose", "nope"]
)
WHERE = st.builds(place, st.integers(0, 5), st.integers(0, 5))
REASON = st.sampled_from(["", "", "patient would have died"])


class AnyCommands(RuleBasedStateMachine):
    """Sends commands in any order; whatever is accepted must keep the laws."""

    service: LiveService

    @initialize()
    def open_service(self) -> None:
        self.service = opened()
        self.now_ms = START_MS
        self.made = 0
        self.refused = 0

    def send(self, command: c.AnyCommand) -> None:
        self.refused += isinstance(self.service.send(command), Refused)

    def later(self, seconds: int) -> int:
        self.now_ms += seconds * 1000
        return self.now_ms

    def name(self, kind: str) -> str:
        self.made += 1
        return f"{kind}{self.made}"

    @property
    def incident_id(self) -> str:
        return next(reversed(self.service.state.incidents), "i-none")

    @rule(code=CODES, where=WHERE, wait=st.integers(0, 600))
    def report(self, code: str, where: object, wait: int) -> None:
        at = self.later(wait)
        name = self.name("i")
        self.send(
            c.ReportCall(at_ms=at, call_id=name, incident_id=name, place=where, dispatch_code=code, received_ms=at)  # type: ignore[arg-type]
        )

    @rule(named=st.none() | st.lists(UNIT_IDS, max_size=3).map(tuple), reason=REASON)
    def assign(self, named: tuple[str, ...] | None, reason: str) -> None:
        at = self.later(5)
        self.send(
            c.AssignUnits(at_ms=at, incident_id=self.incident_id, unit_ids=named, override_reason=reason)
        )

    @rule(unit_id=UNIT_IDS, status=st.sampled_from(get_args(Status)), note=REASON, back=st.integers(-30, 300))
    def any_status(self, unit_id: str, status: Status, note: str, back: int) -> None:
        at = self.later(back)
        self.send(
            c.ReportStatus(at_ms=at, incident_id=self.incident_id, unit_id=unit_id, status=status, note=note)
        )

    @rule(unit_id=UNIT_IDS, pick=st.integers(0, 2))
    def next_status(self, unit_id: str, pick: int) -> None:
        """Mostly the status that comes next, so that incidents get somewhere."""
        unit = self.service.state.units[unit_id]
        if unit.incident_id is None or unit.status is None:
            return
        steps = [status for status in NEXT[unit.status] if status != "cancelled"]
        status = steps[pick % len(steps)]
        at = self.later(60)
        if status == "at_patient" and not self.service.state.incidents[unit.incident_id].encounters:
            encounter_id = self.name("e")
            self.send(c.OpenEncounter(at_ms=at, encounter_id=encounter_id, incident_id=unit.incident_id))
        if status == "transporting":
            encounter_id = self.service.state.incidents[unit.incident_id].encounters[0]
            choose = c.ChooseDestination(
                at_ms=at, incident_id=unit.incident_id, unit_id=unit_id, encounter_id=encounter_id
            )
            self.send(choose)
        self.send(c.ReportStatus(at_ms=at, incident_id=unit.incident_id, unit_id=unit_id, status=status))

    @rule(who=PEOPLE, unit_id=UNIT_IDS, skill=SKILLS, reason=REASON, running=st.booleans())
    def intervene(self, who: str, unit_id: str, skill: str, reason: str, running: bool) -> None:
        fact = Intervention(
            fact_id=self.name("f"),
            at_ms=self.later(20),
            author=who,
            unit_id=unit_id,
            skill=skill,
            level="",
            authority="standing_order",
            because=(),
            running=running,
        )
        self.record(fact, reason)

    @rule(who=PEOPLE, unit_id=UNIT_IDS, skill=SKILLS)
    def order(self, who: str, unit_id: str, skill: str) -> None:
        at = self.later(20)
        given = OrderGiven(
            fact_id=self.name("f"),
            at_ms=at,
            author=who,
            unit_id=unit_id,
            skill=skill,
            ordered_by="doctor",
            channel="radio",
            until_ms=at + 600_000,
        )
        self.record(given, "")

    @rule(giver=PEOPLE, to=PEOPLE, unit_id=UNIT_IDS, reason=REASON)
    def hand_over(self, giver: str, to: str, unit_id: str, reason: str) -> None:
        at = self.later(10)
        offer = self.name("f")
        self.record(
            HandoverOffered(
                fact_id=offer, at_ms=at, author=giver, unit_id=unit_id, to=to, to_unit_id=unit_id, report=""
            ),
            "",
        )
        self.record(
            HandoverAccepted(
                fact_id=self.name("f"), at_ms=at, author=to, unit_id=unit_id, offer=offer, step_down_reason=reason
            ),
            "",
        )

    @rule(unit_id=UNIT_IDS, crew=st.lists(PEOPLE, max_size=2).map(tuple))
    def sign_on(self, unit_id: str, crew: tuple[str, ...]) -> None:
        self.send(c.SignOn(at_ms=self.later(1), unit_id=unit_id, clinician_ids=crew))

    @rule(unit_id=UNIT_IDS)
    def sign_off(self, unit_id: str) -> None:
        self.send(c.SignOff(at_ms=self.later(1), unit_id=unit_id))

    @rule(unit_id=UNIT_IDS)
    def park(self, unit_id: str) -> None:
        self.send(c.ParkUnit(at_ms=self.later(1), unit_id=unit_id))

    @rule(disposition=st.sampled_from(["", "done"]))
    def close(self, disposition: str) -> None:
        self.send(c.CloseIncident(at_ms=self.later(1), incident_id=self.incident_id, disposition=disposition))

    def record(self, fact: object, reason: str) -> None:
        encounter_id = next(reversed(self.service.state.encounters), "e-none")
        self.send(
            c.RecordFact(at_ms=self.now_ms, encounter_id=encounter_id, fact=fact, override_reason=reason)  # type: ignore[arg-type]
        )

    @invariant()
    def no_unit_is_on_two_incidents(self) -> None:
        if not hasattr(self, "service"):
            return
        state = self.service.state
        on = Counter(unit for incident in state.incidents.values() for unit in incident.open_units)
        assert all(count == 1 for count in on.values()), on
        for unit in state.units.values():
            expected = unit.unit_id in on
            assert (unit.incident_id is not None) == expected
            if unit.incident_id is not None:
                assert unit.unit_id in state.incidents[unit.incident_id].open_units

    @invariant()
    def nobody_is_on_two_units(self) -> None:
        if hasattr(self, "service"):
            people = Counter(one for unit in self.service.state.units.values() for one in unit.crew)
            assert all(count == 1 for count in people.values()), people

    def teardown(self) -> None:
        if not hasattr(self, "service"):
            return
        self.nothing_outside_scope_without_an_override()
        events = [decode(encode(event)) for event in self.service.events]
        assert events == self.service.events
        assert canonical(replay(events, State())) == canonical(self.service.state)

    def nothing_outside_scope_without_an_override(self) -> None:
        """Every intervention stands on an order or standing order, or right after the event that says why not."""
        before = None
        for event in self.service.events:
            if isinstance(event, FactRecorded) and isinstance(event.fact, Intervention):
                overridden = isinstance(before, ScopeOverridden) and before.skill == event.fact.skill
                assert (event.fact.authority == "override") == overridden, event
            before = event


AnyCommands.TestCase.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
TestAnyCommands = AnyCommands.TestCase
