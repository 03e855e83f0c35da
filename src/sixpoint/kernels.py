"""How Sixpoint compiles its kernels: one decorator, so that the options are chosen, and explained, once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar, cast, overload

from numba import njit, types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.registry import CPUDispatcher

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

HOME: Final = Path(__file__).parent
# A file holds kernels if it takes its decorator from here.
MARK: Final = re.compile(rb"^from sixpoint\.kernels import", re.MULTILINE)
OURS: Final = "8sixpoint"  # stands in the name of each compiled function of ours
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
    """Over this file and every kernel that a kernel of the room may call: of its own room and those it may import."""
    rooms = (*MAY_CALL.get(room, ()), room)
    return text_hash([Path(__file__), *(path for name in rooms for path in kernel_files(HOME / name))], HOME)


@overload
def compiled(function: Kernel) -> Kernel: ...
@overload
def compiled(
    *, nogil: bool = False, lean: bool = False, inline: bool = False, inner: bool | None = None
) -> Callable[[Kernel], Kernel]: ...
def compiled(
    function: Kernel | None = None,
    *,
    nogil: bool = False,
    lean: bool = False,
    inline: bool = False,
    inner: bool | None = None,
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
    - `inner`: other kernels alone call it; Python is refused. It gets no wrapper that unpacks Python's arguments, and
      is optimised once, as part of the kernel that Python calls, not again and again at each depth of calling: that
      halves the first start of the simulation. What is `inline` is inner unless it says otherwise.
    """
    inner = inline if inner is None else inner
    options: dict[str, Any] = {
        "cache": not inner,
        "error_model": "python",
        "nogil": nogil,
        # What is not said here a kernel takes from the one that it happened to be compiled for.
        "forceinline": inline,
        "no_cpython_wrapper": inner,
        "no_cfunc_wrapper": True,
    }
    if lean:
        options["_nrt"] = False  # not among the options that numba documents
    decorate = njit(pipeline_class=InnerCompiler if inner else OuterCompiler, **options)

    def finish(kernel: Kernel) -> Kernel:
        made: Any = _bound(_once(cast("Kernel", decorate(kernel))))
        if inner and isinstance(made, CPUDispatcher):
            made.__class__ = Inner
        return cast("Kernel", made)

    return finish if function is None else finish(function)


class Inner(CPUDispatcher):
    """A kernel without a wrapper: numba itself would jump to nowhere if Python called it."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Refuses."""
        raise TypeError(f"{self.py_func.__name__} is for other kernels: say `inner=False` where Python is to call it")


class InnerLibrary(JITCodeLibrary):
    """What an inner kernel was made into, neither optimised nor turned into machine code: its callers do both."""

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()  # type: ignore[no-untyped-call]
        self._verify_declare_only_symbols()  # type: ignore[no-untyped-call]
        self._finalized = True

    @property
    def codegen(self) -> Any:
        """Knows nothing of it, as there is nothing at run time."""
        return Nowhere()


class Nowhere:
    """Takes the environment of a kernel that is not there to have one."""

    def set_env(self, name: str, env: Any) -> None:
        """Forgets it."""


class OuterLibrary(JITCodeLibrary):
    """A kernel with those that it calls, as a whole: what others need of them is theirs, so nothing must be kept."""

    def _optimize_final_module(self) -> None:
        for function in self._final_module.functions:
            if function.linkage.name == "linkonce_odr" and OURS in function.name:
                function.linkage = "internal"
        super()._optimize_final_module()  # type: ignore[no-untyped-call]


class InnerCompiler(Compiler):
    """Compiles an inner kernel."""

    library: type[JITCodeLibrary] = InnerLibrary

    def define_pipelines(self) -> Any:
        """The usual steps, into a library of our kind."""
        self.state.library = self.library(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        self.state.library.enable_object_caching()
        return super().define_pipelines()  # type: ignore[no-untyped-call]


class OuterCompiler(InnerCompiler):
    """Compiles a kernel that Python calls."""

    library = OuterLibrary


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
