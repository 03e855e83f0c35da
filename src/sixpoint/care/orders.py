"""Medical control: a request, an order, its read-back, its refusal and its end. An order opens exactly what it says."""

from __future__ import annotations

import msgspec

from sixpoint.care.amounts import at_most
from sixpoint.care.encounter import Encounter, interventions, standing_facts
from sixpoint.care.facts import OrderGiven, OrderReadBack, OrderRefused, OrderRequested
from sixpoint.scope import Dose


class Proposed(msgspec.Struct, frozen=True):
    """What somebody is about to give or do, beyond the skill; empty is not stated."""

    drug: str = ""
    dose: Dose | None = None
    route: str = ""
    own_medication: bool | None = None


NOTHING_MORE = Proposed()


def has_order(encounter: Encounter, skill: str, at_ms: int) -> bool:
    """Whether an order from medical control opens this skill for this patient at that instant."""
    return order_for(encounter, skill, at_ms) is not None


def order_for(encounter: Encounter, skill: str, at_ms: int, proposed: Proposed = NOTHING_MORE) -> OrderGiven | None:
    """The order that opens exactly this: in force, read back if it must be, not used up, not taken back."""
    for order in standing_facts(encounter, OrderGiven):
        if order.skill == skill and covers(order, proposed) and not why_closed(encounter, order, at_ms):
            return order
    return None


def covers(order: OrderGiven, proposed: Proposed) -> bool:
    """Whether what is proposed lies within what was ordered; what is not stated yet is not judged."""
    if order.ends:
        return False
    if proposed.drug and order.drug and proposed.drug != order.drug:
        return False
    if proposed.route and order.route and proposed.route != order.route:
        return False
    if proposed.dose is None or order.dose is None:
        return True
    return at_most(proposed.dose, order.dose) is True


def why_closed(encounter: Encounter, order: OrderGiven, at_ms: int) -> str:
    """Why the order opens nothing at that instant; empty if it does."""
    if not order.at_ms <= at_ms < order.until_ms:
        return "the order is not in force at this time"
    for refusal in standing_facts(encounter, OrderRefused):
        if refusal.order == order.fact_id and refusal.at_ms <= at_ms:
            return f"{refusal.refused_by} took the order back"
    if order.awaits_read_back:
        said = [one for one in standing_facts(encounter, OrderReadBack) if one.order == order.fact_id]
        said = [one for one in said if order.at_ms <= one.at_ms <= at_ms]
        if not said:
            return "the order has not been read back"
        if not reads_as(said[-1], order):
            return "the order was read back otherwise than it was given"
    if order.times is not None and times_used(encounter, order, at_ms) >= order.times:
        return f"the order was for {order.times} and has been carried out"
    return ""


def refused_for(encounter: Encounter, skill: str, at_ms: int) -> bool:
    """Whether medical control has said no to the skill, and nobody has asked again or been given an order since."""
    said_no = [one.at_ms for one in standing_facts(encounter, OrderRefused) if one.skill == skill and not one.order]
    since = max((moment for moment in said_no if moment <= at_ms), default=None)
    if since is None:
        return False
    later: list[OrderRequested | OrderGiven] = [
        *standing_facts(encounter, OrderRequested),
        *standing_facts(encounter, OrderGiven),
    ]
    return not any(one.skill == skill and since < one.at_ms <= at_ms for one in later)


def reads_as(said: OrderReadBack, order: OrderGiven) -> bool:
    """Whether a read-back says what the order says."""
    return (said.skill, said.drug, said.dose, said.route) == (order.skill, order.drug, order.dose, order.route)


def times_used(encounter: Encounter, order: OrderGiven, at_ms: int) -> int:
    """How often the order has been carried out: by acts that name it, or name no order and stand on one."""
    return sum(
        act.skill == order.skill
        and order.at_ms <= act.at_ms <= at_ms
        and (act.order == order.fact_id or (not act.order and act.authority == "order"))
        for act in interventions(encounter)
    )


def unanswered(encounter: Encounter, at_ms: int) -> tuple[OrderRequested, ...]:
    """Requests to medical control that nobody has answered yet."""
    answered = {order.request for order in standing_facts(encounter, OrderGiven) if order.at_ms <= at_ms}
    answered |= {refusal.request for refusal in standing_facts(encounter, OrderRefused) if refusal.at_ms <= at_ms}
    return tuple(
        one for one in standing_facts(encounter, OrderRequested) if one.at_ms <= at_ms and one.fact_id not in answered
    )
