"""Reads observed runs from an agency's own table: one run a line, when and from where to where."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Final

from sixpoint.errors import InputError
from sixpoint.road.network import RoadNetwork
from sixpoint.road.observed_runs import NO_WAY, SHORTEST_S, End, ObservedRuns, RunsByLights, Trip, on_network, told_m
from sixpoint.road.runs_columns import columns_of, header_of
from sixpoint.road.snapper import Snapper
from sixpoint.road.street_tables import NO, YES
from sixpoint.tables import Faults, Row, read_table

SNAP_LIMIT_M: Final = 500.0  # as a region's, docs/region.md
# A crew that took longer forgot to press a button; far country is within it.
LONGEST_S: Final = 7200.0
# A latitude that is none, and so near to the network as a longitude: the two are exchanged, on the network or not.
EXCHANGED_WITHIN_M: Final = 50_000.0
STAMP_REMEDY: Final = (
    "Write it like 2026-05-01T08:30:00-07:00, or 2026-05-01 08:30:00 local (in a spreadsheet: format yyyy-mm-dd "
    "hh:mm:ss)."
)
# Who writes AM or PM in a date of figures is taken to put the month first, as dispatch centres in the United States do.
US_STAMP: Final = re.compile(r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d\d(:\d\d)? ?[AP]M", re.IGNORECASE)


def read_runs_table(path: Path, network: RoadNetwork, *, snap_limit_m: float = SNAP_LIMIT_M) -> RunsByLights:
    """The runs of a table (CSV or .csv.gz) with lights and without, or `InputError` naming every line at fault.

    Its columns and their other names: runs_columns.py. A run that lacks what it needs, or cannot be, is counted with
    the reason. Without a column 'lights' all runs are taken as runs with them.
    """
    faults = Faults()
    header = header_of(path)
    columns = columns_of(path.name, header, faults)
    faults.raise_any()
    reader = _Reader(columns, network)
    used = list(dict.fromkeys(columns.values()))
    for row in read_table(path, path.name, used, header, faults, foreign=True):
        reader.read(row)
    reader.note_exchanged()
    faults.raise_any()
    says_lights = "lights" in columns
    lights, normal = (
        on_network(
            reader.trips[lit],
            network,
            farthest_m=snap_limit_m,
            left_out=reader.left_out[lit],
            source=f"runs of {path.name}" + (f" {'with' if lit else 'without'} lights" if says_lights else ""),
        )
        for lit in (True, False)
    )
    if not (lights.runs or normal.runs):
        raise InputError.one(path.name, f"holds no run that counts ({_told(lights, normal)})", _remedy(snap_limit_m))
    notes = [", ".join(f"{ours} from '{theirs}'" for ours, theirs in columns.items() if ours != theirs)]
    notes += [] if says_lights else ["no column 'lights': all runs are taken as runs with lights"]
    if reader.month_first:
        notes.append(f"dates with AM or PM, such as {reader.month_first}, as month/day/year")
    return RunsByLights(lights, normal, tuple(note for note in notes if note))


class _Reader:
    """Makes trips of rows, by lights, and counts what is left out."""

    def __init__(self, columns: Mapping[str, str], network: RoadNetwork) -> None:
        self.trips: dict[bool, list[Trip]] = {True: [], False: []}
        self.left_out: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
        self.month_first = ""  # the first time that was read as month/day/year
        # Two instants say more than a number; without them `seconds` serves.
        instants = {"left_at", "arrived_at"} <= columns.keys()
        self._columns = {ours: theirs for ours, theirs in columns.items() if not (instants and ours == "seconds")}
        self._network = network
        self._snapper = Snapper(network)
        self._exchanged: dict[tuple[str, str], list[Row]] = {}
        self._node_of = {node_id: number for number, node_id in enumerate(network.node_ids)}
        self._left_out_nodes = frozenset(network.dropped_nodes)

    def read(self, row: Row) -> None:
        """Keeps the row's trip or counts why it does not count; notes what is wrong with the row."""
        lit, left, arrived = self._lights(row), self._instant(row, "left_at"), self._instant(row, "arrived_at")
        seconds, day = self._seconds(row, left, arrived), self._day(row, left or arrived)
        start, end = self._end(row, "from"), self._end(row, "to")
        if not row.sound:
            return
        why = next((part for part in (lit, seconds, day, start, end) if isinstance(part, str)), None)
        if why is not None:
            self.left_out[lit is not False][why] += 1
            return
        assert not (isinstance(lit, str) or isinstance(seconds, str) or isinstance(day, str))
        assert not (isinstance(start, str) or isinstance(end, str))
        self.trips[lit].append(Trip(start, end, seconds, day))

    def _cell(self, row: Row, column: str) -> str:
        return row.raw(self._columns[column]) if column in self._columns else ""

    def _lights(self, row: Row) -> bool | str:
        if "lights" not in self._columns:
            return True
        word = self._cell(row, "lights").lower()
        if not word:
            return "not said whether with lights"
        if word not in YES | NO:
            row.fault(f"column '{self._columns['lights']}' holds '{word}'", "Write 'yes' or 'no'.")
        return word in YES

    def _seconds(self, row: Row, left: datetime | None, arrived: datetime | None) -> float | str:
        """How long the run took, s; or why it does not count."""
        if "seconds" in self._columns:
            column = self._columns["seconds"]
            if not row.raw(column):
                return "no time"
            seconds = row.number(column)
        elif left is None or arrived is None:
            return f"no time at which it {'set out' if left is None else 'arrived'}"
        elif (left.tzinfo is None) != (arrived.tzinfo is None):
            row.fault("one of two times has no offset from UTC", "Write both with an offset, or both without.")
            return ""
        else:
            seconds = (arrived - left).total_seconds()
        if seconds <= 0:
            return "zero or negative time"
        if seconds < SHORTEST_S:
            return f"under {SHORTEST_S:g} s"
        return seconds if seconds <= LONGEST_S else f"over {LONGEST_S / 60:g} min"

    def _day(self, row: Row, at: datetime | None) -> int | str:
        """The day by the clock of the table, which only tells days apart; or why the run does not count."""
        if at is not None:
            return at.toordinal()
        word = self._cell(row, "date")
        if not word:
            return "no day"
        try:
            return date.fromisoformat(word).toordinal()
        except ValueError:
            row.fault(f"column '{self._columns['date']}' holds '{word}', which is no date", "Write it like 2026-05-01.")
            return ""

    def _instant(self, row: Row, column: str) -> datetime | None:
        """The instant in that cell; None if the cell is empty or holds none, which is noted."""
        word = self._cell(row, column)
        if not word:
            return None
        if _is_day(word):
            row.fault(f"column '{self._columns[column]}' holds '{word}', a day without a time", STAMP_REMEDY)
            return None
        try:
            return self._us_instant(word) if US_STAMP.fullmatch(word) else datetime.fromisoformat(word)
        except ValueError:
            what = f"column '{self._columns[column]}' holds '{word}', which is not a date and time"
            row.fault(what, STAMP_REMEDY)
            return None

    def _us_instant(self, word: str) -> datetime:
        """A time such as 05/01/2026 08:00 AM, local; `ValueError` where the month comes second."""
        day, clock = word[:-2].split(maxsplit=1)
        month, day_of_month, year = (int(part) for part in day.split("/"))
        hour, minute, second = (int(part) for part in (*clock.split(":"), "0")[:3])
        if not 1 <= hour <= 12:
            raise ValueError(word)
        hour = hour % 12 + (12 if word[-2:].upper() == "PM" else 0)
        instant = datetime(year, month, day_of_month, hour, minute, second)  # noqa: DTZ001 (the clock of the table)
        self.month_first = self.month_first or f"'{word}'"
        return instant

    def _end(self, row: Row, end: str) -> End | str:
        """The node or the place at which the run began or ended; or why it does not count."""
        node_id = self._cell(row, f"{end}_node")
        if node_id:
            return self._node(row, f"{end}_node", node_id)
        lon, lat = (self._columns.get(f"{end}_{degrees}") for degrees in ("lon_deg", "lat_deg"))
        if lon is None or lat is None or not (row.raw(lon) or row.raw(lat)):
            return f"no place where it {'began' if end == 'from' else 'ended'}"
        if self._is_exchanged(row.raw(lon), row.raw(lat)):
            row.sound = False
            self._exchanged.setdefault((lon, lat), []).append(row)
            return ""
        return row.number(lon, -180, 180), row.number(lat, -90, 90)

    def _is_exchanged(self, lon: str, lat: str) -> bool:
        """Whether it is no place on Earth, and would be one near this network with its degrees exchanged."""
        try:
            lon_deg, lat_deg = float(lon), float(lat)
        except ValueError:
            return False
        return abs(lat_deg) > 90 and self._snapper.fits_exchanged(lon_deg, lat_deg, EXCHANGED_WITHIN_M)

    def note_exchanged(self) -> None:
        """Notes columns of degrees that look exchanged, each pair once: it mostly is so on every line."""
        for (lon, lat), rows in self._exchanged.items():
            more = f" (so do {len(rows) - 1} lines after it)" if len(rows) > 1 else ""
            what = f"column '{lat}' holds {rows[0].raw(lat)}, outside -90 to 90{more}"
            fits = f"{what}; exchanged with '{lon}' the place is near this network"
            rows[0].fault(fits, f"Exchange the names '{lon}' and '{lat}' in the first line.")

    def _node(self, row: Row, column: str, node_id: str) -> End | str:
        number = self._node_of.get(node_id)
        if number is None:
            if node_id in self._left_out_nodes:
                return NO_WAY
            what = f"column '{self._columns[column]}' holds '{node_id}', which is no node of this network"
            row.fault(what, "Write a node_id of its table of nodes, or give the place in degrees.")
            return ""
        if self._network.can_stop[number]:
            return number
        # No journey begins or ends at a junction that a turn restriction has split: the next node of the street serves.
        return float(self._network.lon_deg[number]), float(self._network.lat_deg[number])


def _is_day(word: str) -> bool:
    try:
        date.fromisoformat(word)
    except ValueError:
        return False
    return True


def _told(*observed: ObservedRuns) -> str:
    """Why runs do not count, with how many, most first."""
    counted = sum((Counter(one.left_out) for one in observed), Counter[str]())
    return "; ".join(f"{count}: {reason}" for reason, count in counted.most_common()) or "it is empty"


def _remedy(snap_limit_m: float) -> str:
    return (
        f"Give the network on which they were driven, places in degrees no farther than {told_m(snap_limit_m)} from it "
        f"(longitude in ..._lon_deg), and times from {SHORTEST_S:g} s to {LONGEST_S / 60:g} min."
    )
