"""A region's folder is there whole or not at all, and nothing else is left behind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sixpoint.errors import InputError
from sixpoint.region import make
from sixpoint.region.county import invent_county
from sixpoint.region.write import Draft, new_folder, read_draft


def without_shifts(rng: np.random.Generator) -> Draft:
    draft = invent_county(rng)
    return Draft(draft.settings, {**draft.tables, "shifts": []})


def half_written(draft: Draft, folder: Path) -> None:
    (folder / "posts.csv").write_text("post_id,", "utf-8")
    raise OSError("no space left on device")


def test_a_failure_in_the_middle_of_writing_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make, "write_draft", half_written)
    with pytest.raises(OSError, match="no space"):
        make.make_region(tmp_path / "county", invent_county, 1)
    assert list(tmp_path.iterdir()) == []


def test_a_region_that_the_reader_refuses_is_not_put_in_place(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no shift"):
        make.make_region(tmp_path / "county", without_shifts, 1)
    assert list(tmp_path.iterdir()) == []


def test_parents_are_made_and_vanish_with_a_region_that_did_not_come_about(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        make.make_region(tmp_path / "some" / "where" / "county", without_shifts, 1)
    assert list(tmp_path.iterdir()) == []
    make.make_region(tmp_path / "some" / "where" / "county", invent_county, 1)
    assert (tmp_path / "some" / "where" / "county" / "region.toml").is_file()


def test_an_existing_folder_is_not_overwritten(tmp_path: Path) -> None:
    make.make_region(tmp_path / "county", invent_county, 1)
    before = (tmp_path / "county" / "calls.csv").read_bytes()
    with pytest.raises(InputError, match="--replace"):
        make.make_region(tmp_path / "county", invent_county, 2)
    assert (tmp_path / "county" / "calls.csv").read_bytes() == before


def test_replacing_takes_the_new_region_and_leaves_no_other_folder(tmp_path: Path) -> None:
    make.make_region(tmp_path / "county", invent_county, 1)
    made = make.make_region(tmp_path / "county", invent_county, 2, replace=True)
    assert len(read_draft(tmp_path / "county").tables["calls"]) == len(made.calls)
    assert [path.name for path in tmp_path.iterdir()] == ["county"]


def test_a_replacement_that_fails_leaves_the_old_region(tmp_path: Path) -> None:
    make.make_region(tmp_path / "county", invent_county, 1)
    before = (tmp_path / "county" / "calls.csv").read_bytes()
    with pytest.raises(InputError):
        make.make_region(tmp_path / "county", without_shifts, 2, replace=True)
    assert (tmp_path / "county" / "calls.csv").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["county"]


def test_a_folder_that_is_no_region_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "mother.txt").write_text("dear mother", "utf-8")
    with pytest.raises(InputError, match="not a region's folder"), new_folder(tmp_path / "letters", replace=True):
        pass
    assert (tmp_path / "letters" / "mother.txt").read_text("utf-8") == "dear mother"
