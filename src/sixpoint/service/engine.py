"""The engine: a command is decided, its events are on disk, then they are true, then the answer is given.

That order is the promise: whoever was answered can rely on it after any crash, and nobody sees what is not in the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from sixpoint.errors import DamagedLogError
from sixpoint.ops import Refused, State, World, decide, digest, evolve
from sixpoint.ops.commands import AnyCommand
from sixpoint.ops.events import AnyEvent, CheckpointTaken, decode, encode, kind_of
from sixpoint.store import EventLog

Listener = Callable[[State, AnyEvent, State], None]


class Accepted(msgspec.Struct, frozen=True):
    """The command was carried out: its events are durable, up to this position of the log."""

    events: tuple[AnyEvent, ...]
    position: int


Outcome = Accepted | Refused


class Engine:
    """One live service over one log. Listeners hear each event with the state before and after it."""

    def __init__(self, log: EventLog, world: World) -> None:
        self.log = log
        self.world = world
        # The position is that of the replay, not of the log: what another process has written since is not known yet.
        replayed = replay_log(log)
        self.position = replayed.position
        self.state = replayed.state
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Calls the listener after each event from now on."""
        self._listeners.append(listener)

    def send(self, command: AnyCommand) -> Outcome:
        """Carries out the command or says why not; the log has the events before this returns.

        Raises `StaleAppendError` if another process has written to the log since.
        """
        decision = decide(self.state, command, self.world)
        if isinstance(decision, Refused):
            return decision
        entries = [(kind_of(event), event.at_ms, encode(event)) for event in decision]
        if entries:
            self.position = self.log.append(entries, after=self.position)
        # The state follows from what was written, not from what was meant: so replay cannot differ from it.
        events = tuple(decode(payload) for _, _, payload in entries)
        for event in events:
            before, self.state = self.state, evolve(self.state, event)
            for listener in self._listeners:
                listener(before, event, self.state)
        return Accepted(events, self.position)


def read_events(log: EventLog, after: int = 0) -> Iterator[AnyEvent]:
    """The events of the log in order, from the position after `after`."""
    for entry in log.read(after):
        yield decode(entry.payload)


class Replayed(msgspec.Struct, frozen=True):
    """What a log gives: the state after its entry at `position`, the same as the live one at so many checkpoints."""

    state: State
    position: int
    checkpoints: int


def replay_log(log: EventLog) -> Replayed:
    """The state that the log gives, held against every checkpoint in it.

    Raises `DamagedLogError` naming the first checkpoint at which the state differs, or the first entry that is no
    event of a service.
    """
    state, position, checkpoints = State(), 0, 0
    for entry in log.read():
        try:
            event = decode(entry.payload)
            if isinstance(event, CheckpointTaken):
                _hold_against(event, state, entry.position)
                checkpoints += 1
            state, position = evolve(state, event), entry.position
        except (msgspec.DecodeError, KeyError) as error:
            raise DamagedLogError(
                f"position {entry.position} ({entry.kind}) does not follow from the events before it ({error!r}). "
                "Use the copy made before it, and report this."
            ) from None
    return Replayed(state, position, checkpoints)


def _hold_against(checkpoint: CheckpointTaken, state: State, position: int) -> None:
    found = digest(state)
    if found != checkpoint.state_sha256:
        raise DamagedLogError(
            f"at position {position} the log gives a state with SHA-256 {found[:16]}..., but the service wrote "
            f"{checkpoint.state_sha256[:16]}.... Use the copy made before it, and report this."
        )
