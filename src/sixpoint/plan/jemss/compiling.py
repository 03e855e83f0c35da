"""Compiles the kernels of this folder: those that make arrays, and lean ones that only borrow them.

Kernels here call kernels of other files here, and compiled code holds a copy of what it calls. The caches of all of
them are therefore bound to the text of the whole folder: after any change all are compiled anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from numba import njit

from sixpoint.kernels import compiled

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def _text_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


FOLDER_HASH: Final = _text_hash(Path(__file__).parent)


def making(function: Kernel) -> Kernel:
    """Compiles a kernel that makes arrays; it lets other threads run meanwhile."""
    return _bound(compiled(nogil=True)(function))


def lean(function: Kernel) -> Kernel:
    """Compiles like `sixpoint.kernels.compiled`, but without numba's run time for memory (`_nrt=False`).

    A lean kernel must not make or return an array: numba refuses to compile it if it makes one. Whoever calls it holds
    the arrays meanwhile. Each array taken from a tuple or passed on otherwise costs two atomic instructions: measured
    on the nearest-way kernel, 38 ns a query with counting and 8 ns without.
    """
    # Not among the options that numba documents, so its type hints do not know it.
    options: dict[str, Any] = {"cache": True, "error_model": "python", "_nrt": False}
    return _bound(cast("Kernel", njit(**options)(function)))


def _bound(kernel: Kernel) -> Kernel:
    """Adds the folder's hash to what numba compares before it believes a cache (its own file's time and size).

    Without compilation (NUMBA_DISABLE_JIT) there is no cache, and a numba that keeps it elsewhere is left as it is.
    """
    cache_file = getattr(getattr(kernel, "_cache", None), "_cache_file", None)
    if cache_file is not None and hasattr(cache_file, "_source_stamp"):
        cache_file._source_stamp = (cache_file._source_stamp, FOLDER_HASH)
    return kernel
