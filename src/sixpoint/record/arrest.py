"""eArrest: whether the heart stopped, before or after the first crew, what was tried, by whom first, how it ended."""

from __future__ import annotations

from typing import Any, Final

from sixpoint.care import ArrestMoment, Disposed, Finding, Impression, Intervention, PriorAid
from sixpoint.record.acts import Act, abouts
from sixpoint.record.codes import code, impression_codes
from sixpoint.record.part import Part
from sixpoint.record.structure import NOT_APPLICABLE, NOT_RECORDED, fill

# NEMSIS 3.5.1, verified in the XSDs.
NO_ARREST, BEFORE_EMS, AFTER_EMS = "3001001", "3001003", "3001005"  # eArrest.01
COMPRESSIONS, DEFIBRILLATION = "3003005", "3003001"  # eArrest.03
FUTILE, NO_RESUSCITATION_ORDER = "3003007", "3003009"  # eArrest.03
NOT_WITNESSED, BY_PROVIDER = "3004001", "3004005"  # eArrest.04
AED_APPLIED, AED_SHOCKED = "3007003", "3007005"  # eArrest.07
SHOCKABLE, NOT_SHOCKABLE = "3011009", "3011007"  # eArrest.11, as an AED says it
NO_ROSC, ROSC_AT_ED, ROSC_BEFORE_ED, ROSC_SUSTAINED = "3012001", "3012003", "3012005", "3012007"  # eArrest.12
SUSTAINED_MS: Final = 20 * 60_000  # eArrest.12: sustained for 20 consecutive minutes
APPROXIMATE: Final = "8801029"
ORDERED, PROTOCOL, OBVIOUS_DEATH, ROSC = "3016003", "3016009", "3016005", "3016011"  # eArrest.16
DIED_IN_FIELD, ONGOING_IN_ED, ROSC_IN_FIELD, ONGOING_BY_OTHERS = "3018003", "3018005", "3018007", "3018011"  # .18
AED: Final = "defibrillation_aed"
SAYS: Final = {"collapse": True, "recognised": True, "rearrest": True, "rosc": False}
Values = dict[str, Any]


def statements(part: Part) -> list[tuple[int, bool]]:
    """Every word on whether the heart beats, with its instant: True is arrest. Compressions say so by themselves."""
    found = []
    for seen in part.told(Impression):
        if seen.in_cardiac_arrest is not None:
            found.append((seen.at_ms, seen.in_cardiac_arrest))
            part.place(seen, "in_cardiac_arrest")
    found += [(one.at_ms, SAYS[one.moment]) for one in part.told(ArrestMoment) if one.moment in SAYS]
    for one in part.told(Finding):
        if one.finding == "in_cardiac_arrest" and one.present is not None:
            found.append((one.at_ms, one.present))
            part.place(one, "finding", "present")
        if one.finding == "rosc" and one.present:
            found.append((one.at_ms, False))
    found += [(act.at_ms, True) for act in part.told(Intervention) if _is(act, COMPRESSIONS)]
    return sorted(found, key=lambda one: one[0])


def arrested_at_contact(part: Part) -> bool:
    """Whether the first word on it, when the first crew met the patient, is that the heart had stopped."""
    said = statements(part)
    return bool(said) and said[0][1]


def arrest(part: Part) -> Values:
    """eArrest; without a word on it nothing is recorded, without an arrest nothing applies."""
    if not part.has_contact:
        return fill("eArrest", {}, NOT_APPLICABLE)
    said = statements(part)
    if not said:
        return fill("eArrest", {})
    if not any(stopped for _, stopped in said):
        return fill("eArrest", {"eArrest.01": NO_ARREST}, NOT_APPLICABLE)
    before = _was_before_ems(part, said)
    about = [abouts()[act.skill] for act in part.told(Intervention) if act.skill in abouts()]
    attempted = sorted({one.resuscitation for one in about if one.resuscitation})
    carried = part.context.transported_by() is part.unit
    values: Values = {
        "eArrest.01": BEFORE_EMS if before else AFTER_EMS,
        "eArrest.02": _etiology(part),
        "eArrest.03": attempted or _not_attempted(part),
        "eArrest.04": _witnessed(part, before),
        "eArrest.07": _aed_before(part) if before else NOT_APPLICABLE,
        "eArrest.09": sorted({one.cpr for one in about if one.cpr}) or None,
        "eArrest.11": _rhythm(part),
        "eArrest.12": _rosc(part),
        "eArrest.14": _instant(part, before),
        "eArrest.17": None if carried else NOT_APPLICABLE,
        "eArrest.19": _first_compression(part),
        "eArrest.20": _first("eArrest.20", COMPRESSIONS, part),
        "eArrest.21": _first("eArrest.21", AED, part),
        "eArrest.22": _first("eArrest.22", DEFIBRILLATION, part),
    }
    return fill("eArrest", values | _ended(part, said), NOT_RECORDED)


def _was_before_ems(part: Part, said: list[tuple[int, bool]]) -> bool:
    first = part.context.first_on_scene()
    collapse = next((one.at_ms for one in part.told(ArrestMoment) if one.moment == "collapse"), None)
    if collapse is not None and first is not None:
        return collapse < first.times_ms["on_scene"]
    return said[0][1]


def _is(act: Act, what: str) -> bool:
    """Whether the act is that skill, or counts as that attempt of eArrest.03."""
    about = abouts().get(act.skill)
    return act.skill == what or (about is not None and about.resuscitation == what)


def _etiology(part: Part) -> str | None:
    conditions = (one.condition.strip().lower() for one in reversed(part.told(Impression)))
    known = (impression_codes().get(words) for words in conditions)
    return next((one.etiology for one in known if one is not None and one.etiology), None)


def _not_attempted(part: Part) -> list[str] | None:
    if not any(one.how == "obvious_death" for one in part.told(Disposed)):
        return None
    directive = any(one.finding == "dnr_valid" and one.present for one in part.told(Finding))
    return [NO_RESUSCITATION_ORDER if directive else FUTILE]


def _witnessed(part: Part, before: bool) -> list[str] | None:
    """By whom nobody said, unless a crew was there; then it is not recorded that it was seen."""
    seen = [one.witnessed for one in part.told(ArrestMoment) if one.moment == "collapse"]
    if not seen or seen[0] is None:
        return None
    return [NOT_WITNESSED] if not seen[0] else None if before else [BY_PROVIDER]


def _aed_before(part: Part) -> str | None:
    used = [aid for aid in part.told(PriorAid) if aid.skill == AED]
    return None if not used else AED_APPLIED if used[0].successful is False else AED_SHOCKED


def _rhythm(part: Part) -> str | None:
    for one in part.told(Finding):
        if one.finding == "shockable_rhythm" and one.present is not None:
            part.place(one, "finding", "present")
            return SHOCKABLE if one.present else NOT_SHOCKABLE
    return None


def _returns(part: Part) -> list[int]:
    """When a pulse came back."""
    found = [one.at_ms for one in part.told(ArrestMoment) if one.moment == "rosc"]
    for one in part.told(Finding):
        if one.finding == "rosc" and one.present:
            part.place(one, "finding", "present")
            found.append(one.at_ms)
    return sorted(found)


def _rosc(part: Part) -> list[str] | None:
    back = _returns(part)
    if not back:
        ended = any(one.how == "resuscitation_ended" for one in part.told(Disposed))
        return [NO_ROSC] if ended else None
    carrier = part.context.transported_by()
    arrived_ms = carrier.times_ms.get("at_destination") if carrier is not None else None
    before_ed = [at_ms for at_ms in back if arrived_ms is None or at_ms < arrived_ms]
    codes = ([ROSC_BEFORE_ED] if before_ed else []) + ([ROSC_AT_ED] if len(before_ed) < len(back) else [])
    stops = [one.at_ms for one in part.told(ArrestMoment) if one.moment in ("rearrest", "collapse")]
    seen_until_ms = max((fact.at_ms for fact in part.all_told()), default=0)
    for at_ms in back:
        until_ms = min((stop for stop in stops if stop > at_ms), default=seen_until_ms)
        if until_ms - at_ms >= SUSTAINED_MS:
            return [*codes, ROSC_SUSTAINED]
    return codes


def _instant(part: Part, before: bool) -> Any:
    """eArrest.14: the collapse; in front of a crew, when it was recognised, as an approximation."""
    moments = {one.moment: one.at_ms for one in reversed(part.told(ArrestMoment))}
    if "collapse" in moments:
        return part.context.time(moments["collapse"])
    if "recognised" in moments and not before:
        return {"#": part.context.time(moments["recognised"]), "@PN": APPROXIMATE}
    return None


def _first_compression(part: Part) -> str | None:
    """eArrest.19, unless bystanders began: when they did nobody recorded."""
    if any(_is(aid, COMPRESSIONS) for aid in part.told(PriorAid)):
        return None
    first = next((act.at_ms for act in part.told(Intervention) if _is(act, COMPRESSIONS)), None)
    return None if first is None else part.context.time(first)


def _first(list_: str, what: str, part: Part) -> str | None:
    """Who first did it; the lists tell first responders from crews that transport."""
    for aid in part.told(PriorAid):
        if _is(aid, what):
            return code(list_, aid.by)
    for act in part.told(Intervention):
        unit = part.context.unit_named(act.unit_id)
        if _is(act, what) and unit is not None:
            return code(list_, "transport_crew" if unit.can_transport else "first_responder")
    return None


def _ended(part: Part, said: list[tuple[int, bool]]) -> Values:
    """How the resuscitation ended, as far as this unit saw it: by order, by protocol, with a pulse, or not yet."""
    back = _returns(part)
    for one in part.told(Disposed):
        if one.how == "resuscitation_ended":
            return {
                "eArrest.15": part.context.time(one.at_ms),
                "eArrest.16": ORDERED if one.order else PROTOCOL,
                "eArrest.18": DIED_IN_FIELD,
            }
        if one.how == "obvious_death":
            return {"eArrest.16": OBVIOUS_DEATH, "eArrest.18": DIED_IN_FIELD}
    if back and not said[-1][1]:
        return {"eArrest.15": part.context.time(back[-1]), "eArrest.16": ROSC, "eArrest.18": ROSC_IN_FIELD}
    carrier = part.context.transported_by()
    if carrier is part.unit and "at_destination" in part.unit.times_ms:
        return {"eArrest.16": NOT_APPLICABLE, "eArrest.18": ONGOING_IN_ED}
    if part.handed_over_ms() is not None:
        return {"eArrest.16": NOT_APPLICABLE, "eArrest.18": ONGOING_BY_OTHERS}
    return {}
