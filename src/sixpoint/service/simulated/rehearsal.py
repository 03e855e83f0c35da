"""A simulated run, rehearsed: sent to a live engine over a log of its own, in a run folder like that of any day."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from sixpoint.plan.tiered.run import Run
from sixpoint.plan.tiered.scenario import Prepared, region_folder, rulebook_of
from sixpoint.service import run as folders
from sixpoint.service.engine import Engine, read_events
from sixpoint.service.opening import world_of
from sixpoint.service.simulated.held import Held, hold_against
from sixpoint.service.simulated.script import Script


class Rehearsal(Script):
    """A script for an engine over a log."""

    def __init__(self, prepared: Prepared, run: Run, engine: Engine) -> None:
        super().__init__(prepared, run, engine)
        self.region = prepared.region
        self.engine = engine

    def held(self) -> Held:
        """What the log holds against what was simulated; of a run that was stopped, before its last instant."""
        before_ms = None if self.next_ms() is None else self.engine.state.last_ms
        return hold_against(self._run, self.starts_ms, read_events(self.engine.log), before_ms)

    @property
    def is_one_day(self) -> bool:
        """Whether a single day was simulated."""
        return self._prepared.scenario.days == 1


def start_rehearsal(folder: Path, prepared: Prepared, run: Run) -> Rehearsal:
    """The traced run as a rehearsal on a new log in the folder, opened; nothing has happened yet.

    `InputError` if the folder holds a run already.
    """
    scenario, region = prepared.scenario, prepared.region
    made_from = folders.about(
        region_folder(scenario.region, prepared.folder), region, scenario.seed, prepared.service.policy
    )
    if scenario.rulebook is not None or scenario.overlays is not None:
        rulebook, overlays = rulebook_of(scenario, region, prepared.folder)
        made_from = replace(made_from, rulebook=rulebook, overlays=overlays)
    engine = folders.open_run(folder, made_from, world_of(region, prepared.service.policy))
    rehearsal = Rehearsal(prepared, run, engine)
    rehearsal.open()
    return rehearsal
