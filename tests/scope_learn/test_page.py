"""The page of the matrix is whole, true to the rulebook, usable without scripts, and safe."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import pytest
from lxml import etree, html

from sixpoint.errors import InputError
from sixpoint.scope import load_rulebook
from sixpoint.scope.learn.matrix import Matrix, make_matrix
from sixpoint.scope.learn.page import APPROVAL, matrix_page

AT = datetime(2026, 5, 1, tzinfo=UTC)
NATIONAL = load_rulebook("us-national")
MONTANA = load_rulebook("montana")
ONE = make_matrix(NATIONAL, AT)
TWO = make_matrix(MONTANA, AT)


def page(matrices: Sequence[Matrix]) -> etree._Element:
    return html.fromstring(matrix_page(matrices, AT))


def rows(tree: etree._Element) -> dict[str, list[etree._Element]]:
    found = {}
    for row in tree.iter("tr"):
        name = row.find("th/code")
        if name is not None:
            found[str(name.text)] = list(row.iter("td"))
    return found


def test_every_skill_and_level_has_a_cell_with_its_answer_source_and_confidence() -> None:
    shown = rows(page([ONE, TWO]))
    assert set(shown) == {skill.id for skill in NATIONAL.skills}
    for skill_id, cells in shown.items():
        books = [(book, level) for book in (NATIONAL, MONTANA) for level in book.levels]
        assert len(cells) == len(books)
        for (book, level), cell in zip(books, cells, strict=True):
            verdict = book.can(level, skill_id, AT)
            answer = cell.get("data-answer")
            if answer == "conditional":
                assert not verdict.allowed and cell.findtext("span[@class='only']")
            else:
                assert answer == verdict.kind
            assert cell.find(".//abbr").get("title") == verdict.because[-1].confidence


def test_every_source_number_leads_to_its_source() -> None:
    tree = page([ONE])
    listed = {str(item.get("id")): item.text_content() for item in tree.iter("li") if item.get("id")}
    for skill_id, cells in rows(tree).items():
        for level, cell in zip(NATIONAL.levels, cells, strict=True):
            target = str(cell.find(".//a").get("href")).removeprefix("#")
            assert listed[target] == NATIONAL.can(level, skill_id, AT).because[-1].source


def test_the_answer_is_said_in_a_word_and_a_letter_not_by_colour_alone() -> None:
    letters = {"standing": ("Y", "yes"), "order": ("O", "order"), "conditional": ("C", "only if")}
    letters |= {"barred": ("N", "no"), "unknown": ("?", "not known")}
    for cells in rows(page([TWO])).values():
        for cell in cells:
            shown = (cell.findtext("span[@class='mark']"), cell.findtext("span[@class='word']"))
            assert shown == letters[str(cell.get("data-answer"))]


def test_heads_say_what_they_are_the_head_of() -> None:
    tree = page([ONE, TWO])
    for head in tree.iter("th"):
        assert head.get("scope") in ("col", "colgroup", "row", "rowgroup")
    widths = [int(head.get("colspan", "1")) for head in tree.iter("th") if head.get("scope") == "colgroup"]
    assert widths == [4, 4]
    assert tree.get("lang") == "en" and tree.find(".//title").text and tree.find(".//caption") is not None


def test_the_page_needs_nothing_but_itself() -> None:
    tree = page([ONE])
    assert not list(tree.iter("link", "img", "iframe", "object"))
    for element in tree.iter():
        assert element.get("src") is None
        assert (element.get("href") or "#").startswith("#")
    assert "@import" not in matrix_page([ONE], AT) and "url(" not in tree.findtext(".//style")


def test_without_scripts_the_table_is_there_and_the_filter_is_not() -> None:
    tree = page([ONE])
    form = tree.find(".//form")
    assert form.get("hidden") is not None
    assert not [row for row in tree.iter("tr") if row.get("hidden") is not None]
    for control in form.iter("input", "select"):
        assert control.getparent().tag == "label"


def test_it_says_once_that_a_medical_director_approves() -> None:
    assert matrix_page([ONE, TWO], AT).count(APPROVAL) == 1


def test_it_says_which_rulebook_as_of_when_and_where_it_is_partial() -> None:
    text = matrix_page([msgspec.structs.replace(ONE, partial=("Half a state",))], AT)
    assert NATIONAL.hash in text and "2026-05-01" in text
    assert "Tells only a part of what its authority rules: Half a state" in text


def test_names_cannot_break_out_of_the_page() -> None:
    text = matrix_page([msgspec.structs.replace(ONE, title="<script>alert(1)</script>&\"'")], AT)
    assert "<script>alert" not in text


def test_rulebooks_of_other_ladders_are_not_set_side_by_side() -> None:
    other = msgspec.structs.replace(TWO, levels=TWO.levels[1:])
    with pytest.raises(InputError, match="their ladders have other levels"):
        matrix_page([ONE, other], AT)


def test_the_same_rulebook_is_the_same_page() -> None:
    assert matrix_page([ONE], AT) == matrix_page([make_matrix(NATIONAL, AT)], AT)
