"""What a report rests on: scenario, rulebook and roads by hash, demand, seed, what is synthetic, what is assumed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import msgspec

from sixpoint import __version__
from sixpoint.plan.report.page import table
from sixpoint.plan.tiered.scenario import Prepared, Scenario
from sixpoint.plan.tiered.surviving import COLLAPSE_TO_CALL_MIN

MEDICAL_DIRECTOR = "A medical director must approve a rulebook before it guides care."


def notice(prepared: Prepared) -> str:
    """What everybody must know before reading a figure."""
    region = prepared.region
    kind = "Synthetic: " + region.notice if region.synthetic else region.notice or "Made from a real service's data."
    return f'<p class="notice">{escape(kind)} {MEDICAL_DIRECTOR}</p>'


def grounds(views: Sequence[Prepared], replications: int) -> str:
    """The provenance of every figure, and the assumptions behind all of them."""
    base = views[0]
    scenario, region = base.scenario, base.region
    facts = {
        "region": f"{region.name} ({region.id}), {region.days} day{'s' if region.days > 1 else ''} from {region.day}",
        "demand": _demand(base),
        "simulated": f"{scenario.days} days, {replications} time{'s' if replications > 1 else ''}; the first "
        f"{scenario.warm_up_h:g} h of each not counted",
        "seed": str(scenario.seed),
        "roads": f"{region.network.name}, {region.network.content_hash}",
        "sources": " ".join(region.sources),
        "imputed": " ".join(region.imputed) or "nothing",
        "made by": f"Sixpoint {__version__}",
    }
    rulebooks = [[escape(one.name), escape(_layers(one)), escape(one.service.rules.hash)] for one in views]
    assumed = (
        "Times run from the ring of the call, in whole milliseconds.",
        "Patients depend on seed and demand alone: every scenario meets the same ones.",
        "Who needs what, who is transported, and how long each step takes is drawn from shares and durations  "
        "are judgements (sixpoint/plan/pace.py), unless the scenario names its own or was fitted to a log.",
        "A need is met when somebody who may meet it begins, at the patient, with what is on board.",
        f"Collapse is taken as {COLLAPSE_TO_CALL_MIN:g} minutes before the ring.",
        "Whom to send, whom to cancel and where to go is decided by the code that decides in the live service.",
    )
    listed = "".join(f"<li>{escape(one)}</li>" for one in assumed)
    said = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items() if value)
    return (
        f"<h3>Made from</h3><dl>{said}</dl>"
        + table("Rulebooks", ["scenario", "layers", "content hash"], rulebooks, words=True)
        + f"<h3>Assumed</h3><ul>{listed}</ul>"
    )


def _layers(prepared: Prepared) -> str:
    scenario, region = prepared.scenario, prepared.region
    overlays = scenario.overlays if scenario.overlays is not None else region.overlays
    return " + ".join([scenario.rulebook or region.rulebook, *overlays])


def _demand(prepared: Prepared) -> str:
    times, model = prepared.demand.times, prepared.demand.model
    more = "" if times == 1 else f", {times:g} times as many"
    more += "".join(f"; on top the surge '{one.name}'" for one in prepared.demand.surges)
    if model is not None:
        fit = model.demand
        log = f"a fit to {fit.calls:,} calls from {fit.start.date()} to {fit.end.date()} (end not included)"
        season = "with its season" if fit.months and not model.flat else "without a season"
        return f"drawn from {log}, {season}, from {model.starts_at.date()} on{more}"
    if prepared.demand.source == "log":
        return f"the region's own {len(prepared.region.calls)} calls as they were{more}"
    if prepared.region.demand is not None:
        return f"drawn from the region's demand model{more}"
    return f"drawn anew from the region's own {len(prepared.region.calls)} calls: hour by hour, place with type{more}"


def what_differs(views: Sequence[Prepared]) -> str:
    """What each scenario says that the first one does not; of the first, what it says at all."""
    rows = []
    for place, one in enumerate(views):
        than = Scenario(one.scenario.region) if place == 0 else views[0].scenario
        rows.append([escape(one.name), "<br>".join(escape(line) for line in said_beyond(one.scenario, than)) or "–"])
    head = ["scenario", "what it says (others: what it says beyond the first)"]
    return table("Scenarios", head, rows, words=True)


def said_beyond(scenario: Scenario, than: Scenario) -> list[str]:
    """Lines `key = value` of a scenario that another one has not, or has otherwise."""
    left, right = msgspec.to_builtins(scenario), msgspec.to_builtins(than)
    return [line for key in left if key != "name" for line in _lines(key, left[key], right.get(key))]


def _lines(key: str, value: Any, other: Any) -> list[str]:
    if value == other:
        return []
    if isinstance(value, Mapping):
        before = other if isinstance(other, Mapping) else {}
        return [line for name in value for line in _lines(f"{key}.{name}", value[name], before.get(name))]
    if isinstance(value, list | tuple):
        others = other if isinstance(other, list | tuple) else ()
        lines = [f"{key}: {_short(one)}" for one in value if one not in others]
        return lines + [f"not {key}: {_short(one)}" for one in others if one not in value]
    return [f"{key} = {_short(value)}"]


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        said = {name: one for name, one in value.items() if one not in (None, False, "", [], (), {})}
        return ", ".join(f"{name} {_short(one)}" for name, one in said.items())
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    if value is None:
        return "as the region has it"
    return value if isinstance(value, str) else json.dumps(value)
