"""The units of the invented county and the people on them: crews by watch, credentials at all four gates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from sixpoint.region.draws import Draws
from sixpoint.region.format import GATES
from sixpoint.region.model import day_start
from sixpoint.region.write import Cells

Crew = tuple[str, ...]


class UnitPlan(msgspec.Struct, frozen=True):
    """A unit, its crew by level, and its watches as hours from the midnight that begins the day (start, end)."""

    unit_id: str
    call_sign: str
    kind: str
    post_id: str
    kit: str
    turnout_s: int
    crew: Crew
    watches: tuple[tuple[float, float], ...]

    @property
    def transport(self) -> bool:
        return self.kind == "ambulance"


# Twelve-hour watches change at 07:00 and 19:00; the first one began the evening before.
ROUND_THE_CLOCK: Final = ((-5.0, 7.0), (7.0, 19.0), (19.0, 31.0))
FIRE_WATCHES: Final = ((-16.0, 8.0), (8.0, 32.0))
WORKS_WATCHES: Final = ((-2.0, 6.0), (6.0, 14.0), (14.0, 22.0), (22.0, 30.0))
MATCH_DAY: Final = ((12.5, 21.0),)

# A paramedic by licence whom the medical director has so far credentialed as an EMT: practises as an EMT.
NEW_HERE: Final = "Paramedic as EMT"

# Turnout: 60 s is the EMS turnout of NFPA 1710 (recalled); the rest are choices of ours: a team on foot at the gate
# moves off at once, volunteers leave work or bed and drive to their house first.
PLANS: Final = (
    UnitPlan(
        "A11", "Ambulance 11", "ambulance", "station-1", "als_ambulance", 60, ("Paramedic", "EMT"), ROUND_THE_CLOCK
    ),
    UnitPlan("A12", "Ambulance 12", "ambulance", "station-1", "bls_ambulance", 60, ("EMT", NEW_HERE), ((10.0, 22.0),)),
    UnitPlan("A21", "Ambulance 21", "ambulance", "station-2", "bls_ambulance", 60, ("EMT", "EMT"), ROUND_THE_CLOCK),
    UnitPlan(
        "A31", "Ambulance 31", "ambulance", "station-3", "als_ambulance", 60, ("Paramedic", "EMT"), ROUND_THE_CLOCK
    ),
    UnitPlan("A32", "Ambulance 32", "ambulance", "station-3", "als_ambulance", 60, ("AEMT", "EMT"), ((8.0, 20.0),)),
    UnitPlan("A41", "Ambulance 41", "ambulance", "station-4", "bls_ambulance", 90, ("EMT", "EMR"), ROUND_THE_CLOCK),
    UnitPlan(
        "Q1", "Medic Car 1", "quick_response", "station-1", "als_quick_response", 60, ("Paramedic",), ROUND_THE_CLOCK
    ),
    UnitPlan("S1", "Supervisor 1", "supervisor", "station-1", "als_quick_response", 60, ("Paramedic",), ((7.0, 19.0),)),
    UnitPlan("E1", "Engine 1", "first_response", "station-1", "responder_bag", 60, ("EMT", "EMT", "EMR"), FIRE_WATCHES),
    UnitPlan("E2", "Engine 2", "first_response", "station-2", "responder_bag", 60, ("EMT", "EMR", "EMR"), FIRE_WATCHES),
    UnitPlan("F1", "Field North", "first_response", "stadium-north", "responder_bag", 20, ("EMR", "EMR"), MATCH_DAY),
    UnitPlan("F2", "Field South", "first_response", "stadium-south", "responder_bag", 20, ("EMR", "EMR"), MATCH_DAY),
    UnitPlan("C1", "Cedar Ridge", "first_response", "school", "responder_bag", 30, ("EMR",), ((7.5, 16.0),)),
    UnitPlan("W1", "Glass Works", "first_response", "works", "responder_bag", 30, ("EMR", "EMR"), WORKS_WATCHES),
    UnitPlan("V1", "North Fork", "first_response", "volunteers", "responder_bag", 300, ("EMR", "EMR"), ((0.0, 24.0),)),
)


def _words(*lines: str) -> list[str]:
    return [word for line in lines for word in line.split(" ")]


GIVEN: Final = _words(
    "Ada Ben Carla Dmitri Elena Farid Grace Hugo Ines Jonas Kavya Liam Maren Noor Otis Paula Quentin Rosa",
    "Samir Tessa Ugo Vera Wendell Ximena Yusuf Zofia Amara Bruno Celia Desmond Edith Felix Gwen Hector",
    "Imani Jasper Keiko Lorenzo Mabel Nils",
)
FAMILY: Final = _words(
    "Abara Bellweather Castellan Drummond Esposito Farrow Greaves Halloran Ibsen Jankowski Kestrel",
    "Lindqvist Marchetti Norwood Okafor Pemberton Quill Ravenel Sandoval Thackeray Umber Vantongeren",
    "Whitlock Xanthos Yardley Zielinski Ashgrove Brightwater Corrigan Delacroix",
)
ISSUERS: Final = {
    "educated": "Riverton College (invented)",
    "certified": "National examination (invented)",
    "licensed": "State EMS office (invented)",
    "credentialed": "Riverton medical director (invented)",
}
# Gates that are renewed, and for how many days: two years is the national cycle (facts: levels, recertification).
RENEWED_DAYS: Final = {"certified": 730, "licensed": 730, "credentialed": 365}


class Roster(msgspec.Struct, frozen=True):
    """The rows of units.csv, clinicians.csv, credentials.csv and shifts.csv."""

    units: list[Cells]
    clinicians: list[Cells]
    credentials: list[Cells]
    shifts: list[Cells]


def invent_roster(day: date, timezone: str, draws: Draws) -> Roster:
    """Crews for every watch that touches the day; nobody works two watches."""
    roster = Roster([], [], [], [])
    names = _names(draws)
    midnight = day_start(day, timezone)
    for plan in PLANS:
        roster.units.append(
            {
                "unit_id": plan.unit_id,
                "call_sign": plan.call_sign,
                "kind": plan.kind,
                "post_id": plan.post_id,
                "transport": "yes" if plan.transport else "no",
                "kit": plan.kit,
                "turnout_s": str(plan.turnout_s),
            }
        )
        for starts_h, ends_h in plan.watches:
            for level in plan.crew:
                clinician_id = f"p{len(roster.clinicians) + 1:03d}"
                roster.clinicians.append({"clinician_id": clinician_id, "name": next(names)})
                roster.credentials.extend(_credentials(clinician_id, level, midnight, draws))
                roster.shifts.append(
                    {
                        "unit_id": plan.unit_id,
                        "clinician_id": clinician_id,
                        "starts_at": hours_after(midnight, starts_h).isoformat(),
                        "ends_at": hours_after(midnight, ends_h).isoformat(),
                    }
                )
    return roster


def hours_after(midnight: datetime, hours: float) -> datetime:
    """That many hours on the local clock after midnight."""
    return midnight + timedelta(hours=hours)


def _names(draws: Draws) -> Iterator[str]:
    both = [f"{given} {family}" for given in GIVEN for family in FAMILY]
    yield from draws.shuffled(both)


def _credentials(clinician_id: str, level: str, midnight: datetime, draws: Draws) -> Iterator[Cells]:
    """The four gates: education for good, the rest renewed in time, the nearest expiry some days after the day."""
    licensed_level, _, local_level = level.partition(" as ")
    educated_days = 400 + draws.below(4000)
    for gate in GATES:
        renewed = RENEWED_DAYS.get(gate)
        since_days = educated_days if renewed is None else draws.below(min(renewed, educated_days) - 3) + 1
        starts = midnight - timedelta(days=since_days)
        yield {
            "clinician_id": clinician_id,
            "gate": gate,
            "level": local_level or licensed_level if gate == GATES[-1] else licensed_level,
            "starts_at": starts.isoformat(),
            "ends_at": (starts + timedelta(days=renewed)).isoformat() if renewed else "",
            "issuer": ISSUERS[gate],
            "number": f"{gate[:3].upper()}-{draws.below(90000) + 10000}",
        }
