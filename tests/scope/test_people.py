"""People: four gates to the minute, suspension, the ladder, endorsements, currency, the compact."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from sixpoint.errors import InputError
from sixpoint.scope import (
    Clinician,
    Credential,
    Held,
    Lesson,
    Performance,
    Span,
    crew_capability,
    equipment_of_kit,
    load_rulebook,
    may,
    next_change,
    practice_level,
)
from sixpoint.scope.compact import load_compact, privilege, with_privilege
from sixpoint.scope.currency import due, hours_in_cycle
from sixpoint.scope.learn.training import load_training
from sixpoint.scope.person import GATES

START, AT, END = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
MINUTE = timedelta(minutes=1)
RULEBOOK = load_rulebook()


def person(*levels: str, **more: object) -> Clinician:
    """One level for all four gates, or one for each."""
    each = levels if len(levels) == 4 else levels * 4
    held = tuple(Credential(gate, level, START, END) for gate, level in zip(GATES, each, strict=True))
    return msgspec.structs.replace(Clinician("c1", "Jo", held), **more)


def level_id(clinician: Clinician, at: datetime = AT) -> str | None:
    level = practice_level(RULEBOOK, clinician, at)
    return level.id if level else None


def test_a_person_practises_at_the_lowest_of_the_four_gates() -> None:
    assert level_id(person("Paramedic", "Paramedic", "Paramedic", "EMT")) == "EMT"
    assert level_id(person("AEMT", "Paramedic", "EMR", "Paramedic")) == "EMR"
    verdict = may(RULEBOOK, person("Paramedic", "Paramedic", "Paramedic", "EMT"), "endotracheal_intubation", AT)
    assert verdict.kind == "barred"
    assert "credentialed as Paramedic (now EMT)" in verdict.would_be_yes


def test_a_gate_that_is_not_passed_closes_everything_and_is_named() -> None:
    clinician = person("Paramedic")
    without = msgspec.structs.replace(clinician, credentials=clinician.credentials[:3])
    verdict = may(RULEBOOK, without, "cpr", AT)
    assert verdict.kind == "barred"
    assert [reason.rule for reason in verdict.because] == ["gates/credentialed"]
    assert verdict.would_be_yes == ("a current credential: credentialed",)


def test_a_credential_holds_from_its_first_minute_to_just_before_its_end() -> None:
    clinician = person("EMT")
    assert [level_id(clinician, at) for at in (START - MINUTE, START, END - MINUTE, END)] == [None, "EMT", "EMT", None]


def test_a_suspension_takes_the_gate_away_for_its_time_and_no_longer() -> None:
    pause = Span(AT, AT + 60 * MINUTE)
    clinician = person("EMT")
    suspended = msgspec.structs.replace(clinician.credentials[2], suspended=(pause,))
    clinician = msgspec.structs.replace(
        clinician, credentials=(*clinician.credentials[:2], suspended, clinician.credentials[3])
    )
    moments = (AT - MINUTE, AT, AT + 59 * MINUTE, AT + 60 * MINUTE)
    assert [level_id(clinician, at) for at in moments] == ["EMT", None, None, "EMT"]
    assert next_change(RULEBOOK, [clinician], AT - MINUTE) == AT
    assert next_change(RULEBOOK, [clinician], AT) == AT + 60 * MINUTE


def test_a_higher_certificate_satisfies_a_lower_one() -> None:
    assert level_id(person("EMT", "Paramedic", "EMT", "EMT")) == "EMT"
    assert level_id(person("Critical care paramedic")) == "Paramedic"
    assert level_id(person("Wizard")) is None


def test_an_endorsement_counts_while_it_runs() -> None:
    montana = load_rulebook("montana")
    clinician = person("EMT", endorsements=(Held("emt_airway", AT, AT + 60 * MINUTE),))
    moments = (AT - MINUTE, AT, AT + 60 * MINUTE)
    kinds = [may(montana, clinician, "airway_supraglottic", at).kind for at in moments]
    assert kinds == ["barred", "standing", "barred"]
    assert next_change(montana, [clinician], AT) == AT + 60 * MINUTE


def currency_rulebook(folder: Path) -> str:
    path = folder / "agency.yaml"
    path.write_text(
        'overlay: agency\ntitle: Agency\nladder: us\nrank: agency\nauthority: Agency\non: [us-national]\nversion: "1"\n'
        'from: "2026-01-01"\nsources: {s: {title: Agency policy}}\nsource: s\nconfidence: judgement\nrules:\n'
        "  - limit: endotracheal_intubation\n    for: Paramedic\n"
        "    only: {performed: {skill: endotracheal_intubation, times: 2, within_days: 30}}\n",
        "utf-8",
    )
    return str(path)


def test_a_skill_that_must_be_practised_lapses_when_the_last_performances_grow_old(tmp_path: Path) -> None:
    agency = load_rulebook(currency_rulebook(tmp_path))
    days = [AT - timedelta(days=20), AT - timedelta(days=5)]
    clinician = person("Paramedic", performed=tuple(Performance("endotracheal_intubation", day) for day in days))
    lapse = days[0] + timedelta(days=30)
    assert may(agency, clinician, "endotracheal_intubation", lapse - MINUTE).kind == "standing"
    assert may(agency, clinician, "endotracheal_intubation", lapse).kind == "barred"
    assert next_change(agency, [clinician], AT) == lapse
    (found,) = (one for one in due(agency, clinician, AT) if one.kind == "skill")
    assert found.by == lapse
    short = person("Paramedic", performed=clinician.performed[:1])
    (found,) = (one for one in due(agency, short, AT) if one.kind == "skill")
    assert found.by == AT and "1 more time (2 within 30 days)" in found.what


def test_hours_are_counted_by_part_in_the_cycle_of_the_certificate() -> None:
    rule = load_training()["us"]["EMT"].recertification
    lessons = (
        Lesson("national", 12, AT),
        Lesson("national", 4, AT - timedelta(days=700)),
        Lesson("local", 10, AT),
        Lesson("individual", 10, AT + timedelta(days=1)),
    )
    clinician = person("EMT", lessons=lessons)
    hours = {one.part: one for one in hours_in_cycle(clinician, clinician.credentials[1], rule, AT)}
    assert (hours["national"].needed_h, hours["national"].done_h, hours["national"].short_h) == (20, 12, 8)
    assert (hours["local"].short_h, hours["individual"].short_h) == (0, 10)
    found = [one for one in due(RULEBOOK, clinician, AT) if one.kind == "education"]
    assert [one.what.split(",")[1].strip() for one in found] == ["individual part", "national part"]
    assert {one.by for one in found} == {END}
    assert not [one for one in due(RULEBOOK, person("EMT"), AT) if one.kind == "education"], "nothing is recorded"


def test_what_is_due_comes_soonest_first_and_a_renewed_credential_is_not_due() -> None:
    clinician = person("EMT", trainings=(Held("hazmat", START, AT + timedelta(days=3)),))
    found = due(RULEBOOK, clinician, AT, within_days=400)
    assert found[0].kind == "training"
    assert sum(one.kind == "credential" for one in found) == 4
    assert not [one for one in due(RULEBOOK, clinician, AT, within_days=100) if one.kind == "credential"]
    renewed = (*clinician.credentials, *(Credential(gate, "AEMT", END) for gate in GATES))
    later = due(RULEBOOK, msgspec.structs.replace(clinician, credentials=renewed), AT, within_days=400)
    assert not [one for one in later if one.kind == "credential"]


def licensed_in(state: str, level: str, born: date | None = date(1990, 1, 1)) -> Clinician:
    clinician = person(level, born=born)
    held = tuple(
        msgspec.structs.replace(one, issuer=state) if one.gate == "licensed" else one for one in clinician.credentials
    )
    return msgspec.structs.replace(clinician, credentials=held)


def test_the_compact_lets_a_member_states_emt_work_in_another_and_no_emr() -> None:
    compact = load_compact()

    def answer(clinician: Clinician, state: str, at: datetime = AT) -> str:
        return privilege(RULEBOOK, clinician, state, at, compact).answer

    assert answer(licensed_in("ID", "EMT"), "UT") == "yes"
    assert answer(licensed_in("ID", "EMR"), "UT") == "no"
    assert answer(licensed_in("ID", "EMT", born=date(2008, 5, 2)), "UT") == "no"
    assert answer(licensed_in("ID", "EMT", born=date(2008, 5, 1)), "UT") == "yes"
    assert answer(licensed_in("ID", "EMT", born=None), "UT") == "unknown"
    assert answer(licensed_in("ID", "EMT"), "UT", datetime(2020, 3, 15, tzinfo=UTC)) == "no"
    assert answer(licensed_in("ID", "EMT"), "UT", END) == "no"


def test_a_state_not_listed_among_the_members_is_unknown_while_the_list_is_not_complete() -> None:
    compact = load_compact()
    assert not compact.complete and len(compact.members) == 24
    found = privilege(RULEBOOK, licensed_in("ID", "EMT"), "OR", AT, compact)
    assert found.answer == "unknown" and "not all are" in found.because[0].text
    whole = msgspec.structs.replace(compact, complete=True)
    assert privilege(RULEBOOK, licensed_in("ID", "EMT"), "OR", AT, whole).answer == "no"


def test_in_a_remote_state_only_its_own_licence_or_the_compact_opens_the_gate() -> None:
    compact = load_compact()
    away = with_privilege(RULEBOOK, licensed_in("ID", "EMT"), "UT", AT, compact)
    assert level_id(away) == "EMT"
    assert level_id(with_privilege(RULEBOOK, licensed_in("ID", "EMT"), "OR", AT, compact)) is None
    assert level_id(with_privilege(RULEBOOK, licensed_in("ID", "EMR"), "UT", AT, compact)) is None


def test_a_kit_takes_away_what_cannot_be_done_without_its_items() -> None:
    everything = crew_capability(RULEBOOK, [person("Paramedic")], None, AT)
    ambulance = crew_capability(RULEBOOK, [person("Paramedic")], equipment_of_kit(None, "als_ambulance"), AT)
    quick = crew_capability(RULEBOOK, [person("Paramedic")], equipment_of_kit(None, "als_quick_response"), AT)
    bag = crew_capability(RULEBOOK, [person("Paramedic")], equipment_of_kit(RULEBOOK, "responder_bag"), AT)
    aed = crew_capability(RULEBOOK, [person("EMR")], equipment_of_kit(RULEBOOK, "aed_only"), AT)
    assert everything.standing & ~ambulance.standing and ambulance.standing & ~everything.standing == 0

    def has(bits: int, skill: str) -> bool:
        found = RULEBOOK.skill(skill)
        assert found
        return bool(bits & found.bit)

    assert has(ambulance.standing, "patient_transport") and not has(quick.standing, "patient_transport")
    assert has(bag.standing, "bag_valve_mask") and not has(bag.standing, "endotracheal_intubation")
    assert has(aed.standing, "defibrillation_aed") and not has(aed.standing, "bag_valve_mask")
    with pytest.raises(InputError, match="als_ambulance"):
        equipment_of_kit(RULEBOOK, "toolbox")


def test_every_item_of_every_kit_is_known_and_every_needed_item_is_one() -> None:
    equipment = RULEBOOK.equipment
    for skill, items in equipment.by_skill.items():
        assert RULEBOOK.skill(skill), skill
        assert items <= equipment.names.keys(), skill
    assert set(equipment.by_kit) == {
        "aed_only",
        "responder_bag",
        "bls_ambulance",
        "als_ambulance",
        "als_quick_response",
    }
