"""What tests share: the real data, if they are there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data and facts; a test that asks for it is skipped where it is absent."""
    folder = Path(__file__).parents[1] / os.environ.get("SIXPOINT_SHARED", "../shared")
    if not folder.is_dir():
        pytest.skip("the folder of real data is not here (SIXPOINT_SHARED)")
    return folder.resolve()
