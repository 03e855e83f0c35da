"""Candidates in columns: what the choice asks of every unit, as arrays, so that no object is made for each.

A fleet is much the same from call to call. What does not depend on the call (who is on a unit, what they may do) is a
`Roster`, made once and carried on as units change; `Candidates` are rows of it with the times and costs of one call.
A plain sequence of `Candidate` is as good everywhere, and becomes such columns by `in_columns`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar, overload

import msgspec
import numpy as np
import numpy.typing as npt

from sixpoint.dispatch.bitsets import bitset_words, words_for
from sixpoint.dispatch.choice import Candidate
from sixpoint.dispatch.desk import Bools, Floats, Ints, Words

MOST_HANDS = 1_000_000

Column = TypeVar("Column", bound=npt.NDArray[Any])


class Roster(NamedTuple):
    """Units with what their crews may do, one row each; the times and costs in `known` mean nothing."""

    words: int  # 64-bit words of a bitset over the skills
    known: tuple[Candidate, ...]
    row: Mapping[str, int]  # the first row of each unit id
    standing: Words  # [units, words]
    with_order: Words  # [units, words], includes standing
    transports: Bools  # [units]
    hands: Ints  # [units] from 0 to MOST_HANDS
    mutual_aid: Bools  # [units]
    rank: Ints  # [units] position of the unit id in the order of all ids
    is_first: Bools  # [units] False where an earlier row has the same unit id


def make_roster(known: Sequence[Candidate], words: int) -> Roster:
    """The units as rows, in this order; what the same id says again stays in its own row, and is not the first."""
    ids = [one.unit_id for one in known]
    row: dict[str, int] = {}
    for place, unit_id in enumerate(ids):
        row.setdefault(unit_id, place)
    is_first = np.ones(len(ids), np.bool_)
    if len(row) < len(ids):
        is_first[:] = [row[unit_id] == place for place, unit_id in enumerate(ids)]
    rank = np.empty(len(ids), np.int64)
    rank[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids))
    return Roster(words, tuple(known), row, *_columns(known, words), rank, is_first)


def with_changed(roster: Roster, changed: Mapping[int, Candidate]) -> Roster:
    """The roster with other crews in some of its rows; each row keeps its unit id. The first roster stays as it was."""
    if not changed:
        return roster
    known, rows = list(roster.known), list(changed)
    for row, one in changed.items():
        assert known[row].unit_id == one.unit_id, "a row keeps its unit"
        known[row] = one
    standing, with_order, transports, hands, mutual_aid = _columns(list(changed.values()), roster.words)
    return roster._replace(
        known=tuple(known),
        standing=with_rows(roster.standing, rows, standing),
        with_order=with_rows(roster.with_order, rows, with_order),
        transports=with_rows(roster.transports, rows, transports),
        hands=with_rows(roster.hands, rows, hands),
        mutual_aid=with_rows(roster.mutual_aid, rows, mutual_aid),
    )


def with_rows(column: Column, rows: Sequence[int], anew: npt.ArrayLike) -> Column:
    """A column with other values in some rows; the first stays as it was."""
    copy = column.copy()
    copy[rows] = anew
    return copy


def _columns(known: Sequence[Candidate], words: int) -> tuple[Words, Words, Bools, Ints, Bools]:
    standing = bitset_words([one.standing for one in known], words)
    return (
        standing,
        bitset_words([one.with_order for one in known], words) | standing,
        np.array([one.can_transport for one in known], np.bool_),
        # None for less than none, and never more than can be added up.
        np.array([min(max(one.hands, 0), MOST_HANDS) for one in known], np.int64),
        np.array([one.mutual_aid for one in known], np.bool_),
    )


class Candidates(Sequence[Candidate]):
    """Rows of a roster as one call sees them; read like a sequence of `Candidate`, each made when it is asked for.

    `eta_s` from alert to the patient, s; `cover_cost` what sending it costs the cover of other calls. A row that
    stands twice is the same unit named twice.
    """

    __slots__ = ("cover_cost", "eta_s", "roster", "rows")

    def __init__(self, roster: Roster, rows: Ints, eta_s: Floats, cover_cost: Floats | None = None) -> None:
        self.roster = roster
        self.rows = rows
        self.eta_s = eta_s
        self.cover_cost = np.zeros(len(rows)) if cover_cost is None else cover_cost

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, place: int) -> Candidate: ...
    @overload
    def __getitem__(self, place: slice) -> Candidates: ...
    def __getitem__(self, place: int | slice) -> Candidate | Candidates:
        if isinstance(place, slice):
            return Candidates(self.roster, self.rows[place], self.eta_s[place], self.cover_cost[place])
        known = self.roster.known[self.rows.item(place)]
        return msgspec.structs.replace(known, eta_s=self.eta_s.item(place), cover_cost=self.cover_cost.item(place))

    def __iter__(self) -> Iterator[Candidate]:
        return map(self.__getitem__, range(len(self)))

    @property
    def unit_ids(self) -> list[str]:
        """The unit ids in this order."""
        known = self.roster.known
        return [known[row].unit_id for row in self.rows.tolist()]

    def etas_s(self) -> dict[str, float]:
        """From alert to the patient by unit id, s; of the first where a unit is named twice."""
        found: dict[str, float] = {}
        for unit_id, eta_s in zip(self.unit_ids, self.eta_s.tolist(), strict=True):
            found.setdefault(unit_id, eta_s)
        return found

    def with_cover_cost(self, cost: Callable[[str], float]) -> Candidates:
        """The same units with what sending each costs the cover."""
        costs = np.array([cost(unit_id) for unit_id in self.unit_ids], np.float64)
        return Candidates(self.roster, self.rows, self.eta_s, costs)

    def without(self, unit_ids: Collection[str]) -> Candidates:
        """The same without these units."""
        stays = np.array([unit_id not in unit_ids for unit_id in self.unit_ids], np.bool_)
        return Candidates(self.roster, self.rows[stays], self.eta_s[stays], self.cover_cost[stays])

    def beside(self, others: Sequence[Candidate]) -> Candidates:
        """These and then others; rows of one roster stay rows of it, else a new roster holds all."""
        if isinstance(others, Candidates) and others.roster is self.roster:
            rows, eta_s, cover_cost = others.rows, others.eta_s, others.cover_cost
        else:
            found = [self._row_of(one) for one in others]
            if -1 in found:
                return _from_objects((*self, *others), self.roster.words)
            rows = np.array(found, np.int64)
            eta_s = np.array([one.eta_s for one in others], np.float64)
            cover_cost = np.array([one.cover_cost for one in others], np.float64)
        return Candidates(
            self.roster,
            np.concatenate((self.rows, rows)),
            np.concatenate((self.eta_s, eta_s)),
            np.concatenate((self.cover_cost, cover_cost)),
        )

    def _row_of(self, one: Candidate) -> int:
        """The row that says the same of the unit; -1 if there is none."""
        row = self.roster.row.get(one.unit_id, -1)
        if row < 0 or not _is_same_but_for_the_call(self.roster.known[row], one):
            return -1
        return row

    def repeats(self) -> Bools | None:
        """Which places name a unit that an earlier place names too; None if no place does."""
        rows, roster = self.rows, self.roster
        is_again = ~roster.is_first[rows]
        if not is_again.any() and np.bincount(rows).max(initial=0) < 2:
            return None
        first = np.array([roster.row[unit_id] for unit_id in self.unit_ids], np.int64)
        again = np.ones(len(rows), np.bool_)
        again[np.unique(first, return_index=True)[1]] = False
        return again


def _is_same_but_for_the_call(known: Candidate, one: Candidate) -> bool:
    return known == msgspec.structs.replace(one, eta_s=known.eta_s, cover_cost=known.cover_cost)


def in_columns(candidates: Sequence[Candidate], skill_index: Mapping[str, int]) -> Candidates:
    """The candidates in columns for these skills; columns that are so already stay what they are."""
    words = words_for(skill_index)
    if isinstance(candidates, Candidates) and candidates.roster.words == words:
        return candidates
    return _from_objects(candidates, words)


def _from_objects(candidates: Sequence[Candidate], words: int) -> Candidates:
    return Candidates(
        make_roster(candidates, words),
        np.arange(len(candidates)),
        np.array([one.eta_s for one in candidates], np.float64),
        np.array([one.cover_cost for one in candidates], np.float64),
    )
