"""What a scenario says of study, demand, pace and cost, held against what can be; faults stand at their keys."""

from __future__ import annotations

import math
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from sixpoint.dispatch import CallTypes
from sixpoint.plan.tiered.scenario.text import DemandText, Scenario, StopText
from sixpoint.plan.tiered.shapes import Pace
from sixpoint.plan.written import Written
from sixpoint.tables import Faults

# What `measure.summarise` calls its figures; those of a skill begin with it and a colon.
FIGURES: Final = (
    "first at patient, mean s", "first at patient, 90th percentile s", "first on scene, mean s",
    "first on scene, 90th percentile s", "needs unmet, share of all", "calls",
)  # fmt: skip
OF_A_SKILL: Final = ("share met", "share on target", "mean s where met")
SHARE: Final = "Write a number from 0 to 1."


class Checking:
    """Notes what is wrong at the line of its key."""

    def __init__(self, written: Written, faults: Faults) -> None:
        self.written, self.faults = written, faults

    def fault(self, path: tuple[str | int, ...], what: str, remedy: str) -> None:
        """Notes one fault at a key of the scenario."""
        self.faults.add(self.written.where(*path), what, remedy)

    def has_file(self, path: tuple[str | int, ...], file: Path) -> bool:
        """Whether the file that a key names is there; if not, notes it at that key."""
        if not file.is_file():
            self.fault(path, f"there is no file '{file}'", "Write its path, relative to the folder of the scenario.")
        return file.is_file()


def check_study(scenario: Scenario, types: CallTypes, at: Checking) -> None:
    """Everything that needs neither the region nor the rulebook."""
    if not 1 <= scenario.days <= 3660:
        at.fault(("days",), f"days is {scenario.days}", "Write 1 to 3660.")
    if not 1 <= scenario.replications <= 10_000:
        at.fault(("replications",), f"replications is {scenario.replications}", "Write 1 to 10000.")
    if scenario.seed < 0:
        at.fault(("seed",), f"seed is {scenario.seed}", "Write a whole number, zero or more.")
    if not 0 <= scenario.warm_up_h < 24 * scenario.days:
        what = f"warm_up_h is {scenario.warm_up_h:g}"
        at.fault(("warm_up_h",), what, "Write hours from 0, fewer than are simulated.")
    if scenario.detect_warm_up and scenario.warm_up_h:
        at.fault(("detect_warm_up",), "detect_warm_up is asked for beside warm_up_h", "Give one of the two.")
    _check_stop(scenario.stop, scenario.replications, types, at)
    _check_demand(scenario.demand, types, at)
    for name, seconds in scenario.pace.items():
        if name.removesuffix("_s") not in Pace._fields or not name.endswith("_s"):
            known = ", ".join(f"{field}_s" for field in Pace._fields if field != "loses")
            at.fault(("pace", name), f"pace '{name}' is not known", f"Known are: {known}.")
        elif not (math.isfinite(seconds) and 0 <= seconds <= 86_400):
            at.fault(("pace", name), f"{name} is {seconds:g}", "Write seconds from 0 to 86400.")
    for kind, costs in (("person_hour", scenario.cost.person_hour), ("unit_hour", scenario.cost.unit_hour)):
        for name, value in costs.items():
            if not (math.isfinite(value) and value >= 0):
                at.fault(("cost", kind, name), f"{kind} of {name} is {value:g}", "Write an amount, zero or more.")


def _check_stop(stop: StopText, replications: int, types: CallTypes, at: Checking) -> None:
    skills = sorted({need.skill for code in types.codes for need in types[code].needs})
    known = [*FIGURES, *(f"{skill}: {of}" for skill in skills for of in OF_A_SKILL)]
    # Kinds of unit and curves of survival are known when the first replication has them; it refuses what it has not.
    if stop.figure not in known and not stop.figure.startswith(("utilisation of ", "survival of ")):
        near = get_close_matches(stop.figure, known, 5) or FIGURES
        at.fault(("stop", "figure"), f"no figure is called '{stop.figure}'", f"Close are: {'; '.join(near)}.")
    for name, width in (("half_width", stop.half_width), ("relative", stop.relative)):
        if width is not None and not (math.isfinite(width) and width > 0):
            at.fault(("stop", name), f"{name} is {width:g}", "Write a number above 0.")
    if stop.minimum < 2:
        at.fault(("stop", "minimum"), f"minimum is {stop.minimum}", "Write 2 or more; 10 is usual.")
    if (stop.half_width is not None or stop.relative is not None) and stop.minimum > replications:
        what = f"minimum is more than the {replications} replications"
        at.fault(("stop", "minimum"), what, "Raise `replications`.")


def check_mix(mix: Mapping[str, float], path: tuple[str | int, ...], types: CallTypes, at: Checking) -> None:
    """Shares of call types: known codes, shares, and together 1 if there are any."""
    for code, share in mix.items():
        if code not in types:
            at.fault((*path, code), f"'{code}' is not a known call type", "Write a NEMSIS eDispatch.01 code.")
        if not 0 <= share <= 1:
            at.fault((*path, code), f"the share of {code} is {share:g}, no share", SHARE)
    if mix and not math.isclose(sum(mix.values()), 1.0, abs_tol=1e-6):
        at.fault(path, f"the mix sums to {sum(mix.values()):g}", "Make the shares sum to 1.")


def _check_demand(demand: DemandText, types: CallTypes, at: Checking) -> None:
    if demand.source not in ("fit", "log"):
        what = f"source is '{demand.source}'"
        at.fault(("demand", "source"), what, "Write 'fit' (drawn) or 'log' (as it was).")
    if not (math.isfinite(demand.times) and 0 <= demand.times <= 1000):
        at.fault(("demand", "times"), f"times is {demand.times:g}", "Write a factor from 0 to 1000.")
    check_mix(demand.mix, ("demand", "mix"), types, at)
    if demand.source == "log" and demand.file is not None:
        at.fault(("demand", "file"), "a file of demand is named, but the source is 'log'", "Remove one of the two.")
    for name, allowed in (("season", ("fit", "flat")), ("places", ("fit", "streets"))):
        value = getattr(demand, name)
        if value not in allowed:
            at.fault(("demand", name), f"{name} is '{value}'", f"Write '{allowed[0]}' or '{allowed[1]}'.")
    for name, usual in (("first_day", None), ("season", "fit"), ("places", "fit")):
        if demand.file is None and getattr(demand, name) != usual:
            at.fault(("demand", name), f"{name} is told without a file of demand", "Name the file, or remove the line.")
    for name in ("conditional_need_share", "bystander_cpr_share"):
        value = getattr(demand, name)
        if value is not None and not 0 <= value <= 1:
            at.fault(("demand", name), f"{name} is {value:g}, no share", SHARE)
    for word, value in demand.transport_share.items():
        path = ("demand", "transport_share", word)
        if word not in ("yes", "likely", "no"):
            at.fault(path, f"'{word}' is not known", "Known are: yes, likely, no.")
        if not 0 <= value <= 1:
            at.fault(path, f"transport_share of {word} is {value:g}, no share", SHARE)
