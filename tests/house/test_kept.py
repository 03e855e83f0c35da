"""What is kept for an object is worked out once, belongs to that object alone, and is let go in the end."""

from __future__ import annotations

from sixpoint.kept import kept


def test_it_is_worked_out_once_for_each_object_and_equal_objects_are_not_mixed_up() -> None:
    asked: list[tuple[int, ...]] = []

    def total(numbers: tuple[int, ...]) -> int:
        asked.append(numbers)
        return sum(numbers)

    look = kept(total, most=10)
    one, other = (tuple(numbers) for numbers in ([1, 2], [1, 2]))
    assert [look(one), look(one), look(other)] == [3, 3, 3]
    assert len(asked) == 2 and asked[0] is one and asked[1] is other


def test_an_object_made_in_the_place_of_one_that_is_gone_is_not_taken_for_it() -> None:
    look = kept(sum, most=1_000)
    assert [look((number, 1)) for number in range(500)] == [number + 1 for number in range(500)]


def test_it_never_holds_more_than_it_may() -> None:
    asked = []
    look = kept(lambda numbers: asked.append(numbers) or len(numbers), most=2)
    held = [(number,) for number in range(3)]
    for one in (*held, held[0]):
        look(one)
    assert len(asked) == 4, "the third made room by forgetting the first"
