"""`sixpoint levels`: what separates the levels, and how to get from one to the next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sixpoint.cli.output import DONE, FOUND, Command, json_option, print_json
from sixpoint.cli.scope_asking import instant

if TYPE_CHECKING:
    from sixpoint.scope.rulebook import Rulebook


def _rulebook(name: str) -> Rulebook:
    from sixpoint.scope.load import load_rulebook

    return load_rulebook(name)


def rulebook_options(command: Command) -> Command:
    """Adds `--rulebook` and `--on`."""
    command = click.option("--on", default=None, help="Date, or date and time with offset; default: now.")(command)
    told = "Bundled name or YAML file; several joined by '+'."
    return click.option("--rulebook", default="us-national", show_default=True, help=told)(command)


@click.group()
def levels() -> None:
    """The levels of training: what they may do, what they take, what separates them."""


@levels.command("list")
@rulebook_options
@json_option
def list_levels(rulebook: str, on: str | None, as_json: bool) -> int:
    """The levels of a ladder, lowest first."""
    from sixpoint.cli.learning import print_levels
    from sixpoint.scope.learn.compare import training_of
    from sixpoint.scope.learn.matrix import count_standing
    from sixpoint.scope.learn.training import load_titles

    book, at = _rulebook(rulebook), instant(on)
    counts = {level: count_standing(book, level, at) for level in book.levels}
    if as_json:
        for level in book.levels.values():
            facts = training_of(book).get(level.id)
            print_json({"level": level, "skills": counts[level.id], "training": facts, "rulebook": book.hash})
        titles = load_titles().get(book.ladder.id, {})
        for title in book.ladder.titles.values():
            print_json({"title": title, "training": titles.get(title.id), "rulebook": book.hash})
    else:
        print_levels(book, counts)
    return DONE


@levels.command()
@click.argument("first")
@click.argument("second")
@rulebook_options
@json_option
def compare(first: str, second: str, rulebook: str, on: str | None, as_json: bool) -> int:
    """What separates two levels: training, scope of practice, responsibilities; with sources."""
    from sixpoint.cli.learning import print_comparison
    from sixpoint.scope.learn.compare import compare as compare_levels

    book, at = _rulebook(rulebook), instant(on)
    comparison = compare_levels(book, first, second, at)
    if as_json:
        print_json({"comparison": comparison, "on": at.isoformat(), "rulebook": book.hash})
    else:
        print_comparison(book, comparison, at)
    return DONE


@levels.command()
@click.argument("start")
@click.argument("goal")
@rulebook_options
@json_option
def path(start: str, goal: str, rulebook: str, on: str | None, as_json: bool) -> int:
    """The way from one level to a higher one, step by step."""
    from sixpoint.cli.learning import print_path
    from sixpoint.scope.learn.path import find_path

    book, at = _rulebook(rulebook), instant(on)
    found = find_path(book, start, goal, at)
    if as_json:
        for step in found.steps:
            print_json({"step": step, "rulebook": book.hash})
        print_json({"hours_of_needed_steps": found.hours, "on": at.isoformat(), "rulebook": book.hash})
    else:
        print_path(book, found, at)
    return DONE


@levels.command()
@click.argument("skill_id", metavar="SKILL")
@click.option("--rulebook", "names", multiple=True, help="Only these; default: every bundled rulebook.")
@click.option("--on", default=None, help="Date, or date and time with offset; default: now.")
@json_option
def skill(skill_id: str, names: tuple[str, ...], on: str | None, as_json: bool) -> int:
    """Who may perform a skill, under which rule, from which source: in every bundled rulebook."""
    from sixpoint.cli.learning import print_skill
    from sixpoint.scope.learn.who import who_may
    from sixpoint.scope.load import bundled_layers

    answers = who_may(skill_id, names or bundled_layers(), instant(on))
    if as_json:
        for answer in answers:
            print_json(answer)
    else:
        print_skill(skill_id, answers)
    return DONE if any(answer.known for answer in answers) else FOUND


@levels.command()
@rulebook_options
@click.option("--beside", default=None, help="A second rulebook to show side by side.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The HTML file to write.")
@json_option
def matrix(rulebook: str, on: str | None, beside: str | None, out: Path, as_json: bool) -> int:
    """Writes the whole matrix, levels by skills, as one HTML page for screen, phone and paper."""
    from sixpoint.scope.learn.matrix import make_matrix
    from sixpoint.scope.learn.page import matrix_page

    at = instant(on)
    tables = [make_matrix(_rulebook(name), at) for name in (rulebook, beside) if name is not None]
    page = matrix_page(tables, at)
    try:
        out.write_text(page, "utf-8")
    except OSError as error:
        from sixpoint.errors import InputError

        raise InputError.one(str(out), f"cannot be written ({error.strerror})", "Name a file in a folder.") from None
    told = {"file": str(out), "bytes": len(page.encode()), "rulebooks": [table.rulebook for table in tables]}
    if as_json:
        print_json(told)
    else:
        click.echo(f"{out}: {told['bytes']} bytes, {' beside '.join(table.title for table in tables)}")
    return DONE
