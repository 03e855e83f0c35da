"""Each way in which a region's folder can be wrong is named with its file, its line and what to do about it."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from sixpoint.errors import InputError
from sixpoint.region import bundled_region, read_region
from sixpoint.region.county.streets import SPEED_KMH
from sixpoint.region.importers.sf_streets import IMPUTED_CLASS
from sixpoint.road.edge_doubts import is_known_class
from sixpoint.road.network import DEFAULT_CLASS

CODES = frozenset(str(code) for code in range(2301001, 2301101))


def set_line(file: str, line: int, text: str) -> Callable[[Path], None]:
    """Replaces a line (1 is the header)."""

    def breaks(folder: Path) -> None:
        lines = (folder / file).read_text("utf-8").splitlines()
        lines[line - 1] = text
        (folder / file).write_text("\n".join(lines) + "\n", "utf-8")

    return breaks


def set_cell(file: str, line: int, column: str, value: str) -> Callable[[Path], None]:
    """Replaces one cell of a table."""

    def breaks(folder: Path) -> None:
        rows = read_rows(folder / file)
        rows[line - 1][rows[0].index(column)] = value
        write_rows(folder / file, rows)

    return breaks


def drop_column(file: str, column: str) -> Callable[[Path], None]:
    def breaks(folder: Path) -> None:
        rows = read_rows(folder / file)
        place = rows[0].index(column)
        write_rows(folder / file, [row[:place] + row[place + 1 :] for row in rows])

    return breaks


def add_column(file: str, column: str, value: str) -> Callable[[Path], None]:
    """Adds a column with the same value in every row."""

    def breaks(folder: Path) -> None:
        header, *rows = read_rows(folder / file)
        write_rows(folder / file, [[*header, column], *([*row, value] for row in rows)])

    return breaks


def read_rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def write_rows(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def drop_lines(file: str, beginning: str) -> Callable[[Path], None]:
    def breaks(folder: Path) -> None:
        lines = (folder / file).read_text("utf-8").splitlines()
        (folder / file).write_text("\n".join(line for line in lines if not line.startswith(beginning)) + "\n", "utf-8")

    return breaks


def remove(file: str) -> Callable[[Path], None]:
    return lambda folder: (folder / file).unlink()


def add_line(file: str, text: str) -> Callable[[Path], None]:
    def breaks(folder: Path) -> None:
        path = folder / file
        path.write_text(path.read_text("utf-8") + text + "\n", "utf-8")

    return breaks


def bad_byte(file: str, line: int) -> Callable[[Path], None]:
    def breaks(folder: Path) -> None:
        lines = (folder / file).read_bytes().split(b"\n")
        lines[line - 1] += b"\xe9"
        (folder / file).write_bytes(b"\n".join(lines))

    return breaks


class Broken(msgspec.Struct):
    """A way to break Riverton, where the fault must be named, and words it and its remedy must contain."""

    name: str
    breaks: Callable[[Path], None]
    where: str
    what: str
    remedy: str


TABLES = {
    "posts.csv": ("post_id", "name"),
    "units.csv": ("unit_id", "kit"),
    "clinicians.csv": ("clinician_id", "name"),
    "credentials.csv": ("clinician_id", "gate"),
    "shifts.csv": ("unit_id", "starts_at"),
    "facilities.csv": ("facility_id", "capabilities"),
    "aeds.csv": ("aed_id", "place"),
    "road/nodes.csv": ("node_id", "lat_deg"),
    "road/edges.csv": ("from_node", "one_way"),
    "calls.csv": ("call_id", "dispatch_code"),
}
EACH_TABLE = [
    broken
    for file, (_, column) in TABLES.items()
    for broken in (
        Broken(f"{file} is missing", remove(file), file, "missing", "Add it; its first line is"),
        Broken(
            f"{file} lacks a column",
            drop_column(file, column),
            f"{file}:1",
            f"'{column}' is missing",
            "The header needs",
        ),
        Broken(f"{file} is not UTF-8", bad_byte(file, 3), f"{file}:3", "byte 0xe9", "Save the file as UTF-8"),
        Broken(f"{file} has a short row", set_line(file, 3, "x,y"), f"{file}:3", "2 cells under", "leave empty cells"),
    )
    if broken.name != "clinicians.csv has a short row"
]
EACH_ID = [
    Broken(
        f"{file} names an id twice",
        lambda folder, file=file: add_line(file, (folder / file).read_text().splitlines()[1])(folder),
        file,
        "stands",
        "",
    )
    for file in (
        "posts.csv",
        "units.csv",
        "clinicians.csv",
        "facilities.csv",
        "aeds.csv",
        "calls.csv",
        "road/nodes.csv",
    )
]
WRONG_TYPES = [
    Broken("a word for a number", set_cell("posts.csv", 2, "lon_deg", "west"), "posts.csv:2", "not a number", "number"),
    Broken("a latitude of 91", set_cell("facilities.csv", 2, "lat_deg", "91"), "facilities.csv:2", "outside", "unit"),
    Broken("not-a-number", set_cell("aeds.csv", 2, "lon_deg", "nan"), "aeds.csv:2", "not a number", "number"),
    Broken("maybe", set_cell("units.csv", 2, "transport", "maybe"), "units.csv:2", "'maybe'", "'yes' or 'no'"),
    Broken(
        "a unit that is perhaps a neighbour's",
        add_column("units.csv", "mutual_aid", "perhaps"),
        "units.csv:2",
        "column 'mutual_aid' holds 'perhaps'",
        "'yes' or 'no'",
    ),
    Broken("a negative turnout", set_cell("units.csv", 3, "turnout_s", "-1"), "units.csv:3", "outside 0", "Check"),
    Broken("open perhaps", set_cell("facilities.csv", 3, "open", "perhaps"), "facilities.csv:3", "'perhaps'", "'yes'"),
    Broken(
        "a time without its offset",
        set_cell("shifts.csv", 5, "starts_at", "2026-05-15T07:00:00"),
        "shifts.csv:5",
        "not a date and time with an offset",
        "Write it like",
    ),
    Broken("a day for a time", set_cell("calls.csv", 4, "received_at", "today"), "calls.csv:4", "'today'", "Write it"),
    Broken(
        "minutes on scene", set_cell("calls.csv", 4, "on_scene_s", "20 min"), "calls.csv:4", "not a number", "number"
    ),
    Broken(
        "a road with no length",
        set_cell("road/edges.csv", 2, "length_m", "0"),
        "road/edges.csv:2",
        "no travel",
        "above",
    ),
    Broken("an empty name", set_cell("clinicians.csv", 2, "name", ""), "clinicians.csv:2", "is empty", "Write a value"),
]
UNKNOWN_WORDS = [
    Broken("a post kind", set_cell("posts.csv", 2, "kind", "garage"), "posts.csv:2", "'garage'", "one of: station"),
    Broken("a unit kind", set_cell("units.csv", 2, "kind", "truck"), "units.csv:2", "'truck'", "one of: ambulance"),
    Broken("a kit", set_cell("units.csv", 2, "kit", "toolbox"), "units.csv:2", "'toolbox'", "bls_ambulance"),
    Broken("a gate", set_cell("credentials.csv", 2, "gate", "sworn"), "credentials.csv:2", "'sworn'", "educated"),
    Broken("a level", set_cell("credentials.csv", 2, "level", "Medic"), "credentials.csv:2", "'Medic'", "EMT"),
    Broken(
        "a capability",
        set_cell("facilities.csv", 2, "capabilities", "stroke dentist"),
        "facilities.csv:2",
        "'dentist'",
        "stemi",
    ),
    Broken(
        "a facility kind", set_cell("facilities.csv", 2, "kind", "spa"), "facilities.csv:2", "'spa'", "one of: hospital"
    ),
    Broken(
        "a column", set_line("aeds.csv", 1, "aed_id,place,lon,lat_deg"), "aeds.csv:1", "'lon' is not known", "Remove"
    ),
    Broken("an imputed column", set_cell("calls.csv", 2, "imputed", "age"), "calls.csv:2", "'age'", "Name columns"),
    Broken("a call code", set_cell("calls.csv", 2, "dispatch_code", "911"), "calls.csv:2", "'911'", "eDispatch.01"),
]
UNKNOWN_IDS = [
    Broken(
        "a post", set_cell("units.csv", 2, "post_id", "moon"), "units.csv:2", "'moon' is not in posts.csv", "add it"
    ),
    Broken(
        "a unit", set_cell("shifts.csv", 2, "unit_id", "A99"), "shifts.csv:2", "'A99' is not in units.csv", "add it"
    ),
    Broken(
        "a clinician of a shift",
        set_cell("shifts.csv", 2, "clinician_id", "p999"),
        "shifts.csv:2",
        "'p999' is not in clinicians.csv",
        "add it",
    ),
    Broken(
        "a clinician of a credential",
        set_cell("credentials.csv", 2, "clinician_id", "p999"),
        "credentials.csv:2",
        "'p999' is not in clinicians.csv",
        "add it",
    ),
    Broken(
        "a road node",
        set_cell("road/edges.csv", 2, "from_node", "n9999"),
        "road/edges.csv:2",
        "'n9999'",
        "Add the node",
    ),
]
OFF_THE_NETWORK = [
    Broken(
        f"{file} off the network",
        set_cell(file, 2, "lat_deg", "43.5"),
        f"{file}:2",
        "from the nearest road, more than 500 m",
        "snap_limit_m",
    )
    for file in ("posts.csv", "facilities.csv", "aeds.csv", "calls.csv")
]
PEOPLE = [
    Broken(
        "a credential written twice",
        lambda folder: add_line("credentials.csv", (folder / "credentials.csv").read_text().splitlines()[3])(folder),
        "credentials.csv",
        "stands already on line 4",
        "Remove one",
    ),
    Broken(
        "an edge shorter than the straight line",
        set_cell("road/edges.csv", 5, "length_m", "1"),
        "road/edges.csv:5",
        "in a straight line",
        "Correct length_m",
    ),
    Broken(
        "an expired licence",
        set_cell("credentials.csv", 4, "ends_at", "2026-05-14T22:00:00-05:00"),
        "credentials.csv:4",
        "'licensed' credential of 'p001' expired on 2026-05-14T22:00:00-05:00",
        "Renew it",
    ),
    Broken(
        "a licence that expires within the shift",
        set_cell("credentials.csv", 4, "ends_at", "2026-05-15T05:30:00-05:00"),
        "credentials.csv:4",
        "expired on 2026-05-15T05:30:00-05:00",
        "Renew it",
    ),
    Broken(
        "a credential that starts too late",
        set_cell("credentials.csv", 5, "starts_at", "2026-05-15T03:00:00-05:00"),
        "credentials.csv:5",
        "'credentialed' credential of 'p001' starts on",
        "Correct its start",
    ),
    Broken(
        "a gate that nobody opened",
        set_cell("credentials.csv", 3, "clinician_id", "p002"),
        "shifts.csv:2",
        "'p001' holds no 'certified' credential",
        "Add it to credentials.csv",
    ),
    Broken(
        "a credential that ends before it starts",
        set_cell("credentials.csv", 4, "ends_at", "2001-01-01T00:00:00-05:00"),
        "credentials.csv:4",
        "ends before it starts",
        "Correct",
    ),
    Broken(
        "two shifts at once",
        set_cell("shifts.csv", 8, "clinician_id", "p003"),
        "shifts.csv:8",
        "'p003' is already on unit 'A11' by line 4",
        "must not overlap",
    ),
    Broken(
        "a shift that ends before it starts",
        set_cell("shifts.csv", 2, "ends_at", "2026-05-14T08:00:00-05:00"),
        "shifts.csv:2",
        "ends before it starts",
        "Correct",
    ),
    Broken(
        "a unit nobody staffs", drop_lines("shifts.csv", "C1,"), "units.csv:14", "'C1' has no shift", "Add its crew"
    ),
    Broken(
        "transport without a stretcher",
        set_cell("units.csv", 2, "kit", "als_quick_response"),
        "units.csv:2",
        "claims to transport, but kit 'als_quick_response' lacks",
        "Write transport 'no', or a kit that can",
    ),
    Broken(
        "a call on another day",
        set_cell("calls.csv", 2, "received_at", "2026-05-16T00:00:00-05:00"),
        "calls.csv:2",
        "outside the region's days",
        "Correct received_at",
    ),
]
MANIFEST = [
    Broken("no region.toml", remove("region.toml"), "region.toml", "cannot be read", "Check that the file is there"),
    Broken("not TOML", set_line("region.toml", 3, "state NE"), "region.toml:3", "not TOML", "key = value"),
    Broken("no day", drop_lines("region.toml", "day"), "region.toml:1", "key 'day' is missing", "The file needs"),
    Broken(
        "a strange key", set_line("region.toml", 2, 'nome = "x"'), "region.toml:2", "'nome' is not known", "Known are"
    ),
    Broken("no such zone", set_line("region.toml", 4, 'timezone = "Moon/Base"'), "region.toml:4", "Moon/Base", "IANA"),
    Broken(
        "yes for true", set_line("region.toml", 5, 'synthetic = "yes"'), "region.toml:5", "not true or false", "Write"
    ),
    Broken("silent invention", set_line("region.toml", 6, 'notice = ""'), "region.toml:6", "says so", "invented"),
    Broken("no such rulebook", set_line("region.toml", 7, 'rulebook = "atlantis"'), "region.toml:7", "atlantis", ""),
    Broken("no such day", set_line("region.toml", 9, 'day = "31 May"'), "region.toml:9", "not a day", "Write it like"),
    Broken("a factor of 0", set_line("region.toml", 10, "lights_factor = 0"), "region.toml:10", "holds 0", "between"),
]
ALL = [*EACH_TABLE, *EACH_ID, *WRONG_TYPES, *UNKNOWN_WORDS, *UNKNOWN_IDS, *OFF_THE_NETWORK, *PEOPLE, *MANIFEST]


@pytest.fixture
def riverton(tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundled_region("riverton"), tmp_path / "riverton"))


@pytest.mark.parametrize("broken", ALL, ids=lambda broken: broken.name)
def test_a_fault_is_named_with_file_line_and_remedy(broken: Broken, riverton: Path) -> None:
    broken.breaks(riverton)
    with pytest.raises(InputError) as refused:
        read_region(riverton, CODES)
    fitting = [
        fault
        for fault in refused.value.faults
        if (fault.where == broken.where or fault.where.startswith(f"{broken.where}:"))
        and broken.what in fault.what
        and broken.remedy in fault.remedy
    ]
    assert fitting, "\n".join(map(str, refused.value.faults[:20]))
    assert all(fault.remedy for fault in refused.value.faults)


def test_an_unbroken_copy_is_read(riverton: Path) -> None:
    assert read_region(riverton, CODES).id == "riverton"


def test_all_faults_are_named_at_once_in_the_order_of_the_files(riverton: Path) -> None:
    for broken in (WRONG_TYPES[3], WRONG_TYPES[0], UNKNOWN_WORDS[0], OFF_THE_NETWORK[3], PEOPLE[0]):
        broken.breaks(riverton)
    set_cell("posts.csv", 5, "lat_deg", "43.5")(riverton)  # known only when the roads have been read, at the end
    with pytest.raises(InputError) as refused:
        read_region(riverton, CODES)
    files = [fault.where.partition(":")[0] for fault in refused.value.faults]
    assert files == ["posts.csv", "posts.csv", "posts.csv", "units.csv", "credentials.csv", "calls.csv"]


def faults_of(folder: Path) -> list[str]:
    with pytest.raises(InputError) as refused:
        read_region(folder, CODES)
    return [f"{fault.where}: {fault.what}" for fault in refused.value.faults]


@pytest.mark.parametrize("file", ["posts.csv", "units.csv", "clinicians.csv", "shifts.csv", "credentials.csv"])
def test_a_missing_file_is_one_fault_and_the_others_are_not_blamed_for_it(file: str, riverton: Path) -> None:
    (riverton / file).unlink()
    assert faults_of(riverton) == [f"{file}: the file is missing"]


@pytest.mark.parametrize("breaks", [set_line("region.toml", 3, "state NE"), bad_byte("region.toml", 3)])
def test_a_manifest_that_cannot_be_read_is_the_only_fault(breaks: Callable[[Path], None], riverton: Path) -> None:
    breaks(riverton)
    with pytest.raises(InputError) as refused:
        read_region(riverton, CODES)
    (fault,) = refused.value.faults
    assert fault.where == "region.toml:3" and "the tables were not checked" in fault.remedy


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_a_table_whose_cells_are_not_parted_by_commas_is_said_to_be_that(mark: str, riverton: Path) -> None:
    posts = riverton / "posts.csv"
    posts.write_text(posts.read_text("utf-8").replace(",", mark), "utf-8")
    with pytest.raises(InputError) as refused:
        read_region(riverton, CODES)
    (fault,) = refused.value.faults
    assert (fault.where, fault.what) == ("posts.csv:1", "cells are not parted by commas")


@pytest.mark.parametrize("file", ["posts", "units", "clinicians", "credentials", "shifts", "road/nodes", "road/edges"])
@pytest.mark.parametrize("way", ["header", "byte", "quote"])
def test_of_a_table_that_cannot_be_read_nothing_else_is_blamed(file: str, way: str, riverton: Path) -> None:
    name = f"{file}.csv"
    line = {"header": 1, "byte": 3, "quote": 3}[way]
    second = (riverton / name).read_text("utf-8").splitlines()[2]
    {
        "header": drop_column(name, TABLES[name][0]),
        "byte": bad_byte(name, 3),
        "quote": set_line(name, 3, f'"{second}'),
    }[way](riverton)
    with pytest.raises(InputError) as refused:
        read_region(riverton, CODES)
    (fault,) = refused.value.faults
    assert fault.where == f"{name}:{line}" and "could not be checked against this table" in fault.remedy


def test_a_misplaced_node_shows_at_each_of_its_edges_with_both_nodes_lines(riverton: Path) -> None:
    nodes, edges = (read_rows(riverton / "road" / name) for name in ("nodes.csv", "edges.csv"))
    moved = nodes[9]
    at_it = [number for number, edge in enumerate(edges, 1) if moved[0] in edge[:2]]
    set_cell("road/nodes.csv", 10, "lat_deg", str(float(moved[2]) + 0.02))(riverton)
    with pytest.raises(InputError) as refused:
        read_region(riverton, CODES)
    faults = refused.value.faults
    assert [fault.where for fault in faults] == [f"road/edges.csv:{number}" for number in at_it]
    assert all(moved[0] in fault.what and "apart in a straight line" in fault.what for fault in faults)
    assert all("10" in fault.remedy and "road/nodes.csv" in fault.remedy for fault in faults)


def test_a_class_that_nobody_knows_is_named_once_with_its_first_line(riverton: Path) -> None:
    for line in (4, 9, 12):
        set_cell("road/edges.csv", line, "road_class", "zzz")(riverton)
    with pytest.raises(InputError) as refused:
        read_region(riverton, CODES)
    (fault,) = refused.value.faults
    assert fault.where == "road/edges.csv:4" and "'zzz'" in fault.what and "2 lines after" in fault.what
    assert "residential" in fault.remedy and "gravel" in fault.remedy


def test_the_classes_of_every_maker_of_regions_are_known() -> None:
    made = (*SPEED_KMH, IMPUTED_CLASS, DEFAULT_CLASS, "posted_25_mph", "posted_49.9_kmh")
    assert [word for word in made if not is_known_class(word)] == []


def test_an_empty_roster_leaves_every_unit_without_a_shift(riverton: Path) -> None:
    (riverton / "shifts.csv").write_text("unit_id,clinician_id,starts_at,ends_at\n", "utf-8")
    assert len([fault for fault in faults_of(riverton) if "has no shift" in fault]) == 15


def test_a_shift_on_another_day_does_not_staff_a_unit(riverton: Path) -> None:
    shifts = riverton / "shifts.csv"
    lines = shifts.read_text("utf-8").splitlines()
    moved = [line.replace("2026-05-15", "2026-05-14") if line.startswith("C1,") else line for line in lines]
    shifts.write_text("\n".join(moved) + "\n", "utf-8")
    assert faults_of(riverton)[0].startswith("units.csv:14: unit 'C1' has no shift")


def test_every_shift_within_a_long_one_overlaps_it(riverton: Path) -> None:
    text = (riverton / "shifts.csv").read_text("utf-8")
    late = "".join(
        f"A11,p001,2026-05-18T{start}:00:00-05:00,2026-05-{end}:00:00-05:00\n"
        for start, end in (("00", "19T00"), ("01", "18T02"), ("03", "18T04"))
    )
    (riverton / "shifts.csv").write_text(text + late, "utf-8")
    last = len(text.splitlines()) + 3
    told = faults_of(riverton)
    assert [fault.split(" ")[0] for fault in told] == [f"shifts.csv:{last - 1}:", f"shifts.csv:{last}:"]
    assert all(f"by line {last - 2} " in fault for fault in told)


def test_of_several_lapsed_credentials_the_latest_is_named(riverton: Path) -> None:
    set_cell("credentials.csv", 4, "ends_at", "2026-05-10T00:00:00-05:00")(riverton)
    old = "p001,licensed,EMT,2001-01-01T00:00:00-05:00,2003-01-01T00:00:00-05:00,State EMS office (invented),LIC-1"
    add_line("credentials.csv", old)(riverton)
    assert [fault.split(" ")[0] for fault in faults_of(riverton)] == ["credentials.csv:4:"]


def test_the_snap_limit_is_that_of_the_manifest(riverton: Path) -> None:
    add_line("region.toml", "snap_limit_m = 10")(riverton)
    assert any("more than 10 m" in fault for fault in faults_of(riverton))
    set_line("region.toml", 14, "snap_limit_m = 100")(riverton)
    assert read_region(riverton, CODES).calls


def test_a_rulebook_that_was_not_in_force_on_the_day_is_refused(riverton: Path) -> None:
    set_line("region.toml", 9, 'day = "1999-05-15"')(riverton)
    assert any(fault.startswith("region.toml:9: ") and "not in force" in fault for fault in faults_of(riverton))
