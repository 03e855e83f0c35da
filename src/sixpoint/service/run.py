"""A run folder: the log of one day, what it was run from, and the records that came of it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Final, Protocol

import msgspec

from sixpoint.care import Pathways, load_pathways
from sixpoint.dispatch import CallTypes, Policy, load_call_types, load_policy
from sixpoint.errors import InputError
from sixpoint.ops import World
from sixpoint.ops.events import AnyEvent
from sixpoint.region import Region, named_region, read_region
from sixpoint.scope import Rulebook, load_rulebook
from sixpoint.service.engine import Engine, read_events
from sixpoint.service.history import Histories
from sixpoint.service.opening import world_of
from sixpoint.service.other_roads import RoadsAsked, other_roads
from sixpoint.service.rehearsal.day import Day
from sixpoint.service.telling import Teller
from sixpoint.store import open_sqlite

LOG: Final = "log.sqlite"
RUN: Final = "run.json"
RECORDS: Final = "records"
HEAD: Final = "head.txt"  # POSITION:DIGEST of the finished log, so that entries cut off its end are noticed
STOPPED: Final = "stopped.txt"  # why a run ended before its day was over


class Run(msgspec.Struct, frozen=True):
    """What a run was made from; `notice` says what in it is synthetic or imputed."""

    region_folder: str
    region_id: str
    name: str
    state: str
    timezone: str
    day: str
    synthetic: bool
    notice: str
    imputed: tuple[str, ...]
    rulebook: str
    overlays: tuple[str, ...]
    rulebook_hash: str
    network_hash: str
    seed: int
    policy: Policy = Policy()
    pathways: tuple[str, ...] = ()


def start_run(folder: Path, region_folder: Path, region: Region, seed: int, policy: Policy | None = None) -> Day:
    """A day of the region on a new log in the folder, opened and planned; nothing has happened yet.

    `InputError` if the folder holds a run already.
    """
    run = about(region_folder, region, seed, policy or Policy())
    world = world_of(region, run.policy)  # whatever is wrong with it is said before anything is written
    day = Day(region, open_run(folder, run, world), seed)
    day.open()
    return day


def about(region_folder: Path, region: Region, seed: int, policy: Policy) -> Run:
    """What a run in this region is made from."""
    return Run(
        region_folder=str(region_folder.absolute()),
        region_id=region.id,
        name=region.name,
        state=region.state,
        timezone=region.timezone,
        day=region.day.isoformat(),
        synthetic=region.synthetic,
        notice=region.notice,
        imputed=region.imputed,
        rulebook=_named(region_folder, region.rulebook),
        overlays=tuple(_named(region_folder, one) for one in region.overlays),
        rulebook_hash=region.rules.hash,
        network_hash=region.roads_hash,
        seed=seed,
        policy=policy,
        pathways=tuple(str(Path(one).absolute()) for one in region.pathways),
    )


def _named(folder: Path, name: str) -> str:
    """A file of the region's folder by its path; the name of one that comes with Sixpoint as it is."""
    return str((folder / name).absolute()) if (folder / name).is_file() else name


def open_run(folder: Path, run: Run, world: World) -> Engine:
    """An engine over a new log in the folder, which says what the run is made from.

    `InputError` if the folder holds a run already.
    """
    if (folder / LOG).exists():
        raise InputError.one(str(folder), "holds a run already", "Choose another folder with --out.")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RUN).write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=2) + b"\n")
    return Engine(open_sqlite(folder / LOG, create=True), world)


class Played(Protocol):
    """A day, or days, that are sent through a live engine, one moment after the other."""

    region: Region
    engine: Engine

    @property
    def is_one_day(self) -> bool:
        """Whether it is a single day."""
        ...

    def next_ms(self) -> int | None:
        """When the next moment is (ms since 1970); None if it is over."""
        ...

    def step(self) -> int:
        """Carries out the next moment and returns its instant."""
        ...

    def checkpoint(self, at_ms: int) -> None:
        """Writes the digest of the state into the log."""
        ...


def finish_run(day: Played, folder: Path, at_ms: int, *, stopped: str = "") -> None:
    """Writes the last checkpoint, and keeps the head of the log beside it: nothing more comes.

    `stopped` says why, if the day is not over.
    """
    day.checkpoint(at_ms)
    if stopped:
        (folder / STOPPED).write_text(f"{stopped}\n", "utf-8")
    head = day.engine.log.head
    (folder / HEAD).write_text(f"{head.position}:{head.digest.hex()}\n", "utf-8")


class PastRun:
    """A run read back from its folder: its events, its histories, the words to tell them in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.about = read_run(folder)
        self.call_types: CallTypes = load_call_types()
        self.rulebook: Rulebook = load_rulebook(self.about.rulebook, self.about.overlays)
        with open_sqlite(folder / LOG, read_only=True) as log:
            self.events: tuple[AnyEvent, ...] = tuple(read_events(log))
        self.histories = Histories(self.events)
        self.is_finished = (folder / HEAD).is_file() and not (folder / STOPPED).is_file()
        self.teller = Teller(self.call_types, self.rulebook)

    @cached_property
    def pathways(self) -> Pathways | None:
        """The pathways by which care went; None if a file of the agency's is no longer there or has a fault."""
        try:
            return load_pathways(self.about.pathways)
        except InputError:
            return None


def world_of_run(
    past: PastRun,
    region_folder: Path | None,
    rulebook: str | None,
    policy: str | None,
    roads: RoadsAsked | None = None,
) -> World:
    """What decided in the run, from its region's folder; with another rulebook, policy or roads where one is named.

    `InputError` if the folder no longer holds the roads, or (where none is named) the rulebook, of the run.
    """
    folder = region_folder or Path(past.about.region_folder)
    region = read_region(named_region(folder), past.call_types.codes)
    if region.roads_hash != past.about.network_hash:
        raise InputError.one(str(folder), "holds other roads than those of the run", "Name the folder as it was.")
    known = (region.rules.hash, past.rulebook.hash)  # a rehearsed scenario has a rulebook of its own
    if rulebook is None and past.about.rulebook_hash not in known:
        raise InputError.one(
            str(folder),
            f"names a rulebook with hash {region.rules.hash[:19]}..., the run had {past.about.rulebook_hash[:19]}...",
            "Restore the rulebook of the run, or ask with --rulebook what another would have recommended.",
        )
    if rulebook is None and region.rules.hash != past.about.rulebook_hash:
        region = msgspec.structs.replace(region, rules=past.rulebook)
    world = world_of(region, past.about.policy if policy is None else load_policy(policy))
    if roads is not None and roads.is_other:
        world = msgspec.structs.replace(world, travel=other_roads(region, world.travel, roads))
    return world if rulebook is None else msgspec.structs.replace(world, rulebook=load_rulebook(rulebook))


def read_run(folder: Path) -> Run:
    """What the run in the folder was made from; `InputError` if it holds none."""
    path = folder / RUN
    try:
        return msgspec.json.decode(path.read_bytes(), type=Run)
    except OSError as error:
        raise InputError.one(str(path), f"cannot be read ({error.strerror})", "Name the folder of a run.") from None
    except msgspec.DecodeError as error:
        raise InputError.one(str(path), f"is not a run ({error})", "Name the folder of a run.") from None
