"""The event log: append-only, durable before it is acknowledged, and chained so that no change goes unnoticed."""

from sixpoint.store.chain import GENESIS, MAX_KIND_BYTES, MAX_PAYLOAD_BYTES, Draft, Entry, Head
from sixpoint.store.log import EventLog, Verified
from sixpoint.store.memory import MemoryLog
from sixpoint.store.sqlite import SqliteLog, open_sqlite

__all__ = [
    "GENESIS",
    "MAX_KIND_BYTES",
    "MAX_PAYLOAD_BYTES",
    "Draft",
    "Entry",
    "EventLog",
    "Head",
    "MemoryLog",
    "SqliteLog",
    "Verified",
    "open_sqlite",
]
