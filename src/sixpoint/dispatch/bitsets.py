"""Sets of skills as bits: whole numbers of any length in Python, rows of 64-bit words for the kernels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sixpoint.dispatch.desk import Words


def words_for(skill_index: Mapping[str, int]) -> int:
    """How many 64-bit words a bitset over these skills takes."""
    return max(1, -(-(max(skill_index.values(), default=0) + 1) // 64))


def bits_of(skills: Sequence[str], skill_index: Mapping[str, int]) -> int:
    """The bitset of those of the skills that the index knows."""
    bits = 0
    for skill in skills:
        if skill in skill_index:
            bits |= 1 << skill_index[skill]
    return bits


def bitset_words(bitsets: Sequence[int], words: int) -> Words:
    """Bitsets as rows of 64-bit words, the lowest first; bits beyond the last word are dropped."""
    size = 8 * words
    try:
        packed = b"".join([bits.to_bytes(size, "little") for bits in bitsets])
    except OverflowError:
        mask = (1 << (64 * words)) - 1
        packed = b"".join([(bits & mask).to_bytes(size, "little") for bits in bitsets])
    return np.frombuffer(packed, dtype="<u8").reshape(len(bitsets), words).astype(np.uint64)
