"""The nearest open facility that treats the condition; each exception is a stated outcome."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sixpoint.dispatch import FacilityOption, PassedFacility, Policy, choose_destination, treats

POLICY = Policy(bypass_limit_s=600)


def facility(name: str, travel_s: float, *can: str, closed: bool = False) -> FacilityOption:
    return FacilityOption(name, frozenset(can), not closed, travel_s)


def test_the_nearest_facility_is_passed_for_one_that_treats_the_condition() -> None:
    found = choose_destination("stroke", [facility("NEAR", 100), facility("FAR", 500, "stroke")], POLICY)
    assert (found.facility_id, found.override, found.capable) == ("FAR", False, True)
    assert [(item.facility_id, item.because) for item in found.passed_over] == [("NEAR", ("does not treat stroke",))]


def test_beyond_the_bypass_limit_the_patient_goes_to_the_nearest() -> None:
    found = choose_destination("stroke", [facility("NEAR", 100), facility("FAR", 701, "stroke")], POLICY)
    assert (found.facility_id, found.capable) == ("NEAR", False)
    assert "beyond the by-pass limit of 10:00 min" in found.because[1]


def test_a_facility_on_diversion_is_passed() -> None:
    found = choose_destination("any", [facility("SHUT", 100, closed=True), facility("OPEN", 900)], POLICY)
    assert (found.facility_id, found.passed_over[0].because) == ("OPEN", ("closed or on diversion",))


def test_with_every_facility_on_diversion_the_nearest_takes_the_patient_and_the_override_is_noted() -> None:
    shut = [facility("B", 100, "stroke", closed=True), facility("A", 90, "stroke", closed=True)]
    for wanted in ("any", "stroke"):
        found = choose_destination(wanted, shut, POLICY)
        assert (found.facility_id, found.override) == ("A", True)
        assert any(because.startswith("every facility is closed or on diversion") for because in found.because)


def clinic(name: str, travel_s: float, *can: str, closed: bool = False) -> FacilityOption:
    return replace(facility(name, travel_s, *can, closed=closed), emergency=False)


def test_nobody_is_taken_to_a_clinic_while_a_hospital_is_known_however_near_it_is() -> None:
    for wanted in ("any", "stroke"):
        for closed in (False, True):  # open, or closed: the hospital is asked first
            options = [clinic("NEAR", 10, "stroke"), facility("FAR", 900, closed=closed), clinic("LATER", 901)]
            found = choose_destination(wanted, options, POLICY)
            assert (found.facility_id, found.override) == ("FAR", closed)
            assert found.passed_over[0] == PassedFacility("NEAR", ("has no emergency department",))
            assert [one.facility_id for one in found.passed_over] == ["NEAR"]


def test_a_clinic_that_alone_is_near_is_named_and_what_it_lacks_is_said() -> None:
    found = choose_destination("any", [clinic("B", 90), clinic("A", 90)], POLICY)
    assert found.facility_id == "A" and "no facility that is known has an emergency department" in found.because
    lost = choose_destination("any", [clinic("A", 90), facility("H", math.inf)], POLICY)
    assert lost.facility_id is None and [one.facility_id for one in lost.passed_over] == ["A", "H"]


def test_diversion_of_the_only_facility_that_treats_is_overridden_only_where_policy_says_so() -> None:
    options = [facility("NEAR", 100), facility("STROKE", 200, "stroke", closed=True)]
    assert choose_destination("stroke", options, POLICY).facility_id == "NEAR"
    found = choose_destination("stroke", options, Policy(override_diversion_for=("stroke",)))
    assert (found.facility_id, found.override) == ("STROKE", True)


def test_no_facility_is_an_outcome_with_a_reason() -> None:
    assert choose_destination("any", [], POLICY).because == ("no facility is known",)
    for lost, said in ((math.inf, "no road leads there"), (math.nan, "is not known"), (-1.0, "less than nothing")):
        found = choose_destination("any", [facility("A", lost)], POLICY)
        assert (found.facility_id, found.because) == (None, ("no facility has a travel time that can be counted",))
        assert [item.facility_id for item in found.passed_over] == ["A"] and said in found.passed_over[0].because[0]


def test_a_trauma_level_is_met_by_the_same_or_a_higher_level() -> None:
    assert treats(frozenset({"trauma_1"}), "trauma_2") and treats(frozenset({"trauma_4"}), "trauma")
    assert not treats(frozenset({"trauma_3"}), "trauma_2") and not treats(frozenset({"trauma"}), "trauma_2")


words = st.sampled_from(["stroke", "stemi", "trauma_2"])
options = st.lists(
    st.builds(
        FacilityOption,
        facility_id=st.text("AB", min_size=1, max_size=3),
        capabilities=st.frozensets(words),
        open=st.booleans(),
        travel_s=st.floats(allow_nan=True),
    ),
    max_size=6,
)


@given(options, st.sampled_from(["any", "stroke", "stemi", "trauma"]))
@settings(max_examples=200)
def test_no_open_facility_that_treats_within_the_limit_is_nearer_than_the_chosen_one(
    facilities: list[FacilityOption], wanted: str
) -> None:
    found = choose_destination(wanted, facilities, POLICY)
    usable = [f for f in facilities if f.open and 0 <= f.travel_s <= 30 * 86_400]
    if not usable:
        return
    least = min(f.travel_s for f in usable)
    good = [f.travel_s for f in usable if treats(f.capabilities, wanted) and f.travel_s - least <= 600]
    assert not found.override
    assert found.travel_s == (min(good) if good else least)
