"""The scope card: for each step of a pathway, what the people here may do now, and who else may, and when.

The pathway is the same for everybody; the difference between levels comes from the rulebook alone. An answer that is
not known never becomes "do now": the card says what to find out first.
"""

from __future__ import annotations

from collections.abc import Sequence

from sixpoint.care.asking import Asking
from sixpoint.care.card_line import Card, CardLine, Person
from sixpoint.care.conditions import judge
from sixpoint.care.encounter import Encounter
from sixpoint.care.pathway import Pathway
from sixpoint.scope import Rulebook


def card(
    rulebook: Rulebook,
    pathway: Pathway,
    encounter: Encounter,
    people: Sequence[Person],
    at_ms: int,
    viewer: str = "",
) -> Card:
    """The card for the people here together, or for one of them (`viewer`, a clinician's identifier)."""
    asking = Asking(rulebook, encounter, people, at_ms, viewer)
    whose = judge(pathway.patients, asking.picture)
    if whose.holds is False:
        because = (f"{pathway.title} is for other patients", *whose.because)
        lines = tuple(CardLine(step.id, "not_indicated", because, says=step.says) for step in pathway.steps)
    else:
        lines = tuple(asking.line(step) for step in pathway.steps)
    return Card(pathway.id, pathway.title, at_ms, lines, pathway.hash, rulebook.hash)
