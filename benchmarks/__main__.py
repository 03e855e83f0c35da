"""Runs benchmarks and prints one JSON line a figure: `python -m benchmarks [NAME ...]`, all of them without a name."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import msgspec

import benchmarks

FRAME = {"__main__", "figure"}


def names() -> list[str]:
    """Every module of this folder that measures something."""
    return sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name not in FRAME)


def main(wanted: list[str]) -> int:
    """Prints the figures of the wanted modules; 2 if a name is not known."""
    unknown = [name for name in wanted if name not in names()]
    if unknown:
        sys.stderr.write(f"not a benchmark: {', '.join(unknown)}. Known are: {', '.join(names())}.\n")
        return 2
    for name in wanted or names():
        for figure in importlib.import_module(f"benchmarks.{name}").figures():
            sys.stdout.buffer.write(msgspec.json.encode(figure) + b"\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
