"""Ctrl-C, heard only where nothing is half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType


class Interrupts:
    """Keeps Ctrl-C until somebody looks; a second one comes through at once.

    An exception that comes just after a lock of an executor was taken would leave it locked, and leaving would wait
    for ever. Only the main thread hears of signals: elsewhere nothing is kept.
    """

    def __init__(self) -> None:
        self._came = False
        self._before: Callable[[int, FrameType | None], object] | int | None = None

    def begin(self) -> None:
        """Keeps what comes from now on."""
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._keep)

    def end(self) -> None:
        """Leaves Ctrl-C to whoever had it before."""
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None

    def look(self) -> None:
        """Raises what came."""
        if self._came:
            raise KeyboardInterrupt

    def _keep(self, _number: int, _frame: FrameType | None) -> None:
        self._came = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
