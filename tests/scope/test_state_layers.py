"""Montana and Massachusetts row by row, and each fact of the other layers, both ways."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sixpoint.scope import Dose, Rulebook, Situation, Verdict, load_rulebook
from sixpoint.scope.load import read_layers
from sixpoint.tables import Faults

AT = datetime(2026, 5, 1, tzinfo=UTC)
COLUMNS = {"EMR": "emr", "EMT": "emt", "AEMT": "aemt", "Paramedic": "paramedic"}
HEART_STOPPED = Situation(in_cardiac_arrest=True)
HEART_BEATS = Situation(in_cardiac_arrest=False)
TRANSFER = Situation(interfacility_transfer=True)
SCENE = Situation(interfacility_transfer=False)
OWN = Situation(patient_own_medication=True)
NOT_OWN = Situation(patient_own_medication=False)
NOTHING = Situation()


MONTANA_CELLS = {"yes": ("standing", "standing"), "no": ("barred", "barred"), "endorsement": ("barred", "standing")}
VENTILATOR = "automatic_transport_ventilator"


def facts(shared: Path, name: str) -> list[dict[str, str]]:
    with (shared / "facts" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def endorsements_of(layer: str) -> frozenset[str]:
    found = read_layers([layer], Faults())
    return frozenset(name for one in found for name in one.endorsements)


def adopting(tmp_path: Path, layer: str, *options: str) -> Rulebook:
    """The layer with an agency's on it that adopts the options."""
    path = tmp_path / "agency.yaml"
    path.write_text(
        f"overlay: agency\ntitle: Agency\nladder: us\nrank: agency\nauthority: Agency\non: [{layer}]\n"
        f'version: "1"\nfrom: "2026-01-01"\nadopts: [{", ".join(options)}]\n',
        "utf-8",
    )
    return load_rulebook(str(path))


def test_every_row_of_montanas_table_at_every_level_with_and_without_endorsement(shared: Path) -> None:
    rulebook = load_rulebook("montana")
    everything = endorsements_of("montana")
    wrong = []
    for row in facts(shared, "montana.csv"):
        for level, column in COLUMNS.items():
            bare = rulebook.can(level, row["skill_id"], AT)
            endorsed = rulebook.can(level, row["skill_id"], AT, endorsements=everything)
            expected = {
                "yes": ("standing", "standing"),
                "no": ("barred", "barred"),
                "endorsement": ("barred", "standing"),
            }
            if (bare.kind, endorsed.kind) != expected[row[column]]:
                wrong.append((row["skill_id"], level, row[column], bare.kind, endorsed.kind))
            assert bare.because[-1].rule.startswith("montana/"), (row["skill_id"], level)
    assert not wrong


# Cells of Massachusetts' table in words: what an EMT, an AEMT and a paramedic may do, given a situation. None: the cell
# does not speak of the level.
Expected = tuple[str | None, str | None, str | None]
WORDS: dict[str, tuple[Situation, Expected, Situation, Expected]] = {
    "airway_supraglottic": (HEART_STOPPED, ("standing",) * 3, HEART_BEATS, ("barred", "standing", "standing")),
    "bipap": (NOTHING, ("standing", "standing", None), NOTHING, ("standing", "standing", None)),
    "chest_tube_monitoring": (TRANSFER, ("barred", "barred", "standing"), SCENE, ("barred",) * 3),
    "central_line_monitoring": (TRANSFER, ("barred", "barred", "standing"), SCENE, ("barred",) * 3),
    "blood_product_maintain": (TRANSFER, ("barred", "barred", "standing"), SCENE, ("barred",) * 3),
    "cricothyrotomy": (NOTHING, ("barred",) * 3, NOTHING, ("barred",) * 3),
    "automatic_transport_ventilator": (TRANSFER, ("barred", "barred", "standing"), SCENE, ("barred",) * 3),
    "oxygen_hfnc": (TRANSFER, ("barred", "barred", "standing"), SCENE, ("barred",) * 3),
    "ecg_12lead_acquire_transmit": (NOTHING, ("barred", "barred", "standing"), NOTHING, (None, None, None)),
    "route_mucosal_sublingual": (OWN, ("standing",) * 3, NOT_OWN, ("barred", "standing", "standing")),
    "route_rectal": (OWN, ("standing", "barred", "standing"), NOT_OWN, ("barred", "barred", "standing")),
    "parenteral_analgesia": (NOTHING, (None, "unknown", None), NOTHING, (None, None, None)),
    "nitroglycerin_sl_patient_own": (NOTHING, ("standing", None, None), NOTHING, (None, None, None)),
    "nitroglycerin_sl_agency": (
        Situation(skills_done=frozenset({"iv_access"})),
        (None, "standing", None),
        Situation(skills_done=frozenset()),
        (None, "barred", None),
    ),
}


def plain_cells(written: str) -> tuple[Expected, str | None]:
    """What a cell of marks or 'FR/EMT standing order' says, and what it says of an EMR (the first responder)."""
    marks = written.split(" ")[0].rstrip(",").split("/")
    if len(marks) == 3 and set(marks) <= {"X", "-"}:
        meaning = {"X": "standing", "-": "barred"}
        emr = "standing" if "FR epinephrine" in written else None
        return (meaning[marks[0]], meaning[marks[1]], meaning[marks[2]]), emr
    heads = written.replace(" and ", "/").split(" ")[0].split("/")
    assert set(heads) <= {"FR", "EMT", "AEMT"}, written
    emt, aemt = ("standing" if level in heads else None for level in ("EMT", "AEMT"))
    return (emt, aemt, None), "standing" if "FR" in heads else None


def test_every_row_of_massachusetts_table_at_every_level(shared: Path) -> None:
    rulebook = load_rulebook("massachusetts")
    wrong = []
    for row in facts(shared, "massachusetts.csv"):
        skill = row["skill_id"]
        if skill in WORDS:
            checks = [(WORDS[skill][0], WORDS[skill][1]), (WORDS[skill][2], WORDS[skill][3])]
            emr = None
        else:
            expected, emr = plain_cells(row["emt_aemt_paramedic_as_written"])
            checks = [(NOTHING, expected)]
        for situation, kinds in checks:
            for level, kind in zip(("EMT", "AEMT", "Paramedic"), kinds, strict=True):
                found = rulebook.can(level, skill, AT, situation=situation).kind
                if kind is not None and found != kind:
                    wrong.append((skill, level, situation, kind, found))
        found = rulebook.can("EMR", skill, AT).kind
        if found != (emr or "unknown") and skill not in ("cpr", "defibrillation_aed"):
            wrong.append((skill, "EMR", NOTHING, emr or "unknown", found))
    assert not wrong


def test_massachusetts_leaves_open_what_a_cell_with_a_condition_turns_on() -> None:
    can = load_rulebook("massachusetts").can
    verdict = can("EMT", "airway_supraglottic", AT)
    assert verdict.kind == "unknown"
    assert verdict.would_be_yes[0] == "the patient is in cardiac arrest"
    assert can("EMR", "cpr", AT).kind == can("EMR", "defibrillation_aed", AT).kind == "standing"


def test_medical_director_options_count_once_an_agency_adopts_them(tmp_path: Path) -> None:
    massachusetts = adopting(tmp_path, "massachusetts", "emt_12lead", "emt_glucagon", "paramedic_cricothyrotomy")
    granted = {"EMT": ("ecg_12lead_acquire_transmit", "glucagon_im_in"), "Paramedic": ("cricothyrotomy",)}
    for level, skills in granted.items():
        for skill in skills:
            assert massachusetts.can(level, skill, AT).kind == "standing"
            assert load_rulebook("massachusetts").can(level, skill, AT).kind == "barred"
    new_mexico = adopting(tmp_path, "new-mexico", "emt_supraglottic", "emt_cpap", "emt_drug_routes")
    routes = ("route_intramuscular", "route_subcutaneous", "route_intranasal", "route_aerosolized_nebulized")
    for skill in ("airway_supraglottic", "cpap", *routes):
        assert new_mexico.can("EMT", skill, AT).kind == "standing", skill
        assert load_rulebook("new-mexico").can("EMT", skill, AT).kind == "barred", skill
        assert new_mexico.can("EMR", skill, AT).kind == "barred", skill
    county = adopting(tmp_path, "los-angeles-county", "emt_cpap", "emt_mechanical_cpr")
    for skill in ("cpap", "mechanical_cpr_device"):
        assert county.can("EMT", skill, AT).kind == "standing"
        assert load_rulebook("los-angeles-county").can("EMT", skill, AT).kind == "barred"
        assert county.can("EMR", skill, AT).kind == "barred"


def asked(
    layer: str, level: str, skill: str, situation: Situation = NOTHING, *, endorsed: str = "", trained: str = ""
) -> Verdict:
    return load_rulebook(layer).can(
        level,
        skill,
        AT,
        situation=situation,
        endorsements=frozenset(filter(None, [endorsed])),
        trainings=frozenset(filter(None, [trained])),
    )


# One fact a line: layer, level, skill, what must be given, and the kind without it and at the level below.
FACTS = [
    ("montana", "EMT", "epinephrine_im", NOTHING, "emt_medication", "", "barred", "barred"),
    ("montana", "EMT", "glucagon_im_in", NOTHING, "emt_medication", "", "barred", "barred"),
    ("montana", "AEMT", "opioid_analgesia", NOTHING, "aemt_99", "", "barred", "barred"),
    ("montana", "AEMT", "benzodiazepine", NOTHING, "aemt_99", "", "barred", "barred"),
    ("montana", "AEMT", "antiarrhythmic_iv", NOTHING, "aemt_99", "", "barred", "barred"),
    ("montana", "AEMT", "atropine_iv", NOTHING, "aemt_99", "", "barred", "barred"),
    ("montana", "AEMT", "cardiac_rhythm_interpretation", NOTHING, "aemt_99", "", "barred", "barred"),
    ("montana", "AEMT", "diphenhydramine", Situation(route="intravenous"), "aemt_99", "", "unknown", "barred"),
    (
        "montana",
        "Paramedic",
        "automatic_transport_ventilator",
        NOTHING,
        "paramedic_critical_care",
        "",
        "barred",
        "barred",
    ),
    ("massachusetts", "EMT", "epinephrine_im", NOTHING, "", "check_and_inject", "barred", "unknown"),
    ("massachusetts", "EMT", "diphenhydramine", Situation(route="oral"), "", "", "unknown", "unknown"),
    ("massachusetts", "Paramedic", "opioid_analgesia", NOTHING, "", "", "standing", "barred"),
    ("new-york", "EMT", "epinephrine_im", NOTHING, "", "syringe_epinephrine", "barred", "barred"),
    ("new-mexico", "EMT", "blood_glucose_monitoring", NOTHING, "", "", "standing", "barred"),
    ("los-angeles-county", "EMT", "airway_nasal", NOTHING, "", "", "standing", "barred"),
    ("los-angeles-county", "EMT", "traction_splint", NOTHING, "", "", "standing", "barred"),
    ("los-angeles-county", "EMT", "oral_glucose", NOTHING, "", "", "standing", "barred"),
    ("los-angeles-county", "EMT", "aspirin_oral", OWN, "", "", "unknown", "barred"),
    ("los-angeles-county", "EMT", "beta_agonist_anticholinergic_inhaled", OWN, "", "", "unknown", "barred"),
    ("los-angeles-county", "EMT", "nitroglycerin_sl_patient_own", NOTHING, "", "", "standing", "barred"),
    ("wyoming", "EMT", "ecg_12lead_acquire_transmit", NOTHING, "", "", "standing", "barred"),
    ("wyoming", "EMT", "blood_glucose_monitoring", NOTHING, "", "", "standing", "barred"),
    ("wyoming", "EMT", "epinephrine_autoinjector_agency", NOTHING, "", "", "standing", "barred"),
]


@pytest.mark.parametrize(
    ("layer", "level", "skill", "situation", "endorsed", "trained", "without", "below"),
    FACTS,
    ids=[f"{fact[0]}-{fact[1]}-{fact[2]}" for fact in FACTS],
)
def test_each_fact_of_a_layer_is_granted_and_not_one_level_lower(
    layer: str, level: str, skill: str, situation: Situation, endorsed: str, trained: str, without: str, below: str
) -> None:
    levels = list(load_rulebook(layer).levels)
    assert asked(layer, level, skill, situation, endorsed=endorsed, trained=trained).kind == "standing"
    assert asked(layer, level, skill).kind == without
    lower = levels[levels.index(level) - 1]
    assert asked(layer, lower, skill, situation, endorsed=endorsed, trained=trained).kind == below


def test_wyoming_gives_emrs_what_the_national_model_does_not_and_caps_the_aspirin() -> None:
    for skill in ("airway_nasal", "mechanical_cpr_device", "traction_splint", "long_spine_board"):
        assert asked("wyoming", "EMR", skill).kind == "standing"
        assert asked("us-national", "EMR", skill).kind == "barred"
    for skill in ("tourniquet", "bp_automated", "cervical_collar"):
        assert asked("wyoming", "EMR", skill).because[-1].rule.startswith("wyoming/")
    assert asked("wyoming", "EMR", "aspirin_oral").kind == "standing"
    assert "at most 324 mg" in asked("wyoming", "EMR", "aspirin_oral").because[-1].text
    assert asked("wyoming", "EMR", "aspirin_oral", Situation(dose=Dose(324, "mg"))).kind == "standing"
    assert asked("wyoming", "EMR", "aspirin_oral", Situation(dose=Dose(325, "mg"))).kind == "barred"
    assert asked("wyoming", "EMR", "aspirin_oral", Situation(dose=Dose(1, "tablet"))).kind == "unknown"
    assert asked("wyoming", "EMT", "automatic_transport_ventilator").kind == "barred"
    assert asked("us-national", "EMT", "automatic_transport_ventilator").kind == "unknown"


def test_los_angeles_bars_placing_a_supraglottic_airway_and_starts_at_midnight_there() -> None:
    assert asked("los-angeles-county", "EMT", "airway_supraglottic").because[-1].rule.startswith("los-angeles-county/")
    rulebook = load_rulebook("los-angeles-county")
    assert datetime(2024, 7, 1, 7, tzinfo=UTC) in rulebook.change_instants


def test_canada_is_another_ladder_and_only_data() -> None:
    canada = load_rulebook("canada-national")
    assert list(canada.levels) == ["EMR", "PCP", "ACP", "CCP"]
    assert canada.can("PCP", "iv_access", AT).kind == "standing"
    assert canada.can("EMR", "iv_access", AT).kind == "barred"
    assert canada.can("ACP", "chest_tube_monitoring", AT).kind == "unknown"
    assert canada.can("CCP", "ketamine", AT).kind == "unknown"


def test_every_bundled_layer_but_the_complete_ones_says_that_it_is_partial() -> None:
    complete = {"us-national", "montana"}
    for name in ("us-national", "montana", "massachusetts", "new-york", "new-mexico", "los-angeles-county", "wyoming"):
        layer = next(one for one in read_layers([name], Faults()) if one.id == name)
        assert layer.partial == (name not in complete)
        assert all(rule.source and rule.confidence for rule in layer.rules)
