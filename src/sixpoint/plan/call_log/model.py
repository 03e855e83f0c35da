"""What a log of calls says: each call once, and each unit's times on it with the names of the live service."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

# The times of a unit on a call in the order in which they come, with NEMSIS's element of each. `received_at`, which is
# the call's, is eTimes.01 (PSAP call).
UNIT_TIMES: Final[dict[str, str]] = {
    "notified_at": "eTimes.03",
    "en_route_at": "eTimes.05",
    "on_scene_at": "eTimes.06",
    "at_patient_at": "eTimes.07",
    "transporting_at": "eTimes.09",
    "at_destination_at": "eTimes.11",
    "transferred_at": "eTimes.12",
    "clear_at": "eTimes.13",
}


class LoggedCall(msgspec.Struct, frozen=True):
    """One call. `call_type` is a NEMSIS eDispatch.01 code, empty if it is not known; positions None likewise.

    `carried`: whether a patient was taken to a facility; None if the log does not say. `where` is file and line.
    """

    call_id: str
    received_at: datetime
    call_type: str
    lon_deg: float | None
    lat_deg: float | None
    carried: bool | None
    where: str


class LoggedResponse(msgspec.Struct, frozen=True):
    """One unit on one call (`call` is its place in the log's calls); a time that the log lacks is None.

    `kind` is the kind of unit and its kit, like ambulance/als_ambulance; `unit_type` is the log's own word for it.
    """

    call: int
    unit_id: str
    unit_type: str
    kind: str
    where: str
    notified_at: datetime | None = None
    en_route_at: datetime | None = None
    on_scene_at: datetime | None = None
    at_patient_at: datetime | None = None
    transporting_at: datetime | None = None
    at_destination_at: datetime | None = None
    transferred_at: datetime | None = None
    clear_at: datetime | None = None


class CallLog(msgspec.Struct, frozen=True):
    """A log from `start` up to `end`, calls in order of receipt. `notes` say what is imputed or was left out of it."""

    name: str
    timezone: str
    start: datetime
    end: datetime
    calls: tuple[LoggedCall, ...]
    responses: tuple[LoggedResponse, ...] = ()
    notes: tuple[str, ...] = ()

    def between(self, start: datetime, end: datetime) -> CallLog:
        """The calls received from `start` up to, not including, `end`, with their responses."""
        kept = [place for place, call in enumerate(self.calls) if start <= call.received_at < end]
        new = {place: number for number, place in enumerate(kept)}
        return msgspec.structs.replace(
            self,
            start=max(start, self.start),
            end=min(end, self.end),
            calls=tuple(self.calls[place] for place in kept),
            responses=tuple(
                msgspec.structs.replace(each, call=new[each.call]) for each in self.responses if each.call in new
            ),
        )
