"""A list of codes grants only what a code is, bars only what no code touches, and is silent on the rest."""

from __future__ import annotations

from sixpoint.scope.nemsis.crosswalk import Kind, load_crosswalk
from sixpoint.scope.nemsis.decide import said_of

WALK = load_crosswalk()
SUPRAGLOTTIC = ("429705000", "427753009", "424979004", "450611000124100")


def says(skill: str, procedures: tuple[str, ...] | None = (), medications: tuple[str, ...] | None = ()) -> str:
    permitted: dict[Kind, frozenset[str] | None] = {
        "procedure": None if procedures is None else frozenset(procedures),
        "medication": None if medications is None else frozenset(medications),
    }
    said = said_of(skill, permitted, WALK)
    return "nothing" if said is None else said.verb


def test_the_code_of_the_skill_grants_it() -> None:
    assert says("airway_nasal", ("182692007",)) == "allow"


def test_a_list_without_any_code_of_the_skill_bars_it() -> None:
    assert says("airway_nasal", ("7443007",)) == "bar"


def test_a_level_without_a_list_is_told_nothing() -> None:
    assert says("airway_nasal", None) == "nothing"
    assert says("naloxone_intranasal", ("7443007",), None) == "nothing"


def test_a_drug_on_the_list_does_not_grant_a_route_of_it() -> None:
    assert says("naloxone_im_iv", (), ("7242",)) == "nothing"
    assert says("naloxone_im_iv", (), ("1191",)) == "bar"


def test_every_way_of_doing_it_grants_the_skill_and_one_way_does_not() -> None:
    assert says("airway_supraglottic", SUPRAGLOTTIC) == "allow"
    assert says("airway_supraglottic", SUPRAGLOTTIC[:3]) == "nothing"
    assert says("airway_supraglottic", ()) == "bar"


def test_a_skill_that_no_code_stands_for_is_left_alone() -> None:
    assert says("verbal_deescalation") == "nothing"


def test_a_skill_with_codes_in_both_lists_is_barred_only_when_both_are_there() -> None:
    assert says("oxygen_nasal_cannula", (), None) == "nothing"
    assert says("oxygen_nasal_cannula", (), ()) == "bar"
    assert says("oxygen_nasal_cannula", (), ("7806",)) == "nothing"
