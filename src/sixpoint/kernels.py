"""How Sixpoint compiles its kernels: one decorator, so that the options are chosen, and explained, once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast, overload

from numba import njit

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


@overload
def compiled(function: Kernel) -> Kernel: ...
@overload
def compiled(*, nogil: bool = False) -> Callable[[Kernel], Kernel]: ...
def compiled(function: Kernel | None = None, *, nogil: bool = False) -> Kernel | Callable[[Kernel], Kernel]:
    """Compiles a function of scalars and arrays; the result equals plain Python to the bit.

    - `cache`: compiled once a machine, not once a start. The cache watches the kernel's own file only: a kernel
      that calls one in another file keeps the old copy of it until its own file changes, so after changing a
      kernel that other files call, remove the caches (`__pycache__/*.nb*`).
    - `error_model="python"`: a division by zero raises, as in Python, and is not silently infinite.
    - never `fastmath`: it reorders sums, and the same inputs would no longer give the same bits everywhere.
    - `nogil`: for long kernels that threads run side by side; their arrays must not change meanwhile.
    """
    decorate = njit(cache=True, error_model="python", nogil=nogil)
    if function is None:
        return cast("Callable[[Kernel], Kernel]", decorate)
    return cast("Kernel", decorate(function))
