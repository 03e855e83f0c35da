"""The hash chain: each entry's digest covers its own bytes and the digest before it.

    digest = sha256(previous digest || header || payload)
    header = position, at_ms, length of kind, length of payload (big-endian: int64, int64, uint32, uint64), then kind

Every length stands before what it measures, so two different entries never give the same bytes. The chain begins at
`GENESIS`, position 0, which is the same for every log of this format.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from sixpoint.errors import DamagedLogError, Fault, InputError

# What a writer gives: kind, at_ms (ms since 1970 UTC), payload.
Draft = tuple[str, int, bytes]

MAX_KIND_BYTES: Final = 255
MAX_PAYLOAD_BYTES: Final = 1 << 20
MAX_INT64: Final = (1 << 63) - 1

_lengths = struct.Struct(">qqIQ").pack


class Head(NamedTuple):
    """Where a log ends: its last position and that entry's digest."""

    position: int
    digest: bytes


GENESIS: Final = Head(0, hashlib.sha256(b"sixpoint event log, format 1").digest())


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One event as it stands in the log; positions run 1, 2, 3, ... without a gap."""

    position: int
    at_ms: int
    kind: str
    payload: bytes
    previous: bytes
    digest: bytes


def digest_of(previous: bytes, position: int, at_ms: int, kind: bytes, payload: bytes) -> bytes:
    """The digest (32 bytes) of an entry that follows `previous`."""
    header = _lengths(position, at_ms, len(kind), len(payload)) + kind
    return hashlib.sha256(previous + header + payload).digest()


def check(batch: Sequence[Draft]) -> None:
    """Raises `InputError` naming every draft that a log cannot hold."""
    faults = [fault for number, draft in enumerate(batch, 1) for fault in _faults(number, draft)]
    if faults:
        raise InputError(faults)


def seal(head: Head, batch: Sequence[Draft]) -> list[Entry]:
    """The checked batch as the entries that follow `head`."""
    entries = []
    position, previous = head
    for kind, at_ms, payload in batch:
        position += 1
        digest = digest_of(previous, position, at_ms, kind.encode(), payload)
        entries.append(Entry(position, at_ms, kind, payload, previous, digest))
        previous = digest
    return entries


def _faults(number: int, draft: Draft) -> list[Fault]:
    kind, at_ms, payload = draft
    where = f"entry {number} of the batch"
    found = []
    if not isinstance(kind, str) or not kind.isprintable() or not 0 < len(kind.encode()) <= MAX_KIND_BYTES:
        found.append(Fault(where, f"its kind is not 1 to {MAX_KIND_BYTES} bytes of printable text", "Name the event."))
    if type(at_ms) is not int or not -MAX_INT64 <= at_ms <= MAX_INT64:
        found.append(Fault(where, f"its time {at_ms!r} is not a 64-bit whole number", "Give ms since 1970 UTC."))
    if type(payload) is not bytes or len(payload) > MAX_PAYLOAD_BYTES:
        found.append(
            Fault(where, f"its payload is not bytes of at most {MAX_PAYLOAD_BYTES}", "Keep large files elsewhere.")
        )
    return found


def follows(head: Head, stored: tuple[object, object, object, object, object], where: str) -> Entry:
    """The stored row (position, at_ms, kind as bytes, payload, digest) as the entry after `head`.

    `DamagedLogError` if it is not: says the position, what was expected and what is there.
    """
    position, at_ms, kind, payload, digest = stored
    expected = head.position + 1
    if position != expected:
        raise damaged(where, expected, "the entry is missing", f"the next one found is {position}")
    if type(at_ms) is not int or type(kind) is not bytes or type(payload) is not bytes or type(digest) is not bytes:
        raise damaged(where, expected, "a number, a text and two byte strings were expected", "others found")
    due = digest_of(head.digest, expected, at_ms, kind, payload)
    if digest != due:
        raise damaged(where, expected, f"digest {due.hex()} was expected", f"{digest.hex()} found")
    try:
        word = kind.decode()
    except UnicodeDecodeError:
        raise damaged(where, expected, "a kind in UTF-8 was expected", f"{kind!r} found") from None
    return Entry(expected, at_ms, word, payload, head.digest, digest)


def damaged(where: str, position: int, expected: str, found: str) -> DamagedLogError:
    """The error for the first position at which a log does not hold."""
    remedy = "Keep this file as it is for inquiry and go back to a copy that verifies."
    return DamagedLogError(str(Fault(where, f"damaged at position {position}: {expected}, {found}", remedy)))
