"""Finds out what kind of log somebody gives, and reads it: a table, a region, or one of the published ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from sixpoint.dispatch import CallTypes
from sixpoint.errors import InputError
from sixpoint.plan.call_log.model import CallLog
from sixpoint.plan.call_log.montgomery import read_montgomery
from sixpoint.plan.call_log.region_calls import calls_of_region
from sixpoint.plan.call_log.san_francisco import read_san_francisco
from sixpoint.plan.call_log.table import read_call_log
from sixpoint.plan.demand.clock import Span
from sixpoint.region import BUNDLED, Region, bundled_region, read_region
from sixpoint.region.format import MANIFEST
from sixpoint.region.importers.sf import LOG


class Source(msgspec.Struct, frozen=True):
    """A log, and the region whose roads its places lie on, if there is one."""

    log: CallLog
    region: Region | None


def read_source(log: str, region: str | None, timezone: str | None, types: CallTypes, seed: int) -> Source:
    """The log: a table (docs/plan.md lists its columns), a region's folder or name, the folder of San Francisco's
    published data, or Montgomery County's archive. `InputError` names every row at fault."""
    place = region_of(region, types) if region is not None else None
    path = Path(log)
    if log in BUNDLED or (path / MANIFEST).is_file():
        own = region_of(log, types)
        return Source(calls_of_region(own), place or own)
    if path.is_dir():
        if not (path / LOG).is_file():
            what = f"this folder is no region, and holds no published log ({LOG})"
            remedy = "Name a table of calls, a region, or the folder of published data."
            if (path / Path(LOG).name).is_file():
                remedy = f"Name the folder above it: {path.parent}."
            raise InputError.one(log, what, remedy)
        return Source(read_san_francisco(path, seed), place)
    if path.suffix == ".zip":
        return Source(read_montgomery(path), place)
    zone = timezone or (place.timezone if place is not None else None)
    if zone is None:
        raise InputError.one(log, "the table does not say on which clock its hours are", "Say --region or --timezone.")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError.one("--timezone", f"'{zone}' is not known", "Write it like America/Chicago.") from None
    return Source(read_call_log(path, zone, types.codes), place)


def region_of(name: str, types: CallTypes) -> Region:
    """A bundled region by name, or one in a folder."""
    return read_region(bundled_region(name) if name in BUNDLED else Path(name), types.codes)


def cut(log: CallLog, first: str | None, last: str | None) -> CallLog:
    """The part of the log from one local time up to, not including, another; `InputError` if it holds no call."""
    zone = ZoneInfo(log.timezone)
    start = local_time(first, zone, "--from") if first is not None else log.start
    end = local_time(last, zone, "--to") if last is not None else log.end
    if not start.timestamp() < end.timestamp():
        raise InputError.one("--to", f"{end} is not after {start}", "Exchange them.")
    for word, at in (("--from", start), ("--to", end)):
        if not log.start.timestamp() <= at.timestamp() <= log.end.timestamp():
            raise InputError.one(word, f"{at} is outside the log", f"It runs from {log.start} to {log.end}.")
    return log.between(start, end)


def gaps_of(texts: Sequence[str], timezone: str) -> list[Span]:
    """Stretches written like 2016-05-01T12:52/2016-05-02T03:01, local time."""
    zone = ZoneInfo(timezone)
    found = []
    for text in texts:
        first, slash, last = text.partition("/")
        if not slash:
            raise InputError.one("--gap", f"'{text}' is no stretch", "Write it like 2016-05-01T12:52/2016-05-02T03:01.")
        found.append((local_time(first, zone, "--gap"), local_time(last, zone, "--gap")))
    return found


def local_time(text: str, zone: ZoneInfo, where: str) -> datetime:
    """A day or a time of day on the log's own clock, or with an offset of its own."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        what = f"'{text}' is no day and no time"
        raise InputError.one(where, what, "Write it like 2020-04-07 or 2020-04-07T18:30.") from None
    return at.replace(tzinfo=zone) if at.tzinfo is None else at
