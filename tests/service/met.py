"""A rehearsed day in which two units meet: of the first seeds, one that has a meeting; what is drawn may change."""

from __future__ import annotations

from pathlib import Path

from sixpoint.dispatch import Policy, load_call_types
from sixpoint.ops.events import RendezvousArranged
from sixpoint.region import bundled_region, read_region
from sixpoint.service.run import PastRun, finish_run, start_run

SEEDS = (6, 1, 2, 3, 4, 5)


def riverton_with_a_meeting(folder: Path, policy: Policy | None = None) -> PastRun:
    """The run in a folder of its own below this one."""
    region_folder = bundled_region("riverton")
    region = read_region(region_folder, load_call_types().codes)
    for seed in SEEDS:
        place = folder / f"seed-{seed}"
        day = start_run(place, region_folder, region, seed, policy)
        day.run()
        finish_run(day, place, day.engine.state.last_ms)
        run = PastRun(place)
        if any(isinstance(event, RendezvousArranged) for event in run.events):
            return run
    raise AssertionError(f"nobody meets in Riverton by any of the seeds {SEEDS}")
