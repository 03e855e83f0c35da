"""The house holds: no clock and no random number below the doors, no level compared outside scope."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "sixpoint"
PURE_ROOMS = ("scope", "road", "region", "dispatch", "care", "ops", "store", "plan", "record")
PURE_FILES = sorted(path for room in PURE_ROOMS for path in (SOURCE / room).rglob("*.py"))
OUTSIDE_SCOPE = sorted(path for path in SOURCE.rglob("*.py") if SOURCE / "scope" not in path.parents)

CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
CLOCKS |= {("time", "time_ns"), ("uuid", "uuid1"), ("uuid", "uuid4"), ("os", "urandom"), ("random", "random")}
CLOCKS |= {("random", name) for name in ("choice", "choices", "shuffle", "uniform", "gauss", "randint", "seed")}
LEVEL_NAMES = {"EMR", "EMT", "AEMT", "Paramedic", "emr", "emt", "aemt", "paramedic", "PCP", "ACP", "CCP", "ALS", "BLS"}


def named(path: Path) -> str:
    return str(path.relative_to(SOURCE))


@pytest.mark.parametrize("path", PURE_FILES, ids=named)
def test_no_clock_and_no_global_random_number_below_the_doors(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    modules = {
        name.asname or name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    modules |= {"datetime", "date"}  # classes, imported from their module
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in ("random", "time", "uuid", "os"):
            taken = {(node.module, name.name) for name in node.names}
            assert not taken & CLOCKS, f"{named(path)}:{node.lineno} reads the outside world"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            assert (node.value.id, node.attr) not in CLOCKS, f"{named(path)}:{node.lineno} reads the outside world"


@pytest.mark.parametrize("path", OUTSIDE_SCOPE, ids=named)
def test_no_level_name_is_compared_outside_scope(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            members = [item for side in sides if isinstance(side, ast.Tuple | ast.List | ast.Set) for item in side.elts]
            for side in [*sides, *members]:
                is_level = isinstance(side, ast.Constant) and side.value in LEVEL_NAMES
                assert not is_level, f"{named(path)}:{node.lineno} compares a level by name"
        if isinstance(node, ast.MatchValue) and isinstance(node.value, ast.Constant):
            assert node.value.value not in LEVEL_NAMES, f"{named(path)}:{node.value.lineno} matches a level by name"
