"""The comparison with a real log counts every call once, and says where it cannot know."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from sixpoint.cli.dispatch_tiers import agreement, by_type, compare_day
from sixpoint.dispatch import Policy, load_call_types
from sixpoint.errors import InputError
from sixpoint.region.importers.sf import LOG, import_day


@pytest.mark.parametrize(
    ("sent", "ours", "name"),
    [
        (["a", "b"], ["b", "a"], "same"),
        (["a", "a", "b"], ["a", "b"], "fewer"),
        (["a"], ["a", "a"], "more"),
        (["a", "b"], ["a", "c"], "other"),
        (["a"], [], "queued"),
        ([], ["a"], "more"),
    ],
)
def test_two_mixes_of_tiers_are_compared_as_what_is_in_them(sent: list[str], ours: list[str], name: str) -> None:
    assert agreement(sent, ours) == name


def test_every_call_of_a_real_day_is_compared_once_and_counted_by_type(shared: Path, tmp_path: Path) -> None:
    region = import_day(shared / "data", "2020-04-10", tmp_path / "day")
    without_gates = Policy(scarce_skills=(), first_response_gain_s=0)
    compared = compare_day(region, shared / "data" / LOG, without_gates)
    assert len({each.call_id for each in compared}) == len(compared) > 300
    *rows, total = by_type(compared, {code: kind.reason for code, kind in load_call_types().items()})
    assert total.calls == sum(row.calls for row in rows) == len(compared)
    for row in (*rows, total):
        assert row.same + row.fewer + row.more + row.other + row.queued == sum(row.scarce) == row.calls
    assert Counter(each.agreement for each in compared)["same"] == total.same
    for each in compared:
        price = without_gates.additional_unit_price * (len(each.sent) - len(each.recommended))
        if 0 < len(each.sent) <= without_gates.max_units:
            assert each.recommended_harm <= each.sent_harm + price + 1e-9, "the best set is not worse than the real one"
    elsewhere = tmp_path / "log.csv"
    elsewhere.write_text("not,the,log\n", "utf-8")
    with pytest.raises(InputError):
        compare_day(region, elsewhere, Policy())
