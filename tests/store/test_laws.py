"""The log in memory and the log on disk give the same answers to the same questions."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sixpoint.errors import SixpointError
from sixpoint.store import EventLog, MemoryLog, open_sqlite

KINDS = st.text(st.characters(codec="utf-8"), max_size=8)
DRAFTS = st.tuples(KINDS, st.integers(-(2**63) - 1, 2**63), st.binary(max_size=40))
BATCHES = st.lists(DRAFTS, max_size=5)


class SameAnswers(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "log.sqlite"
        self.memory: EventLog = MemoryLog()
        self.disk: EventLog = open_sqlite(self.path, create=True)

    def both(self, ask: Any) -> Any:
        answers = []
        for log in (self.memory, self.disk):
            try:
                answers.append(("answer", ask(log)))
            except SixpointError as error:
                answers.append((type(error).__name__, str(error).split(": ", 1)[1]))
        assert answers[0] == answers[1]
        return answers[0]

    @rule(batch=BATCHES, off_by=st.sampled_from([0, 0, 0, 1, -1]))
    def append(self, batch: list[tuple[str, int, bytes]], off_by: int) -> None:
        after = self.memory.last + off_by
        self.both(lambda log: log.append(batch, after=after))

    @rule(after=st.integers(-1, 12))
    def read(self, after: int) -> None:
        self.both(lambda log: list(log.read(after)))

    @rule(position=st.integers(0, 12), right=st.booleans())
    def verify(self, position: int, right: bool) -> None:
        digests = {entry.position: entry.digest for entry in self.memory.read()}
        expect = (position, digests.get(position, bytes(32)) if right else b"\x01" * 32)
        self.both(lambda log: log.verify(expect))

    @precondition(lambda self: self.memory.last > 0)
    @rule()
    def reopen(self) -> None:
        self.disk.close()
        self.disk = open_sqlite(self.path)

    @invariant()
    def stand_alike(self) -> None:
        assert self.both(lambda log: log.head)[0] == "answer"

    def teardown(self) -> None:
        self.disk.close()
        self.folder.cleanup()


SameAnswers.TestCase.settings = settings(max_examples=60, stateful_step_count=20)
TestSameAnswers = SameAnswers.TestCase
