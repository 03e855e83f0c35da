"""The facts about what calls need are whole, sourced, and keep their clocks apart."""

from __future__ import annotations

import csv
import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from sixpoint.dispatch import Policy, load_call_types, load_policy, read_call_types
from sixpoint.errors import InputError

TABLES = Path(str(files("sixpoint.dispatch"))) / "data"


def test_all_43_call_types_are_there_with_needs_sources_and_confidence() -> None:
    call_types = load_call_types()
    assert len(call_types) == 43
    for call_type in call_types.values():
        assert call_type.needs, call_type.reason
        for need in call_type.needs:
            cited = {part.split()[0] for part in need.source.split(";")}
            assert cited <= set(call_types.sources)
            assert need.harm_per_min > 0
            assert (need.skill == "patient_transport") == need.transporting


def test_what_a_call_needs_agrees_with_the_facts_it_was_taken_from(shared: Path) -> None:
    call_types = load_call_types()
    with (shared / "facts" / "needs.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            call_type = call_types[row["dispatch_code"]]
            assert (call_type.reason, call_type.acuity) == (row["dispatch_reason"], row["acuity_hint"])
            skill = row["skill_id"]
            found = [need for need in call_type.needs if skill in need.any_of]
            if call_type.transport == "no" and skill == "patient_transport":
                assert not found
                continue
            assert found, f"{call_type.code} {skill}"
            if row["target_minutes"]:
                target_s = float(row["target_minutes"]) * 60
                assert any(need.target_s == target_s for need in found), f"{call_type.code} {skill}"
                on_alert = "clock: unit alert to arrival" in row["source"]
                assert any((need.clock == "alert") == on_alert for need in found), f"{call_type.code} {skill}"


def test_every_skill_named_is_one_of_the_rulebook_facts(shared: Path) -> None:
    with (shared / "facts" / "skills.csv").open(encoding="utf-8", newline="") as lines:
        known = {row["skill_id"] for row in csv.DictReader(lines)}
    for call_type in load_call_types().values():
        for need in call_type.needs:
            assert set(need.any_of) <= known


def test_the_policy_file_and_the_policy_struct_say_the_same() -> None:
    assert load_policy("default") == Policy()


MISTAKES = [
    ("needs.csv", "2301019,1,cpr,5,alert", "2301019,1,cpr,5,none", "a target and its clock belong together"),
    ("needs.csv", "2301019,1,cpr,5,alert", "2301019,1,cpr,five,alert", "which is not a number"),
    ("needs.csv", "2301019,1,cpr,5,alert", "9999999,1,cpr,5,alert", "column 'code' holds '9999999'"),
    ("needs.csv", "2301019,1,cpr", "2301019,2,cpr", "two needs of order 2"),
    ("needs.csv", "2301019,1,cpr", "2301019,1,", "column 'any_of' is empty"),
    ("needs.csv", ",arrest_cpr,", ",swift,", "no harm is given for critical swift"),
    ("needs.csv", "LAC-EMS", "RUMOUR", "source 'RUMOUR' is not known"),
    ("needs.csv", "code,order", "kode,order", "column 'code' is missing"),
    ("apart.csv", "2301059,5,4", "2301059,5,44", "call type 2301059 has no need 44"),
    ("apart.csv", "2301059,5,4", "230,5,4", "column 'code' holds '230'"),
    ("harm.csv", "critical,early,0.7", "critical,early,-1", "outside 0 to 1000"),
    ("call_types.csv", "2301021,Chest Pain (Non-Traumatic),emergent", "2301021,Chest Pain,urgent", "'urgent'"),
    ("call_types.csv", "2301021,", "2301019,", "call type 2301019 stands twice"),
]


@pytest.mark.parametrize(("table", "old", "new", "words"), MISTAKES)
def test_a_mistake_in_the_facts_is_named_with_file_and_line(
    tmp_path: Path, table: str, old: str, new: str, words: str
) -> None:
    folder = tmp_path / "data"
    shutil.copytree(TABLES, folder)
    text = (folder / table).read_text("utf-8")
    assert old in text
    (folder / table).write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(InputError) as raised:
        read_call_types(folder)
    assert any(words in fault.what and fault.where.startswith(table) for fault in raised.value.faults)


def test_a_condition_holds_for_all_its_needs_and_what_excludes_each_other_is_never_together() -> None:
    """A drowned patient without a pulse gets compressions, one who breathes a mask for that; nobody both."""
    drowning = load_call_types()["2301081"]
    by_skill = {need.skill: need.order for need in drowning.needs}
    everything = {need.order for need in drowning.needs}
    arrested = {need.skill for need in drowning.of_patient(everything)}
    assert {"cpr", "defibrillation_aed"} <= arrested and "cpap" not in arrested
    breathing = {need.skill for need in drowning.of_patient({by_skill["cpap"], by_skill["defibrillation_aed"]})}
    assert "cpap" in breathing and not {"cpr", "defibrillation_aed"} & breathing


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("max_units = 0", "Choose 1 to 8"),
        ("max_unitz = 3", "is not a policy"),
        ('order_delay_s = "soon"', "is not a policy"),
        ("order_delay_s = -1", "order_delay_s is -1"),
        ("order_delay_s = nan", "order_delay_s is nan"),
        ("unmet_horizon_s = 10", "less than late_horizon_s"),
        ("[arrival_target_s", "is not a policy"),
    ],
)
def test_a_policy_that_cannot_be_followed_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=words):
        load_policy(str(path))


def test_a_policy_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_policy("nowhere/policy.toml")
