"""The rulebook answers, with reasons."""

from __future__ import annotations

from datetime import UTC, datetime

from sixpoint.scope import Clinician, Credential, crew_capability, equipment_of_kit, load_rulebook, may, next_change
from sixpoint.scope.person import GATES

AT = datetime(2026, 5, 1, tzinfo=UTC)
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 5, 1, 12, 30, tzinfo=UTC)


def person(level: str) -> Clinician:
    return Clinician("c1", "Jo", tuple(Credential(gate, level, START, END) for gate in GATES))


def test_an_emr_may_give_intranasal_naloxone_and_the_verdict_says_where_that_stands() -> None:
    verdict = load_rulebook().can("EMR", "naloxone_intranasal", AT)
    assert verdict.kind == "standing"
    assert verdict.because[0].rule == "us-national/naloxone_intranasal/EMR"
    assert verdict.because[0].source


def test_a_credential_ends_to_the_minute() -> None:
    rulebook = load_rulebook()
    assert may(rulebook, person("EMT"), "cpap", END.replace(minute=29)).kind == "standing"
    assert may(rulebook, person("EMT"), "cpap", END).kind == "barred"
    assert next_change(rulebook, [person("EMT")], AT) == END


def test_a_crew_may_do_what_its_people_may_as_far_as_its_kit_allows() -> None:
    rulebook = load_rulebook()
    bag = equipment_of_kit(rulebook, "responder_bag")
    cpap, cpr = rulebook.skill("cpap"), rulebook.skill("cpr")
    assert cpap and cpr
    everything = crew_capability(rulebook, [person("EMR"), person("EMT")], None, AT)
    with_bag = crew_capability(rulebook, [person("EMR"), person("EMT")], bag, AT)
    assert everything.standing & cpap.bit and not with_bag.standing & cpap.bit
    assert with_bag.standing & cpr.bit
