"""Scenarios: TOML files that change anything of a region, also the rulebook; refused whole if anything is wrong."""

from sixpoint.plan.tiered.scenario.prepare import Prepared, prepare, region_folder, rulebook_of
from sixpoint.plan.tiered.scenario.text import Scenario, StopText, UnitChange, read_scenario

__all__ = ["Prepared", "Scenario", "StopText", "UnitChange", "prepare", "read_scenario", "region_folder", "rulebook_of"]
