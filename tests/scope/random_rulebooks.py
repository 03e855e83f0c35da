"""Random layers, people, situations and instants over the real ladder and a few real skills."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from sixpoint.scope import Clinician, Credential, Dose, Held, Layer, Performance, Rule, Rulebook, Situation, Span
from sixpoint.scope.conditions import (
    MOMENTS,
    Adopted,
    AfterSkill,
    AgeYears,
    All,
    Any,
    Condition,
    DoseAtMost,
    Endorsement,
    Moment,
    Not,
    Ordered,
    Performed,
    Route,
    Training,
)
from sixpoint.scope.conflicts import note_conflicts
from sixpoint.scope.equipment import NO_EQUIPMENT
from sixpoint.scope.layers import RANKS
from sixpoint.scope.load import catalogue, ladders
from sixpoint.scope.person import GATES
from sixpoint.tables import Faults

LADDER = ladders()["us"]
SKILLS = catalogue()[:3]
# Few skills and levels, so that rules meet one another.
NAMED_LEVELS = list(LADDER.levels)[:2]
DAY_0 = datetime(2026, 1, 1, tzinfo=UTC)
days = st.integers(0, 40).map(lambda day: DAY_0 + timedelta(days=day))
instants = st.integers(0, 40 * 24 * 60).map(lambda minute: DAY_0 + timedelta(minutes=minute))
names = st.sampled_from(["a", "b"])

IMPERSONAL = st.one_of(
    st.builds(Moment, st.sampled_from(sorted(MOMENTS)), st.booleans()),
    st.builds(AgeYears, st.just(8.0), st.one_of(st.none(), st.just(65.0))),
    st.builds(Route, st.just(("oral",))),
    st.builds(DoseAtMost, st.just(Dose(5.0, "mg"))),
    st.builds(AfterSkill, st.sampled_from([skill.id for skill in SKILLS])),
)
PERSONAL = st.one_of(
    st.just(Ordered()),
    st.builds(Endorsement, names),
    st.builds(Training, names),
    st.builds(Performed, st.sampled_from([skill.id for skill in SKILLS[:1]]), st.integers(1, 2), st.integers(5, 20)),
    st.builds(Adopted, names),
)


def combined(leaves: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(leaves, min_size=1, max_size=3).map(tuple)
    return st.one_of(leaves, st.builds(All, several), st.builds(Any, several))


blind = st.one_of(combined(IMPERSONAL), st.builds(Not, combined(IMPERSONAL)))
conditions = combined(st.one_of(blind, PERSONAL))


CELLS = [(skill.id, level) for skill in SKILLS[:2] for level in NAMED_LEVELS]


@st.composite
def rules(draw: st.DrawFn, layer: str, skill: str, level: str) -> Rule:
    verb = draw(st.sampled_from(["allow", "allow", "limit", "bar", "open"]))
    only: Condition | None = None
    if verb in ("allow", "limit"):
        only = draw(st.one_of(st.none(), conditions))
    elif verb == "bar":
        only = draw(st.one_of(st.none(), blind))
    starts = draw(st.one_of(st.none(), st.none(), days))
    ends = draw(st.one_of(st.none(), st.none(), days.filter(lambda day: starts is None or day > starts)))
    return Rule(
        layer=layer,
        verb=verb,
        skill=skill,
        level=level,
        as_order=verb in ("allow", "limit") and draw(st.booleans()),
        only=only,
        span=Span(starts, ends),
        source="a source",
        place="p. 1",
        confidence="judgement",
        note="",
        version="1",
        where=f"{layer}.yaml:1",
    )


@st.composite
def layers(draw: st.DrawFn, rank: str) -> Layer:
    """Every cell has a rule or none, so that the rules of several layers meet."""
    name = rank.replace("_", "-")
    cells = [cell for cell in CELLS if draw(st.integers(0, 3))]
    return Layer(
        id=name,
        title=rank,
        ladder="us",
        rank=rank,
        authority=rank,
        on=(),
        version="1",
        partial=True,
        span=Span(DAY_0, None),
        temporary=False,
        about="",
        endorsements={},
        trainings={},
        options={},
        adopts=tuple(draw(st.sets(names))),
        rules=tuple(draw(rules(name, *cell)) for cell in cells),
        nemsis=None,
        where=f"{rank}.yaml",
    )


@st.composite
def stacks(draw: st.DrawFn) -> tuple[Layer, ...]:
    ranks = draw(st.sets(st.sampled_from(RANKS[1:]), min_size=draw(st.integers(0, 1)), max_size=2))
    found = (draw(layers("national")), *(draw(layers(rank)) for rank in sorted(ranks)))
    faults = Faults()
    note_conflicts(found, faults)
    assert not faults.found
    return found


def rulebook_of(stack: tuple[Layer, ...]) -> Rulebook:
    return Rulebook(LADDER, SKILLS, stack, NO_EQUIPMENT)


rulebooks = stacks().map(rulebook_of)

situations = st.builds(
    Situation,
    order_from_medical_control=st.sampled_from([None, True, False]),
    in_cardiac_arrest=st.sampled_from([None, True, False]),
    patient_own_medication=st.sampled_from([None, True, False]),
    patient_age_years=st.sampled_from([None, 3.0, 8.0, 70.0]),
    public_health_emergency=st.sampled_from([None, True, False]),
    interfacility_transfer=st.sampled_from([None, True]),
    route=st.sampled_from([None, "oral", "rectal"]),
    dose=st.sampled_from([None, Dose(5.0, "mg"), Dose(6.0, "mg"), Dose(1.0, "g")]),
    skills_done=st.one_of(st.none(), st.frozensets(st.sampled_from([skill.id for skill in SKILLS]), max_size=2)),
)


@st.composite
def credentials(draw: st.DrawFn) -> Credential:
    starts = draw(days)
    ends = draw(st.one_of(st.none(), st.just(starts + timedelta(days=draw(st.integers(1, 30))))))
    pause = draw(st.one_of(st.just(()), st.just((Span(starts + timedelta(days=3), starts + timedelta(days=5)),))))
    return Credential(
        draw(st.sampled_from(GATES)), draw(st.sampled_from(list(LADDER.levels))), starts, ends, suspended=pause
    )


held = st.builds(Held, names, st.one_of(st.none(), days), st.none())
performances = st.builds(Performance, st.sampled_from([skill.id for skill in SKILLS[:1]]), instants)


@st.composite
def clinicians(draw: st.DrawFn) -> Clinician:
    base = [Credential(gate, draw(st.sampled_from(list(LADDER.levels))), DAY_0) for gate in GATES]
    dropped = draw(st.integers(0, 12))
    return Clinician(
        id="c",
        name="Jo",
        credentials=tuple(base[:dropped] + base[dropped + 1 :] + draw(st.lists(credentials(), max_size=4))),
        endorsements=tuple(draw(st.lists(held, max_size=2))),
        trainings=tuple(draw(st.lists(held, max_size=2))),
        performed=tuple(draw(st.lists(performances, max_size=3))),
    )
