"""A queue of items by (key, latest first), from which any item can be taken out: what happens next, who waits first.

Among equal times the event added last happens first, everywhere (JEMSS.md section 3): all same-time rules rest on it.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sixpoint.kernels import compiled

# An entry of a heap (the first has the least key, the latest order of equal keys): at most one entry an item, and
# `place[item]` says where it is, -1 where it is not. The last element of `place` is the number of entries.
ENTRY: Final = np.dtype([("key", "f8"), ("order", "i8"), ("item", "i8")], align=True)


@compiled(lean=True)
def _rise(heap: Any, places: Any, place: int, item: int, key: float, order: int) -> None:
    while place > 0:
        above = (place - 1) >> 1
        entry = heap[above]
        if entry.key < key or (entry.key == key and entry.order > order):
            break
        here = heap[place]
        here.key, here.order, here.item = entry.key, entry.order, entry.item
        places[entry.item] = place
        place = above
    here = heap[place]
    here.key, here.order, here.item = key, order, item
    places[item] = place


@compiled(lean=True)
def _sink(heap: Any, places: Any, place: int, item: int, key: float, order: int) -> None:
    size = places[len(places) - 1]
    while True:
        below = 2 * place + 1
        if below >= size:
            break
        entry = heap[below]
        if below + 1 < size:
            other = heap[below + 1]
            if other.key < entry.key or (other.key == entry.key and other.order > entry.order):
                entry = other
                below += 1
        if key < entry.key or (key == entry.key and order > entry.order):
            break
        here = heap[place]
        here.key, here.order, here.item = entry.key, entry.order, entry.item
        places[entry.item] = place
        place = below
    here = heap[place]
    here.key, here.order, here.item = key, order, item
    places[item] = place


@compiled(lean=True)
def add(heap: Any, places: Any, item: int, key: float, order: int) -> None:
    """Adds an item that is not in the heap."""
    size = places[len(places) - 1]
    places[len(places) - 1] = size + 1
    _rise(heap, places, size, item, key, order)


@compiled(lean=True)
def remove(heap: Any, places: Any, item: int) -> None:
    """Takes out an item if it is in the heap."""
    place = places[item]
    if place < 0:
        return
    last = places[len(places) - 1] - 1
    places[item], places[len(places) - 1] = -1, last
    if place == last:
        return
    moved = heap[last]
    item, key, order = moved.item, moved.key, moved.order
    above = heap[(place - 1) >> 1] if place > 0 else moved
    if place > 0 and not (above.key < key or (above.key == key and above.order > order)):
        _rise(heap, places, place, item, key, order)
    else:
        _sink(heap, places, place, item, key, order)


@compiled(lean=True)
def take_first(heap: Any, places: Any) -> int:
    """Takes out the first item; the heap must not be empty."""
    item = heap[0].item
    remove(heap, places, item)
    return int(item)
