"""A small made-up service: three kinds of unit and a call, so that a test reads in ten lines."""

from __future__ import annotations

from sixpoint.dispatch import CallType, Candidate, Need

SKILLS = ("press", "shock", "carry", "drug", "tube")
INDEX = {skill: bit for bit, skill in enumerate(SKILLS)}


def bits(*skills: str) -> int:
    return sum(1 << INDEX[skill] for skill in skills)


RESPONDER = bits("press", "shock")
BASIC = bits("press", "shock", "carry")
ADVANCED = bits(*SKILLS)


def unit(unit_id: str, skills: int, eta_s: float, *, carries: bool = True, order: int = 0, **more: float) -> Candidate:
    fields = {"cover_cost": more.get("cover_cost", 0.0), "hands": int(more.get("hands", 2))}
    return Candidate(
        unit_id, skills, skills | order, carries, eta_s, mutual_aid=bool(more.get("mutual_aid", 0)), **fields
    )


def need(skill: str, order: int = 1, *instead: str, **more: object) -> Need:
    fields = {"target_s": None, "clock": "none", "harm_per_min": 1.0, "instead": instead} | more
    return Need(skill=skill, order=order, **fields)


def call(*needs: Need, acuity: str = "critical") -> CallType:
    return CallType("1", "made up", acuity, needs, "likely", "any")


ARREST = call(need("press", 1), need("shock", 2), need("drug", 3), need("carry", 4, transporting=True))
