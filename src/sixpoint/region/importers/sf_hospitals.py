"""San Francisco's receiving hospitals from the national list (HIFLD), with what each can treat, by a stated rule.

The list (US government, public domain) knows position, type, status, beds and trauma level. It does not know stroke,
heart-attack or other services: those are imputed and marked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from sixpoint.region.importers.sf_log import Response, median
from sixpoint.region.write import Cells
from sixpoint.road import great_circle_m
from sixpoint.tables import Faults, Row, read_table

CITY: Final = "SAN FRANCISCO"
COLUMNS: Final = (
    "ID",
    "NAME",
    "ADDRESS",
    "CITY",
    "STATE",
    "ZIP",
    "TYPE",
    "STATUS",
    "BEDS",
    "TRAUMA",
    "LONGITUDE",
    "LATITUDE",
)
# Psychiatric, rehabilitation, long-term, women's, special and military hospitals do not receive 911 patients at large.
RECEIVING: Final = ("GENERAL ACUTE CARE", "CHILDREN")
NOT_ACUTE: Final = ("REHABILITATION", "NURSING")

# A general hospital of this size is taken to have these; the trauma centre of level I those too. Ours, not a fact.
LARGE_BEDS: Final = 200
LARGE_HAS: Final = ("stroke", "stemi", "obstetric", "behavioural")
LEVEL_ONE_HAS: Final = ("burn", "pediatric")

# Farther than this from the middle of the calls of its own ZIP code, a listed position is not believed.
DOUBTFUL_M: Final = 3000.0
STREET_WORDS: Final = {"STREET": "ST", "AVENUE": "AVE", "BOULEVARD": "BLVD", "ROAD": "RD", "DRIVE": "DR"}


class Hospitals(msgspec.Struct, frozen=True):
    """The rows of facilities.csv, and what was corrected."""

    rows: list[Cells]
    corrected: list[str]


def read_hospitals(path: Path, responses: Sequence[Response], faults: Faults) -> Hospitals:
    """The open acute-care hospitals of the city."""
    found = Hospitals([], [])
    for row in read_table(path, path.name, COLUMNS, (), faults, foreign=True):
        if row.raw("CITY") != CITY or row.raw("STATE") != "CA" or row.raw("STATUS") != "OPEN":
            continue
        name = row.text("NAME")
        if row.raw("TYPE") not in RECEIVING or any(word in name for word in NOT_ACUTE):
            continue
        lon_deg, lat_deg, correction = _position(row, responses)
        if correction:
            found.corrected.append(f"facilities: {name}: {correction}")
        found.rows.append(
            {
                "facility_id": f"hifld-{row.text('ID')}",
                "name": name,
                "kind": "hospital",
                "lon_deg": f"{lon_deg:.6f}",
                "lat_deg": f"{lat_deg:.6f}",
                "capabilities": " ".join(capabilities_of(row.raw("TRAUMA"), row.number("BEDS", -999, 10_000))),
                "open": "yes",
                "imputed": "lon_deg lat_deg capabilities" if correction else "capabilities",
            }
        )
    return found


def capabilities_of(trauma: str, beds: float) -> list[str]:
    """The capability words of a hospital: trauma as listed, the rest by the rule above."""
    words: list[str] = list(LARGE_HAS) if beds >= LARGE_BEDS else []
    levels = {"I": 1, "II": 2, "III": 3, "IV": 4}
    level = next((levels[roman] for roman in re.findall(r"LEVEL (I{1,3}|IV)(?![IV])(?! PEDIATRIC)", trauma)), None)
    if level is not None:
        words += ["trauma", f"trauma_{level}"]
    if level == 1:
        words += LEVEL_ONE_HAS
    return words


def _position(row: Row, responses: Sequence[Response]) -> tuple[float, float, str]:
    """The listed position; if it lies far from its own ZIP code, that of its block or ZIP code in the call log."""
    lon_deg, lat_deg = row.number("LONGITUDE", -180, 180), row.number("LATITUDE", -90, 90)
    zip_code = row.raw("ZIP")
    of_zip = [(each.lon_deg, each.lat_deg) for each in responses if each.zip_code == zip_code]
    if not of_zip:
        return lon_deg, lat_deg, ""
    middle = _middle(of_zip)
    off_m = float(great_circle_m(lon_deg, lat_deg, *middle))
    if off_m <= DOUBTFUL_M:
        return lon_deg, lat_deg, ""
    block = _block(row.raw("ADDRESS"))
    of_block = [(each.lon_deg, each.lat_deg) for each in responses if block and each.address == block]
    said = f"listed {off_m / 1000:.1f} km from the middle of the calls of its ZIP code {zip_code}; placed "
    if of_block:
        return *_middle(of_block), f"{said}at the log's '{block.lower()}'"
    return *middle, f"{said}in the middle of that ZIP code"


def _middle(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return median([lon_deg for lon_deg, _ in points]), median([lat_deg for _, lat_deg in points])


def _block(address: str) -> str:
    """An address as the log writes it: 900 HYDE STREET is on the '900 Block of HYDE ST'."""
    found = re.fullmatch(r"(\d+)\s+(.+?)\.?", address)
    if found is None:
        return ""
    *street, last = found[2].split(" ")
    return " ".join([f"{int(found[1]) // 100 * 100} Block of", *street, STREET_WORDS.get(last, last)])
