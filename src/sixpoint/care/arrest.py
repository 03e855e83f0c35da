"""The timeline of a cardiac arrest: who did what when, how long nobody compressed, and a sheet to debrief by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from sixpoint.care.encounter import Encounter, interventions, standing_facts
from sixpoint.care.facts import ArrestMoment, Disposed, Fact, Intervention, InterventionStopped, PriorAid
from sixpoint.care.picture import COMPRESSIONS

SHOCKS: Final = ("defibrillation_aed", "defibrillation_manual")
AIRWAYS: Final = ("airway_supraglottic", "endotracheal_intubation", "cricothyrotomy")
ADVANCED: Final = ("epinephrine_iv_arrest", "antiarrhythmic_iv", "endotracheal_intubation")


class Pause(msgspec.Struct, frozen=True):
    """Nobody compressed from `starts_ms` to `ends_ms` though the patient was in arrest."""

    starts_ms: int
    ends_ms: int
    reason: str = ""

    @property
    def seconds(self) -> float:
        """How long it lasted."""
        return (self.ends_ms - self.starts_ms) / 1000


class ArrestTimeline(msgspec.Struct, frozen=True):
    """Instants in ms since 1970, None where nothing says so; `compression_fraction` from the first compression on."""

    collapse_ms: int | None
    witnessed: bool | None
    recognised_ms: int | None
    bystander_cpr: bool
    first_compression_ms: int | None
    first_shock_ms: int | None
    shocks: int
    airway_ms: int | None
    epinephrine_ms: tuple[int, ...]
    first_advanced_ms: int | None
    rosc_ms: int | None
    ended_ms: int | None
    pauses: tuple[Pause, ...]
    compression_fraction: float | None

    def minutes_from_collapse(self, at_ms: int | None) -> float | None:
        """Minutes from collapse to an instant; None if either is not known. The clocks of the survival curves."""
        return None if at_ms is None or self.collapse_ms is None else (at_ms - self.collapse_ms) / 60_000


def arrest_timeline(encounter: Encounter, until_ms: int) -> ArrestTimeline | None:
    """The timeline up to an instant; None if nothing says that the heart stopped and nobody compressed."""
    moments = [one for one in standing_facts(encounter, ArrestMoment) if one.at_ms <= until_ms]
    acts = [act for act in interventions(encounter) if act.at_ms <= until_ms]
    pressed = _times(acts, COMPRESSIONS)
    if not moments and not pressed:
        return None
    shocks, given = _times(acts, SHOCKS), _times(acts, ("epinephrine_iv_arrest",))
    ends = [one.at_ms for one in standing_facts(encounter, Disposed) if one.how == "resuscitation_ended"]
    ended = next((at_ms for at_ms in ends if at_ms <= until_ms), None)
    pauses, fraction = _flow(encounter, until_ms, ended)
    collapse = next((one for one in moments if one.moment == "collapse"), None)
    aid = any(one.skill in COMPRESSIONS for one in standing_facts(encounter, PriorAid))
    return ArrestTimeline(
        collapse_ms=collapse.at_ms if collapse else None,
        witnessed=collapse.witnessed if collapse else None,
        recognised_ms=_first(moments, "recognised"),
        bystander_cpr=aid,
        first_compression_ms=min(pressed, default=None),
        first_shock_ms=min(shocks, default=None),
        shocks=len(shocks),
        airway_ms=min(_times(acts, AIRWAYS), default=None),
        epinephrine_ms=tuple(given),
        first_advanced_ms=min(_times(acts, ADVANCED), default=None),
        rosc_ms=_first(moments, "rosc"),
        ended_ms=ended,
        pauses=pauses,
        compression_fraction=fraction,
    )


def _times(acts: list[Intervention], skills: tuple[str, ...]) -> list[int]:
    return [act.at_ms for act in acts if act.skill in skills and act.successful]


def _first(moments: list[ArrestMoment], moment: str) -> int | None:
    return next((one.at_ms for one in moments if one.moment == moment), None)


def _flow(encounter: Encounter, until_ms: int, ended_ms: int | None) -> tuple[tuple[Pause, ...], float | None]:
    """The pauses, and the share of the time in arrest during which somebody compressed."""
    replaced = {fact.corrects for fact in encounter.facts if fact.corrects is not None}
    last = until_ms if ended_ms is None else min(until_ms, ended_ms)
    hands: set[str] = set()  # compressions that run now
    arrested = paused = False
    reason = ""
    since: int | None = None
    flowing = stopped = 0
    pauses: list[Pause] = []

    def pass_time(at_ms: int) -> None:
        nonlocal since, flowing, stopped
        if since is not None and arrested:
            if hands and not paused:
                flowing += at_ms - since
            else:
                stopped += at_ms - since
                if at_ms > since:
                    joined = bool(pauses) and pauses[-1].ends_ms == since
                    start = pauses.pop().starts_ms if joined else since
                    pauses.append(Pause(start, at_ms, reason))
        since = at_ms

    for fact in encounter.facts:
        if fact.fact_id in replaced or fact.at_ms > last:
            continue
        if not _matters(fact):
            continue
        pass_time(fact.at_ms)
        match fact:
            case Intervention():
                arrested, paused = True, False
                hands.add(fact.fact_id)
            case InterventionStopped():
                hands.discard(fact.stops)
            case ArrestMoment(moment="compressions_paused"):
                paused, reason = True, fact.reason
            case ArrestMoment(moment="compressions_resumed"):
                paused = False
            case ArrestMoment(moment="rosc"):
                arrested = False
                hands.clear()
            case ArrestMoment(moment="rearrest"):
                arrested = True
    pass_time(last)
    whole = flowing + stopped
    return tuple(pauses), flowing / whole if whole else None


def _matters(fact: Fact) -> bool:
    if isinstance(fact, Intervention):
        return fact.skill in COMPRESSIONS
    return isinstance(fact, InterventionStopped | ArrestMoment)


def debrief(timeline: ArrestTimeline, clock: Callable[[int], str]) -> tuple[str, ...]:
    """The sheet, a line each, with times as `clock` writes them; what is not known is said to be so."""
    lines = []
    for said, at_ms in (
        ("collapse", timeline.collapse_ms),
        ("recognised", timeline.recognised_ms),
        ("first compression by a crew", timeline.first_compression_ms),
        ("first shock", timeline.first_shock_ms),
        ("advanced airway", timeline.airway_ms),
        ("first epinephrine", min(timeline.epinephrine_ms, default=None)),
        ("pulse back", timeline.rosc_ms),
        ("resuscitation ended", timeline.ended_ms),
    ):
        after = timeline.minutes_from_collapse(at_ms)
        told = "not recorded" if at_ms is None else clock(at_ms)
        lines.append(f"{said}: {told}" + (f", {after:.1f} min after collapse" if after else ""))
    lines.append(f"bystander compressions: {'yes' if timeline.bystander_cpr else 'none recorded'}")
    doses = len(timeline.epinephrine_ms)
    lines.append(f"shocks: {timeline.shocks}; epinephrine: {doses} dose{'s' * (doses != 1)}")
    gaps = [
        (later - one) / 60_000 for one, later in zip(timeline.epinephrine_ms, timeline.epinephrine_ms[1:], strict=False)
    ]
    if gaps:
        lines.append(f"between epinephrine doses: {', '.join(f'{gap:.1f}' for gap in gaps)} min")
    if timeline.compression_fraction is not None:
        longest = max((pause.seconds for pause in timeline.pauses), default=0.0)
        pauses = (
            f"{len(timeline.pauses)} pauses, the longest {longest:.0f} s" if timeline.pauses else "no pause recorded"
        )
        lines.append(f"compressions {timeline.compression_fraction:.0%} of the time, {pauses}")
    return tuple(lines)
