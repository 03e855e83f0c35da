"""Reads the few expressions that JEMSS files hold, without ever running them as code.

JEMSS evaluates the text of its configuration files as Julia. Here: numbers, products and quotients of numbers, and
named distributions of such numbers; anything else is refused with what was read.
"""

from __future__ import annotations

import ast
import math
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from sixpoint.errors import InputError

# Longer text is no expression of this kind, and would only be work for the parser.
LONGEST: Final = 200
# Distribution -> how many parameters it has, in the order of Julia's Distributions.jl.
PARAMETERS: Final = {"Normal": 2, "LogNormal": 2, "Exponential": 1, "Gamma": 2, "Uniform": 2, "Dirac": 1}


class Distribution(msgspec.Struct, frozen=True):
    """A named distribution with its parameters as in Distributions.jl (Exponential by mean, Gamma by shape, scale)."""

    name: str
    parameters: tuple[float, ...]

    @property
    def constant(self) -> float | None:
        """The value it always gives, if it gives only one."""
        if self.name == "Dirac" or (self.name == "Normal" and self.parameters[1] == 0):
            return self.parameters[0]
        return None

    def draw(self, count: int, random: np.random.Generator) -> npt.NDArray[np.float64]:
        """Samples; not the ones Julia would draw, whose generator is another."""
        first, *rest = self.parameters
        if self.constant is not None:
            return np.full(count, self.constant)
        if self.name == "Normal":
            return random.normal(first, rest[0], count)
        if self.name == "LogNormal":
            return random.lognormal(first, rest[0], count)
        if self.name == "Exponential":
            return random.exponential(first, count)
        if self.name == "Gamma":
            return random.gamma(first, rest[0], count)
        return random.uniform(first, rest[0], count)


def number(text: str, where: str) -> float:
    """A number, or a product or quotient of numbers like `8/60/24`; `InputError` for anything else."""
    return _value(_parsed(text, where), text, where)


def distribution(text: str, where: str) -> Distribution:
    """A named distribution like `Normal(1/60/24, 0)`; `InputError` for anything else."""
    node = _parsed(text, where)
    known = ", ".join(PARAMETERS)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.keywords:
        raise InputError.one(where, f"'{text}' is not a distribution", f"Write one of {known} with numbers.")
    name = node.func.id
    if PARAMETERS.get(name) != len(node.args):
        raise InputError.one(where, f"'{text}' is not known", f"Write one of {known} with its parameters.")
    values = tuple(_value(argument, text, where) for argument in node.args)
    widths = {"Normal": values[1:], "LogNormal": values[1:], "Exponential": values, "Gamma": values}.get(name, ())
    if any(width < 0 for width in widths) or (name == "Uniform" and values[0] > values[1]):
        raise InputError.one(where, f"'{text}' has a parameter out of range", "Check the order and the signs.")
    return Distribution(name, values)


def _parsed(text: str, where: str) -> ast.expr:
    try:
        if len(text) > LONGEST:
            raise ValueError
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise InputError.one(where, f"'{text[:60]}' cannot be read", "Write a number like 0.5 or 8/60/24.") from None


def _value(node: ast.expr, text: str, where: str) -> float:
    """Only constants, signs, products and quotients; nothing is looked up and nothing is called."""
    value: float | None = None
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        assert isinstance(node.value, int | float)
        value = float(node.value) if abs(node.value) < 1e300 else None
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = -_value(node.operand, text, where)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        left, right = _value(node.left, text, where), _value(node.right, text, where)
        if isinstance(node.op, ast.Mult):
            value = left * right
        elif right != 0:
            value = left / right
    if value is None or not math.isfinite(value):
        what = f"'{text}' is not a number, nor a product or quotient of numbers"
        raise InputError.one(where, what, "Work it out and write the number.")
    return value
