"""Montgomery County's 911 calls (Pennsylvania, December 2015 to August 2016, ODbL): calls alone, no unit's times."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from sixpoint.errors import InputError
from sixpoint.plan.call_log.model import CallLog, LoggedCall
from sixpoint.region.importers.sf_complaint import TRAFFIC, read_titles
from sixpoint.tables import Faults, decode_text

TIMEZONE: Final = "America/New_York"
MEMBER: Final = "911.csv"
ACCIDENT: Final = "VEHICLE ACCIDENT"  # the importer, whose other log has traffic of its own, leaves it unmapped
NEEDED: Final = ("lat", "lng", "title", "timeStamp")
# The county with a margin. A few calls lie as far off as Texas: their place is not believed, the call is.
LON_DEG: Final = (-75.75, -74.95)
LAT_DEG: Final = (39.95, 40.50)


def read_montgomery(path: Path) -> CallLog:
    """The county's EMS calls, in order of receipt; the log runs from its first to its last entry, not whole days.

    Titles are mapped to call types by region/data/montgomery_titles.csv (a judgement, line by line); those without a
    code are kept without one.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            text = decode_text(path.name, packed.read(MEMBER))
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise InputError.one(path.name, f"cannot be read ({error})", f"It holds a file {MEMBER}.") from None
    faults = Faults()
    titles = read_titles(faults)
    zone = ZoneInfo(TIMEZONE)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
    if missing:
        raise InputError.one(
            f"{path.name}:{MEMBER}:1", f"columns are missing: {', '.join(missing)}", "Take the file as published."
        )
    calls: list[LoggedCall] = []
    unmapped: Counter[str] = Counter()
    bounds: list[datetime] = []
    off = 0
    for row in reader:
        where = f"{path.name}:{MEMBER}:{reader.line_num}"
        try:
            at = datetime.strptime(row["timeStamp"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone)
            lon_deg, lat_deg = float(row["lng"]), float(row["lat"])
        except (ValueError, TypeError):
            faults.add(where, "time or position cannot be read", "Take the file as published.")
            continue
        bounds = [min([at, *bounds]), max([at, *bounds])]
        service, _, title = row["title"].removesuffix(" -").partition(": ")
        if service != "EMS":
            continue
        known = titles.get(title)
        code = TRAFFIC if title == ACCIDENT else known.dispatch_code if known is not None else ""
        unmapped.update([] if code else [title])
        inside = LON_DEG[0] <= lon_deg <= LON_DEG[1] and LAT_DEG[0] <= lat_deg <= LAT_DEG[1]
        off += not inside
        lon, lat = (lon_deg, lat_deg) if inside else (None, None)
        calls.append(LoggedCall(str(reader.line_num), at, code, lon, lat, None, where))
    faults.raise_any()
    without = ", ".join(f"{title.lower()} ({count})" for title, count in unmapped.most_common()) or "none"
    notes = (
        "call types: the county's titles mapped by region/data/montgomery_titles.csv, a judgement line by line; "
        f"without a type: {without}.",
        f"places: {off} calls lie outside the county and are left out of the places.",
        "times: the log has no unit's times; several calls carry the time of the feed, not of their receipt.",
    )
    return CallLog(path.name, TIMEZONE, bounds[0], bounds[1], tuple(sorted(calls, key=_order)), (), notes)


def _order(call: LoggedCall) -> tuple[datetime, int]:
    return call.received_at, int(call.call_id)
