"""`sixpoint dispatch cover` and `rendezvous` keep to what the policy and `dispatch choose` say of the same region."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from sixpoint.cli.dispatch import dispatch
from sixpoint.dispatch import Policy, load_call_types
from sixpoint.dispatch.cover_classes import load_cover_classes
from sixpoint.errors import InputError
from sixpoint.region import bundled_region, read_region
from sixpoint.service.cover import cover_of

SCENE = ("--scene", "-100.243245,41.974620")
MEETING = ("rendezvous", "riverton", *SCENE, "--advanced", "-100.286560,41.898353")


def run(*words: str) -> Result:
    return CliRunner().invoke(dispatch, words, standalone_mode=False)


def answer(*words: str) -> dict[str, Any]:
    result = run(*words, "--json")
    assert result.exception is None, result.exception
    return dict(json.loads(result.stdout))


def refusal(*words: str) -> str:
    refused = run(*words).exception
    assert isinstance(refused, InputError), refused
    return str(refused)


@pytest.mark.parametrize(
    "asked",
    [
        ("--type", "chest pain"),
        ("--type", "sick"),
        ("--type", "stroke", "--closed", "general"),
        ("--type", "falls", "--suspected", "burn"),
        ("--type", "falls", "--closed", "general", "--at", "03:00"),
    ],
)
def test_the_hospital_of_a_meeting_is_the_one_that_choose_takes_the_patient_to(asked: tuple[str, ...]) -> None:
    words = [word if word != "sick" else "2301061" for word in asked]
    chosen = answer("choose", "riverton", *SCENE, *words)["destination"]
    found = answer(*MEETING, *words)
    assert found["facility_id"] == chosen["facility_id"] and found["destination"] == chosen
    assert "No condition was considered" not in run(*MEETING, *words).stdout


def test_a_meeting_on_the_way_to_a_hospital_that_nobody_weighed_says_so() -> None:
    assert "No condition was considered: general is the nearest open one" in run(*MEETING).stdout
    assert (
        "No condition was considered: general is the one that was named"
        in run(*MEETING, "--facility", "general").stdout
    )
    assert "burn" not in run(*MEETING, "--suspected", "burn").stdout.partition("No condition")[2]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--ready", "100000"), "--ready: is 100000. Give minutes from now, 0 to 1440"),
        (("--ready", "nan"), "--ready: is nan"),
        (("--facility", "mercy"), "--facility: 'mercy' is not of this region"),
        (("--facility", "general", "--type", "falls"), "--facility: is named, and what is to choose one"),
        (("--closed", "mercy"), "--closed: there is no facility 'mercy'"),
        (("--type", "crash"), "--type: 'crash' may be 2 call types"),
        (("--suspected", "child"), "--suspected: there is no capability 'child'"),
        (("--scene", "-100.6,41.9"), "scene: -100.6,41.9 lies "),
        (("--advanced", "-100.6,41.9"), "advanced unit: -100.6,41.9 lies "),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_is_wrong_with_a_meeting_is_named(words: tuple[str, ...], said: str) -> None:
    assert said in refusal(*MEETING, *words)


def test_a_meeting_snaps_no_farther_than_the_region_allows(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    text = (folder / "region.toml").read_text("utf-8")
    kept = [line for line in text.splitlines() if not line.startswith("snap_limit_m")]
    (folder / "region.toml").write_text("\n".join(["snap_limit_m = 20", *kept]), "utf-8")
    assert "more than 20 m" in refusal("rendezvous", str(folder), *MEETING[2:])


def copied(tmp_path: Path) -> Path:
    folder = tmp_path / "copied"
    shutil.copytree(bundled_region("riverton"), folder)
    return folder


def test_no_unit_or_post_is_proposed_that_the_policy_does_not_move() -> None:
    region = read_region(bundled_region("riverton"), load_call_types().codes)
    kind_of = {unit.call_sign: unit.kind for unit in region.units.values()}
    post_kind = {post.name: post.kind for post in region.posts.values()}
    at = region.starts_at.replace(hour=15)

    def moves(**changed: Any) -> set[tuple[str, str]]:
        policy = msgspec.structs.replace(Policy(), move_up_most=8, **changed)
        found = cover_of(
            region,
            load_call_types(),
            load_cover_classes(),
            at,
            busy_share=0.3,
            least_gain=0.0,
            longest_s=3600,
            policy=policy,
        )
        return {(kind_of[call_sign], post_kind[goal]) for call_sign, _, goal, _, _ in found.moves}

    every_unit, every_post = tuple(set(kind_of.values())), tuple(set(post_kind.values()))
    open_to_all = moves(move_up_unit_kinds=every_unit, move_up_post_kinds=every_post)
    kept = moves()
    assert kept < open_to_all | kept, "without the policy other kinds would be proposed"
    assert {unit for unit, _ in kept} <= set(Policy().move_up_unit_kinds)
    assert {post for _, post in kept} <= set(Policy().move_up_post_kinds)
    assert {post for _, post in moves(move_up_post_kinds=("volunteer",))} == {"volunteer"}
    assert not moves(move_up_post_kinds=()) and not moves(move_up_unit_kinds=())


def test_the_policy_that_is_named_says_where_units_may_wait(tmp_path: Path) -> None:
    assert "posts of the kinds station, street, hospital" in " ".join(run("cover", "riverton").stdout.split())
    policy = tmp_path / "still.toml"
    bundled = (Path(__file__).parents[2] / "src/sixpoint/dispatch/data/policy_default.toml").read_text("utf-8")
    kinds = 'move_up_post_kinds = ["station", "street", "hospital"]'
    assert kinds in bundled
    policy.write_text(bundled.replace(kinds, "move_up_post_kinds = []"), "utf-8")
    result = run("cover", "riverton", "--at", "15:00", "--policy", str(policy))
    assert result.return_value == 0 and "No unit would cover more from another post." in result.stdout


def test_a_region_without_calls_has_nothing_to_measure_and_no_share(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    calls = folder / "calls.csv"
    calls.write_text(calls.read_text("utf-8").splitlines()[0] + "\n", "utf-8")
    result = run("cover", str(folder))
    assert result.exception is None and result.return_value == 0
    assert "has no calls: there is nothing to measure the cover by" in result.stdout and "%" not in result.stdout
    assert {one["share_covered"] for one in answer("cover", str(folder))["classes"]} == {None}


def test_with_nobody_on_duty_that_is_said_and_found(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    shifts = folder / "shifts.csv"
    head, *rows = shifts.read_text("utf-8").splitlines()
    hours = "2026-05-15T13:00:00-05:00,2026-05-15T19:00:00-05:00"
    late = dict.fromkeys(f"{','.join(row.split(',')[:2])},{hours}" for row in rows)
    shifts.write_text("\n".join([head, *late, ""]), "utf-8")
    result = run("cover", str(folder))
    assert result.exception is None and result.return_value == 1, result.exception
    assert "Nobody is on duty at 12:00: no call finds a unit." in result.stdout
