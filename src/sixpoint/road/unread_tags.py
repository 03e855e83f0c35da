"""Tags of ways that say nothing that can be read: counted by kind, so that a map's maker hears of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from sixpoint.road.road_classes import says_no_direction, says_no_speed

SPEED_KEYS: Final = ("maxspeed", "maxspeed:forward", "maxspeed:backward")
SHOWN: Final = 3


class UnreadTags:
    """Collects, way by way, the speeds and directions that cannot be read."""

    def __init__(self) -> None:
        self._speeds: Counter[str] = Counter()
        self._directions: Counter[str] = Counter()

    def see(self, tags: Mapping[str, str]) -> None:
        """Looks over the tags of a way that is kept; a way counts once for speed and once for direction."""
        speed = next((tags[key] for key in SPEED_KEYS if says_no_speed(tags.get(key, ""))), None)
        if speed is not None:
            self._speeds[speed] += 1
        if says_no_direction(tags.get("oneway", "")):
            self._directions[tags["oneway"]] += 1

    def notes(self) -> list[str]:
        """What could not be read and what was taken in its place, one sentence a kind; empty if all was read."""
        found = []
        for what, taken, seen in (
            ("a posted speed", "the speed of their class is taken", self._speeds),
            ("one-way", "they are taken as not signed, both ways save where the class implies one", self._directions),
        ):
            if seen:
                told = ", ".join(f"{count} '{word}'" for word, count in seen.most_common(SHOWN))
                more = ", ..." if len(seen) > SHOWN else ""
                found.append(f"{seen.total()} ways: {what} that cannot be read ({told}{more}): {taken}.")
        return found
