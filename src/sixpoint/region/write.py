"""Writes a region's folder: the same draft gives the same bytes, and a folder is there whole or not at all."""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from sixpoint.errors import InputError
from sixpoint.region.format import MANIFEST, TABLES
from sixpoint.region.rows import table_rows
from sixpoint.tables import Faults, decode_text, read_bytes

Cells = Mapping[str, str]
Setting = str | bool | int | float | Sequence[str]


class Draft(msgspec.Struct, frozen=True):
    """A region as it will be written: the settings of region.toml and, by table, the cells of each row."""

    settings: Mapping[str, Setting]
    tables: Mapping[str, Sequence[Cells]]


def write_draft(draft: Draft, folder: Path, *, packed: frozenset[str] = frozenset()) -> None:
    """Writes the draft into an existing empty folder; tables named in `packed` as .csv.gz."""
    (folder / MANIFEST).write_text(manifest_text(draft.settings), "utf-8", newline="\n")
    for table, description in TABLES.items():
        if not description.needed and not draft.tables.get(table):
            continue
        path = folder / description.file
        path.parent.mkdir(exist_ok=True)
        data = table_text(table, draft.tables.get(table, ())).encode()
        if table in packed:
            # No time and no name in the header: the same rows give the same bytes.
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(data, mtime=0))
        else:
            path.write_bytes(data)


def read_draft(folder: Path) -> Draft:
    """The cells of a folder as they stand, for tools that change one thing; checked only as tables."""
    faults = Faults()
    settings = _settings(decode_text(MANIFEST, read_bytes(folder / MANIFEST, MANIFEST)))
    tables = {
        table: [
            {column: row.raw(column) for column in (*description.columns, *description.optional) if row.raw(column)}
            for row in table_rows(folder, table, faults)
        ]
        for table, description in TABLES.items()
    }
    faults.raise_any()
    return Draft(settings, tables)


def _settings(text: str) -> dict[str, Setting]:
    return tomllib.loads(text)


def manifest_text(settings: Mapping[str, Setting]) -> str:
    """region.toml; a list has one item a line."""
    return "".join(f"{key} = {_toml(value)}\n" for key, value in settings.items())


def _toml(value: Setting) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # A JSON string is a TOML basic string.
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int | float):
        return repr(value)
    if not value:
        return "[]"
    return "[\n" + "".join(f"  {_toml(item)},\n" for item in value) + "]"


def table_text(table: str, rows: Sequence[Cells]) -> str:
    """One table as CSV; optional columns are written only if some row fills them."""
    description = TABLES[table]
    used = [column for column in description.optional if any(row.get(column) for row in rows)]
    columns = (*description.columns, *used)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        assert set(row) <= {*description.columns, *description.optional}, f"{table}: {sorted(row)}"
        writer.writerow([row.get(column, "") for column in columns])
    return text.getvalue()


@contextmanager
def new_folder(target: Path, *, replace: bool = False) -> Iterator[Path]:
    """A folder beside `target` that takes its name when the block ends well, and vanishes if it does not.

    Raises `InputError` if `target` is there already and `replace` is not asked for; what is replaced stays whole
    until its successor is.
    """
    if target.exists() and not replace:
        raise InputError.one(str(target), "it is there already", "Name another folder, or say --replace.")
    if target.exists() and not (target / MANIFEST).exists():
        raise InputError.one(
            str(target), "it is not a region's folder, so it is not replaced", "Name another folder, or remove it."
        )
    made = [parent for parent in target.parents if not parent.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise InputError.one(str(target), f"cannot be made ({error.strerror})", "Name another folder.") from None
    try:
        yield staging
        staging.chmod(0o755)
        if target.exists():
            former = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
            target.rename(former / target.name)
            try:
                staging.rename(target)
            except OSError:
                (former / target.name).rename(target)
                raise
            finally:
                shutil.rmtree(former, ignore_errors=True)
        else:
            staging.rename(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if not target.exists():
            _remove_empty(made)


def _remove_empty(folders: Sequence[Path]) -> None:
    """Takes away folders made on the way to a target that did not come about, innermost first."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()
