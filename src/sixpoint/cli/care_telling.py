"""Prints cards, hand-overs and figures of care for people: short enough to be read in the rain."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sixpoint.cli.telling import clock, console_for_people

if TYPE_CHECKING:
    from sixpoint.care import Card, CardLine, Kept
    from sixpoint.care.report import Section
    from sixpoint.ops import World
    from sixpoint.service.bedside import Receiver, Sheet
    from sixpoint.service.measures import CareFigures
    from sixpoint.service.run import PastRun

COLOURS: Final = {
    "do_now": "green",
    "ask_medical_control": "yellow",
    "assess_first": "cyan",
    "not_yours": "red",
    "done": "white",
    "not_indicated": "white",
    "contraindicated": "red",
}
# What a short card leaves out, and only counts.
QUIET: Final = ("not_indicated",)
APPROVAL: Final = "A medical director must approve rulebook and pathways before they are used for care."


def print_sheet(past: PastRun, world: World, shown: Sheet, full: bool) -> None:
    """One patient at an instant, then the cards; a short one names what is open, `full` every step with its reasons."""
    from sixpoint.ops.events import ClinicianEnrolled

    console = console_for_people()
    _print_head(console, past, world, shown)
    names = {event.clinician.id: event.clinician.name for event in past.events if isinstance(event, ClinicianEnrolled)}
    known = re.compile(rf"\b({'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))})\b")

    def named(text: str) -> str:
        return known.sub(lambda found: names[found.group()], past.teller.named(text)) if names else text

    for one in shown.cards:
        print_card(console, one, full, named)
    console.print(f"[dim]{APPROVAL}[/]\n")


def _print_head(console: Console, past: PastRun, world: World, shown: Sheet) -> None:
    from sixpoint.care import about_patient, instant, words
    from sixpoint.care.picture import names
    from sixpoint.scope import practice_level

    history = past.histories.by_incident[shown.encounter.incident_id]
    when = datetime.fromtimestamp(shown.at_ms / 1000, ZoneInfo(past.about.timezone))
    mark = "  (synthetic patient)" if past.about.synthetic else ""
    about = world.call_types[history.dispatch_code].reason
    console.print(f"[bold]{when:%H:%M:%S}  {escape(shown.encounter.encounter_id)}  {escape(about)}[/]{mark}")
    console.print(f"  patient  {escape('; '.join(about_patient(shown.encounter, shown.at_ms)))}", highlight=False)
    for said, people in (("here", shown.here), ("coming", shown.coming)):
        for one in people:
            charge = ", in charge" if one.clinician.id == shown.in_charge else ""
            level = practice_level(world.rulebook, one.clinician, instant(shown.at_ms))
            left_ms = 0 if one.arrives_ms is None else max(0, one.arrives_ms - shown.at_ms)
            when_there = f", in {left_ms / 60_000:.0f} min {one.where}".rstrip() if said == "coming" else ""
            who = f"{one.clinician.name}, {level.id if level else '-'}, {one.unit_id}{charge}{when_there}"
            console.print(f"  {said:8} {escape(who)}", highlight=False)
    for text in _running(world, shown):
        console.print(f"  running  {escape(text)}", highlight=False)
    for order in shown.awaited:
        console.print(f"  [yellow]awaited[/]  {escape(words(order, past.teller.skill))}", highlight=False)
    for alert in shown.alerts:
        find = (
            f"; still to find out: {', '.join(names()[one].says for one in alert.find_out)}" if alert.find_out else ""
        )
        console.print(f"  [yellow]alert[/]    {alert.kind}: {'; '.join(alert.tell)}{find}", highlight=False)


def _running(world: World, shown: Sheet) -> Iterator[str]:
    name = {one.clinician.id: one.clinician.name for one in shown.here}
    for one in shown.kept:
        keeps = ", ".join(name[who] for who in one.by) or "NOBODY HERE"
        yield f"{_skill(world, one)}: {keeps} may keep it running"


def _skill(world: World, one: Kept) -> str:
    known = world.rulebook.skill(one.skill)
    return one.skill if known is None else known.name


def print_card(console: Console, shown: Card, full: bool, named: Callable[[str], str]) -> None:
    """A card: the lines that somebody must act on, the others counted; with `full` all, with reasons and notes.

    `named` puts names in place of the identifiers of skills.
    """
    console.print(f"\n[bold]{escape(shown.title)}[/]")
    for number, line in enumerate(shown.lines, 1):
        if full or line.state not in QUIET:
            _print_line(console, number, line, full, named)
    quiet = sum(line.state in QUIET for line in shown.lines)
    if quiet and not full:
        steps = "1 step" if quiet == 1 else f"{quiet} steps"
        console.print(f"  [dim]{steps} not indicated (--full shows every step and reason)[/]", highlight=False)


def _print_line(console: Console, number: int, line: CardLine, full: bool, named: Callable[[str], str]) -> None:
    state = line.state.replace("_", " ")
    told = escape(line.step.replace("_", " ") + what(line, named))
    console.print(f"  {number:2}. [{COLOURS[line.state]} bold]{state:20}[/] {told}", highlight=False)
    said = [*([line.says] if line.says and (full or line.state == "do_now") else [])]
    said += [*line.because, *([line.note] if line.note else [])] if full else _why(line)
    for text in said:
        console.print(f"        [dim]{escape(named(text))}[/]", highlight=False)
    for one in line.elsewhere:
        console.print(f"        {escape(str(one))}", highlight=False)
    if full and line.source:
        cited = f"{line.source} [{line.confidence.replace('_', ' ')}]"
        console.print(f"        [dim]{escape(cited)}[/]", highlight=False)


def _why(line: CardLine) -> Sequence[str]:
    """On a short card: what is to be found out, what stops it, when it is due; who may is told by the names."""
    if line.state == "not_yours" and line.elsewhere:
        return ()
    if line.state == "not_yours":
        return [text for text in line.because if " practises as " not in text]
    if line.state == "do_now":
        return [line.note] if line.note else ()
    if line.state == "assess_first":
        look = [text.removeprefix("find out: ") for text in line.because if text.startswith("find out: ")]
        others = [
            text for text in line.because if not text.startswith("find out: ") and not text.endswith(" not known")
        ]
        return [*others, f"find out: {'; '.join(look)}"] if look else line.because
    return line.because


def what(line: CardLine, named: Callable[[str], str]) -> str:
    """Skill by its name, drug, dose, what to draw up, and route, or those of which any will do."""
    route = line.route or " or ".join(line.routes)
    told = " ".join(part for part in (line.drug, str(line.dose or ""), route) if part)
    draw = f" = {line.volume}" if line.volume else ""
    return (f"  {named(line.skill)}" if line.skill else "") + (f": {told}{draw}" if told else "")


def print_handover(past: PastRun, world: World, shown: Sheet, told: Sequence[Section], found: Receiver | None) -> None:
    """The report letter by letter, who is in charge, what runs and who keeps it, and what a receiver would lose."""
    console = console_for_people()
    when = datetime.fromtimestamp(shown.at_ms / 1000, ZoneInfo(past.about.timezone))
    console.print(f"[bold]{when:%H:%M:%S}  {escape(shown.encounter.encounter_id)}[/]  hand-over")
    for section in told:
        console.print(f"  [bold]{section.letter}[/] {escape(section.title)}")
        for text in section.lines or ("not known",):
            console.print(f"      {escape(text)}", highlight=False)
    name = {one.clinician.id: one.clinician.name for one in shown.here}
    console.print(f"  in charge: {escape(name.get(shown.in_charge, shown.in_charge or 'nobody yet'))}", highlight=False)
    for text in _running(world, shown):
        console.print(f"  running: {escape(text)}", highlight=False)
    if found is not None:
        for lost in found.lost:
            why = f"{past.teller.skill(lost.skill)}: {'; '.join(lost.because)}"
            console.print(f"  [red]may not keep running:[/] {escape(why)}", highlight=False)
        for rule in found.wanted:
            console.print(f"  [red]may not attend:[/] {escape(str(rule))}")
        if not found.lost and not found.wanted:
            console.print("  [green]the receiver may take over: nothing is stepped down[/]")


def print_figures(past: PastRun, figures: CareFigures) -> None:
    """Measures with their sources, time to each act by level, time on scene."""
    console = console_for_people()
    mark = " (synthetic patients)" if past.about.synthetic else ""
    console.print(f"[bold]{escape(past.about.name)}, {past.about.day}[/]{mark}: {figures.patients} patients\n")
    table = Table("measure", "about", "met", "share", "cannot be told", "source", box=None)
    for one in figures.measures:
        share = f"{one.met / one.counts:.0%}" if one.counts else "-"
        cited = f"{one.source} {one.place}".strip() + f" ({one.confidence.replace('_', ' ')})"
        table.add_row(one.title, str(one.counts), str(one.met), share, str(one.untold), cited)
    console.print(table)
    times = Table("skill", "level", "n", "median", "90th pct.", box=None, title_justify="left",
                  title="\nFrom the first crew at the patient to each act")  # fmt: skip
    for each in figures.times:
        times.add_row(
            past.teller.skill(each.skill), each.level, str(each.n), clock(each.median.value), clock(each.p90.value)
        )
    console.print(times)
    console.print(
        f"\nOn scene until leaving with a patient (eTimes.06 to eTimes.09), {figures.on_scene_median.n} units: median "
        f"{clock(figures.on_scene_median.value)}, 90th pct. {clock(figures.on_scene_p90.value)}",
        highlight=False,
    )
    console.print("[dim]Conditions are our reading of the measures; what was never recorded counts as not done.[/]")
