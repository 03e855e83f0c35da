"""The board in the terminal: pending, active, units and what just happened. It shows the state and decides nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from rich.console import Group
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from sixpoint.ops import Incident, Leg, Meeting, State, Unit
from sixpoint.ops.bedside import patients
from sixpoint.ops.events import AnyEvent
from sixpoint.service.telling import Teller

# Always a letter as well as a colour: A free, D assigned or notified, R en route, S on scene, P at patient,
# T transporting, H at destination, O nobody on it.
SIGNS: Final[Mapping[str, tuple[str, str]]] = {
    "assigned": ("D", "blue"),
    "notified": ("D", "blue"),
    "en_route": ("R", "yellow"),
    "staged": ("R", "yellow"),
    "on_scene": ("S", "red"),
    "at_patient": ("P", "red"),
    "transporting": ("T", "magenta"),
    "at_destination": ("H", "cyan"),
    "transferred": ("H", "cyan"),
}
FREE: Final = ("A", "green")
# Immediate, delayed, minimal, expectant, dead, and ? for those whom nobody has tagged.
TAG_LETTERS: Final[Mapping[str, str]] = {
    "immediate": "I",
    "delayed": "D",
    "minimal": "M",
    "expectant": "E",
    "dead": "X",
    "untagged": "?",
}
NARROW: Final = 110  # columns of the terminal below which some are left out
WIDE: Final = 170  # columns from which units on a call are shown by their call signs
# Columns that are read at a glance keep their width; the others share what is left, in these parts.
FIXED: Final[Mapping[str, int]] = {"call": 11, "acuity": 12, "since": 7, "for": 7, "": 1}
PARTS: Final[Mapping[str, int]] = {"type": 4, "why": 4, "patients": 3, "units": 5, "unit": 4, "status": 5, "on": 4}
NOBODY: Final = ("O", "bright_black")
# Unassigned calls turn hot by acuity (seconds).
HOT_S: Final[Mapping[str, int]] = {"critical": 60, "emergent": 300, "lower_acuity": 900, "non_acute": 1800}


class Board:
    """Renders the state at an instant; hears the events for its feed."""

    def __init__(self, teller: Teller, timezone: str, title: str, notice: str) -> None:
        self._teller = teller
        self._zone = ZoneInfo(timezone)
        self._title = title
        self._notice = notice
        self._is_narrow = self._is_wide = False
        self._feed: deque[tuple[int, str]] = deque(maxlen=14)

    def hear(self, before: State, event: AnyEvent, after: State) -> None:
        """Takes an event into the feed, if it is one that people want to hear."""
        said = self._teller.tell(event, after)
        if said is not None:
            self._feed.append((event.at_ms, said))

    def render(self, state: State, now_ms: int, width: int) -> Layout:
        """The whole board as it stands at that instant; narrow terminals see fewer columns, whole."""
        self._is_narrow, self._is_wide = width < NARROW, width >= WIDE
        layout = Layout()
        layout.split_column(Layout(self._head(state, now_ms), size=4 if self._is_narrow else 3), Layout(name="body"))
        layout["body"].split_row(Layout(name="calls", ratio=3), Layout(self._units(state, now_ms), ratio=2))
        layout["calls"].split_column(
            Layout(self._pending(state, now_ms), ratio=1, minimum_size=4),
            Layout(self._active(state, now_ms), ratio=3),
            Layout(self._recent(), ratio=2),
        )
        return layout

    def _head(self, state: State, now_ms: int) -> Panel:
        free = sum(unit.is_free for unit in state.units.values())
        on_duty = sum(unit.on_duty for unit in state.units.values())
        line = Text.assemble(
            (self._local(now_ms, "%a %d %b %Y %H:%M:%S"), "bold"),
            ("   " + self._notice if self._notice else "", "italic yellow"),
            f"   {self._title}   ",
            (f"free {free} of {on_duty} on duty", "green" if free else "bold red"),
            f"   calls {state.calls}   closed {state.closed}",
        )
        return Panel(line, padding=(0, 1))

    def _pending(self, state: State, now_ms: int) -> Panel:
        table = _table("call", "type", "since", "why")
        for incident in _by_urgency(one for one in state.incidents.values() if not one.open_units):
            age_s = (now_ms - incident.received_ms) // 1000
            hot = age_s >= HOT_S.get(incident.acuity, 300)
            why = incident.waiting_because or "being taken"
            table.add_row(
                incident.incident_id, self._type(incident), _clock(age_s), why, style="bold red" if hot else ""
            )
        return Panel(table, title="pending", padding=(0, 1))

    def _active(self, state: State, now_ms: int) -> Panel:
        columns = ("call", "since", "units") if self._is_narrow else ("call", "acuity", "type", "since", "units")
        active = _by_urgency(one for one in state.incidents.values() if one.open_units)
        if any(len(one.encounters) > 1 for one in active):
            columns = (*columns[:-1], "patients", "units")
        table = _table(*columns)
        for incident in active:
            units = Text()
            for meeting in (incident.meetings or {}).values():
                if meeting.is_open:
                    units.append(_meets(meeting, state, now_ms), "bold magenta")
            for unit_id in incident.open_units:
                letter, colour = SIGNS[incident.assignments[unit_id].status]
                units.append(state.units[unit_id].call_sign if self._is_wide else unit_id, colour)
                units.append(f"·{letter} ", f"bold {colour}")
            since = _clock((now_ms - incident.received_ms) // 1000)
            cells: dict[str, str | Text] = {"call": incident.incident_id, "acuity": incident.acuity, "since": since}
            cells |= {"type": self._type(incident), "units": units, "patients": _patients(state, incident, now_ms)}
            table.add_row(*(cells[column] for column in columns))
        return Panel(table, title="active", padding=(0, 1))

    def _units(self, state: State, now_ms: int) -> Panel:
        columns = ("unit", "", "on") if self._is_narrow else ("unit", "", "status", "for", "on")
        table = _table(*columns)
        shown = sorted(
            state.units.values(), key=lambda unit: (not unit.on_duty, unit.incident_id is None, unit.call_sign)
        )
        for unit in shown[:60]:
            letter, colour = _sign(unit)
            status = _status(unit, state, now_ms)
            cells: dict[str, str | Text] = {
                "unit": unit.call_sign if self._is_wide else unit.unit_id,
                "": Text(letter, f"bold {colour}"),
                "status": Text(status, colour),
                "for": _clock((now_ms - unit.status_ms) // 1000) if unit.incident_id else "",
                "on": unit.incident_id or (status if self._is_narrow else ""),
            }
            table.add_row(*(cells[column] for column in columns))
        return Panel(table, title="units", padding=(0, 1))

    def _recent(self) -> Panel:
        lines = [Text(f"{self._local(at_ms, '%H:%M:%S')} {said}", no_wrap=True) for at_ms, said in reversed(self._feed)]
        return Panel(Group(*lines), title="just now", padding=(0, 1))

    def _type(self, incident: Incident) -> Text:
        text = Text(self._teller.call_type(incident.dispatch_code), no_wrap=True)
        return text.append(" (imputed)", "italic") if "dispatch_code" in incident.imputed else text

    def _local(self, at_ms: int, pattern: str) -> str:
        return datetime.fromtimestamp(at_ms / 1000, self._zone).strftime(pattern)


def _patients(state: State, incident: Incident, now_ms: int) -> str:
    """Where there are several: how many, by the first letter of the tag, and how many nobody has tagged."""
    if len(incident.encounters) < 2:
        return ""
    found = patients(state, incident.incident_id, now_ms)
    tags = " ".join(f"{found.by_tag[tag]}{letter}" for tag, letter in TAG_LETTERS.items() if tag in found.by_tag)
    return f"{found.total}: {tags}"


def _table(*columns: str) -> Table:
    table = Table(box=None, expand=True, padding=(0, 1, 0, 0), header_style="bright_black")
    for column in columns:
        table.add_column(column, no_wrap=True, overflow="ellipsis", width=FIXED.get(column), ratio=PARTS.get(column))
    return table


def _sign(unit: Unit) -> tuple[str, str]:
    if unit.status is not None:
        return SIGNS[unit.status]
    return FREE if unit.on_duty else NOBODY


def _status(unit: Unit, state: State, now_ms: int) -> str:
    if unit.status is not None:
        return unit.status.replace("_", " ")
    if not unit.on_duty:
        return "nobody on it"
    if unit.waits_at == unit.post_id:
        return "free"
    is_there = not isinstance(unit.position, Leg) or unit.position.arrives_ms <= now_ms
    return f"free, {'at' if is_there else 'to'} {state.posts[unit.waits_at].name}"


def _meets(meeting: Meeting, state: State, now_ms: int) -> str:
    """The two will meet: in how long, as far as both are on the road; who is there already waits."""
    legs = [state.units[unit_id].position for unit_id in (meeting.unit_id, meeting.advanced_unit_id)]
    arrives_ms = max((leg.arrives_ms for leg in legs if isinstance(leg, Leg)), default=now_ms)
    return f"meet {_clock(max(0, arrives_ms - now_ms) // 1000)} "


def _by_urgency(incidents: Iterable[Incident]) -> list[Incident]:
    order = list(HOT_S)

    rank = {acuity: place for place, acuity in enumerate(order)}
    return sorted(incidents, key=lambda one: (rank.get(one.acuity, len(rank)), one.received_ms))


def _clock(seconds: int) -> str:
    return (
        f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        if seconds >= 3600
        else f"{seconds // 60}:{seconds % 60:02d}"
    )
