"""Makes the modules beside the tests importable: models in plain Python, writers of small cities."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
