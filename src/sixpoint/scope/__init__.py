"""The rulebook: may this clinician perform this skill, at this instant, here, under these orders? And why?"""

from sixpoint.scope.conditions import Dose, Situation
from sixpoint.scope.crew import Capability, clinician_capability, crew_capability, equipment_of_kit, next_change
from sixpoint.scope.gates import level_by_gate, may, practice_level
from sixpoint.scope.ladder import Ladder, Level, NemsisCodes
from sixpoint.scope.layers import AttendantRule, Layer, Rule, Span
from sixpoint.scope.load import bundled_layers, load_rulebook
from sixpoint.scope.person import Clinician, Credential, Gate, Held, Lesson, Performance
from sixpoint.scope.rulebook import Rulebook
from sixpoint.scope.skills import Skill
from sixpoint.scope.verdict import Reason, Verdict

__all__ = [
    "AttendantRule",
    "Capability",
    "Clinician",
    "Credential",
    "Dose",
    "Gate",
    "Held",
    "Ladder",
    "Layer",
    "Lesson",
    "Level",
    "NemsisCodes",
    "Performance",
    "Reason",
    "Rule",
    "Rulebook",
    "Situation",
    "Skill",
    "Span",
    "Verdict",
    "bundled_layers",
    "clinician_capability",
    "crew_capability",
    "equipment_of_kit",
    "level_by_gate",
    "load_rulebook",
    "may",
    "next_change",
    "practice_level",
]
