"""Prints records and audits of records for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sixpoint.cli.telling import console_for_people
from sixpoint.record.audit import QUESTIONED, AuditedAct, RecordAudit
from sixpoint.record.tell import Row, count_empty, label, tell

# How many elements that nobody recorded the summary of an audit names.
MOST_MISSING: Final = 15
# Elements of which the people who read a record know already who wrote them.
# Custom results that a record shown in short has too: what concerns all of it.
OF_THE_WHOLE: Final = frozenset(("imputed", "destination", "dispatch", "care_override"))
REASONS: Final = frozenset(("because",))
SILENT: Final = frozenset(("eRecord.02", "eRecord.03", "eRecord.04", "eResponse.01"))


def print_record(record: Mapping[str, Any], more: Mapping[str, str], full: bool) -> None:
    """Every value of the record in words, by section; what is not recorded or does not apply is only counted.

    `more` has words that only the run knows. `full`: also the numbers of elements, reasons, and every custom result.
    """
    console = console_for_people()
    report = record["PatientCareReport"]
    beyond = _Beyond(report, more, full)
    console.print(f"[bold]{escape(report['eRecord']['eRecord.01'])}[/]  [dim]{report['@UUID']}[/]")
    day = str(report.get("eTimes", {}).get("eTimes.03", ""))[:10]
    for section in tell(report, more):
        if section.title != "Narrative":
            console.print(f"  [bold]{section.title}[/]")
            for row in section.rows:
                if full or row.element not in SILENT:
                    _print_row(console, row, day, beyond, full)
    for text in _narrative(report):
        console.print("  [bold]Narrative[/]")
        for line in text.splitlines():
            console.print(f"    {escape(line)}")
    for name, words in beyond.others:
        console.print(f"  [bold]{escape(name)}[/] {escape('; '.join(words))}")
    console.print(f"  [dim]{count_empty(report)} elements are not recorded or do not apply (--json shows them)[/]\n")


def _print_row(console: Console, row: Row, day: str, beyond: _Beyond, full: bool) -> None:
    number = f"[dim]{row.element:<17}[/]" if full else ""
    mark = " "
    if row.first:
        heading = beyond.heading(row.group)
        mark = " " if heading else "-"
        if heading:
            console.print(f"   - {escape(heading)}")
    value = row.value[11:19] if day and row.value.startswith(f"{day}T") else row.value
    console.print(f"   {mark} {number}{row.label:<28} {escape(value)}".rstrip())
    for words in beyond.about.get(row.group, []) if row.first else []:
        console.print(f"     {' ' * 17 if full else ''}[dim]{escape(words)}[/]")


class _Beyond:
    """The custom results: those about a group by its CorrelationID, and the others in their order."""

    def __init__(self, report: Mapping[str, Any], more: Mapping[str, str], full: bool) -> None:
        self.about: dict[str, list[str]] = {}
        self.others: list[tuple[str, list[str]]] = []
        self._more = more
        self._skill: dict[str, str] = {}
        for result in report.get("eCustomResults", {}).get("eCustomResults.ResultsGroup", ()):
            name = result["eCustomResults.02"].removeprefix("sixpoint.")
            words = [str(word) for word in result["eCustomResults.01"]]
            group = result.get("eCustomResults.03")
            if name == "skill" and group:
                self._skill[group] = words[0]
            elif group and (full or name not in REASONS):
                self.about.setdefault(group, []).append(f"{name.replace('_', ' ')}: {'; '.join(words)}")
            elif not group and (full or name in OF_THE_WHOLE):
                self.others.append((name.replace("_", " "), words))

    def heading(self, group: str) -> str:
        """The name of the skill that a group is about; empty if it is about none."""
        skill = self._skill.get(group, "")
        return self._more.get(skill, skill)


def _narrative(report: Mapping[str, Any]) -> Iterator[str]:
    text = report.get("eNarrative", {}).get("eNarrative.01")
    if isinstance(text, str):
        yield text


class AuditTable:
    """Counts audits and prints them: each that somebody must look at, then the whole."""

    def __init__(self) -> None:
        self.console = console_for_people()
        self.records = 0
        self.found = 0
        self._standings: Counter[str] = Counter()
        self._missing: Counter[str] = Counter()

    def add(self, one: RecordAudit) -> None:
        """Counts one record."""
        self.records += 1
        self.found += bool(one.questioned or one.review)
        self._standings.update(act.standing for act in one.acts)
        self._missing.update(one.missing)

    def print_one(self, one: RecordAudit) -> None:
        """The record's acts in question with their reasons, and what goes to review."""
        self.console.print(f"[bold]{escape(one.number)}[/]  {escape(one.unit)} on {escape(one.incident)}")
        for act in one.questioned:
            self.console.print(f"  {_act(act)}")
            for reason in act.because:
                self.console.print(f"      [dim]{escape(reason)}[/]")
        for line in one.review:
            self.console.print(f"  [yellow]review[/]: {escape(line)}")

    def print_summary(self) -> None:
        """How the acts stand, and which required elements nobody recorded most."""
        console = self.console
        console.print(f"\n{self.records} records audited; {self.found} of them for somebody to look at.")
        acts = Table("acts", "n", box=None, title_justify="left")
        for standing, n in self._standings.most_common():
            acts.add_row(f"[bold]{standing}[/]" if standing in QUESTIONED else standing, str(n))
        console.print(acts)
        if self._missing:
            table = Table("required and not recorded", "", "records", box=None)
            for element, n in self._missing.most_common(MOST_MISSING):
                table.add_row(element, label(element), str(n))
            console.print(table)
            if len(self._missing) > MOST_MISSING:
                console.print(f"[dim]and {len(self._missing) - MOST_MISSING} more elements (--json names all)[/]")


def _act(act: AuditedAct) -> str:
    what = ", ".join(act.skills) or f"code {act.code}"
    return f"[bold]{act.standing}[/]: {escape(what)} by {escape(act.level or 'nobody named')} at {escape(act.at)}"
