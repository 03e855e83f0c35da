"""Riverton: invented by our own generator, the same on every machine, and a place in which things can happen."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, maximum_flow

from sixpoint.errors import InputError
from sixpoint.region import Region, bundled_region, read_region
from sixpoint.region.county import DEFAULT_SEED, invent_county
from sixpoint.region.make import make_region
from sixpoint.region.write import read_draft, write_draft
from sixpoint.scope import practice_level


@pytest.fixture(scope="module")
def riverton() -> Region:
    return read_region(bundled_region("riverton"))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def county(seed: int, folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    write_draft(invent_county(np.random.Generator(np.random.PCG64(seed))), folder)
    return contents(folder)


def test_the_bundled_county_is_what_the_generator_makes_byte_for_byte(tmp_path: Path) -> None:
    assert county(DEFAULT_SEED, tmp_path / "again") == contents(bundled_region("riverton"))


def test_the_bundled_county_is_small() -> None:
    assert sum(map(len, contents(bundled_region("riverton")).values())) < 400_000


def test_another_seed_gives_another_county(tmp_path: Path) -> None:
    files = [county(seed, tmp_path / str(seed)) for seed in (1, 2)]
    assert files[0]["calls.csv"] != files[1]["calls.csv"]
    assert files[0]["road/edges.csv"] != files[1]["road/edges.csv"]


@pytest.mark.parametrize("seed", range(5))
def test_every_seed_gives_a_county_that_the_reader_accepts(seed: int, tmp_path: Path) -> None:
    made = make_region(tmp_path / "county", invent_county, seed)
    assert 1500 <= made.network.node_count <= 3000
    assert not made.network.dropped
    assert 40 <= len(made.calls) <= 120


def test_a_folder_read_and_written_again_has_the_same_bytes(tmp_path: Path) -> None:
    write_draft(read_draft(bundled_region("riverton")), tmp_path)
    assert contents(tmp_path) == contents(bundled_region("riverton"))


def test_a_packed_table_reads_the_same_and_packs_to_the_same_bytes(tmp_path: Path, riverton: Region) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_draft(read_draft(bundled_region("riverton")), tmp_path / name, packed=frozenset({"edges", "calls"}))
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert "calls.csv" not in contents(tmp_path / "one")
    assert contents(tmp_path / "one")["calls.csv.gz"][4:8] == bytes(4)  # no time in the header (RFC 1952)
    again = read_region(tmp_path / "one")
    assert again.calls == riverton.calls
    assert again.network.content_hash == riverton.network.content_hash


def test_it_says_that_it_is_invented(riverton: Region) -> None:
    assert riverton.synthetic
    assert "synthetic" in riverton.notice and "invented" in riverton.notice


def test_two_bridges_join_the_banks(riverton: Region) -> None:
    network = riverton.network
    ones = csr_array(
        (np.ones(network.arc_count, np.int32), network.head.copy(), network.first_arc.astype(np.int32)),
        shape=(network.node_count, network.node_count),
    )
    west, east = riverton.facilities["st-brigid"].node, riverton.facilities["general"].node
    assert maximum_flow(ones, west, east).flow_value == 2


def test_downtown_has_one_way_streets_and_every_place_reaches_every_other(riverton: Region) -> None:
    network = riverton.network
    arcs = set(zip(network.tails().tolist(), network.head.tolist(), strict=True))
    assert any((head, tail) not in arcs for tail, head in arcs)
    assert connected_components(network.matrix(), directed=True, connection="strong")[0] == 1


def test_the_roads_have_a_hierarchy(riverton: Region) -> None:
    assert set(riverton.network.classes) == {"highway", "arterial", "collector", "residential", "rural", "gravel"}


def test_every_level_of_the_ladder_works_there_at_noon_or_on_match_day(riverton: Region) -> None:
    afternoon = riverton.starts_at.replace(hour=15)
    levels = Counter(
        level.id
        for unit in riverton.units
        for clinician in riverton.crew(unit, afternoon)
        if (level := practice_level(riverton.rules, clinician, afternoon))
    )
    assert set(levels) == set(riverton.rules.levels)


def test_a_paramedic_whom_the_medical_director_credentialed_as_an_emt_practises_as_an_emt(riverton: Region) -> None:
    noon = riverton.starts_at.replace(hour=12)
    crew = riverton.crew("A12", noon)
    licensed = [next(c.level for c in clinician.credentials if c.gate == "licensed") for clinician in crew]
    practised = [practice_level(riverton.rules, clinician, noon) for clinician in crew]
    assert licensed == ["EMT", "Paramedic"]
    assert [level.id for level in practised if level] == ["EMT", "EMT"]


def test_responders_are_posted_where_people_gather(riverton: Region) -> None:
    kinds = {riverton.posts[unit.post_id].kind for unit in riverton.units.values() if unit.kind == "first_response"}
    assert {"stadium", "school", "plant", "volunteer"} <= kinds
    volunteers = next(unit for unit in riverton.units.values() if unit.post_id == "volunteers")
    assert volunteers.turnout_s >= 300


def test_crews_change_at_seven_without_a_gap(riverton: Region) -> None:
    seven = riverton.starts_at.replace(hour=7)
    before = {clinician.id for clinician in riverton.crew("A11", seven.replace(hour=6, minute=59))}
    after = {clinician.id for clinician in riverton.crew("A11", seven)}
    assert before and after and not before & after


def test_the_match_brings_a_surge_of_calls(riverton: Region) -> None:
    stadium = [riverton.posts[post] for post in ("stadium-north", "stadium-south")]
    hours = [
        call.received_at.hour
        for call in riverton.calls
        if any(abs(call.lon_deg - gate.lon_deg) + abs(call.lat_deg - gate.lat_deg) < 0.002 for gate in stadium)
    ]
    assert len(hours) >= 8
    assert all(13 <= hour < 20 for hour in hours)


def test_one_hospital_can_treat_what_the_other_cannot(riverton: Region) -> None:
    assert {"stroke", "stemi", "trauma"} <= riverton.facilities["general"].capabilities
    assert not riverton.facilities["st-brigid"].capabilities


def test_an_unknown_bundled_name_says_which_there_are() -> None:
    with pytest.raises(InputError, match="riverton"):
        bundled_region("atlantis")
