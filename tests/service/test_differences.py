"""How a recommendation comes out otherwise: each kind of difference, the weightiest first."""

from __future__ import annotations

from collections.abc import Sequence

from sixpoint.dispatch import CallType, Candidate, Choice, Need, Policy, choose
from sixpoint.service.differences import Difference, differences, tally

INDEX = {"press": 0, "shock": 1, "drug": 2}
POLICY = Policy(scarce_skills=(), first_response_gain_s=0)
NEEDS = tuple(Need(skill, order, None, "none", 1.0) for order, skill in enumerate(INDEX, start=1))
CALL = CallType("1", "made up", "critical", NEEDS, "no", "any")


def unit(unit_id: str, standing: Sequence[str], eta_s: float, with_order: Sequence[str] = ()) -> Candidate:
    bits = [sum(1 << INDEX[skill] for skill in skills) for skills in (standing, [*standing, *with_order])]
    return Candidate(unit_id, bits[0], bits[1], True, eta_s)


def between(then: list[Candidate], now: list[Candidate]) -> tuple[Difference, ...]:
    def chosen(units: list[Candidate]) -> Choice:
        return choose(CALL, units, INDEX, POLICY)

    return differences(
        chosen(then), chosen(now), {one.unit_id: one.eta_s for one in then}, {one.unit_id: one.eta_s for one in now}
    )


ALL = ("press", "shock", "drug")
MEDIC = unit("M", ALL, 300)


def test_the_same_recommendation_has_no_difference() -> None:
    assert between([MEDIC], [MEDIC]) == ()


def test_another_unit_is_told_with_its_times_then_and_now_and_why() -> None:
    sent, lost, *needs = between([MEDIC, unit("N", ALL, 600)], [unit("M", ALL, 900), unit("N", ALL, 600)])
    assert (sent.kind, sent.what, sent.then, sent.now) == ("unit sent", "N", "there in 10:00", "there in 10:00")
    assert sent.because.startswith("for press at 10:00") and "then not sent: later than all" in sent.because
    assert (lost.kind, lost.what, lost.then, lost.now) == ("unit not sent", "M", "there in 5:00", "there in 15:00")
    assert [(one.kind, one.then, one.now) for one in needs[:1]] == [("by another unit", "5:00 by M", "10:00 by N")]


def test_a_unit_that_cannot_come_any_more_has_no_way_or_is_not_free() -> None:
    (gone, *needs) = between([MEDIC], [unit("M", ALL, float("inf"))])
    assert (gone.kind, gone.now) == ("unit not sent", "no way there") and "no road leads there" in gone.because
    assert [one.kind for one in needs] == ["need unmet"] * 3
    assert between([MEDIC], [])[0].now == "not free"


def test_a_need_now_unmet_comes_before_one_under_another_verdict() -> None:
    then, now = [unit("M", ALL, 300)], [unit("M", ("press",), 300, ("shock",))]
    assert [(one.kind, one.what) for one in between(then, now)] == [("need unmet", "drug"), ("verdict", "shock")]
    assert between(now, then)[0].kind == "need met"
    assert between(then, now)[1].now == "7:00 by M with an order"


def test_a_need_met_by_another_of_the_same_units_or_at_another_time() -> None:
    first = [unit("A", ("press", "shock"), 60), unit("B", ("shock", "drug"), 400)]
    other = [unit("A", ("press",), 60), unit("B", ("shock", "drug"), 400)]
    assert [(one.kind, one.then, one.now) for one in between(first, other)] == [
        ("by another unit", "1:00 by A", "6:40 by B")
    ]
    assert {one.kind for one in between([MEDIC], [unit("M", ALL, 310)])} == {"time"}


def test_where_only_reasons_differ_that_is_said() -> None:
    near = unit("A", ("press",), 290)
    (only,) = between([MEDIC, near], [MEDIC])
    assert only.kind == "reasons" and only.because.startswith("why units are passed over")


def test_the_tally_counts_each_recommendation_once_by_what_weighs_most() -> None:
    lost = Difference("need unmet", "drug", "5:00 by M", "unmet")
    late = Difference("time", "press", "5:00 by M", "6:00 by M")
    rows = tally([(), (late,), (lost, late), (late,)])
    assert [(row.kind, row.recommendations, row.most, row.example) for row in rows] == [
        ("need unmet", 1, (("drug", 1),), 2),
        ("time", 2, (("press", 2),), 1),
    ]
