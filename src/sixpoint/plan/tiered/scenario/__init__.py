"""Scenarios: TOML files that change anything of a region, also the rulebook; refused whole if anything is wrong."""

from sixpoint.plan.tiered.scenario.prepare import Prepared, prepare
from sixpoint.plan.tiered.scenario.text import Scenario, StopText, UnitChange, read_scenario

__all__ = ["Prepared", "Scenario", "StopText", "UnitChange", "prepare", "read_scenario"]
