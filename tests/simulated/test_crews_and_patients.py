"""Who is on which unit in a rehearsal of several days, and who the patients of drawn calls are."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from sixpoint.care import instant, load_pathways
from sixpoint.dispatch import load_call_types
from sixpoint.ops import events as e
from sixpoint.plan.tiered.scenario import Prepared, Scenario, prepare, read_scenario
from sixpoint.scope import practice_level
from sixpoint.service.opening import ms
from sixpoint.service.simulated.crews import changes, renewals
from sixpoint.service.simulated.patient import may_be

from .told import HARD, told

DAY_MS = 86_400_000
# One paramedic by name, at two cars one after the other.
ONE_PERSON = """
region = "riverton"
days = 1
seed = 1
demand.times = 3.0
[[unit]]
unit_id = "N1"
kind = "quick_response"
post = "station-2"
kit = "als_quick_response"
[[shift]]
unit_id = "N1"
clinicians = ["p029"]
from_h = 8
to_h = 19
[[shift]]
unit_id = "Q1"
clinicians = ["p029"]
from_h = 19
to_h = 24
[[shift]]
unit_id = "Q1"
clinicians = ["p030"]
from_h = 0
to_h = 19
"""


@pytest.fixture(scope="module")
def long() -> Prepared:
    return prepare(Scenario("riverton", days=12, seed=1), Path())


def test_a_region_of_one_day_has_the_same_crews_on_each_of_its_repetitions(long: Prepared) -> None:
    starts_ms = ms(long.region.starts_at)
    found = changes(long, starts_ms + 3 * DAY_MS)
    days = [[(one.at_ms - starts_ms - n * DAY_MS, one.unit_id, one.clinician_ids) for one in found] for n in range(3)]
    own = [[row for row in day if 0 <= row[0] < DAY_MS] for day in days]
    assert own[1] == own[2] and {row for row in own[1] if row[0]} == {row for row in own[0] if row[0]}
    for one in found:
        at = long.region.starts_at + timedelta(milliseconds=(one.at_ms - starts_ms) % DAY_MS)
        assert one.clinician_ids == tuple(who.id for who in long.region.crew(one.unit_id, at))


def test_nobody_is_on_a_unit_that_is_out_of_service() -> None:
    prepared = prepare(read_scenario(HARD), HARD.parent, file=HARD)
    starts_ms = ms(prepared.region.starts_at)
    own = [one for one in changes(prepared, starts_ms + DAY_MS) if one.unit_id == "A11"]
    by_hour = {(one.at_ms - starts_ms) / 3_600_000: one.clinician_ids for one in own}
    assert by_hour[12.0] == () and by_hour[15.0] == by_hour[7.0] != ()


def test_a_credential_that_ends_meanwhile_moves_along_with_the_days(long: Prepared) -> None:
    """Riverton is one day: whoever may practise on it may do so each time that it comes again."""
    starts = long.region.starts_at
    ends = {one.ends for one in long.region.clinicians["p012"].credentials}
    assert any(end is not None and starts < end < starts + timedelta(days=12) for end in ends)
    found = dict[str, list[int]]()
    for at_ms, person in renewals(long, ms(starts) + 12 * DAY_MS):
        found.setdefault(person.id, []).append(at_ms)
        level = practice_level(long.region.rules, person, instant(at_ms))
        assert level == practice_level(long.region.rules, long.region.clinicians[person.id], starts)
    assert found["p012"] == [ms(starts) + n * DAY_MS for n in range(1, 12)]
    assert "p001" not in found


def test_who_is_still_on_another_unit_is_stood_in_for_and_that_is_told(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(ONE_PERSON, "utf-8")
    run = told(prepare(read_scenario(tmp_path / "one.toml"), tmp_path))
    assert run.script.differences and len(run.service.refused) == len(run.script.differences)
    for one in run.script.differences:
        assert (one.what, one.about, one.simulated) == ("crew", "Q1", "p029") and "N1" in one.live
    crews: dict[str, set[str]] = {}
    for event in run.service.events:
        if isinstance(event, e.CrewSignedOn):
            crews[event.unit_id] = {member.clinician_id for member in event.members}
        elif isinstance(event, e.CrewSignedOff):
            crews[event.unit_id] = set()
        aboard = [who for crew in crews.values() for who in crew]
        assert len(aboard) == len(set(aboard))


def test_patients_are_of_an_age_for_what_they_need() -> None:
    """Magnesium for asthma has a dose from two years on, atropine for a slow heart and aspirin are for adults."""
    pathways = load_pathways()
    for code, skill, least in (
        ("2301013", "magnesium_iv", 2),
        ("2301019", "atropine_iv", 15),
        ("2301021", "aspirin_oral", 15),
    ):
        named = [(skill, pathways.naming(code, skill))]
        assert [may_be(age, named) for age in (least - 1, least, 60)] == [False, True, True], code
    for code, kind in load_call_types().items():
        skills = [skill for need in kind.needs for skill in need.any_of]
        assert may_be(50, [(skill, pathways.naming(code, skill)) for skill in skills]), code
