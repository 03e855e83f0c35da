"""Why what was learned from runs is not to be relied on: the fit ran into a bound, or it helps no more than none."""

from __future__ import annotations

from typing import Final

from sixpoint.road.calibration import LEAST_FACTOR, MOST_BASE_S, MOST_FACTOR, Calibration, Errors, Unlit

# A fit comes so close to a bound, as a share of it, that it would have gone on.
AT_BOUND: Final = 1e-3
# Two fits that are as good differ by chance: the calibrated one is worse if its median error is larger by more than
# both, a share of the other's and seconds.
WORSE_BY: Final = 0.05
WORSE_BY_S: Final = 1.0
SHOWN: Final = 5


def doubts_of(lights: Calibration) -> tuple[str, ...]:
    """Each reason why factors and delay are not to be relied on, as a sentence; empty if there is none.

    One class at a bound puts all in doubt: factors and delay are fitted together, what one lacks the others take up.
    """
    driven = {name: factor for name, factor in lights.factors.items() if lights.runs_on[name]}
    least = [name for name, factor in driven.items() if factor <= LEAST_FACTOR * (1 + AT_BOUND)]
    most = [name for name, factor in driven.items() if factor >= MOST_FACTOR * (1 - AT_BOUND)]
    found = []
    if least:
        found.append(f"the factor of {_named(least)} is the least that a fit may give, x {LEAST_FACTOR:g}.")
    if most:
        found.append(f"the factor of {_named(most)} is the most that a fit may give, x {MOST_FACTOR:g}.")
    if lights.base_s >= MOST_BASE_S * (1 - AT_BOUND):
        found.append(f"what every run has is the most that a fit may give, {MOST_BASE_S:g} s.")
    found += _worse(lights.calibrated, lights.one_factor, "one factor for all")
    found += _worse(lights.calibrated, lights.as_is, "the network as it is")
    return tuple(found)


def doubts_of_unlit(unlit: Unlit) -> tuple[str, ...]:
    """Each reason why the factor of runs without lights is not to be relied on, as a sentence."""
    return tuple(f"without lights, {doubt}" for doubt in _worse(unlit.calibrated, unlit.as_is, "the network as it is"))


def _worse(calibrated: Errors, other: Errors, what: str) -> list[str]:
    ours, theirs = calibrated.median_absolute_s, other.median_absolute_s
    if ours <= theirs + max(theirs * WORSE_BY, WORSE_BY_S):
        return []
    return [f"on days not used for the fit it is further off than {what}: {ours:.0f} s against {theirs:.0f} s."]


def _named(classes: list[str]) -> str:
    return ", ".join(classes[:SHOWN]) + (f" and {len(classes) - SHOWN} more" if len(classes) > SHOWN else "")
