"""San Francisco's calls for service, 7 to 20 April 2020, with the times of every unit: the log the importer reads."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from sixpoint.plan.call_log.model import CallLog, LoggedCall, LoggedResponse
from sixpoint.plan.call_log.table import midnight
from sixpoint.region.draws import Draws
from sixpoint.region.importers.sf import COMPLAINTS, LOG
from sixpoint.region.importers.sf_complaint import complaint_of, read_mix
from sixpoint.region.importers.sf_fleet import role_of
from sixpoint.region.importers.sf_log import TIMEZONE, Response, calls_of, read_log
from sixpoint.tables import Faults

NOBODY: Final = "any"  # chiefs, vans, investigators: the log leaves open who is on them


def read_san_francisco(data: Path, seed: int = 1) -> CallLog:
    """The medical calls of the log in a folder of published data; complaints are drawn by seed, and it says so."""
    faults = Faults()
    responses = read_log(data / LOG, faults)
    mix = read_mix(data / COMPLAINTS, faults)
    faults.raise_any()
    name = (data / LOG).name
    draws = Draws(np.random.Generator(np.random.PCG64(seed)))
    days = sorted({each.received.date() for each in responses})
    als = {each.unit_id for each in responses if each.als}
    calls: list[LoggedCall] = []
    units: list[LoggedResponse] = []
    left = 0
    for day in days:
        for logged in calls_of(responses, day):
            if not logged.is_medical:
                left += 1
                continue
            complaint = complaint_of(logged, mix, draws)
            first = logged.first
            calls.append(
                LoggedCall(
                    first.call_number, first.received, complaint.dispatch_code, first.lon_deg, first.lat_deg,
                    logged.transported, f"{name}:{first.line}",
                )
            )  # fmt: skip
            units += [_response(each, len(calls) - 1, each.unit_id in als, name) for each in logged.responses]
    zone = ZoneInfo(TIMEZONE)
    return CallLog(
        name=name,
        timezone=TIMEZONE,
        start=midnight(min(each.received for each in responses), zone),
        end=midnight(max(each.received for each in responses), zone, days=1),
        calls=tuple(calls),
        responses=tuple(units),
        notes=(
            "call types: drawn by seed from Montgomery County's mix within the call's priority class (docs/region.md).",
            f"calls: {len(calls)} medical ones; {left} others are left out.",
            "kinds of unit: by unit type and ALS flag as in the importer; others have none.",
        ),
    )


def _response(each: Response, call: int, als: bool, name: str) -> LoggedResponse:
    role = role_of(each.unit_id, each.unit_type, als)
    return LoggedResponse(
        call=call,
        unit_id=each.unit_id,
        unit_type=each.unit_type,
        kind=NOBODY if role is None else f"{role.kind}/{role.kit}",
        where=f"{name}:{each.line}",
        notified_at=each.dispatch,
        en_route_at=each.response,
        on_scene_at=each.on_scene,
        transporting_at=each.transport,
        at_destination_at=each.hospital,
        clear_at=each.available,
    )
