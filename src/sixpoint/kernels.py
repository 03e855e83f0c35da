"""How Sixpoint compiles its kernels: one decorator, so that the options are chosen, and explained, once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar, cast, overload

from numba import njit, types

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

HOME: Final = Path(__file__).parent
# A file holds kernels if it takes its decorator from here.
MARK: Final = re.compile(rb"^from sixpoint\.kernels import", re.MULTILINE)
# The rooms below a room that have kernels (docs/house.md).
MAY_CALL: Final = {"dispatch": ("road",), "plan": ("road", "dispatch")}


def kernel_files(home: Path) -> list[Path]:
    """The files below `home` that hold kernels, in order of their names."""
    return sorted(path for path in home.rglob("*.py") if MARK.search(path.read_bytes()))


def text_hash(paths: Iterable[Path], home: Path) -> str:
    """SHA-256 over the names and the text of the files."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(home).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


@cache
def callable_hash(room: str) -> str:
    """Over every kernel that a kernel of the room may call: those of its own room and of the rooms it may import."""
    rooms = (*MAY_CALL.get(room, ()), room)
    return text_hash([path for name in rooms for path in kernel_files(HOME / name)], HOME)


@overload
def compiled(function: Kernel) -> Kernel: ...
@overload
def compiled(*, nogil: bool = False, lean: bool = False, inline: bool = False) -> Callable[[Kernel], Kernel]: ...
def compiled(
    function: Kernel | None = None, *, nogil: bool = False, lean: bool = False, inline: bool = False
) -> Kernel | Callable[[Kernel], Kernel]:
    """Compiles a function of scalars and arrays; the result equals plain Python to the bit.

    - `cache`: compiled once a machine, not once a start. Compiled code holds a copy of every kernel it calls, so
      each cache is bound to the text of all kernels of its room and of the rooms below: after any change there it
      is compiled anew.
    - `error_model="python"`: a division by zero raises, as in Python, and is not silently infinite.
    - never `fastmath`: it reorders sums, and the same inputs would no longer give the same bits everywhere.
    - `nogil`: for long kernels that threads run side by side; their arrays must not change meanwhile.
    - `lean`: without numba's run time for memory (`_nrt=False`). Such a kernel must not make or return an array
      (numba refuses to compile it if it makes one); whoever calls it holds the arrays meanwhile. Each array passed
      on otherwise costs two atomic instructions: measured on a nearest-way kernel, 38 ns a query and 8 ns without.
    - `inline`: becomes part of each kernel that calls it (LLVM's `alwaysinline`). For what is called from one place or
      is tiny: a call hands over every array of a tuple as seven numbers or more, 5 KB for the simulation's.
    """
    options: dict[str, Any] = {"cache": True, "error_model": "python", "nogil": nogil}
    if lean:
        options["_nrt"] = False  # not among the options that numba documents
    if inline:
        options["forceinline"] = True
    decorate = njit(**options)
    if function is None:
        return lambda kernel: _bound(_once(cast("Kernel", decorate(kernel))))
    return _bound(_once(cast("Kernel", decorate(function))))


def _once(kernel: Kernel) -> Kernel:
    """Takes a constant that another kernel hands over for a number like any other.

    Else numba compiles a kernel once more for each constant that it is called with: one that writes down nineteen kinds
    of event, nineteen times.
    """
    ask: Any = getattr(kernel, "get_call_template", None)
    unliteral: Any = types.unliteral
    if ask is not None:

        def get_call_template(args: Any, kws: Any) -> Any:
            return ask(tuple(map(unliteral, args)), {name: unliteral(kind) for name, kind in dict(kws).items()})

        kernel.get_call_template = get_call_template  # type: ignore[attr-defined]
    return kernel


def _bound(kernel: Kernel) -> Kernel:
    """Adds what the kernel may call to what numba compares before it believes a cache (its own file's time and size).

    Without compilation (NUMBA_DISABLE_JIT) there is no cache, and a numba that keeps it elsewhere is left as it is.
    """
    cache_file = getattr(getattr(kernel, "_cache", None), "_cache_file", None)
    room = kernel.__module__.split(".")[1:2]
    if room and cache_file is not None and hasattr(cache_file, "_source_stamp"):
        cache_file._source_stamp = (cache_file._source_stamp, callable_hash(room[0]))
    return kernel
