"""How a service wants to choose within the law: policies are data, and each number here is a judgement to replace.

No policy can make a unit count for a need that it may not perform: legality is a filter, never a weight.
"""

from __future__ import annotations

import hashlib
import math
from importlib.resources import files
from pathlib import Path

import msgspec

from sixpoint.errors import Fault, InputError

MOST = 10_000_000  # of any number of a policy, so that sums of them stay whole


class ByAcuity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One number for each acuity of call."""

    critical: float
    emergent: float
    lower_acuity: float
    non_acute: float


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A service's policy; `data/policy_default.toml` says what each number means and why it is what it is."""

    name: str = "default"
    max_units: int = 4
    arrival_target_s: ByAcuity = ByAcuity(300, 540, 1200, 3600)
    early_harm_share: ByAcuity = ByAcuity(0.5, 0.2, 0.0, 0.0)
    contingent_harm_share: ByAcuity = ByAcuity(1.0, 1.0, 1.0, 1.0)
    order_delay_s: float = 120
    late_horizon_s: float = 7200
    unmet_horizon_s: float = 10800
    additional_unit_price: float = 0.5
    first_response_gain_s: float = 60
    scarce_skills: tuple[str, ...] = (
        "cardiac_rhythm_interpretation",
        "defibrillation_manual",
        "endotracheal_intubation",
        "transcutaneous_pacing",
    )
    scarce_gain_s: float = 240
    scarce_cover_cost: float = 1.0
    mutual_aid_gain_s: float = 300
    lights_and_sirens: tuple[str, ...] = ("critical", "emergent")
    passed_over_shown: int = 10
    bypass_limit_s: float = 1200
    override_diversion_for: tuple[str, ...] = ()
    divert_gain: float = 5.0
    replace_gain: float = 1.0
    rendezvous: bool = True
    rendezvous_gain_s: float = 120
    rendezvous_handover_s: float = 180
    rendezvous_weighs_hospital: bool = True
    duplicate_within_s: float = 600
    duplicate_within_m: float = 80
    weigh_cover: bool = False
    move_up: bool = False
    move_up_least_gain: float = 0.02
    move_up_longest_s: float = 900
    move_up_most: int = 3
    move_up_busy_share: float = 0.3
    move_up_unit_kinds: tuple[str, ...] = ("ambulance", "quick_response")
    move_up_post_kinds: tuple[str, ...] = ("station", "street", "hospital")

    def __post_init__(self) -> None:
        faults = list(self._faults())
        if faults:
            raise InputError(faults)

    def _faults(self) -> list[Fault]:
        where = f"policy '{self.name}'"
        faults = []
        if not 1 <= self.max_units <= 8:
            faults.append(Fault(where, f"max_units is {self.max_units}", "Choose 1 to 8 units."))
        numbers = {
            name: getattr(self, name)
            for name in self.__struct_fields__
            if isinstance(getattr(self, name), float | int) and name != "max_units"
        }
        for group in ("arrival_target_s", "early_harm_share", "contingent_harm_share"):
            for acuity in ByAcuity.__struct_fields__:
                numbers[f"{group}.{acuity}"] = getattr(getattr(self, group), acuity)
        for name, value in numbers.items():
            if not (math.isfinite(value) and 0 <= value <= MOST):
                faults.append(Fault(where, f"{name} is {value:g}", f"Write a number from 0 to {MOST:,}."))
        for acuity in ByAcuity.__struct_fields__:
            share = getattr(self.contingent_harm_share, acuity)
            if share > 1:
                what = f"contingent_harm_share.{acuity} is {share:g}"
                faults.append(Fault(where, what, "Give a share from 0 to 1."))
        if self.move_up_busy_share >= 1:
            share = f"move_up_busy_share is {self.move_up_busy_share:g}"
            faults.append(Fault(where, share, "Give a probability from 0 to under 1."))
        if self.unmet_horizon_s < self.late_horizon_s:
            faults.append(
                Fault(
                    where,
                    "unmet_horizon_s is less than late_horizon_s",
                    "An unmet need must weigh at least as much as one met late.",
                )
            )
        return faults

    @property
    def hash(self) -> str:
        """Names the content of the policy."""
        return f"sha256:{hashlib.sha256(msgspec.json.encode(self)).hexdigest()}"


def load_policy(name_or_path: str = "default") -> Policy:
    """A bundled policy by name, or one from a TOML file; what the file leaves out is as in `Policy`.

    Raises `InputError` for a file that cannot be read, an unknown key or a value of the wrong kind.
    """
    bundled = files("sixpoint.dispatch") / "data" / f"policy_{name_or_path}.toml"
    try:
        data = bundled.read_bytes() if bundled.is_file() else Path(name_or_path).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = getattr(error, "strerror", None) or error
        raise InputError.one(f"policy {name_or_path!r}", f"cannot be read ({reason})", "Name a policy file.") from None
    try:
        return msgspec.toml.decode(data, type=Policy)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError.one(name_or_path, f"is not a policy ({error})", "Compare with the default policy.") from None
