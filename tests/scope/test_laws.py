"""Laws of the rulebook, for random rulebooks, people, situations and instants."""

from __future__ import annotations

from datetime import datetime

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from sixpoint.scope import (
    Clinician,
    Layer,
    Rulebook,
    Situation,
    clinician_capability,
    crew_capability,
    may,
    next_change,
)
from sixpoint.scope.conditions import Facts
from sixpoint.scope.decide import value_of
from sixpoint.scope.layers import RANKS
from sixpoint.scope.verdict import KINDS

from .random_rulebooks import (
    SKILLS,
    clinicians,
    instants,
    layers,
    rulebook_of,
    rulebooks,
    situations,
    stacks,
)


@settings(max_examples=250)
@given(rulebooks, clinicians(), instants, situations)
def test_compiled_bitsets_equal_interpreted_verdicts(
    rulebook: Rulebook, clinician: Clinician, at: datetime, situation: Situation
) -> None:
    compiled = clinician_capability(rulebook, clinician, at, situation)
    for skill in SKILLS:
        verdict = may(rulebook, clinician, skill.id, at, situation)
        assert bool(compiled.standing & skill.bit) == verdict.allowed, verdict
        assert bool(compiled.with_order & skill.bit) == verdict.allowed_with_order, verdict
        assert verdict.because


@settings(max_examples=150)
@given(rulebooks, instants, situations, st.frozensets(st.sampled_from("ab")))
def test_the_explained_answer_is_the_bare_answer(
    rulebook: Rulebook, at: datetime, situation: Situation, names: frozenset[str]
) -> None:
    interval = rulebook.interval(at)
    for level in rulebook.levels:
        held = frozenset(node for node in interval.personal[level] if getattr(node, "name", "") in names)
        facts = Facts(situation, held, interval.adopted)
        for skill in SKILLS:
            explained = rulebook.explained(interval, level, skill.id, facts)
            assert explained.value == value_of(interval.stacks[level].get(skill.id, ()), facts)


@settings(max_examples=150)
@given(stacks(), st.sampled_from(RANKS[1:]), st.data(), instants, situations)
def test_a_layer_never_changes_a_verdict_that_it_does_not_name(
    stack: tuple[Layer, ...], rank: str, data: st.DataObject, at: datetime, situation: Situation
) -> None:
    stack = tuple(layer for layer in stack if layer.rank != rank)
    # What a layer adopts, it names through the option; here it adopts nothing.
    more = msgspec.structs.replace(data.draw(layers(rank)), adopts=())
    named = {(rule.level, rule.skill) for rule in more.rules}
    before, after = rulebook_of(stack), rulebook_of((*stack, more))
    for level in before.levels:
        for skill in SKILLS:
            if (level, skill.id) not in named:
                one, other = (book.can(level, skill.id, at, situation=situation) for book in (before, after))
                assert one.kind == other.kind
                assert [reason.rule for reason in one.because if "/" in reason.rule and "+" not in reason.rule] == [
                    reason.rule for reason in other.because if "/" in reason.rule and "+" not in reason.rule
                ] or one.kind == "unknown"


@settings(max_examples=150)
@given(stacks(), st.randoms(use_true_random=False), instants, situations)
def test_rank_decides_and_not_the_order_in_which_layers_are_given(
    stack: tuple[Layer, ...], chance: object, at: datetime, situation: Situation
) -> None:
    shuffled = tuple(reversed(stack))
    one, other = rulebook_of(stack), rulebook_of(shuffled)
    assert one.hash == other.hash and one.id == other.id
    for level in one.levels:
        for skill in SKILLS:
            assert one.can(level, skill.id, at, situation=situation) == other.can(
                level, skill.id, at, situation=situation
            )


@settings(max_examples=150)
@given(stacks(), instants, situations)
def test_the_highest_layer_has_the_last_word(stack: tuple[Layer, ...], at: datetime, situation: Situation) -> None:
    rulebook = rulebook_of(stack)
    beneath = rulebook_of(rulebook.layers[:-1]) if len(stack) > 1 else None
    for rule in rulebook.layers[-1].rules:
        if at not in rule.span:
            continue
        kind = rulebook.can(rule.level, rule.skill, at, situation=situation).kind
        if rule.verb == "bar" and rule.only is None:
            assert kind == "barred"
        elif rule.verb == "open":
            assert kind == "unknown"
        elif rule.verb == "allow" and rule.only is None and not rule.as_order:
            assert kind == "standing"
        elif rule.verb == "limit" and rule.as_order:
            assert kind != "standing"
        if beneath is not None:
            below = KINDS.index(beneath.can(rule.level, rule.skill, at, situation=situation).kind)
            if rule.verb in ("limit", "bar"):
                assert KINDS.index(kind) <= below, "limit and bar only take"
            elif rule.verb == "allow" and KINDS[below] != "unknown":
                assert KINDS.index(kind) >= below, "allow only gives"


@settings(max_examples=250)
@given(rulebooks, clinicians(), instants, situations, st.data())
def test_removing_a_credential_an_endorsement_or_a_training_never_grants_anything(
    rulebook: Rulebook, clinician: Clinician, at: datetime, situation: Situation, data: st.DataObject
) -> None:
    before = clinician_capability(rulebook, clinician, at, situation)
    field = data.draw(st.sampled_from(["credentials", "endorsements", "trainings", "performed"]))
    held = getattr(clinician, field)
    if held:
        gone = data.draw(st.integers(0, len(held) - 1))
        less = msgspec.structs.replace(clinician, **{field: held[:gone] + held[gone + 1 :]})
        after = clinician_capability(rulebook, less, at, situation)
        assert after.standing & ~before.standing == 0
        assert after.with_order & ~before.with_order == 0


@settings(max_examples=150)
@given(rulebooks, st.lists(clinicians(), max_size=3), instants, situations)
def test_a_crew_may_do_what_its_people_may_and_nothing_changes_before_the_next_change(
    rulebook: Rulebook, crew: list[Clinician], at: datetime, situation: Situation
) -> None:
    now = crew_capability(rulebook, crew, None, at, situation)
    each = [clinician_capability(rulebook, clinician, at, situation) for clinician in crew]
    assert now.standing == sum({skill.bit for skill in SKILLS if any(one.standing & skill.bit for one in each)})
    assert now.standing & ~now.with_order == 0
    later = next_change(rulebook, crew, at)
    for moment in (at + (later - at) / 2, later - (later - at) / 1000) if later else ():
        assert crew_capability(rulebook, crew, None, moment, situation) == now


@settings(max_examples=150)
@given(stacks(), st.data())
def test_the_hash_changes_if_and_only_if_some_content_changes(stack: tuple[Layer, ...], data: st.DataObject) -> None:
    original = rulebook_of(stack).hash
    which = data.draw(st.integers(0, len(stack) - 1))
    layer = stack[which]
    moved = tuple(msgspec.structs.replace(rule, where="elsewhere:9") for rule in reversed(layer.rules))
    same = msgspec.structs.replace(layer, rules=moved, where="elsewhere", adopts=tuple(reversed(layer.adopts)))
    assert rulebook_of((*stack[:which], same, *stack[which + 1 :])).hash == original
    changes: list[Layer] = [msgspec.structs.replace(layer, title="new"), msgspec.structs.replace(layer, version="2")]
    if layer.rules:
        place = data.draw(st.integers(0, len(layer.rules) - 1))
        rule = layer.rules[place]
        field, value = data.draw(
            st.sampled_from(
                [
                    ("source", "other"),
                    ("confidence", "recalled"),
                    ("place", "p. 2"),
                    ("note", "n"),
                    ("as_order", not rule.as_order),
                    ("verb", "bar" if rule.verb != "bar" else "open"),
                ]
            )
        )
        changed = msgspec.structs.replace(rule, **{field: value})
        rest = (*layer.rules[:place], *layer.rules[place + 1 :])
        changes += [msgspec.structs.replace(layer, rules=(*rest, changed)), msgspec.structs.replace(layer, rules=rest)]
    for change in changes:
        assert rulebook_of((*stack[:which], change, *stack[which + 1 :])).hash != original
