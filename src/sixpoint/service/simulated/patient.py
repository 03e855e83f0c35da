"""The patient behind a simulated call: the needs are those that were drawn, and it is somebody who can have them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from sixpoint.care import Encounter, Pathway, Pathways, PatientDescribed, picture_of
from sixpoint.care.conditions import AllOf, AnyOf, Condition, NotSo, Number, judge
from sixpoint.care.picture import Picture
from sixpoint.plan.tiered.run import Run
from sixpoint.service.rehearsal.patient import Patient, generator

TRIES: Final = 100


def patient_of(run: Run, call: int, seed: int, pathways: Pathways) -> Patient:
    """The patient; age and sex are drawn here, as no simulation asks for them, and so that no need is barred by age."""
    row = run.calls[call]
    kind = run.service.types[run.service.types.codes[row["type"]]]
    real = [need for bit, need in enumerate(kind.needs) if row["mask"] >> bit & 1]
    needs = tuple(dict.fromkeys(need.any_of for need in real if not need.transporting))
    arrest = any("cpr" in any_of for any_of in needs)
    rng = generator(seed, f"simulated {call}")
    ages = np.clip(rng.normal(52, 22, TRIES), 1, 99).round().tolist()
    skills = {skill: pathways.naming(kind.code, skill) for any_of in needs for skill in any_of}
    return Patient(
        age_years=next((age for age in ages if may_be(age, skills.items())), ages[0]),
        sex="female" if rng.random() < 0.5 else "male",
        needs=needs,
        in_cardiac_arrest=arrest,
        bystander_cpr=arrest and bool(run.bystander_cpr[call]),
        is_transported=bool(row["carried"]),
        on_scene_s=int(row["on_scene"]) / 1000,
        to_patient_s=int(row["to_patient"]) / 1000,
        offload_s=int(row["offload"]) / 1000,
        chance=int(rng.integers(2**31)),
    )


def may_be(age_years: float, skills: Iterable[tuple[str, Sequence[Pathway]]]) -> bool:
    """Whether what is needed is for patients of that age, barred for none of them, and has a dose for them."""
    described = PatientDescribed(fact_id="", at_ms=0, author="", unit_id="", age_years=age_years)
    picture = picture_of(Encounter("", "", 0, (described,)), 0)
    for skill, pathways in skills:
        for_them = [one for one in pathways if _by_age(one.patients, picture) is not False]
        steps = [step for pathway in for_them for step in pathway.steps if skill in step.any_of]
        own = [step for step in steps if _by_age(step.when, picture) is not False]
        if pathways and not own:
            return False
        for step in own:
            doses = [_by_age(rule.when, picture) for rule in step.doses if skill in rule.skills]
            barred = any(_by_age(one.when, picture) for one in step.not_if)
            if barred or (doses and all(holds is False for holds in doses)):
                return False
    return True


def _by_age(condition: Condition | None, picture: Picture) -> bool | None:
    """What the age alone says of a condition: whether it holds; None where it turns on something else."""
    match condition:
        case AllOf(parts):
            found = [_by_age(part, picture) for part in parts]
            return False if False in found else None if None in found else True
        case AnyOf(parts):
            found = [_by_age(part, picture) for part in parts]
            return True if True in found else None if None in found else False
        case NotSo(part):
            holds = _by_age(part, picture)
            return None if holds is None else not holds
        case Number(name) if name == "age_years":
            return judge(condition, picture).holds
        case _:
            return None
