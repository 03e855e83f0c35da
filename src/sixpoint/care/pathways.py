"""All pathways in force together: by name, by call type, by skill, and the hash that says which they were."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from sixpoint.care.conditions import judge
from sixpoint.care.pathway import Pathway
from sixpoint.care.picture import Picture


def for_patient(pathways: Iterable[Pathway], picture: Picture) -> tuple[Pathway, ...]:
    """Those that are for this patient, as far as is known: whoever is known to be no child has none for children."""
    return tuple(one for one in pathways if judge(one.patients, picture).holds is not False)


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

    @cached_property
    def drugs(self) -> Mapping[str, frozenset[str]]:
        """Which drugs are given by each skill that has dose rules."""
        found: dict[str, set[str]] = {}
        for rule in (rule for one in self._found.values() for step in one.steps for rule in step.doses):
            for skill in rule.skills:
                found.setdefault(skill, set()).add(rule.drug)
        return {skill: frozenset(drugs) for skill, drugs in found.items()}

    def for_call(self, code: str) -> tuple[Pathway, ...]:
        """The pathways to open for a call type: those that name it, and the general one, which is for every patient."""
        found = tuple(pathway for pathway in self._found.values() if code in pathway.codes)
        return (*found, self._found["general"]) if "general" in self._found else found

    def opened(self, codes: Collection[str], picture: Picture) -> tuple[Pathway, ...]:
        """The pathways to open for this patient: of these call types, then by what was found, then the general one.

        What was found opens a pathway whatever the call was about; none is opened that is for other patients.
        """
        return self._opened(tuple(self._found.values()), codes, picture)

    def speaking(self, codes: Collection[str], skill: str, picture: Picture) -> tuple[Pathway, ...]:
        """The pathways whose steps speak for the skill: those opened for this patient; where none of them does, any."""
        among = self._speaking_for.get(skill, ())
        return self._opened(among, codes, picture) or among

    @cached_property
    def _speaking_for(self) -> Mapping[str, tuple[Pathway, ...]]:
        skills = {skill for one in self._found.values() for step in one.steps for skill in step.any_of}
        return {skill: tuple(one for one in self._found.values() if one.names(skill)) for skill in skills}

    def _opened(self, among: Sequence[Pathway], codes: Collection[str], picture: Picture) -> tuple[Pathway, ...]:
        told = [one for one in among if any(code in one.codes for code in codes)]
        ids = {one.id for one in told}
        found = [
            one for one in among if one.opens is not None and one.id not in ids and judge(one.opens, picture).holds
        ]
        last = [one for one in among if one.id == "general"]
        return for_patient((*told, *found, *(one for one in last if one.id not in ids)), picture)

    def naming(self, code: str, skill: str) -> tuple[Pathway, ...]:
        """The pathways whose steps speak for the skill before anybody has seen the patient: those of the call type.

        Where none of them does, any other: a dose is held against a rule wherever there is one.
        """
        key = (code, skill)
        found = self._naming.get(key)
        if found is None:
            found = tuple(one for one in self.for_call(code) if one.names(skill))
            found = found or self._speaking_for.get(skill, ())
            if found:  # what nobody names is not kept: slips of the pen are without number
                self._naming[key] = found
        return found
