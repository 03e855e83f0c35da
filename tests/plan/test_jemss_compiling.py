"""Compiled kernels are never older than any file they call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sixpoint.plan.jemss.agenda import add
from sixpoint.plan.jemss.compiling import FOLDER_HASH, _text_hash
from sixpoint.plan.jemss.loop import simulate


def test_the_caches_of_all_kernels_are_bound_to_the_text_of_the_whole_folder() -> None:
    for kernel in (simulate, add):
        cache: Any = vars(kernel)["_cache"]
        assert cache._cache_file._source_stamp[1] == FOLDER_HASH


def test_any_change_of_any_file_changes_the_hash(tmp_path: Path) -> None:
    seen = set()
    for text in ("", "a", "b"):
        for name in ("one.py", "two.py"):
            (tmp_path / name).write_text(text, "utf-8")
            seen.add(_text_hash(tmp_path))
    assert len(seen) == 6
