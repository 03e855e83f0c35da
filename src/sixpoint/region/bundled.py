"""The regions that come with Sixpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sixpoint.errors import InputError

FOLDER: Final = Path(__file__).parent / "data"
# name -> the folder; Riverton is what `sixpoint region new` makes from its default seed (a test compares the bytes).
BUNDLED: Final = {"riverton": FOLDER / "riverton"}


def named_region(folder: Path) -> Path:
    """The folder, or the bundled region of that name where there is no such folder."""
    return BUNDLED[str(folder)] if str(folder) in BUNDLED and not folder.exists() else folder


def bundled_region(name: str) -> Path:
    """The folder of a bundled region; `InputError` names those there are."""
    if name not in BUNDLED:
        raise InputError.one(name, "no region of that name comes with Sixpoint", f"There are: {', '.join(BUNDLED)}.")
    return BUNDLED[name]
