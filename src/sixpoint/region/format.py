"""The folder format of a region: which files, which columns, which words (docs/region.md describes it for people)."""

from __future__ import annotations

from typing import Final, get_args

import msgspec

from sixpoint.scope import Gate

MANIFEST: Final = "region.toml"

POST_KINDS: Final = ("station", "stadium", "school", "plant", "volunteer", "hospital", "street")
UNIT_KINDS: Final = ("ambulance", "quick_response", "first_response", "supervisor")
FACILITY_KINDS: Final = ("hospital", "clinic")
# In the order in which a person passes them (the four gates of the National EMS Scope of Practice Model 2019).
GATES: Final[tuple[Gate, ...]] = get_args(Gate)
CAPABILITIES: Final = (
    "stroke",
    "stemi",
    "trauma",
    "trauma_1",
    "trauma_2",
    "trauma_3",
    "trauma_4",
    "burn",
    "pediatric",
    "obstetric",
    "behavioural",
)

# Beyond this a place is taken to be off the network: nobody walks half a kilometre with a stretcher.
SNAP_LIMIT_M: Final = 500.0


class Table(msgspec.Struct, frozen=True):
    """One file of the folder: its name, the columns it needs, those it may have, and the column that names a row.

    One that is not `needed` may be missing from a folder.
    """

    file: str
    columns: tuple[str, ...]
    optional: tuple[str, ...] = ()
    key: str = ""
    needed: bool = True


# `imputed`: words naming the columns of the row that nobody observed (docs/region.md).
TABLES: Final[dict[str, Table]] = {
    "posts": Table("posts.csv", ("post_id", "name", "kind", "lon_deg", "lat_deg"), ("imputed",), "post_id"),
    "units": Table(
        "units.csv",
        ("unit_id", "call_sign", "kind", "post_id", "transport", "kit", "turnout_s"),
        ("mutual_aid", "imputed"),
        "unit_id",
    ),
    "stock": Table("stock.csv", ("unit_id", "item", "expires_on"), ("lot", "imputed"), needed=False),
    "clinicians": Table("clinicians.csv", ("clinician_id", "name"), ("imputed",), "clinician_id"),
    "credentials": Table(
        "credentials.csv",
        ("clinician_id", "gate", "level", "starts_at", "ends_at", "issuer", "number"),
        ("imputed",),
    ),
    "shifts": Table("shifts.csv", ("unit_id", "clinician_id", "starts_at", "ends_at"), ("imputed",)),
    "facilities": Table(
        "facilities.csv",
        ("facility_id", "name", "kind", "lon_deg", "lat_deg", "capabilities", "open"),
        ("imputed",),
        "facility_id",
    ),
    "aeds": Table("aeds.csv", ("aed_id", "place", "lon_deg", "lat_deg"), ("imputed",), "aed_id"),
    "nodes": Table("road/nodes.csv", ("node_id", "lon_deg", "lat_deg"), ("can_stop",), "node_id"),
    "edges": Table("road/edges.csv", ("from_node", "to_node", "length_m", "speed_kmh", "road_class", "one_way")),
    "calls": Table(
        "calls.csv",
        ("call_id", "received_at", "lon_deg", "lat_deg", "dispatch_code", "caller", "imputed"),
        ("on_scene_s", "transport", "at_hospital_s", "note"),
        "call_id",
    ),
}
