"""`sixpoint scope from-nemsis` and `to-nemsis`: code lists of a state or an agency as an overlay, and back."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sixpoint.cli.output import DONE, json_option, print_json
from sixpoint.cli.scope_asking import instant
from sixpoint.errors import InputError

if TYPE_CHECKING:
    from sixpoint.scope.nemsis.lists import CodeLists, DataSet
    from sixpoint.scope.nemsis.overlay import Reading


@click.command("from-nemsis")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The overlay to write.")
@click.option("--state", default=None, help="ANSI code of the state, where an agency has configurations for several.")
@click.option("--agency", default=None, help="Number of the agency (dAgency.02), where the file holds several.")
@click.option("--on-top-of", "base", default="us-national", show_default=True, help="The rulebook the overlay lies on.")
@click.option("--id", "layer_id", default=None, help="Id of the overlay; default: made from the state or agency.")
@click.option("--from", "starts", default=None, help="In force from; default: what the file says.")
@json_option
def from_nemsis(
    file: Path,
    out: Path,
    state: str | None,
    agency: str | None,
    base: str,
    layer_id: str | None,
    starts: str | None,
    as_json: bool,
) -> int:
    """Makes an overlay of a NEMSIS DEMDataSet or StateDataSet; every level and every code is kept."""
    from sixpoint.scope import load_rulebook
    from sixpoint.scope.nemsis import overlay
    from sixpoint.scope.nemsis.read import read_code_lists

    lists = read_code_lists(file, state, agency)
    begins = starts or overlay.starts_at(lists)
    if begins is None:
        raise InputError.one(file.name, "the file does not say from when it holds", "Say so: --from 2026-01-01.")
    rulebook = load_rulebook(base)
    reading = overlay.read_into(rulebook, lists, instant(begins))
    name = layer_id or overlay.default_id(lists)
    text = overlay.layer_text(reading, rulebook.ladder.id, _lies_on(base, out), begins, name, f"file {file.name}")
    # Written beside and read back first, so that a file that would be refused never takes the name.
    draft = out.with_name(f".{out.stem}.draft.yaml")
    _write(draft, text.encode())
    try:
        load_rulebook(str(draft))
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
    if as_json:
        print_json(_summary(reading, name, out))
    else:
        _print_reading(reading, name, out)
    return DONE


@click.command("to-nemsis")
@click.argument("rulebooks", metavar="RULEBOOK", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=None, help="File; default: the screen.")
@click.option("--data-set", type=click.Choice(["state", "agency"]), default=None, help="Default: by the highest layer.")
@click.option("--set", "given", multiple=True, metavar="ELEMENT=VALUE", help="A further element; may be repeated.")
@click.option("--at", default=None, help="When the file is written: date, time and offset; default: now.")
@click.option("--on", default=None, help="The rules of which instant; default: now.")
@json_option
def to_nemsis(
    rulebooks: tuple[str, ...],
    out: Path | None,
    data_set: str | None,
    given: tuple[str, ...],
    at: str | None,
    on: str | None,
    as_json: bool,
) -> int:
    """Writes the code lists of a rulebook as NEMSIS v3.5.1 XML.

    An overlay made of a NEMSIS file gives back what the file said; for any other rulebook the lists are made from its
    verdicts. Several overlays of one agency, one for each state, become one file.
    """
    from sixpoint.scope.nemsis.write import write_xml

    stamped = _stamp(at)
    lists = [_lists(name, data_set, given, instant(on), as_json) for name in rulebooks]
    xml = write_xml(_joined(lists, rulebooks), _given(given), stamped, " ".join(rulebooks))
    if out is None and as_json:
        print_json({"xml": xml.decode(), "data_set": lists[0].data_set})
    elif out is None:
        click.echo(xml.decode(), nl=False)
    else:
        _write(out, xml)
        if as_json:
            print_json({"file": str(out), "bytes": len(xml), "data_set": lists[0].data_set})
        else:
            click.echo(f"{out}: {lists[0].data_set}, {len(xml)} bytes")
    return DONE


def _lies_on(base: str, out: Path) -> list[str]:
    """The names of the layers beneath as the overlay writes them: files by their way from the overlay's folder."""
    names = [name.strip() for name in base.split("+")]
    return [os.path.relpath(name, out.parent) if name.endswith((".yaml", ".yml")) else name for name in names]


def _lists(name: str, data_set: str | None, given: Sequence[str], at: datetime, quiet: bool) -> CodeLists:
    from sixpoint.scope import load_rulebook
    from sixpoint.scope.nemsis.generate import generate_lists
    from sixpoint.scope.nemsis.overlay import check_unchanged, lists_of

    rulebook = load_rulebook(name)
    layer = rulebook.layers[-1]
    kept = lists_of(layer)
    if kept is not None:
        begins = layer.span.starts
        check_unchanged(rulebook, layer, kept, begins if begins is not None else at)
        return kept
    by_rank: DataSet = "DEMDataSet" if layer.rank in ("agency", "medical_director") else "StateDataSet"
    wanted: DataSet = by_rank if data_set is None else "StateDataSet" if data_set == "state" else "DEMDataSet"
    values = _given(given)
    element = "sState.01" if wanted == "StateDataSet" else "dConfiguration.01"
    state = values.get(element, ("",))[0]
    if not state:
        remedy = f"Give its ANSI code: --set {element}=30."
        raise InputError.one(name, f"the rulebook does not say which state {element} is", remedy)
    made = generate_lists(rulebook, at, wanted, state)
    if not quiet:
        click.echo(
            f"{name}: made from verdicts; NEMSIS lists cannot say the conditions of {len(made.conditional)} answers, "
            f"and have no code for {len(made.without_code)} skills.",
            err=True,
        )
    return made.lists


def _joined(lists: Sequence[CodeLists], names: Sequence[str]) -> CodeLists:
    from sixpoint.scope.nemsis.lists import CodeLists

    first = lists[0]
    if len(lists) == 1:
        return first
    where = " ".join(names)
    if any(one.data_set != "DEMDataSet" or one.agency != first.agency for one in lists):
        raise InputError.one(where, "they are not overlays of one agency", "Write one file for each.")
    configurations = {one.state: one for held in lists for one in held.configurations}
    return CodeLists(
        first.data_set, first.state, tuple(configurations.values()), first.agency, first.stamped_at, first.effective_at
    )


def _given(words: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    values: dict[str, tuple[str, ...]] = {}
    for word in words:
        element, sign, value = word.partition("=")
        if not (element and sign and value):
            raise InputError.one("--set", f"'{word}' is not ELEMENT=VALUE", "Write it like dAgency.01=C034.")
        values[element] = (*values.get(element, ()), value)
    return values


def _stamp(at: str | None) -> str:
    if at is not None:
        return at
    # NEMSIS wants an offset and no Z, and whole seconds are enough.
    return datetime.now(UTC).replace(microsecond=0).isoformat()


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise InputError.one(str(path), f"cannot be written ({error.strerror})", "Name a file in a folder.") from None


def _summary(reading: Reading, name: str, out: Path) -> dict[str, object]:
    return {
        "overlay": name,
        "file": str(out),
        "state": reading.lists.state,
        "allowed": sum(one.said.verb == "allow" for one in reading.rules),
        "barred": sum(one.said.verb == "bar" for one in reading.rules),
        "kept_beneath": reading.kept_beneath,
        "codes_without_a_skill": reading.codes_aside,
        "levels_off_the_ladder": reading.levels_aside,
        "levels_without_a_list": reading.levels_absent,
    }


def _print_reading(reading: Reading, name: str, out: Path) -> None:
    from sixpoint.scope.nemsis.crosswalk import permission_levels

    told = _summary(reading, name, out)
    click.echo(f"{out}: overlay {name}, state {reading.lists.state}")
    click.echo(f"  {told['allowed']} answers allowed, {told['barred']} barred by the code lists")
    click.echo(f"  {len(reading.kept_beneath)} permitted there and beneath already: the conditions beneath stay")
    unlisted = [one.code for one in reading.codes_aside if not one.listed]
    click.echo(f"  {len(reading.codes_aside)} codes answer to no skill and are kept as they are")
    if unlisted:
        click.echo(f"  of these the crosswalk has never seen: {', '.join(unlisted)}")
    off = [f"{permission_levels()[code].name} ({code})" for code in reading.levels_aside]
    if off:
        click.echo(f"  kept, but with no place on the ladder: {', '.join(off)}")
    if reading.levels_absent:
        click.echo(f"  the file has no list for {', '.join(reading.levels_absent)}: the rules beneath stay")
    click.echo("  A medical director must approve a rulebook before it guides care.")
