"""Writes what was learned from runs as a table of speed profiles, each line with the runs that it rests on."""

from __future__ import annotations

from typing import Final

from sixpoint.road.calibration import Calibration, Unlit
from sixpoint.road.calibration_doubts import doubts_of, doubts_of_unlit
from sixpoint.road.profiles import Pace, profile_table

DOUBTFUL: Final = "; the fit is doubtful"


def calibrated_table(lights: Calibration, unlit: Unlit | None, *, of_lights: str, of_unlit: str) -> str:
    """The text of a table with the profiles 'lights' and 'normal'; `of_...` say whose runs: "runs of May.csv".

    The line of all classes ('*') holds the factor of all runs together, those of classes what they differ by from it:
    it stands alone for a class without a line. Without `unlit` the profile 'normal' is as fast as 'lights' and says so.
    What is in doubt (calibration_doubts.py) is no measurement: its lines say 'assumption'.
    """
    lit_doubt = DOUBTFUL if doubts_of(lights) else ""
    unlit_doubt = lit_doubt or (DOUBTFUL if unlit is not None and doubts_of_unlit(unlit) else "")
    # A region keeps factors for all classes in whole thousandths: classes are held against what it will read.
    together = max(round(lights.every_class, 3), 0.001)
    paces = (
        Pace("lights", together, *_ground(f"{lights.fitted_on} {of_lights}, all classes together", lit_doubt)),
        Pace("normal", together, "too few runs without lights to learn from: as fast as with them", "assumption")
        if unlit is None
        else Pace(
            "normal",
            together * unlit.factor,
            *_ground(f"{unlit.fitted_on} {of_unlit}, all classes together", unlit_doubt),
        ),
    )
    grounds = {
        name: _ground(f"{count} of {lights.fitted_on} {of_lights} used it", lit_doubt)
        if count
        else (f"none of {lights.fitted_on} {of_lights} used it: as all classes together", "assumption")
        for name, count in lights.runs_on.items()
    }
    factors = {name: factor / together if lights.runs_on[name] else 1.0 for name, factor in lights.factors.items()}
    return profile_table(paces, factors, lights.base_s, grounds)


def _ground(source: str, doubt: str) -> tuple[str, str]:
    """The source of a line, and its confidence."""
    return source + doubt, "assumption" if doubt else "measured"
