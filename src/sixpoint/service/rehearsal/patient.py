"""The patient behind a call, drawn by seed: synthetic in every value that the region does not give.

The draw depends on the seed and the call alone, so that a change of units or rules meets the same patients.
All shares and durations here are judgements made for rehearsal, not clinical findings.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec
import numpy as np

from sixpoint.dispatch import CallType
from sixpoint.ops.decide.passing import ALERT_SKILL
from sixpoint.plan.pace import (
    BYSTANDER_CPR_SHARE,
    CONDITIONAL_NEED_SHARE,
    OFFLOAD_S,
    ON_SCENE_S,
    TO_PATIENT_S,
    TRANSPORT_SHARE,
)
from sixpoint.region import Call


class Patient(msgspec.Struct, frozen=True):
    """One synthetic patient: who, which needs of the call type apply, and how long things take (seconds).

    Each need is the skills of which any one meets it, the preferred first.
    """

    age_years: float
    sex: Literal["female", "male"]
    needs: tuple[tuple[str, ...], ...]
    in_cardiac_arrest: bool
    bystander_cpr: bool
    is_transported: bool
    on_scene_s: float
    to_patient_s: float
    offload_s: float
    chance: int


def draw_patient(call: Call, call_type: CallType, seed: int) -> Patient:
    """The patient of this call under this seed; what the call's row gives is taken from it."""
    rng = generator(seed, call.call_id)
    drawn = {need.order for need in call_type.needs if rng.random() < CONDITIONAL_NEED_SHARE}
    applying = call_type.of_patient(drawn)
    needs = dict.fromkeys(need.any_of for need in applying if not need.transporting)
    arrest = any("cpr" in any_of for any_of in needs)  # who needs compressions has no pulse, whatever the call said
    drawn_so = rng.random() < TRANSPORT_SHARE[call_type.transport]
    transported = drawn_so if call.transport is None else call.transport
    on_scene_s = float(rng.lognormal(np.log(ON_SCENE_S[0]), ON_SCENE_S[1]))
    offload_s = float(rng.lognormal(np.log(OFFLOAD_S[0]), OFFLOAD_S[1]))
    return Patient(
        age_years=float(np.clip(rng.normal(52, 22), 1, 99).round()),
        sex="female" if rng.random() < 0.5 else "male",
        needs=tuple(any_of for any_of in needs if transported or ALERT_SKILL not in any_of),
        in_cardiac_arrest=arrest,
        bystander_cpr=arrest and bool(rng.random() < BYSTANDER_CPR_SHARE),
        is_transported=transported,
        on_scene_s=on_scene_s if call.on_scene_s is None else call.on_scene_s,
        to_patient_s=float(rng.lognormal(np.log(TO_PATIENT_S[0]), TO_PATIENT_S[1])),
        offload_s=offload_s if call.at_hospital_s is None else call.at_hospital_s,
        chance=int(rng.integers(2**31)),
    )


def generator(seed: int, name: str) -> np.random.Generator:
    """A stream of random numbers of its own for each name: the same on any machine."""
    key = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(key[:16], "big")))
