"""All pathways in force together: by name, by call type, by skill, and the hash that says which they were."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import cached_property

from sixpoint.care.pathway import Pathway


class Pathways(Mapping[str, Pathway]):
    """The pathways by id; never changed once made."""

    def __init__(self, found: Mapping[str, Pathway]) -> None:
        self._found = dict(found)
        self._naming: dict[tuple[str, str], tuple[Pathway, ...]] = {}

    def __getitem__(self, pathway_id: str) -> Pathway:
        return self._found[pathway_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    @cached_property
    def hash(self) -> str:
        """ "sha256:..." of the names and contents of all, in any order; where their files lie does not count."""
        told = "\n".join(f"{name} {self._found[name].hash}" for name in sorted(self._found))
        return f"sha256:{hashlib.sha256(told.encode()).hexdigest()}"

    def for_call(self, code: str) -> tuple[Pathway, ...]:
        """The pathways to open for a call type: those that name it, and the general one, which is for every patient."""
        found = tuple(pathway for pathway in self._found.values() if code in pathway.codes)
        return (*found, self._found["general"]) if "general" in self._found else found

    def naming(self, code: str, skill: str) -> tuple[Pathway, ...]:
        """The pathways whose steps speak for the skill: those of the call type; where none of them does, any other.

        A patient may have something else than the call said: a dose is held against a rule wherever there is one.
        """
        key = (code, skill)
        found = self._naming.get(key)
        if found is None:
            found = tuple(one for one in self.for_call(code) if one.names(skill))
            found = found or tuple(one for one in self._found.values() if one.names(skill))
            if found:  # what nobody names is not kept: slips of the pen are without number
                self._naming[key] = found
        return found
