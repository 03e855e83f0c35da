"""Events as one Parquet table, whatever they come from: columns of the log, columns read from payloads, payloads."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from sixpoint.errors import InputError

if TYPE_CHECKING:
    import polars as pl

# Rows that are in memory at a time: some tens of megabytes.
CHUNK_ROWS: Final = 50_000
# Bound to the file, so that a reader in ten years knows what it holds.
FORMAT: Final = {"sixpoint.events": "1"}


class Row(NamedTuple):
    """One event: its place in the order (from 1), ms since 1970 UTC, its name, and its bytes (JSON)."""

    position: int
    at_ms: int
    kind: str
    payload: bytes


def write_table(
    path: Path, rows: Iterable[Row], columns: type[msgspec.Struct], read: Callable[[bytes], msgspec.Struct]
) -> int:
    """Writes the rows as Parquet, whole or not at all, and returns how many they are; needs polars (extra `plan`).

    Columns: position, at_ms, kind, then the fields of `columns` as `read` finds them in a payload (text, or null),
    then the payload itself as text. The file must not be there yet. Memory does not grow with the number of rows.
    """
    import polars as pl

    if path.exists():
        raise InputError.one(str(path), "is there already", "Name a file that is not there yet.")
    if not path.parent.is_dir():
        raise InputError.one(str(path.parent), "is no folder", "Make it first.")
    writing = _Writing(rows, columns, read)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as made:
        part = Path(made) / path.name
        frame = pl.io.plugins.register_io_source(writing.frames, schema=writing.schema(pl))
        frame.sink_parquet(part, metadata=dict(FORMAT))
        if writing.broken is not None:
            raise writing.broken
        part.replace(path)
    return writing.count


class _Writing:
    """Rows on their way into the file, as frames of some thousand."""

    def __init__(
        self, rows: Iterable[Row], columns: type[msgspec.Struct], read: Callable[[bytes], msgspec.Struct]
    ) -> None:
        self._rows = iter(rows)
        self._names = columns.__struct_fields__
        self._read = read
        self.count = 0
        self.broken: BaseException | None = None

    def schema(self, pl: Any) -> dict[str, Any]:
        """Names and types of the columns; a position or an instant is never null."""
        whole = {"position": pl.Int64, "at_ms": pl.Int64, "kind": pl.String}
        return {**whole, **dict.fromkeys(self._names, pl.String), "payload": pl.String}

    def frames(
        self, with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        """What polars asks of a source; the whole is written, so it asks for all columns and all rows."""
        import polars as pl

        assert predicate is None and n_rows is None
        schema = self.schema(pl)
        try:
            while chunk := list(islice(self._rows, CHUNK_ROWS)):
                self.count += len(chunk)
                frame = pl.DataFrame([self._values(row) for row in chunk], schema=schema, orient="row")
                yield frame.select(with_columns) if with_columns else frame
        except Exception as error:
            # Polars would wrap it in an error of its own; the caller is told what really happened.
            self.broken = error

    def _values(self, row: Row) -> tuple[Any, ...]:
        said = self._read(row.payload)
        named = tuple(getattr(said, name) for name in self._names)
        return (row.position, row.at_ms, row.kind, *named, row.payload.decode("utf-8", errors="replace"))
