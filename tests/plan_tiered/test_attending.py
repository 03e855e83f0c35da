"""Who may leave with a patient, in the simulation: as the live service has it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from sixpoint.plan.tiered.attending import attending_of, may_attend, ways_of
from sixpoint.scope import Clinician, Credential, Rulebook, load_rulebook
from sixpoint.scope.person import GATES

AT = datetime(2026, 5, 1, tzinfo=UTC)


def crew(*levels: str) -> tuple[Clinician, ...]:
    return tuple(
        Clinician(f"p{n}", f"p{n}", tuple(Credential(gate, level, AT - timedelta(days=9)) for gate in GATES))
        for n, level in enumerate(levels)
    )


def leaves(rules: Rulebook, levels: tuple[str, ...], *running: str) -> bool:
    words = len(rules.skills) // 64 + 1
    bits = np.zeros((1, words), np.uint64)
    for name in running:
        skill = rules.skill(name)
        assert skill is not None
        bits[0, skill.index >> 6] |= np.uint64(1) << np.uint64(skill.index & 63)
    everything = np.full(words, (1 << 64) - 1, np.uint64)
    attending = attending_of(rules, [ways_of(rules, crew(*levels), AT)], AT, words)
    return bool(may_attend(attending, everything, bits, 0, 0))


@pytest.mark.parametrize(
    ("levels", "running", "lawful"),
    [
        (("Paramedic", "EMT"), ("vasopressor_infusion",), True),  # the EMT drives
        (("AEMT", "EMT"), ("iv_access",), True),
        (("EMT", "EMT"), ("iv_access",), False),
        (("EMT", "EMT"), ("oxygen_nrb",), True),
        (("EMT", "EMR"), ("oxygen_nrb",), True),
        (("EMR", "EMR"), (), False),  # at least an EMT attends
        (("Paramedic",), (), False),  # nobody is left to drive
        (("Paramedic", "Paramedic", "EMT"), ("vasopressor_infusion", "cpr"), True),
    ],
)
def test_somebody_drives_and_the_others_may_keep_running_what_runs(levels, running, lawful) -> None:
    assert leaves(load_rulebook("us-national"), levels, *running) == lawful


def test_a_layer_may_ask_for_more_while_something_runs() -> None:
    """Massachusetts wants an AEMT beside a plain IV: two EMTs of the IV overlay would not do, an AEMT does."""
    rules = load_rulebook("us-national", ["massachusetts"])
    assert leaves(rules, ("AEMT", "EMT"), "iv_access")
    assert not leaves(rules, ("EMT", "EMT"), "iv_access")
    assert not leaves(rules, ("AEMT", "AEMT"), "vasopressor_infusion")
