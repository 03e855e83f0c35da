"""Compiled kernels are never older than any kernel they call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sixpoint.dispatch.eligible import fill_times, harm_at
from sixpoint.dispatch.kernel import choose_units
from sixpoint.kernels import HOME, MAY_CALL, callable_hash, compiled, kernel_files, text_hash
from sixpoint.plan.jemss.agenda import add
from sixpoint.plan.jemss.loop import simulate
from sixpoint.road.oracle import oracle_seconds


def test_each_cache_is_bound_to_the_text_of_all_that_the_kernel_may_call() -> None:
    for kernel, room in ((simulate, "plan"), (add, "plan"), (choose_units, "dispatch"), (oracle_seconds, "road")):
        cache: Any = vars(kernel)["_cache"]
        assert cache._cache_file._source_stamp[1] == callable_hash(room)
    assert len({callable_hash(room) for room in ("road", "dispatch", "plan")}) == 3


def test_no_room_has_kernels_that_the_table_of_rooms_does_not_know() -> None:
    rooms = {path.relative_to(HOME).parts[0] for path in kernel_files(HOME)}
    assert rooms <= {"road", *MAY_CALL}


def test_any_change_of_any_file_changes_the_hash(tmp_path: Path) -> None:
    seen = set()
    for text in ("", "a", "b"):
        for name in ("one.py", "two.py"):
            (tmp_path / name).write_text(f"from sixpoint.kernels import compiled{text}", "utf-8")
            seen.add(text_hash(kernel_files(tmp_path), tmp_path))
    assert len(seen) == 6


@compiled(lean=True, inner=True)
def doubled(number: int) -> int:
    return 2 * number


@compiled(lean=True)
def quadrupled(number: int) -> int:
    return doubled(doubled(number))


def test_a_kernel_that_only_kernels_call_is_refused_to_python_which_else_would_crash() -> None:
    assert quadrupled(3) == 12
    for kernel in (doubled, harm_at):
        with pytest.raises(TypeError, match="is for other kernels"):
            kernel(3)


def test_what_a_kernel_does_not_say_it_does_not_take_from_its_caller() -> None:
    """Numba hands its options down to whatever it compiles for a kernel, which then is cached with them."""
    for kernel in (choose_units, fill_times, simulate):
        options: Any = vars(kernel)["targetoptions"]
        assert {"forceinline", "no_cpython_wrapper", "no_cfunc_wrapper"} <= options.keys()
        assert not options["no_cpython_wrapper"]
