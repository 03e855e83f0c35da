"""The live service as a pure function in memory: commands are decided and evolved, and nothing is written anywhere."""

from __future__ import annotations

from collections.abc import Iterable

from sixpoint.ops import Refused, State, World, decide, evolve
from sixpoint.ops.commands import AnyCommand
from sixpoint.ops.events import AnyEvent
from sixpoint.service.engine import Accepted, Outcome


class Memory:
    """One live service without a log; keeps the commands that it accepted, their events and every refusal."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.state = State()
        self.commands: list[AnyCommand] = []
        self.events: list[AnyEvent] = []
        self.refused: list[tuple[AnyCommand, Refused]] = []

    def send(self, command: AnyCommand) -> Outcome:
        """Carries out the command or says why not."""
        decision = decide(self.state, command, self.world)
        if isinstance(decision, Refused):
            self.refused.append((command, decision))
            return decision
        for event in decision:
            self.state = evolve(self.state, event)
        self.commands.append(command)
        self.events += decision
        return Accepted(decision, len(self.events))


def replay(commands: Iterable[AnyCommand], world: World) -> Memory:
    """A service from its first command on, to which all of these were sent."""
    service = Memory(world)
    for command in commands:
        service.send(command)
    return service
