"""More patients than hands: START, JumpSTART and SALT as data, tags, and a count in which nobody is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, get_args

import msgspec

from sixpoint.care.condition_text import read_condition
from sixpoint.care.conditions import Condition, judge
from sixpoint.care.encounter import Encounter, standing_facts
from sixpoint.care.facts import Disposed, HandoverAccepted, Placed, Tagged
from sixpoint.care.load import sources
from sixpoint.care.passage import Tag
from sixpoint.care.picture import picture_of
from sixpoint.scope.load import catalogue_ids
from sixpoint.scope.strict_yaml import Value, read_yaml
from sixpoint.scope.verdict import CONFIDENCES, UNKNOWN
from sixpoint.tables import Faults, decode_text, read_bytes

DATA: Final = Path(__file__).resolve().parent / "data" / "triage"
TAGS: Final[tuple[Tag, ...]] = get_args(Tag)
# In which order patients are treated and moved (SALT as cited in data/triage/salt.yaml).
ORDER: Final[tuple[Tag, ...]] = ("immediate", "delayed", "minimal", "expectant", "dead")
_KINDS: Final = {
    "found": "where found",
    "area": "in a treatment area",
    "unit": "in a unit",
    "facility": "at a facility",
    "released": "released",
}
# Who was let go is no longer anywhere that anybody answers for.
_RELEASED: Final = ("treated_and_released", "refused", "to_police", "to_family")
_TOP: Final = frozenset(("triage", "title", "source", "confidence", "sorting", "rules"))


class TriageRule(msgspec.Struct, frozen=True):
    """The answer if the condition holds, and why."""

    answer: str
    when: Condition | None
    because: str


class TriageSystem(msgspec.Struct, frozen=True):
    """The rules in order; `sorting` says who is looked at first, where the system has such a step."""

    id: str
    title: str
    rules: tuple[TriageRule, ...]
    sorting: tuple[TriageRule, ...]
    source: str
    confidence: str


class Triaged(msgspec.Struct, frozen=True):
    """The tag and why; without a tag, `assess` names what must be looked at first."""

    tag: Tag | None
    because: tuple[str, ...]
    assess: tuple[str, ...] = ()


@cache
def triage_systems() -> Mapping[str, TriageSystem]:
    """The systems that come with Sixpoint, by name."""
    found = (read_triage_system(path) for path in sorted(DATA.glob("*.yaml")))
    return {system.id: system for system in found}


def read_triage_system(path: Path) -> TriageSystem:
    """A system from its file; `InputError` names every fault with file and line."""
    faults = Faults()
    document = read_yaml(decode_text(path.name, read_bytes(path, path.name)), path.name, faults)
    faults.raise_any()
    assert document is not None
    top = document.mapping("a triage system")
    document.refuse_others(_TOP, "a triage system")
    texts = {}
    for key in ("triage", "title", "source", "confidence"):
        if key not in top:
            document.fault(f"'{key}' is missing", "Write it.")
        texts[key] = top[key].text(f"'{key}'") if key in top else ""
    if texts["source"] not in sources():
        document.fault(f"the source '{texts['source']}' is not listed", "Add it to care/data/sources.csv.")
    if texts["confidence"] not in CONFIDENCES:
        document.fault(f"'{texts['confidence']}' is no confidence", f"Use one of: {', '.join(CONFIDENCES)}.")
    rules = [_rule(value, "tag") for value in (top["rules"].items("'rules'") if "rules" in top else ())]
    sorting = [_rule(value, "first") for value in (top["sorting"].items("'sorting'") if "sorting" in top else ())]
    for place, found in ((document, rules), (document, sorting)):
        if found and found[-1].when is not None:
            place.fault("the last rule has a condition", "End with one that always holds: nobody goes without a tag.")
    if not rules:
        document.fault("there are no rules", "List them under 'rules'.")
    faults.raise_any()
    return TriageSystem(
        texts["triage"], texts["title"], tuple(rules), tuple(sorting), texts["source"], texts["confidence"]
    )


def _rule(value: Value, answer: str) -> TriageRule:
    entries = value.mapping("a rule")
    value.refuse_others(frozenset((answer, "when", "because")), "a rule")
    said: Any = entries[answer].held if answer in entries else ""
    if answer == "tag" and said not in TAGS:
        value.fault(f"there is no tag '{said}'", f"Tags are: {', '.join(TAGS)}.")
    when = read_condition(entries["when"], catalogue_ids()) if "when" in entries else None
    because = entries["because"].text("'because'") if "because" in entries else ""
    return TriageRule(str(said), when, because)


def triage(system: TriageSystem, encounter: Encounter, at_ms: int) -> Triaged:
    """The tag by the first rule that holds; a rule that cannot be told before it asks to look first."""
    picture = picture_of(encounter, at_ms)
    for rule in system.rules:
        judged = judge(rule.when, picture)
        if judged.value == UNKNOWN:
            return Triaged(None, judged.because, judged.missing)
        if judged.holds:
            return Triaged(msgspec.convert(rule.answer, Tag), (rule.because, *judged.because))
    raise AssertionError("a system ends with a rule that always holds")


def look_first(system: TriageSystem, encounters: Iterable[Encounter], at_ms: int) -> tuple[str, ...]:
    """The patients in the order in which the system looks at them; who cannot be sorted yet stands among the first."""

    def rank(encounter: Encounter) -> tuple[int, str]:
        picture = picture_of(encounter, at_ms)
        for rule in system.sorting:
            holds = judge(rule.when, picture).holds
            if holds or (holds is None and rule.when is None):
                return int(rule.answer), encounter.encounter_id
        return 1, encounter.encounter_id

    return tuple(one.encounter_id for one in sorted(encounters, key=rank))


class Casualty(msgspec.Struct, frozen=True):
    """Where one patient stands: the tag in force, how often it changed, where the patient is and with whom."""

    encounter_id: str
    tag: Tag | None
    tagged: int
    kind: str
    place: str
    with_clinician: str


class Count(msgspec.Struct, frozen=True):
    """Every patient of an incident once: by tag, by place, those without a tag, and those whose place nobody knows."""

    patients: tuple[Casualty, ...]
    by_tag: Mapping[str, int]
    by_place: Mapping[str, int]
    untagged: tuple[str, ...]
    unplaced: tuple[str, ...]

    @property
    def total(self) -> int:
        """How many patients there are."""
        return len(self.patients)

    def __str__(self) -> str:
        """How many of each tag, the most urgent first, and how many are where: "14 patients: 5 immediate, ..."."""
        order = ("untagged", *ORDER)
        tags = ", ".join(f"{self.by_tag[tag]} {tag}" for tag in order if tag in self.by_tag)
        places = Counter("place not known" if not one.kind else f"{_KINDS[one.kind]}" for one in self.patients)
        where = ", ".join(f"{number} {place}" for place, number in places.items())
        return f"{self.total} patients: {tags}; {where}"


def casualty(encounter: Encounter, at_ms: int) -> Casualty:
    """The last tag and place; who was handed over to a facility is there, who was let go is released."""
    tags = [fact for fact in standing_facts(encounter, Tagged) if fact.at_ms <= at_ms]
    places = [fact for fact in standing_facts(encounter, Placed) if fact.at_ms <= at_ms]
    kind, place, whom, since = "", "", "", -1
    if places:
        last = places[-1]
        kind, place, whom, since = last.kind, last.place, last.with_clinician, last.at_ms
    for passed in standing_facts(encounter, HandoverAccepted):
        if passed.at_facility and since <= passed.at_ms <= at_ms:
            kind, place, whom, since = "facility", passed.author, "", passed.at_ms
    for end in standing_facts(encounter, Disposed):
        if end.how in _RELEASED and since <= end.at_ms <= at_ms:
            kind, place, whom, since = "released", end.to or end.how.replace("_", " "), "", end.at_ms
    return Casualty(encounter.encounter_id, tags[-1].tag if tags else None, len(tags), kind, place, whom)


def count(encounters: Iterable[Encounter], at_ms: int) -> Count:
    """The count of an incident: every encounter is in it exactly once, whatever is known of it."""
    found = sorted((casualty(one, at_ms) for one in encounters), key=_urgency)
    tags: Counter[str] = Counter(one.tag or "untagged" for one in found)
    places = Counter(f"{one.kind} {one.place}" if one.kind else "not known" for one in found)
    untagged = tuple(one.encounter_id for one in found if one.tag is None)
    unplaced = tuple(one.encounter_id for one in found if not one.kind)
    return Count(tuple(found), dict(tags), dict(places), untagged, unplaced)


def _urgency(one: Casualty) -> tuple[int, str]:
    """Nobody has looked at the untagged: they come first."""
    return (-1 if one.tag is None else ORDER.index(one.tag)), one.encounter_id
