"""Prints the summary of a day and the story of a call for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from sixpoint.plan.outcomes import InterventionFigure
from sixpoint.service.debrief import Debrief
from sixpoint.service.run import PastRun
from sixpoint.service.story import Line
from sixpoint.service.summary import Summary


def print_summary(past: PastRun, figures: Summary) -> None:
    """Calls, waits, time to intervention by skill, unmet needs."""
    console = console_for_people()
    title = past.about.name if past.about.day in past.about.name else f"{past.about.name}, {past.about.day}"
    title += " (synthetic)" if past.about.synthetic else ""
    console.print(f"\n[bold]{escape(title)}[/]")
    if not past.is_finished:
        console.print("[bold red]The run ended before its day was over:[/] the figures are of what its log holds.")
    imputed = f", {figures.imputed_types} with an imputed type" if figures.imputed_types else ""
    console.print(
        f"{figures.calls} calls{imputed}; {figures.reached} patients reached, "
        f"{figures.transported} taken to a facility; "
        f"{figures.calls_with_unmet_need} calls with an unmet need; {figures.overrides} overrides"
    )
    for said in _meetings_and_moves(figures):
        console.print(said, highlight=False)
    waits = Table("from the first ring to", "n", "median", "90th pct.", box=None, title_justify="left")
    for one in figures.waited:
        waits.add_row(one.what, str(one.n), clock(one.median.value), clock(one.p90.value))
    console.print(waits)
    console.print(_interventions(past, figures, console.width))
    console.print(
        "A need counts for every patient of the call type; one that only some have, where somebody met it.",
        style="bright_black",
    )
    if figures.unmet:
        named = ", ".join(f"{past.teller.skill(one.skill)} ({one.calls})" for one in figures.unmet[:12])
        more = f" and {len(figures.unmet) - 12} more" if len(figures.unmet) > 12 else ""
        console.print(f"[bold]Never met[/] (calls): {escape(named)}{more}")


def _meetings_and_moves(figures: Summary) -> Iterator[str]:
    meetings = figures.meetings
    if meetings.arranged:
        gain = "" if meetings.gain_s is None else f", care {clock(meetings.gain_s)} min sooner as planned (median)"
        cancelled = f", {meetings.cancelled} cancelled" if meetings.cancelled else ""
        many = "meeting" if meetings.arranged == 1 else "meetings"
        yield f"{meetings.arranged} {many} on the way to hospital: {meetings.met} came about{gain}{cancelled}"
    if figures.moves:
        yield f"{figures.moves} moves of free units to other posts"


def _interventions(past: PastRun, figures: Summary, width: int) -> Table:
    """Each skill from the first ring; the share within target runs on the target's own clock, which is named."""
    skill_width = max(12, min(44, width - 76))
    table = Table(
        box=None,
        title="\nTime to intervention, by skill, from the first ring",
        title_justify="left",
        title_style="bold",
    )
    for column in ("skill", "needed", "done", "median", "90th pct.", "within target", "target's clock"):
        if column == "skill":
            table.add_column(column, no_wrap=True, overflow="ellipsis", max_width=skill_width)
        else:
            table.add_column(column, no_wrap=True, justify="left" if column == "target's clock" else "right")
    targets: dict[str, InterventionFigure] = {}
    for one in sorted(figures.targets, key=lambda figure: figure.with_target):
        targets[one.skill] = one  # where a skill has targets on several clocks, the one that most calls run on
    for figure in sorted(figures.from_call, key=lambda one: (-one.n, one.skill)):
        target = targets.get(figure.skill)
        share = ""
        if target is not None and target.share_within_target is not None:
            share = f"{target.share_within_target:.0%} of {target.with_target}"
        table.add_row(
            past.teller.skill(figure.skill),
            str(figure.n),
            str(figure.met),
            clock(figure.median_s),
            clock(figure.p90_s),
            share,
            "" if target is None else target.clock.replace("_", " "),
        )
    return table


def print_story(past: PastRun, incident_id: str, lines: Sequence[Line]) -> None:
    """One call, line by line, with its reasons."""
    console = console_for_people()
    zone = ZoneInfo(past.about.timezone)
    mark = " (synthetic patient)" if past.about.synthetic else " (patient and crew behaviour synthetic)"
    console.print(f"\n[bold]One call told: {escape(incident_id)}[/]{mark}")
    for line in lines:
        when = datetime.fromtimestamp(line.at_ms / 1000, zone)
        console.print(f"[cyan]{when:%H:%M:%S}[/]  {escape(line.what)}", highlight=False)
        for why in line.why:
            console.print(f"            [bright_black]{escape(why)}[/]", highlight=False)


def print_debrief(found: Debrief) -> None:
    """The sheet, then each curve with the patients it was measured on."""
    console = console_for_people()
    console.print(f"[bold]Cardiac arrest, {escape(found.encounter_id)}[/]")
    for line in found.lines:
        console.print(f"  {escape(line)}", highlight=False)
    console.print("Survival among the patients each curve was measured on, at these times (not of this patient):")
    for one in found.estimates:
        console.print(f"  {one.chance:.0%}  {one.curve}: {escape(one.population)}", highlight=False)
        console.print(f"       [bright_black]{escape(one.source)}[/]", highlight=False)
    for caveat in dict.fromkeys(part for one in found.estimates for part in one.caveat.split("; ") if part):
        console.print(f"  [bright_black]{escape(caveat)}[/]", highlight=False)


def console_for_people() -> Console:
    """The terminal as wide as it is; 120 columns where the output goes into a file."""
    console = Console()
    return console if console.is_terminal else Console(width=120)


def print_notice(lines: Iterable[str]) -> None:
    """What of a region is synthetic or imputed, each rule in a paragraph."""
    console = console_for_people()
    for line in lines:
        console.print(Padding(escape(line), (0, 0, 0, 2)), style="italic", highlight=False)


def clock(seconds: float | None) -> str:
    """Minutes and seconds; a dash for a time that was not reached."""
    if seconds is None:
        return "-"
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
