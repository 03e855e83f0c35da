"""The one error tree.

    SixpointError
    ├── InputError        what somebody gave us is wrong: a file, a row, an option (exit code 2)
    ├── OutOfForceError   a rule or fact was asked for an instant at which it is not in force
    ├── LogError          the event log
    │   ├── StaleAppendError   the log has grown past the position the writer decided on
    │   └── DamagedLogError    an entry does not follow from the one before it
    └── MissingExtraError an optional part of Sixpoint is needed and not installed

An error says what is wrong, where (file:line, XPath, row) and what to do. A *refusal* by the rules is not
an error: it is a result with reasons. *Unknown* is a third answer, never "no".
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Fault(msgspec.Struct, frozen=True, order=True):
    """One thing that is wrong: where it stands, what it is, and what to do about it."""

    where: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.remedy}"


class SixpointError(Exception):
    """The root of every error that Sixpoint raises on purpose."""


class InputError(SixpointError):
    """Names every fault of an input at once, so that it is mended in one go."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        assert self.faults, "an InputError names at least one fault"
        super().__init__("\n".join(str(fault) for fault in self.faults))

    @classmethod
    def one(cls, where: str, what: str, remedy: str) -> InputError:
        """The error for a single fault."""
        return cls([Fault(where, what, remedy)])


class OutOfForceError(SixpointError):
    """Asked for an instant at which the rule or fact is not in force; never answered with the last value."""


class LogError(SixpointError):
    """Something about the event log."""


class StaleAppendError(LogError):
    """The log has grown past the position the writer decided on: read on, decide again."""


class DamagedLogError(LogError):
    """An entry does not follow from the one before it; says which position and what was expected."""


class MissingExtraError(SixpointError):
    """An optional part is needed; says which extra to install."""
