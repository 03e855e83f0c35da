"""Invents one day of calls: how many by hour, what for, where, and how long the work takes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import msgspec

from sixpoint.region.county.sites import Sites, beside
from sixpoint.region.county.streets import Node, Streets
from sixpoint.region.draws import Draws
from sixpoint.region.model import day_start
from sixpoint.region.write import Cells

# Calls an hour, midnight first. The shape (low before dawn, high from late morning to evening) is that of any EMS
# day; the numbers are a choice of ours for a county of some 40,000 people.
CALLS_PER_HOUR: Final = (
    1.9, 1.6, 1.4, 1.2, 1.1, 1.2, 1.6, 2.2, 2.8, 3.2, 3.5, 3.7,
    3.7, 3.6, 3.5, 3.5, 3.6, 3.7, 3.6, 3.4, 3.1, 2.8, 2.5, 2.2,
)  # fmt: skip
# On top of that, from the stadium: gates at 14, kick-off at 16, the crowd is gone by 20.
MATCH_CALLS_PER_HOUR: Final = {14: 1.0, 15: 2.0, 16: 2.5, 17: 3.0, 18: 2.0, 19: 1.0}


class Kind(msgspec.Struct, frozen=True):
    """A kind of call: NEMSIS eDispatch.01 code, how often, in which settings, and how often it ends in a transport."""

    code: str
    weight: float
    settings: tuple[str, ...]
    transported: float


# The mix is invented: a judgement of what a mixed town and country service hears, not anybody's statistics.
KINDS: Final = (
    Kind("2301013", 10.0, ("home", "home", "care_home", "public"), 0.80),  # breathing problem
    Kind("2301033", 11.0, ("home", "care_home", "care_home", "public"), 0.65),  # falls
    Kind("2301021", 9.0, ("home", "home", "public", "farm"), 0.85),  # chest pain
    Kind("2301061", 9.0, ("home", "home", "care_home"), 0.70),  # sick person
    Kind("2301077", 6.0, ("home", "public", "public"), 0.60),  # unconscious, fainting
    Kind("2301079", 4.0, ("public", "downtown"), 0.45),  # unknown problem, person down
    Kind("2301069", 6.0, ("junction", "junction", "highway"), 0.55),  # traffic
    Kind("2301001", 4.0, ("home",), 0.75),  # abdominal pain
    Kind("2301025", 3.5, ("home", "public", "school"), 0.70),  # seizure
    Kind("2301067", 3.5, ("home", "care_home"), 0.95),  # stroke
    Kind("2301027", 2.5, ("home", "care_home"), 0.60),  # diabetic
    Kind("2301085", 3.0, ("home", "care_home"), 0.85),  # altered mental status
    Kind("2301053", 3.0, ("home", "downtown"), 0.75),  # overdose
    Kind("2301019", 2.2, ("home", "home", "public", "farm"), 0.45),  # cardiac arrest
    Kind("2301059", 3.0, ("home", "downtown"), 0.65),  # behavioural
    Kind("2301003", 2.2, ("home", "school", "public"), 0.65),  # allergic reaction
    Kind("2301073", 3.0, ("home", "works", "school", "farm"), 0.70),  # injury
    Kind("2301045", 2.2, ("home", "works", "farm"), 0.75),  # haemorrhage
    Kind("2301041", 2.0, ("home", "care_home"), 0.85),  # heart problems
    Kind("2301095", 1.8, ("downtown",), 0.40),  # intoxicated
    Kind("2301011", 1.5, ("home",), 0.60),  # back pain
    Kind("2301049", 2.0, ("home",), 0.10),  # medical alarm
    Kind("2301057", 1.0, ("home",), 0.95),  # pregnancy
    Kind("2301023", 0.8, ("home", "care_home", "public"), 0.50),  # choking
    Kind("2301015", 0.7, ("works", "home"), 0.85),  # burns
    Kind("2301047", 0.8, ("works", "farm"), 0.80),  # industrial accident
    Kind("2301063", 0.6, ("downtown",), 0.90),  # penetrating injury
    Kind("2301007", 1.2, ("downtown", "home"), 0.55),  # assault
    Kind("2301071", 2.0, ("st_brigid",), 1.00),  # transfer to the other hospital
)
MATCH_KINDS: Final = (
    Kind("2301043", 3.0, ("stadium",), 0.35),  # heat
    Kind("2301077", 3.0, ("stadium",), 0.40),
    Kind("2301033", 2.0, ("stadium",), 0.45),
    Kind("2301073", 2.5, ("stadium",), 0.55),
    Kind("2301095", 2.0, ("stadium",), 0.30),
    Kind("2301021", 1.5, ("stadium",), 0.90),
    Kind("2301003", 0.8, ("stadium",), 0.60),
    Kind("2301013", 0.8, ("stadium",), 0.70),
    Kind("2301019", 0.8, ("stadium",), 0.50),
)
CALLERS: Final = {
    "home": ("family member", "family member", "the patient", "neighbour"),
    "care_home": ("care home nurse",),
    "public": ("bystander", "bystander", "the patient"),
    "downtown": ("bystander", "police", "bartender"),
    "junction": ("driver", "bystander", "police"),
    "highway": ("driver", "bystander"),
    "farm": ("family member", "co-worker"),
    "school": ("school office",),
    "works": ("works control room",),
    "stadium": ("stadium control room", "steward"),
    "st_brigid": ("ward",),
}
# School lessons and the works' day shift: outside them the setting falls back to a home.
OPEN_HOURS: Final = {"school": (8, 16), "works": (6, 22), "public": (7, 23), "farm": (6, 21), "st_brigid": (8, 20)}
SCENE_S: Final = (480, 1500)
HOSPITAL_S: Final = (900, 2100)


def invent_calls(day: date, timezone: str, streets: Streets, sites: Sites, draws: Draws) -> list[Cells]:
    """calls.csv: a Poisson process by hour, with the surge of a match, in order of time."""
    midnight = day_start(day, timezone)
    found: list[tuple[int, Kind]] = []
    for hour, rate in enumerate(CALLS_PER_HOUR):
        for kinds, of_kinds in ((KINDS, rate), (MATCH_KINDS, MATCH_CALLS_PER_HOUR.get(hour, 0.0))):
            for at in draws.arrivals(of_kinds, 1.0):
                found.append((int((hour + at) * 3600), draws.weighted([(kind, kind.weight) for kind in kinds])))
    rows: list[Cells] = []
    for number, (second, kind) in enumerate(sorted(found, key=lambda item: item[0]), start=1):
        setting = _open_setting(draws.pick(kind.settings), second // 3600)
        lon_deg, lat_deg = beside(_node(setting, streets, sites, draws), draws, most_km=0.05)
        transported = draws.chance(kind.transported)
        rows.append(
            {
                "call_id": f"rv-{number:03d}",
                "received_at": (midnight + timedelta(seconds=second)).isoformat(),
                "lon_deg": f"{lon_deg:.6f}",
                "lat_deg": f"{lat_deg:.6f}",
                "dispatch_code": kind.code,
                "caller": draws.pick(CALLERS[setting]),
                "on_scene_s": str(int(draws.between(*SCENE_S))),
                "transport": "yes" if transported else "no",
                "at_hospital_s": str(int(draws.between(*HOSPITAL_S))) if transported else "",
            }
        )
    return rows


def _open_setting(setting: str, hour: int) -> str:
    opens, closes = OPEN_HOURS.get(setting, (0, 24))
    return setting if opens <= hour < closes else "home"


def _node(setting: str, streets: Streets, sites: Sites, draws: Draws) -> Node:
    """A road node in the setting; one call in eight from a home comes from a hamlet or a farm."""
    named: dict[str, Sequence[str]] = {
        "care_home": ("care-home-1", "care-home-2"),
        "school": ("school",),
        "works": ("works",),
        "stadium": ("stadium-north", "stadium-south"),
        "st_brigid": ("st-brigid",),
        "public": ("market", "bus-station", "library", "pool", "courthouse", "care-home-2"),
    }
    if setting in named:
        return sites.node[draws.pick(named[setting])]
    if setting == "home" and draws.chance(0.125):
        setting = draws.pick(("hamlet", "farm"))
    return draws.pick([node for node in streets.nodes if _is_in(node, setting)])


def _is_in(node: Node, setting: str) -> bool:
    match setting:
        case "home":
            return node.setting == "town" and node.classes == {"residential"}
        case "hamlet":
            return node.setting == "hamlet"
        case "farm":
            return node.setting == "country" and "highway" not in node.classes
        case "highway":
            return "highway" in node.classes
        case "junction":
            return node.setting == "town" and bool(node.classes & {"arterial", "collector"})
        case _:
            # Downtown: a kilometre and a half of streets east of the river.
            return node.setting == "town" and abs(node.x_km - 0.8) < 0.75 and abs(node.y_km - 0.2) < 0.75
