"""`sixpoint plan compare`: scenarios on the same patients, what differs and how sure that is."""

from __future__ import annotations

import os
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from sixpoint.cli.output import DONE, INTERRUPTED, json_option, print_json
from sixpoint.errors import InputError

if TYPE_CHECKING:
    from sixpoint.plan.tiered.scenario import Prepared
    from sixpoint.plan.tiered.study import Finished

# What makes the patients: with another of these, replications would not be pairs.
SAME = ("days", "seed", "warm_up_h", "detect_warm_up")
MOST_ROWS = 30
HEADLINE = (
    "first at patient, mean s", "first at patient, 90th percentile s", "needs unmet, share of all",
)  # fmt: skip
LOOKS = 6  # as many colours and dashes as a report has


@click.command()
@click.argument("scenarios", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option(
    "--out", type=click.Path(path_type=Path), help="A new folder for the report and the figures of each replication."
)
@click.option("--cores", type=click.IntRange(min=1), help="How many replications run at a time; else one a core.")
@click.option("--skill", "skills", multiple=True, help="Tell of this skill, sure or not; may be given again.")
@json_option
def compare(
    scenarios: tuple[Path, ...], out: Path | None, cores: int | None, skills: tuple[str, ...], as_json: bool
) -> int:
    """Compares scenarios on the same patients: each less the first, with 95 % intervals, and what each costs.

    Where a scenario has other demand or a surge, its patients are other ones, and that is said. With one scenario its
    own figures are told. Ctrl-C stops after whole replications: what is finished is written and shown.
    """
    from msgspec.structs import replace

    from sixpoint.plan.report.view import Gathering
    from sixpoint.plan.report.write import comparison_report
    from sixpoint.plan.tiered.study import study
    from sixpoint.plan.tiered.study_folder import StudyFolder
    from sixpoint.plan.tiered.workers import workers_for

    cores = cores or _cores()
    prepared = prepare_all(scenarios, cores)
    _check_skills(skills, prepared)
    folder = StudyFolder(out, prepared) if out else None
    gathered = [Gathering(one, look % LOOKS) for look, one in enumerate(prepared)] if out else []
    found: list[Finished] = []
    stopped = False
    bar = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*bar, console=Console(stderr=True), disable=as_json) as progress:
            task = progress.add_task("replications", total=prepared[0].scenario.replications)
            for one in study(prepared, sampled=out is not None, workers=workers_for(prepared, cores)):
                found.append(replace(one, samples=()))
                if folder:
                    folder.add(one)
                    for gathering, samples in zip(gathered, one.samples, strict=True):
                        gathering.add(samples)
                progress.advance(task)
    except KeyboardInterrupt:
        stopped = True
    if folder:
        page = comparison_report([one.view() for one in gathered], found, stopped) if found else ""
        folder.finish(found, stopped, page)
    _tell(prepared, found, stopped, skills, as_json)
    return INTERRUPTED if stopped else DONE


def prepare_all(paths: Sequence[Path], cores: int) -> list[Prepared]:
    """Reads and prepares the scenarios; refuses those that cannot be held against the first, as they run otherwise."""
    from msgspec.structs import replace

    from sixpoint.plan.tiered.scenario import prepare, read_scenario
    from sixpoint.plan.tiered.warm_up import detect_warm_up

    read = [read_scenario(path) for path in paths]
    for path, one in zip(paths[1:], read[1:], strict=True):
        for name in SAME:
            if getattr(one, name) != getattr(read[0], name):
                raise InputError.one(
                    path.name, f"'{name}' differs from {paths[0].name}: no run of one would go with a run of the other",
                    "Give all files the same.",
                )  # fmt: skip
    names = [one.name or path.stem for path, one in zip(paths, read, strict=True)]
    if len(set(names)) < len(names):
        names = [path.stem if names.count(name) > 1 else name for path, name in zip(paths, names, strict=True)]
    if len(set(names)) < len(names):
        raise InputError.one(paths[0].name, "two scenarios have one name", "Give each file a `name` of its own.")
    prepared = [
        prepare(replace(one, name=name), path.parent, file=path)
        for path, one, name in zip(paths, read, names, strict=True)
    ]
    base = prepared[0].region
    for path, other in zip(paths[1:], prepared[1:], strict=True):
        if (other.region.calls, other.region.demand) != (base.calls, base.demand):
            raise InputError.one(path.name, f"its region has other calls than that of {paths[0].name}", "Name one.")
    if not read[0].detect_warm_up:
        return prepared
    warm_up_h = detect_warm_up(prepared, cores)
    if warm_up_h >= 24 * read[0].days:
        raise InputError.one(paths[0].name, f"the warm-up takes {warm_up_h:g} h, longer than is run", "Add days.")
    return [replace(one, scenario=replace(one.scenario, warm_up_h=warm_up_h, detect_warm_up=False)) for one in prepared]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _check_skills(skills: Sequence[str], prepared: Sequence[Prepared]) -> None:
    types = prepared[0].service.types
    needed = sorted({need.skill for code in types.codes for need in types[code].needs})
    for skill in skills:
        if skill not in needed:
            near = get_close_matches(skill, needed, 5)
            remedy = f"Close are: {', '.join(near)}." if near else f"Skills are: {', '.join(needed)}."
            raise InputError.one("--skill", f"no call needs '{skill}'", remedy)


def _tell(
    prepared: Sequence[Prepared], found: Sequence[Finished], stopped: bool, skills: Sequence[str], as_json: bool
) -> None:
    from sixpoint.plan.tiered.study import differences, has_other_patients

    if as_json:
        if len(prepared) == 1:
            _print_means(prepared[0], found)
        for place, one in enumerate(prepared[1:], 1):
            for row in differences(found, second=place):
                same = not has_other_patients(prepared[0], one)
                print_json({"scenario": one.name, "same_patients": same, **msgspec.to_builtins(row)})
        return
    console = Console()
    said = f"{len(found)} replications" + (", stopped early" if stopped else "")
    console.print(f"{said}, the first {prepared[0].scenario.warm_up_h:g} h of each not counted.")
    if len(prepared) == 1:
        _show_means(prepared[0], found, console)
    for place, one in enumerate(prepared[1:], 1):
        _show_differences(prepared[0], one, found, place, skills, console)
        if has_other_patients(prepared[0], one):
            console.print(f"{one.name} has other demand than {prepared[0].name}: its patients are not the same ones.")


def _print_means(prepared: Prepared, found: Sequence[Finished]) -> None:
    from sixpoint.plan.tiered.study import means

    for figure, (mean, interval) in means(found).items():
        row = {"scenario": prepared.name, "figure": figure, "mean": mean, "interval": msgspec.to_builtins(interval)}
        print_json(row)


def _show_means(prepared: Prepared, found: Sequence[Finished], console: Console) -> None:
    from sixpoint.plan.report.said import ends, plain, value
    from sixpoint.plan.tiered.study import means

    table = Table("figure", "mean", "95 % interval", title=prepared.name)
    for figure, (mean, interval) in means(found).items():
        table.add_row(plain(figure), value(figure, mean), ends(figure, interval))
    console.print(table)
    if prepared.cost is not None:
        console.print(f"cost: {prepared.cost:,.0f}")


def _show_differences(
    base: Prepared, other: Prepared, found: Sequence[Finished], place: int, skills: Sequence[str], console: Console
) -> None:
    """The headline, sure or not; then the skills asked for, or else what surely differs, the surest first."""
    from sixpoint.plan.report.said import difference, plain, value
    from sixpoint.plan.tiered.study import differences

    rows = differences(found, second=place)
    sure = sorted((row for row in rows if row.is_sure), key=lambda row: row.chance)
    head = [row for row in rows if row.figure in HEADLINE]
    own = [row for row in rows if row.figure.partition(":")[0] in skills]
    shown = head + (own if skills else [row for row in sure if row not in head][:MOST_ROWS])
    table = Table(
        "figure", base.name, other.name, "difference", "95 % interval", title=f"{other.name} less {base.name}"
    )
    for row in shown:
        name = plain(row.figure) + (" *" if row.is_sure else "")
        table.add_row(name, value(row.figure, row.first), value(row.figure, row.second), *difference(row))
    console.print(table)
    if sure:
        console.print(f"* sure, although {len(rows)} figures were looked at.")
    else:
        console.print(f"{other.name} and {base.name} differ surely in nothing.")
    hidden = sum(row not in shown for row in sure)
    more = f"{hidden} more differ surely. " if hidden else ""
    leaning = sum(row.is_clear and not row.is_sure for row in rows)
    console.print(
        f"{more}Of {len(rows) - len(sure)} other figures, {leaning} have an interval that leaves nought out; by chance "
        f"about {0.05 * len(rows):.0f} would."
    )
    if base.cost is not None and other.cost is not None:
        console.print(f"cost: {base.cost:,.0f} and {other.cost:,.0f}: {other.cost - base.cost:+,.0f}")
