"""The calls of a region as a log: when, where and what, and two times of the patient."""

from __future__ import annotations

from datetime import timedelta

from sixpoint.plan.call_log.model import CallLog, LoggedCall, LoggedResponse
from sixpoint.region import Region


def calls_of_region(region: Region) -> CallLog:
    """The region's calls over its days. Times on scene and at a facility are kept as those of one ambulance a call."""
    calls, units = [], []
    for place, call in enumerate(region.calls):
        where = f"calls.csv: {call.call_id}"
        calls.append(
            LoggedCall(
                call.call_id, call.received_at, call.dispatch_code, call.lon_deg, call.lat_deg, call.transport, where
            )
        )
        if call.on_scene_s is None and call.at_hospital_s is None:
            continue
        # The file has lengths, not instants: they are set at the time of the call, one after the other.
        left = None if call.on_scene_s is None else call.received_at + timedelta(seconds=call.on_scene_s)
        there = left or call.received_at
        cleared = None if call.at_hospital_s is None else there + timedelta(seconds=call.at_hospital_s)
        units.append(
            LoggedResponse(
                place, "", "ambulance", "ambulance", where,
                on_scene_at=None if left is None else call.received_at,
                transporting_at=left if call.transport else None,
                at_destination_at=there if cleared is not None else None,
                clear_at=cleared if call.transport else left,
            )
        )  # fmt: skip
    return CallLog(
        region.id, region.timezone, region.starts_at, region.ends_at, tuple(calls), tuple(units), region.imputed
    )
