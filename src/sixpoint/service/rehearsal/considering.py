"""What a crew thinks before it acts: which dose, what must be found out first, what the guard says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

import msgspec

from sixpoint.care import (
    Encounter,
    Fact,
    Guarded,
    NextDose,
    Pathway,
    Proposed,
    Step,
    facts_of,
    for_patient,
    guard,
    next_dose,
    picture_of,
)
from sixpoint.care.conditions import judge
from sixpoint.care.picture import names
from sixpoint.ops import State, World
from sixpoint.service.rehearsal.findings import Findings

# Finding out one thing may show that another is needed; a crew does not ask without end.
ROUNDS: Final = 4


class Service(Protocol):
    """What considering asks of the live service."""

    @property
    def state(self) -> State: ...
    @property
    def world(self) -> World: ...


class Considered(msgspec.Struct, frozen=True):
    """What would be given in the end, and the guard's answer to it."""

    answer: Guarded
    proposed: Proposed


class Considering:
    """The crews at one patient: each proposes, asks the guard, finds out what it misses, and asks again."""

    def __init__(
        self,
        service: Service,
        code: str,
        findings: Findings,
        encounter: Callable[[], Encounter],
        record: Callable[[Fact], None],
        next_id: Callable[[], str],
    ) -> None:
        self._service = service
        self._code = code
        self._findings = findings
        self._encounter = encounter
        self._record = record
        self._next_id = next_id

    def consider(
        self, clinician_id: str, unit_id: str, skill: str, at_ms: int, with_them: Sequence[str] = ()
    ) -> Considered:
        """What the guard says once everything is found out that this clinician, or those of the crew, may find out."""
        picture = picture_of(self._encounter(), at_ms)
        pathways = self._service.world.pathways.speaking((self._code,), skill, picture)
        asked: set[str] = set()
        for _ in range(ROUNDS):
            dose = _dose(self._encounter(), pathways, skill, at_ms)
            answer, proposed = self._ask(clinician_id, unit_id, skill, at_ms, pathways, dose)
            missing = [*(dose.missing if dose is not None else ())]
            missing += [name for one in answer.objections for name in one.missing]
            ask = [name for name in dict.fromkeys(missing) if name not in asked]
            asked.update(ask)
            found = False
            for one in (clinician_id, *with_them):
                known = picture_of(self._encounter(), at_ms).known
                found |= self._find_out([name for name in ask if name not in known], one, unit_id, at_ms)
            if not found:
                break
        return Considered(answer, proposed)

    def _ask(
        self,
        clinician_id: str,
        unit_id: str,
        skill: str,
        at_ms: int,
        pathways: Sequence[Pathway],
        dose: NextDose | None,
    ) -> tuple[Guarded, Proposed]:
        """The guard's answer for the first route that it lets pass, else for the last one tried."""
        state, rulebook = self._service.state, self._service.world.rulebook
        unit = state.units[unit_id]
        equipment = frozenset(unit.equipment)
        rule = dose.rule if dose is not None else None
        own = skill.endswith("_patient_own") or None
        for route in (rule.routes if rule is not None else ()) or ("",):
            given = dose.dose if dose is not None else None
            drug = rule.drug if rule is not None and given is not None else ""
            proposed = Proposed(drug, given, route if drug else "", own)
            answer = guard(
                rulebook, state.clinicians[clinician_id], equipment, self._encounter(), skill, at_ms,
                proposed=proposed, pathways=pathways, expires_ms=unit.expires_ms or None,
            )  # fmt: skip
            if answer.authority is not None or answer.verdict.kind == "order":
                break
        return answer, proposed

    def _find_out(self, missing: Iterable[str], clinician_id: str, unit_id: str, at_ms: int) -> bool:
        """Writes down what is found, as far as this clinician may look; False if nothing was."""
        state, rulebook = self._service.state, self._service.world.rulebook
        clinician, equipment = state.clinicians[clinician_id], state.units[unit_id].usable(at_ms)
        found = {}
        for name in missing:
            looks, value = names()[name].assess, self._findings.answer(name)
            may_look = not looks or guard(rulebook, clinician, equipment, self._encounter(), looks, at_ms).authority
            if may_look and value is not None:
                found[name] = value
        for fact in facts_of(found, at_ms, clinician_id, unit_id, f"{self._next_id()}-"):
            self._record(fact)
        return bool(found)


def _dose(encounter: Encounter, pathways: Sequence[Pathway], skill: str, at_ms: int) -> NextDose | None:
    """What the steps say of the next dose: those for whose patients this is one first; None if none has a dose."""
    picture = picture_of(encounter, at_ms)
    steps = [step for one in for_patient(pathways, picture) for step in one.steps if skill in step.any_of]
    judged = [(step, judge(step.when, picture).holds) for step in steps]
    order: list[Step] = [step for step, holds in judged if holds] or [step for step, holds in judged if holds is None]
    first = next(iter(order or steps), None)
    return None if first is None or not first.doses else next_dose(first, skill, picture)
