"""`dispatch reassign` proposes what is worth changing at a call, in order, with what every call gains and loses."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sixpoint.cli.dispatch import dispatch
from sixpoint.errors import InputError, SixpointError

from .test_commands import JUNK, asked

BASIC = {"levels": ["EMT", "EMT"], "kit": "bls_ambulance", "can_transport": True}
MEDIC = {"levels": ["EMT", "Paramedic"], "kit": "als_ambulance", "can_transport": True}
ENGINE = {"levels": ["EMR", "EMR"], "kit": "responder_bag", "can_transport": False}
FALL = {"call_id": "fall", "dispatch_code": "2301033", "coming": ["M2"], "eta_s": {"M2": 240, "B3": 600}}
QUESTION: dict[str, Any] = {
    "call_id": "arrest",
    "dispatch_code": "2301019",
    "at": "2026-05-01T12:00:00Z",
    "units": [
        ENGINE | {"unit_id": "E7", "eta_s": 0},
        MEDIC | {"unit_id": "M1", "eta_s": 1080},
        MEDIC | {"unit_id": "M2", "eta_s": 180},
        BASIC | {"unit_id": "B3", "eta_s": 1500},
    ],
    "coming": ["M1"],
    "there": ["E7"],
    "others": [FALL],
}


def run(folder: Path, question: object, *words: str) -> Result:
    return CliRunner().invoke(dispatch, ["reassign", asked(folder, question), *words], standalone_mode=False)


def answer(folder: Path, question: object) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    result = run(folder, question, "--json")
    assert result.exception is None, result.exception
    *changes, total = (json.loads(line) for line in result.stdout.splitlines())
    assert result.return_value == (1 if changes else 0)
    return changes, total


def test_a_unit_is_diverted_from_a_lesser_call_which_is_sent_another_and_who_is_needless_then_is_cancelled(
    tmp_path: Path,
) -> None:
    changes, total = answer(tmp_path, QUESTION)
    assert [(one["of"], one["units"], one["instead_of"]) for one in changes] == [
        ("divert", ["M2"], "fall"),
        ("cancel", ["M1"], ""),
    ]
    here, there = changes[0]["effects"]
    assert (here["call_id"], here["dispatches"], here["releases"], here["units"]) == (
        "arrest",
        ["M2"],
        [],
        ["E7", "M1", "M2"],
    )
    assert "epinephrine_iv_arrest 15:00 sooner" in here["gains"]
    assert (there["dispatches"], there["releases"], there["unmet"]) == (["B3"], ["M2"], ["parenteral_analgesia"])
    assert "vital_signs_assessment 6:00 later" in there["loses"]
    assert total["units"] == ["E7", "M2"] and total["unmet"] == []


def test_people_read_each_change_in_order_with_what_every_call_has_then(tmp_path: Path) -> None:
    said = run(tmp_path, QUESTION).stdout
    assert said.startswith("arrest: 2301019 Cardiac Arrest/Death (critical); on it: E7 there, M1 in 18:00\n")
    assert "1. Divert M2 from fall to arrest: saves 50.4 points of harm at arrest and costs 10.2 at fall\n" in said
    assert (
        "   fall: is sent B3; loses M2; has then B3; harm 0.68, then 10.88\n     loses, 6:00 later: Vital signs" in said
    )
    assert "     unmet: Parenteral analgesia for pain\n" in said
    assert "2. Cancel M1: every need is met without it\n   arrest: loses M1; has then E7, M2;" in said


def test_a_free_unit_nearer_takes_the_place_of_one_on_its_way(tmp_path: Path) -> None:
    changes, total = answer(tmp_path, QUESTION | {"others": []})
    assert [(one["of"], one["units"], one["instead_of"]) for one in changes] == [("replace", ["M2"], "M1")]
    assert "Replace M1 by M2: M2 is free nearer" in run(tmp_path, QUESTION | {"others": []}).stdout
    assert "no other call is named from which a unit could be diverted" in total["nothing_more"]


def test_a_unit_that_is_worth_its_price_beside_the_free_one_is_not_replaced_by_it(tmp_path: Path) -> None:
    units = [BASIC | {"unit_id": "B1", "eta_s": 300}, MEDIC | {"unit_id": "M1", "eta_s": 200}]
    one_hand = [unit | {"hands": 1} for unit in units]
    alone = QUESTION | {"coming": ["B1"], "there": [], "others": []}
    assert [one["of"] for one in answer(tmp_path, alone | {"units": units})[0]] == ["replace"]
    changes, _ = answer(tmp_path, alone | {"units": one_hand})
    assert [(one["of"], one["units"]) for one in changes] == [("send", ["M1"])], "it takes both for two rescuers"


def test_free_units_are_sent_where_nobody_is_on_the_call(tmp_path: Path) -> None:
    changes, _ = answer(tmp_path, QUESTION | {"others": [], "coming": [], "there": []})
    assert [(one["of"], one["units"]) for one in changes] == [("send", ["E7", "M2"])]


def test_a_unit_is_cancelled_when_its_needs_are_not_needed_by_skill_or_by_number(tmp_path: Path) -> None:
    by_number = QUESTION | {"others": [], "not_needed": list(range(1, 14))}
    changes, total = answer(tmp_path, by_number)
    assert [(one["of"], one["units"]) for one in changes] == [("cancel", ["M1"])]
    assert changes[0]["saves"] == 0.0 and total["units"] == ["E7"]
    by_skill = QUESTION | {"others": [], "not_needed": ["defibrillation_manual", 1]}
    assert answer(tmp_path, by_skill)[0] == answer(tmp_path, QUESTION | {"others": [], "not_needed": [1, 3, 5]})[0]


def test_a_free_unit_that_gains_a_few_seconds_changes_nothing(tmp_path: Path) -> None:
    units = [BASIC | {"unit_id": "B1", "eta_s": 300}, BASIC | {"unit_id": "B2", "eta_s": 290}]
    fall = {"dispatch_code": "2301033", "coming": ["B1"], "there": [], "others": [], "units": units}
    assert answer(tmp_path, QUESTION | fall)[0] == []


NEAR = [QUESTION["units"][0], QUESTION["units"][1] | {"eta_s": 60}]
NOTHING = [
    ({"units": NEAR, "others": []}, ["no other call is named", "no unit is free", "is the last that helps"]),
    ({"others": [FALL | {"dispatch_code": "2301019"}]}, ["from a call that is as grave or graver (fall)"]),
    ({"others": [FALL | {"coming": [], "there": ["M2"], "eta_s": {}}]}, ["on its way to a lesser call (fall)"]),
    ({"units": [*NEAR, *QUESTION["units"][2:]]}, ["(fall) would save 5 points of harm more here than it costs"]),
    (
        {"units": [*NEAR, QUESTION["units"][3]], "others": []},
        ["would save 1 point of harm in the place of", "would save 0.5 points of harm beside"],
    ),
]


@pytest.mark.parametrize(("changed", "reasons"), NOTHING)
def test_where_nothing_is_worth_it_that_is_said_with_why(
    tmp_path: Path, changed: dict[str, Any], reasons: list[str]
) -> None:
    result = run(tmp_path, QUESTION | changed)
    assert result.return_value == 0, result.stdout
    assert "Nothing is worth changing:\n" in result.stdout
    for reason in reasons:
        assert reason in result.stdout


def test_a_unit_without_a_time_is_noted_and_not_looked_at(tmp_path: Path) -> None:
    units = [unit if unit["unit_id"] != "M2" else unit | {"eta_s": None} for unit in QUESTION["units"]]
    changes, total = answer(tmp_path, QUESTION | {"units": units})
    assert changes == []
    assert total["notes"] == ["M2 is not looked at for arrest: the time there is not known: give it in seconds"]


def test_what_nobody_on_the_call_meets_is_told(tmp_path: Path) -> None:
    alone = QUESTION | {"units": QUESTION["units"][:1], "coming": [], "others": []}
    result = run(tmp_path, alone)
    assert result.return_value == 0
    assert "Nobody on it meets: " in result.stdout and "Epinephrine IV/IO in cardiac arrest" in result.stdout


MISTAKES = [
    ({"coming": ["X"]}, "call arrest: there is no unit 'X'"),
    ({"others": [FALL | {"eta_s": {"M2": 240, "X": 1}}]}, "call fall: there is no unit 'X'"),
    ({"coming": ["M1", "M2"]}, "unit M2: is on its way to, or at, arrest and fall"),
    ({"coming": ["M1", "E7"]}, "unit E7: is on its way to, or at, arrest and arrest"),
    ({"units": [*QUESTION["units"], QUESTION["units"][0]]}, "unit E7: is listed twice"),
    ({"others": [FALL, FALL | {"coming": []}]}, "call fall: is named twice"),
    ({"others": [FALL | {"eta_s": {"B3": 600}}]}, "unit M2: the time to fall is not known"),
    ({"others": [FALL | {"eta_s": {"M2": -1}}]}, "unit M2: the time to fall is -1 s, less than nothing"),
    ({"there": ["E7", "B3"]}, "unit B3: is at arrest, and its time there is 1500 s"),
    ({"not_needed": ["levitate"]}, "arrest: not_needed: there is no need 'levitate'"),
    ({"not_needed": [99]}, "there is no need '99'"),
    ({"dispatch_code": "99"}, "call type '99' is not known"),
    ({"others": [FALL | {"dispatch_code": "99"}]}, "others[0].dispatch_code: call type '99'"),
    ({"others": [{"call_id": "fall"}]}, "others[0]"),
    ({"policy": {"divert_gain": -1}}, "divert_gain"),
    ({"units": [QUESTION["units"][0] | {"levels": ["Wizard"]}]}, "there is no unit 'M1'"),
]


@pytest.mark.parametrize(("changed", "words"), MISTAKES)
def test_a_situation_with_a_mistake_is_refused_by_name(tmp_path: Path, changed: dict[str, Any], words: str) -> None:
    result = run(tmp_path, QUESTION | changed)
    assert isinstance(result.exception, InputError) and words in str(result.exception), result.exception
    assert not result.stdout


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"dispatch_code": "2301019", "units": NaN}'])
def test_what_is_no_situation_is_refused(tmp_path: Path, text: str) -> None:
    assert "is not a question" in str(run(tmp_path, text).exception)
    absent = CliRunner().invoke(dispatch, ["reassign", str(tmp_path / "absent")], standalone_mode=False)
    assert "cannot be read" in str(absent.exception)


def some_situation(rng: random.Random) -> dict[str, Any]:
    units, others, times = [], [], [60, 180, 400, 900, 1500]
    for number in range(rng.randint(1, 7)):
        units.append(rng.choice([BASIC, MEDIC, ENGINE]) | {"unit_id": f"U{number}", "eta_s": rng.choice(times)})
    names = [unit["unit_id"] for unit in units]
    rng.shuffle(names)
    calls = [[names.pop() for _ in range(min(len(names), rng.randint(0, 2)))] for _ in range(3)]
    for number, coming in enumerate(calls[1:]):
        etas = {unit["unit_id"]: rng.choice(times) for unit in units}
        code = rng.choice(["2301033", "2301001", "2301019"])
        others.append({"call_id": f"o{number}", "dispatch_code": code, "coming": coming, "eta_s": etas})
    policy = {"scarce_skills": rng.choice([[], ["defibrillation_manual"]]), "divert_gain": rng.choice([0.5, 5])}
    code = rng.choice(["2301019", "2301021", "2301033"])
    return QUESTION | {
        "units": units, "coming": calls[0], "there": [], "others": others, "dispatch_code": code, "policy": policy,
    }  # fmt: skip


def done(situation: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    """The situation once the changes are made, as a dispatcher would make them."""
    on: dict[str, list[str]] = {"arrest": list(situation["coming"])}
    on |= {other["call_id"]: list(other["coming"]) for other in situation["others"]}
    for change in changes:
        for effect in change["effects"]:
            at = on[effect["call_id"]]
            assert set(effect["releases"]) <= set(at), "only a unit that is on the call leaves it"
            at[:] = [unit for unit in at if unit not in effect["releases"]]
        for effect in change["effects"]:
            assert not set(effect["dispatches"]) & {unit for at in on.values() for unit in at}, "it is on a call"
            on[effect["call_id"]] += effect["dispatches"]
            assert sorted(on[effect["call_id"]]) == sorted(effect["units"])
    others = [other | {"coming": on[other["call_id"]]} for other in situation["others"]]
    return situation | {"coming": on["arrest"], "others": others}


@pytest.mark.parametrize("seeds", [range(start, start + 100) for start in range(0, 600, 100)])
def test_changes_follow_from_each_other_and_once_they_are_made_nothing_more_is_worth_it(
    tmp_path: Path, seeds: range
) -> None:
    for seed in seeds:
        situation = some_situation(random.Random(seed))
        changes, total = answer(tmp_path, situation)
        after = done(situation, changes)
        assert sorted(after["coming"]) == sorted(total["units"]), f"seed {seed}"
        again, same = answer(tmp_path, after)
        assert again == [] and same["harm"] == total["harm"], f"seed {seed}"


PLACES: tuple[tuple[Any, ...], ...] = (
    *(("units", 1, key) for key in ("unit_id", "levels", "kit", "can_transport", "eta_s", "hands", "cover_cost")),
    *(("others", 0, key) for key in ("call_id", "dispatch_code", "coming", "there", "eta_s", "not_needed")),
    *((key,) for key in ("call_id", "dispatch_code", "at", "coming", "there", "not_needed", "others", "policy")),
    *((("others", 0, "eta_s", "M2"), ("others", 0, "eta_s", "B3"), ("units", 1), ("others", 0), ("units",))),
)
NAMES: tuple[Any, ...] = (["M1"], ["M1", "M1"], ["E7"], [5], ["cpr"], ["X"], {"M2": 1e300}, {"M2": 0, "M1": 0})


@given(st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from((*JUNK, *NAMES))), min_size=1, max_size=3))
@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_junk_in_any_place_is_answered_or_refused_by_name(
    tmp_path: Path, junk: list[tuple[tuple[Any, ...], Any]]
) -> None:
    question = json.loads(json.dumps(QUESTION))
    for at, value in junk:
        into = question
        try:
            for key in at[:-1]:
                into = into[key]
            into[at[-1]] = json.loads(json.dumps(value))
        except (TypeError, IndexError, KeyError):
            continue  # an earlier piece of junk has taken the place
    result = run(tmp_path, question)
    if result.exception is None:
        assert result.return_value in (0, 1)
        assert "Nothing is worth changing:" in result.stdout or "\n1. " in result.stdout
    else:
        assert isinstance(result.exception, SixpointError) and str(result.exception), result.exception
