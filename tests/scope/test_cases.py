"""Cases that a medical director can read and write: what lies on what, what is asked, what the answer is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from sixpoint.scope import Dose, Rulebook, Situation, load_rulebook

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "cases" / "verbs.yaml").read_text("utf-8"))
RANKS = ("state", "agency", "medical_director")


def rulebook_of(case: dict[str, Any], folder: Path) -> tuple[Rulebook, str]:
    names, skill = [], ""
    for rank in RANKS:
        rules = case.get(rank)
        if rules is None:
            continue
        for rule in rules:
            rule["for"] = "EMT"
            skill = next(rule[verb] for verb in ("allow", "limit", "bar", "open") if verb in rule)
        layer = {
            "overlay": rank.replace("_", "-"),
            "title": rank,
            "ladder": "us",
            "rank": rank,
            "authority": rank,
            "version": "1",
            "from": "2026-01-01",
            "sources": {"s": {"title": "A case"}},
            "source": "s",
            "confidence": "judgement",
            "endorsements": case.get("endorsements", {}),
            "trainings": case.get("trainings", {}),
            "rules": rules,
        }
        path = folder / f"{rank}.yaml"
        path.write_text(yaml.safe_dump(layer), "utf-8")
        names.append(str(path))
    return load_rulebook(names[0], names[1:]), skill


def situation_of(ask: dict[str, Any]) -> Situation:
    dose = ask.get("dose")
    return Situation(
        order_from_medical_control=ask.get("order"),
        in_cardiac_arrest=ask.get("arrest"),
        patient_own_medication=ask.get("own"),
        patient_age_years=ask.get("age"),
        public_health_emergency=ask.get("emergency"),
        route=ask.get("route"),
        dose=Dose(dose, "mg") if dose is not None else None,
        skills_done=frozenset(ask["after"]) if "after" in ask else None,
    )


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_the_case_holds(case: dict[str, Any], tmp_path: Path) -> None:
    rulebook, skill = rulebook_of(case, tmp_path)
    for ask in case["ask"]:
        verdict = rulebook.can(
            "EMT",
            skill,
            datetime.fromisoformat(ask["at"]) if "at" in ask else datetime(2026, 5, 1, tzinfo=UTC),
            situation=situation_of(ask),
            endorsements=frozenset(filter(None, [ask.get("endorsement")])),
            trainings=frozenset(filter(None, [ask.get("training")])),
        )
        assert verdict.kind == ask["kind"], (ask, verdict)
        assert all(reason.source == "A case" for reason in verdict.because)
