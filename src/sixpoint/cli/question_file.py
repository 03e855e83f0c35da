"""A file with a question to dispatch: read, decoded, and its faults told with the name of the file."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from sixpoint.cli.json_given import NotANumberError, StandsTwiceError, loads_given
from sixpoint.errors import Fault, InputError
from sixpoint.tables import CONTROL, decode_text

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

Asking = TypeVar("Asking")


def read_file(path: Path) -> bytes:
    """The bytes of a file, without a byte order mark; `InputError` if it cannot be read."""
    try:
        return path.read_bytes().removeprefix(BYTE_ORDER_MARK)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = getattr(error, "strerror", None) or error
        raise InputError.one(str(path), f"cannot be read ({reason})", "Check the file.") from None


def decode_question(path: Path, data: bytes, kind: type[Asking]) -> Asking:
    """The question that a file holds; `InputError` if it is none, or says something twice."""
    text, remedy = decode_text(str(path), data), "Compare with the example in --help."
    try:
        loads_given(text)
        return msgspec.json.decode(text, type=kind)
    except StandsTwiceError as error:
        raise InputError.one(str(path), str(error), "Keep one of them: nobody knows which was meant.") from None
    except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors too
        if isinstance(error, NotANumberError) or "out of range" in str(error):
            remedy = "Write a number; a time that is not known is null, JSON has no NaN or Infinity."
        raise InputError.one(str(path), f"is not a question ({error})", remedy) from None


@contextmanager
def faults_of(path: Path) -> Iterator[None]:
    """Faults found in what the file holds name the file."""
    try:
        yield
    except InputError as error:
        named = (
            fault
            if fault.where.startswith(str(path))
            else msgspec.structs.replace(fault, where=f"{path}: {fault.where}")
            for fault in error.faults
        )
        raise InputError(named) from None


def check_names(named: Iterable[tuple[str, str]]) -> None:
    """`InputError` with every identifier (where it stands, what it is) that no record can carry, or no person read."""
    faults = []
    for where, name in named:
        if not name.strip():
            faults.append(Fault(where, "is empty", "Give it a name of its own."))
        elif CONTROL.search(name) or any(unicodedata.category(each) == "Cc" for each in name):
            faults.append(Fault(where, "holds a control character", "Remove it."))
    if faults:
        raise InputError(faults)
