"""The matrix as one HTML page: for a screen, a phone and paper; whole without scripts; every answer with its source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from importlib.resources import files
from itertools import groupby
from typing import Final

from sixpoint.errors import InputError
from sixpoint.scope.learn.cells import Cell
from sixpoint.scope.learn.matrix import Matrix
from sixpoint.scope.skills import Skill

APPROVAL: Final = "A medical director must approve a rulebook before it guides care."
# answer -> (letter, word, what it means)
ANSWERS: Final = {
    "standing": ("Y", "yes", "may do it without asking"),
    "order": ("O", "order", "may do it with an order from medical control"),
    "conditional": ("C", "only if", "may do it under the condition in the cell"),
    "barred": ("N", "no", "may not"),
    "unknown": ("?", "not known", "the rulebook does not say"),
}
SURE: Final = {"verified_in_text": "v", "inferred": "i", "recalled": "r", "judgement": "j"}


class _Sources:
    """Numbers the sources as they come up."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def number(self, source: str) -> int:
        """The number of the source."""
        return self.numbers.setdefault(source, len(self.numbers) + 1)


def matrix_page(matrices: Sequence[Matrix], at: datetime) -> str:
    """One matrix, or two side by side, as a page that needs nothing else; `at` is the instant it answers for.

    Two matrices must be of the same ladder and catalogue, else `InputError`.
    """
    first = matrices[0]
    for other in matrices[1:]:
        if [level.id for level in other.levels] != [level.id for level in first.levels]:
            raise InputError.one(
                f"{first.rulebook} beside {other.rulebook}",
                "their ladders have other levels",
                "Set rulebooks of one ladder side by side.",
            )
    sources = _Sources()
    body = "\n".join(_bodies(matrices, sources))
    title = " beside ".join(one.title for one in matrices)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Who may do what: {escape(title)}</title>
<style>
{_file("matrix.css")}</style>
</head>
<body>
<header>
<h1>Who may do what: {escape(title)}</h1>
{"".join(_about(one, at) for one in matrices)}<p class="approval">{APPROVAL}</p>
<ul class="legend" aria-label="What the marks mean">{_legend()}</ul>
<p>The number behind an answer is its source, listed at the end; the letter says how sure it is: <b>v</b> read in the
text, <b>i</b> inferred from it, <b>r</b> recalled, <b>j</b> a judgement of ours.</p>
</header>
{_form(matrices)}
<main>
<table role="table" style="--levels: {len(first.levels)}">
<caption>{len(first.rows)} skills by level of training, lowest level first.</caption>
<thead role="rowgroup">
{_head(matrices)}</thead>
{body}
</table>
<h2 id="sources">Sources</h2>
<ol class="sources">
{"".join(f'<li id="s{number}">{escape(source)}</li>{chr(10)}' for source, number in sources.numbers.items())}</ol>
</main>
<script>
{_file("matrix.js")}</script>
</body>
</html>
"""


def _file(name: str) -> str:
    return (files("sixpoint.scope") / "data" / "page" / name).read_text("utf-8")


def _about(one: Matrix, at: datetime) -> str:
    partial = (
        f" Tells only a part of what its authority rules: {escape(', '.join(one.partial))}." if one.partial else ""
    )
    return (
        f"<p>{escape(one.title)} (<code>{escape(one.rulebook)}</code>) as in force on {at.date().isoformat()}, "
        f"<code>{escape(one.hash)}</code>.{partial}</p>\n"
    )


def _legend() -> str:
    return "".join(
        f'<li class="{answer}"><span class="mark" aria-hidden="true">{letter}</span> {word}: {meaning}</li>'
        for answer, (letter, word, meaning) in ANSWERS.items()
    )


def _form(matrices: Sequence[Matrix]) -> str:
    first = matrices[0]
    categories = "".join(
        f'<option value="{escape(category)}">{_category(category)}</option>'
        for category in dict.fromkeys(skill.category for skill, _ in first.rows)
    )
    picks = ['<option value="">all</option>', '<option value="levels-differ">where levels differ</option>']
    if len(matrices) > 1:
        picks.append('<option value="books-differ">where the rulebooks differ</option>')
    columns = [(one, level) for one in matrices for level in one.levels]
    for column, (one, level) in enumerate(columns):
        of = f" ({one.title})" if len(matrices) > 1 else ""
        for answer, told in (("may", "may, if only so"), ("barred", "may not"), ("unknown", "not known")):
            picks.append(f'<option value="{column}:{answer}">{escape(f"{level.id}{of}: {told}")}</option>')
    return f"""<form class="screen" hidden data-levels="{len(first.levels)}" aria-label="Filter the skills">
<label>Words <input name="words" type="search" autocomplete="off"></label>
<label>Category <select name="category"><option value="">all</option>{categories}</select></label>
<label>Answers <select name="answer">{"".join(picks)}</select></label>
<button type="reset">Show all</button>
<output aria-live="polite"></output>
</form>"""


def _head(matrices: Sequence[Matrix]) -> str:
    books = ""
    span = ""
    if len(matrices) > 1:
        span = ' rowspan="2"'
        books = "".join(
            f'<th scope="colgroup" role="columnheader" colspan="{len(one.levels)}">{escape(one.title)}</th>'
            for one in matrices
        )
    levels = "".join(
        f'<th scope="col" role="columnheader"{" class=again" if at else ""}>'
        f'<abbr title="{escape(level.name)}">{escape(level.id)}</abbr></th>'
        for at, one in enumerate(matrices)
        for level in one.levels
    )
    corner = f'<th scope="col" role="columnheader" class="corner"{span}>Skill</th>'
    if books:
        return f'<tr role="row" class="books">{corner}{books}</tr>\n<tr role="row">{levels}</tr>\n'
    return f'<tr role="row">{corner}{levels}</tr>\n'


def _bodies(matrices: Sequence[Matrix], sources: _Sources) -> Iterator[str]:
    """One table body for each category, in the order of the catalogue (categories taken together)."""
    cells = {skill.id: [cell for one in matrices for cell in _row(one, skill)] for skill, _ in matrices[0].rows}
    # On a phone each cell names its rulebook, so briefly: the id of its highest layer.
    books = [one.rulebook.split("+")[-1] for one in matrices for _ in one.levels] if len(matrices) > 1 else []
    ordered = sorted(matrices[0].rows, key=lambda row: row[0].category)
    width = 1 + sum(len(one.levels) for one in matrices)
    for category, rows in groupby(ordered, key=lambda row: row[0].category):
        yield f'<tbody role="rowgroup" id="{escape(category)}">'
        heading = f'<th scope="rowgroup" role="rowheader" colspan="{width}">{_category(category)}</th>'
        yield f'<tr role="row" class="category">{heading}</tr>'
        for skill, _ in rows:
            name = f'<th scope="row" role="rowheader">{escape(skill.name)} <code>{escape(skill.id)}</code></th>'
            shown = (_cell(cell, books[at] if books else "", sources) for at, cell in enumerate(cells[skill.id]))
            yield f'<tr role="row">{name}{"".join(shown)}</tr>'
        yield "</tbody>"


def _row(one: Matrix, skill: Skill) -> Sequence[Cell]:
    return next(cells for held, cells in one.rows if held.id == skill.id)


def _cell(cell: Cell, book: str, sources: _Sources) -> str:
    answer = "conditional" if cell.condition and cell.verdict != "order" else cell.verdict
    letter, word, _ = ANSWERS[answer]
    reason = cell.deciding
    only = f'<span class="only">{escape(cell.condition)}</span>' if answer == "conditional" else ""
    of = f' data-book="{escape(book)}"' if book else ""
    number = sources.number(reason.source)
    return (
        f'<td role="cell" class="{answer}" data-answer="{answer}"{of} title="{escape(reason.text)}">'
        f'<span class="mark" aria-hidden="true">{letter}</span><span class="word">{word}</span>{only} '
        f'<span class="source"><a href="#s{number}" aria-label="source {number}">{number}</a> '
        f'<abbr title="{escape(reason.confidence)}">{SURE[reason.confidence]}</abbr></span></td>'
    )


def _category(category: str) -> str:
    return escape(category.replace("_", " ").capitalize())
