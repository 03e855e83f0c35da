"""A TOML file is read into values; every fault is named at once, at its line."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from sixpoint.errors import InputError
from sixpoint.plan.written import Written, read_written, struct_of
from sixpoint.tables import Faults


class Wheel(msgspec.Struct, frozen=True):
    size_m: float
    spare: bool = False


class Cart(msgspec.Struct, frozen=True):
    name: str
    wheel: tuple[Wheel, ...] = ()
    prices: dict[str, float] = {}
    limit: float | None = None


TEXT = """# a cart
name = "one" # wheel = 3
prices = { day = 2.5, "night = x" = [
  1, # colour = 4
] }

[[wheel]]
size_m = 0.5

[[wheel]]
spare = true
"sizes" = 3
[prices2.deep]
limit = 'a = b'
"""


def test_keys_stand_at_their_lines_also_after_strings_comments_and_lists_over_lines() -> None:
    written = Written("cart.toml", TEXT)
    assert written.where("name") == "cart.toml:2"
    assert written.where("prices", "day") == "cart.toml:3"
    assert written.where("colour") == "cart.toml"
    assert written.where("wheel", 0, "size_m") == "cart.toml:8"
    assert written.where("wheel", 1, "size_m") == "cart.toml:10"  # not written: the row
    assert written.where("wheel", 1, "sizes") == "cart.toml:12"
    assert written.where("prices2", "deep", "limit") == "cart.toml:14"
    assert Written("scenario").where("wheel", 1, "size_m") == "wheel.2.size_m"


def test_every_fault_is_named_together() -> None:
    text = 'name = 3\ncolour = 1\n[[wheel]]\nsize_m = "x"\n[[wheel]]\n[[wheel]]\nsize_m = 1\nspoke = 2\n'
    text += '[prices]\nday = "a"'
    faults = Faults()
    assert struct_of(Cart, Written("c.toml", text), faults) is None
    assert [(one.where, one.what.split(":")[0]) for one in faults.found] == [
        ("c.toml:1", "'name'"), ("c.toml:2", "key 'colour' is not known"), ("c.toml:4", "'size_m'"),
        ("c.toml:5", "key 'size_m' is missing"), ("c.toml:8", "key 'spoke' is not known"), ("c.toml:10", "'day'"),
    ]  # fmt: skip
    assert all(one.remedy for one in faults.found)


def test_what_is_sound_is_kept_beside_what_is_not() -> None:
    faults = Faults()
    cart = struct_of(Cart, Written("c", 'name = "a"\n[[wheel]]\nsize_m = 1\n[[wheel]]\nsize_m = "x"'), faults)
    assert cart == Cart("a", (Wheel(1.0),)) and len(faults.found) == 1


def test_what_is_no_toml_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text('name = "a"\nwheel 3\n', "utf-8")
    with pytest.raises(InputError, match=r"c\.toml:2: is not TOML"):
        read_written(tmp_path / "c.toml")
    with pytest.raises(InputError, match="cannot be read"):
        read_written(tmp_path / "none.toml")
