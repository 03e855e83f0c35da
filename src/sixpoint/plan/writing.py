"""Writes values as TOML, for files that people read and change."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any


def toml_table(name: str, row: Mapping[str, Any]) -> list[str]:
    """The lines of one more row of a list of tables."""
    return ["", f"[[{name}]]", *(f"{key} = {toml_value(value)}" for key, value in row.items())]


def toml_value(value: Any) -> str:
    """A text, number, truth value or list; whole numbers are written without a fraction."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(toml_value(one) for one in value)}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and math.isfinite(value) and value == int(value) and abs(value) < 1e6:
        return f"{value:g}"
    return str(value)
