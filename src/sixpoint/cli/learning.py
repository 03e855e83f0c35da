"""Prints levels, their differences and the way between them for people; every statement with its source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sixpoint.scope.learn.cells import Cell
from sixpoint.scope.learn.compare import Comparison, Difference, training_of
from sixpoint.scope.learn.page import APPROVAL
from sixpoint.scope.learn.path import Path
from sixpoint.scope.learn.training import Training, load_titles
from sixpoint.scope.learn.who import WhoMay
from sixpoint.scope.rulebook import Rulebook

SHOWN = {"standing": "yes", "order": "with an order", "barred": "no", "unknown": "not known"}
COLOUR = {"standing": "green", "order": "yellow", "barred": "red", "unknown": "magenta"}
NOT_KNOWN = "not known: Sixpoint has no training facts for this level"


class Notes:
    """Sources, numbered as they come up, to be listed once at the end."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, source: str, confidence: str) -> str:
        """A short mark like [3 r]: the number of the source, and the letter of how sure."""
        number = self._numbers.setdefault(source, len(self._numbers) + 1)
        return f"[dim]{escape(f'[{number} {confidence[0]}]')}[/dim]"

    def print(self, console: Console) -> None:
        """Lists the sources; nothing if no statement had one."""
        if not self._numbers:
            return
        sure = "v verified in text, i inferred, r recalled, j judgement of ours, m mixed"
        console.print(f"\n[bold]Sources[/bold], and how sure: {sure}")
        for source, number in self._numbers.items():
            console.print(f"  [{number}] {source}", markup=False, highlight=False)


def answer(cell: Cell) -> str:
    """The cell in a word or two."""
    if cell.condition:
        return f"[yellow]only if {escape(cell.condition)}[/yellow]"
    return f"[{COLOUR[cell.verdict]}]{SHOWN[cell.verdict]}[/{COLOUR[cell.verdict]}]"


def category_name(category: str) -> str:
    """A category of the catalogue in words."""
    return category.replace("_", " ").capitalize()


def hours(least: float, most: float) -> str:
    """A range of hours."""
    return f"{least:g} h" if least == most else f"{least:g} to {most:g} h"


def print_levels(rulebook: Rulebook, counts: Mapping[str, int]) -> None:
    """The ladder, lowest level first."""
    console = Console()
    table = Table("Level", "Name", "Skills", "Course", "Answers for", title=escape(rulebook.ladder.title))
    facts = training_of(rulebook)
    notes = Notes()
    for level in rulebook.levels.values():
        known = facts.get(level.id)
        course, role = "not known", "not known"
        if known is not None:
            beyond = f" after {known.hours.beyond}" if known.hours.beyond else ""
            mark = notes.mark(known.hours.source, known.hours.confidence)
            course = f"{hours(known.hours.least, known.hours.most)}{beyond} {mark}"
            role = f"{escape(known.role.text)} {notes.mark(known.role.source, known.role.confidence)}"
        table.add_row(level.id, escape(level.name), str(counts[level.id]), course, role)
    console.print(table)
    if rulebook.ladder.titles:
        console.print(titles_table(rulebook, notes))
    notes.print(console)
    console.print(f"\n{APPROVAL}")


def titles_table(rulebook: Rulebook, notes: Notes) -> Table:
    """The titles beside the ladder and what is known of them."""
    table = Table("Title", "Counts as", "What it is", "Course", title="Titles beside the ladder")
    facts = load_titles().get(rulebook.ladder.id, {})
    for title in rulebook.ladder.titles.values():
        known = facts.get(title.id)
        counts = f"{title.counts_as} {notes.mark(title.source, title.confidence)}"
        role = f"{escape(known.role)} {notes.mark(known.source, known.confidence)}" if known else "not known"
        course = f"{escape(known.course)}; needs {escape(known.needed)}" if known else "not known"
        table.add_row(escape(title.name), counts, role, course)
    return table


def print_comparison(rulebook: Rulebook, comparison: Comparison, at: datetime) -> None:
    """Two levels side by side: training, responsibilities, scope."""
    console, notes = Console(), Notes()
    first, second = comparison.first.id, comparison.second.id
    console.print(f"[bold]{first} and {second}[/bold]: {rulebook.id} on {at.date()}, rulebook {rulebook.hash[:19]}\n")
    table = Table("", first, second, title="Training and responsibilities", show_lines=True)
    one, other = (training_rows(facts, notes) for facts in comparison.training)
    for what in dict.fromkeys((*one, *other)):
        table.add_row(f"[bold]{what}[/bold]", one.get(what, NOT_KNOWN), other.get(what, NOT_KNOWN))
    if table.row_count:
        console.print(table)
    else:
        console.print("Training and responsibilities: not known; Sixpoint has no training facts for this ladder.")
    console.print(
        f"\n[bold]Scope of practice[/bold]: {second} may {len(comparison.gained)} skills more than {first}, "
        f"{len(comparison.lost)} fewer, {len(comparison.otherwise)} under another condition; for "
        f"{len(comparison.unsettled)} the rulebook leaves one of them open; {comparison.alike} are alike.\n"
    )
    for title, differences in (
        (f"What {second} may more than {first}", comparison.gained),
        (f"What {second} may less than {first}", comparison.lost),
        ("What both may, each under another condition", comparison.otherwise),
        ("What neither may by these rules, though one is left open", comparison.unsettled),
    ):
        if differences:
            console.print(differences_table(title, first, second, differences, notes))
    notes.print(console)
    console.print(f"\n{APPROVAL}")


def differences_table(title: str, first: str, second: str, differences: Sequence[Difference], notes: Notes) -> Table:
    """The skills of a difference by category, each with both answers and the rule behind the second."""
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", expand=True)
    table.add_column("Skill", ratio=6, overflow="fold")
    table.add_column(first, ratio=2)
    table.add_column(second, ratio=2)
    table.add_column("Source", no_wrap=True)
    category = ""
    for one in sorted(differences, key=lambda item: item.skill.category):
        if one.skill.category != category:
            category = one.skill.category
            table.add_section()
            table.add_row(f"[bold]{category_name(category)}[/bold]")
        reason = one.second.deciding
        mark = notes.mark(reason.source, reason.confidence)
        table.add_row(escape(one.skill.name), answer(one.first), answer(one.second), mark)
    return table


def training_rows(facts: Training | None, notes: Notes) -> dict[str, str]:
    """The training facts of a level, row by row."""
    if facts is None:
        return {}
    renewal = facts.recertification
    parts = ", ".join(f"{part.name} {part.least_percent:g}-{part.most_percent:g} %" for part in facts.exam.parts)
    beyond = f" after the {facts.hours.beyond} course" if facts.hours.beyond else ""
    prerequisites = (f"{escape(one.text)} {notes.mark(one.source, one.confidence)}" for one in facts.prerequisites)
    return {
        "Answers for": f"{escape(facts.role.text)} {notes.mark(facts.role.source, facts.role.confidence)}",
        "Attends alone": f"{escape(facts.attends.answer)}. {escape(facts.attends.text)} "
        + notes.mark(facts.attends.source, facts.attends.confidence),
        "Course": f"{hours(facts.hours.least, facts.hours.most)}{beyond} "
        + notes.mark(facts.hours.source, facts.hours.confidence),
        "Needed before": "\n".join(prerequisites),
        "Examination": f"{escape(facts.exam.text)}: {escape(parts)} "
        + notes.mark(facts.exam.source, facts.exam.confidence),
        "Recertification": f"{renewal.total_h:g} h every {renewal.every_years:g} years: "
        f"national {renewal.national_h:g}, local {renewal.local_h:g}, individual {renewal.individual_h:g} "
        + notes.mark(renewal.source, renewal.confidence),
    }


def print_path(rulebook: Rulebook, path: Path, at: datetime) -> None:
    """Each step of the way: what it takes and what it gains."""
    console, notes = Console(), Notes()
    names = [path.steps[0].before.id, *(step.level.id for step in path.steps)]
    console.print(f"[bold]{' to '.join((names[0], names[-1]))}[/bold]: {rulebook.id} on {at.date()}")
    if path.hours is None:
        console.print("Hours of the way: not known for every step.\n")
    else:
        needed = ", ".join(step.level.id for step in path.steps if step.needed)
        console.print(f"Hours of the courses that are needed ({needed}): {hours(*path.hours)}\n")
    for step in path.steps:
        optional = "" if step.needed else f" (not asked for by {names[-1]})"
        table = Table(title=f"{step.before.id} to {step.level.id}{optional}", show_header=False, show_lines=True)
        rows = training_rows(step.training, notes) or {"Training": NOT_KNOWN}
        for what, told in rows.items():
            table.add_row(f"[bold]{what}[/bold]", told)
        table.add_row(f"[bold]Gains {len(step.gained)} skills[/bold]", gains(step.gained, notes))
        console.print(table)
    notes.print(console)
    console.print(f"\n{APPROVAL}")


def gains(differences: Iterable[Difference], notes: Notes) -> str:
    """The skills a step gains, by category, those under a condition marked."""
    held: dict[str, list[str]] = {}
    marks: dict[str, dict[str, None]] = {}
    for one in differences:
        conditional = "*" if one.second.condition or one.second.verdict == "order" else ""
        held.setdefault(one.skill.category, []).append(f"{one.skill.name}{conditional}")
        reason = one.second.deciding
        marks.setdefault(one.skill.category, {})[notes.mark(reason.source, reason.confidence)] = None
    lines = [
        f"[bold]{category_name(category)}[/bold]: {escape('; '.join(names))} {' '.join(marks[category])}"
        for category, names in held.items()
    ]
    if any(name.endswith("*") for names in held.values() for name in names):
        lines.append("[dim]* only under a condition or with an order: sixpoint levels skill SKILL[/dim]")
    return "\n".join(lines) or "no skill"


def print_skill(skill_id: str, answers: Iterable[WhoMay]) -> None:
    """Who may perform the skill, in each rulebook."""
    console = Console()
    console.print(f"[bold]{skill_id}[/bold]: who may perform it\n")
    for one in answers:
        title = escape(f"{one.title} ({one.rulebook})")
        table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", expand=True)
        for column, ratio in (("Level", 3), ("May", 4), ("Rule", 6), ("Source", 8)):
            table.add_column(column, ratio=ratio, overflow="fold")
        for cell in one.cells:
            reason = cell.deciding
            source = f"{escape(reason.source)} [dim]({reason.confidence})[/dim]"
            table.add_row(cell.level, answer(cell), escape(reason.rule), source)
        if one.not_in_force:
            console.print(f"{one.title}: {one.not_in_force}", markup=False)
        else:
            console.print(table)
    console.print(f"\n{APPROVAL}")
