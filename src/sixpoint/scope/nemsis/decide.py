"""What a flat list of permitted codes says of a skill: yes, no, or nothing.

NEMSIS lists codes, not skills, and a code may be wider or narrower than the skill. So the list is read carefully:

* a code that is the skill is listed: the level may perform it;
* every code of the skill is one way to do it, and every one is listed: the same;
* no code that has to do with the skill is listed, though the level has such a list: the level may not perform it;
* anything else (a drug is listed, the skill is one route of it): the list does not say, and what lies beneath stands.

A relation of low confidence never decides by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from sixpoint.scope.nemsis.crosswalk import Crosswalk, Kind, Relation
from sixpoint.scope.verdict import Confidence

Permitted = Mapping[Kind, frozenset[str] | None]


class Said(msgspec.Struct, frozen=True):
    """What the list says of one skill: the verb of the rule, the codes it rests on, and how sure the reading is."""

    verb: Literal["allow", "bar"]
    codes: tuple[str, ...]
    confidence: Confidence


def said_of(skill: str, permitted: Permitted, crosswalk: Crosswalk) -> Said | None:
    """What the lists of one level say of the skill; None if they do not say."""
    relations = crosswalk.of_skill(skill)
    sure = [one for one in relations if one.confidence != "low"]
    listed = [one for one in relations if one.code in (permitted[one.kind] or ())]
    exact = [one for one in listed if one.relation == "exact" and one in sure]
    if exact:
        return Said("allow", _codes(exact), "inferred" if exact[0].confidence == "high" else "judgement")
    ways = bool(sure) and all(one.relation in ("exact", "narrower") for one in relations)
    if ways and len(listed) == len(relations):
        return Said("allow", _codes(listed), "judgement")
    configured = all(permitted[one.kind] is not None for one in relations)
    if sure and configured and not listed:
        is_plain = any(one.confidence == "high" for one in sure)
        return Said("bar", _codes(relations), "inferred" if is_plain else "judgement")
    return None


def _codes(relations: list[Relation] | tuple[Relation, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.code for one in relations))
