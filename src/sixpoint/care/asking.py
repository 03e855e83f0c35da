"""Works out the lines of a scope card: done, not indicated, contraindicated, not yours, assess first, ask, do now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from msgspec.structs import replace

from sixpoint.care.card_line import CardLine, Elsewhere, Person
from sixpoint.care.conditions import Judged, judge
from sixpoint.care.dose import NextDose, next_dose
from sixpoint.care.encounter import Encounter, standing_facts
from sixpoint.care.facts import Intervention, InterventionStopped
from sixpoint.care.going import refused_now
from sixpoint.care.guard import instant, situation_of
from sixpoint.care.orders import Proposed, order_for
from sixpoint.care.pathway import Step
from sixpoint.care.picture import names, picture_of, seen_since
from sixpoint.scope import Rulebook, Situation, Verdict, may, practice_level
from sixpoint.scope.condition_text import ROUTES
from sixpoint.scope.verdict import BARRED, UNKNOWN


class _Able(msgspec.Struct, frozen=True):
    """Whether one person may do one skill: 3 now, 2 with an order, 1 if something were known, 0 not."""

    rank: int
    person: Person
    skill: str
    because: tuple[str, ...]
    route: str = ""
    missing: tuple[str, ...] = ()


class Asking:
    """One question for a card: who is here, what is known, which rules hold."""

    def __init__(
        self, rulebook: Rulebook, encounter: Encounter, people: Sequence[Person], at_ms: int, viewer: str
    ) -> None:
        self.rulebook = rulebook
        self.encounter = encounter
        self.at_ms = at_ms
        self.picture = picture_of(encounter, at_ms)
        here = [one for one in people if one.arrives_ms is None or one.arrives_ms <= at_ms]
        self.own = [one for one in here if not viewer or one.clinician.id == viewer]
        self.others = [one for one in here if one not in self.own]
        self.coming = sorted((one for one in people if one not in here), key=lambda one: (one.arrives_ms, one.unit_id))
        stopped = {fact.stops for fact in standing_facts(encounter, InterventionStopped) if fact.at_ms <= at_ms}
        self.stopped = frozenset(stopped)
        self.refused = refused_now(encounter, at_ms)

    def line(self, step: Step) -> CardLine:
        """The line of one step."""
        found = self._line(step)
        return replace(
            found, says=step.says, note=step.note, target=step.target, source=step.source, confidence=step.confidence
        )

    def _line(self, step: Step) -> CardLine:
        done, last_ms = self._done(step)
        if done is not None:
            return done
        if self.refused:
            return CardLine(step.id, "contraindicated", (self.refused,))
        # What was treated may have changed: before the same again, look again.
        when = judge(step.when, self.picture if last_ms is None else seen_since(self.picture, last_ms))
        if when.value == BARRED:
            return CardLine(step.id, "not_indicated", when.because)
        again = [names()[name].says for name in when.missing if name in self.picture.known and last_ms is not None]
        if again:
            when = replace(
                when, because=tuple(f"{says}: look again, it was seen before the last time" for says in again)
            )
        against = [judge(one.when, self.picture) for one in step.not_if]
        stopping = [
            said
            for one, judged in zip(step.not_if, against, strict=True)
            if judged.holds is True and not self._accepted(step, one.id)
            for said in judged.because
        ]
        if stopping:
            return CardLine(step.id, "contraindicated", tuple(stopping))
        unknown = [
            (one, judged)
            for one, judged in zip(step.not_if, against, strict=True)
            if judged.value == UNKNOWN and not self._accepted(step, one.id)
        ]
        waiting = [judged for one, judged in unknown if one.waits]
        unsure = [judged for judged in (when, *waiting) if judged.value == UNKNOWN]
        line = self._by_scope(step, unsure)
        if line.state == "assess_first" and when.value != UNKNOWN and self._nobody_finds_out(line.assess):
            line = replace(
                line, state="ask_medical_control", because=(*line.because, "nobody here may find it out: ask with it")
            )
        anyhow = [f"{said}: begin all the same" for one, judged in unknown if not one.waits for said in judged.because]
        return replace(line, because=(*line.because, *anyhow)) if line.state == "do_now" else line

    def _accepted(self, step: Step, contraindication: str) -> bool:
        orders = (order_for(self.encounter, skill, self.at_ms) for skill in step.any_of)
        return any(order is not None and contraindication in order.despite for order in orders)

    def _done(self, step: Step) -> tuple[CardLine | None, int | None]:
        """Done if it was done and is not due again; when it was done last. Prior aid counts where a dose is counted."""
        acts = [act for skill in step.any_of for act in self.picture.done.get(skill, ())]
        acts = [act for act in acts if isinstance(act, Intervention) or step.doses]
        acts = [act for act in acts if not (isinstance(act, Intervention) and act.fact_id in self.stopped)]
        if not acts:
            return None, None
        last = max(acts, key=lambda act: (act.at_ms, act.fact_id))
        by = last.by if not isinstance(last, Intervention) else last.author
        who = f"{last.skill} by {by}" if by else f"{last.skill} was done"
        again = self._again(step, last.skill, last.at_ms)
        if isinstance(again, int) and again <= self.at_ms:
            return None, last.at_ms
        if isinstance(again, int):
            soon = f"again in {(again - self.at_ms) / 60_000:.1f} min"
            return CardLine(step.id, "done", (who, soon), due_ms=again), last.at_ms
        return CardLine(step.id, "done", (who, *again)), last.at_ms

    def _again(self, step: Step, skill: str, last_ms: int) -> int | tuple[str, ...]:
        """When the step is due again; reasons if it is not."""
        if step.doses:
            found = next_dose(step, skill, self.picture)
            if found.due == "wait" and found.at_ms is not None:
                return found.at_ms
            repeats = found.rule is not None and (found.rule.repeat_min or found.rule.times or found.rule.total)
            return last_ms if found.due == "due" and repeats else found.because if found.due == "limit" else ()
        return last_ms + round(step.again_min.value * 60_000) if step.again_min is not None else ()

    def _by_scope(self, step: Step, unsure: list[Judged]) -> CardLine:
        able = [self._able(person, skill, step) for skill in step.any_of for person in self.own]
        best = max(able, key=lambda one: one.rank, default=None)
        said = tuple(text for judged in unsure for text in judged.because)
        missing = tuple(dict.fromkeys(name for judged in unsure for name in judged.missing))
        if best is None or best.rank == 0:
            reasons = tuple(dict.fromkeys(text for one in able for text in one.because)) or ("nobody is here",)
            elsewhere = tuple(self._elsewhere(step))
            nobody = () if elsewhere else ("nobody here or on the way may",)
            return CardLine(step.id, "not_yours", (*reasons, *said, *nobody), assess=missing, elsewhere=elsewhere)
        about = CardLine(step.id, "do_now", best.because, best.skill, best.person.clinician.id, route=best.route)
        if unsure or best.rank == 1:
            assess = tuple(dict.fromkeys((*missing, *best.missing)))
            because = (*said, *(best.because if best.rank == 1 else ()), *self._how_to_assess(assess))
            return replace(about, state="assess_first", because=because, assess=assess)
        line = self._with_dose(step, about, best)
        return replace(line, state="ask_medical_control") if best.rank == 2 and line.state == "do_now" else line

    def _with_dose(self, step: Step, about: CardLine, best: _Able) -> CardLine:
        order = order_for(self.encounter, best.skill, self.at_ms)
        if order is not None and order.dose is not None:
            because = (*about.because, f"{order.ordered_by} ordered {order.dose}")
            return replace(about, because=because, drug=order.drug, dose=order.dose, route=order.route)
        if not step.doses:
            return about
        found: NextDose = next_dose(step, best.skill, self.picture, route=best.route)
        because = (*about.because, *found.because)
        drug = found.rule.drug if found.rule is not None else ""
        if found.due == "unknown":
            assess = self._how_to_assess(found.missing)
            return replace(about, state="assess_first", because=(*found.because, *assess), assess=found.missing)
        if found.due == "no_dose":
            return replace(about, state="ask_medical_control", because=because)
        if found.due in ("wait", "limit"):
            return replace(about, state="done", because=found.because, due_ms=found.at_ms)
        routes = found.rule.routes if found.rule is not None else ()
        volume = found.volume(best.skill)
        return replace(about, because=because, drug=drug, dose=found.dose, volume=volume, routes=routes)

    def _nobody_finds_out(self, missing: tuple[str, ...]) -> bool:
        """Whether nobody at the patient may find out some of it."""
        looks = [names()[name].assess for name in missing if name in names()]
        return any(
            look and all(self._may(person, look).rank < 3 for person in (*self.own, *self.others)) for look in looks
        )

    def _how_to_assess(self, missing: tuple[str, ...]) -> tuple[str, ...]:
        """What to find out, and who may where nobody asking can."""
        told = []
        for name in missing:
            about = names().get(name)
            if about is None or not about.assess:
                continue
            if any(self._may(person, about.assess).rank == 3 for person in self.own):
                told.append(f"find out: {about.says} ({about.assess})")
            else:
                told.append(f"find out: {about.says} ({about.assess} is not yours)")
        return tuple(told)

    def _able(self, person: Person, skill: str, step: Step) -> _Able:
        for used, condition in step.using:
            if used == skill:
                judged = judge(condition, self.picture)
                if judged.value == BARRED:
                    return _Able(0, person, skill, judged.because)
                found = self._may(person, skill, step)
                if judged.value == UNKNOWN and found.rank > 0:
                    return _Able(1, person, skill, judged.because, missing=judged.missing)
                return found
        return self._may(person, skill, step)

    def _may(self, person: Person, skill: str, step: Step | None = None) -> _Able:
        """What the rulebook says for this person and skill, with the equipment at hand."""
        at_ms = max(self.at_ms, person.arrives_ms or self.at_ms)
        missing = sorted(self.rulebook.equipment_for(skill) - person.equipment) if self.rulebook.skill(skill) else []
        order = order_for(self.encounter, skill, at_ms)
        route = order.route if order is not None else ""
        proposed = Proposed(route=route, own_medication=skill.endswith("_patient_own") or None)
        situation = situation_of(self.encounter, skill, at_ms, proposed, self.picture)
        verdict = may(self.rulebook, person.clinician, skill, instant(at_ms), situation)
        if verdict.kind == "unknown":
            verdict, route, names_missing = self._if_known(person, skill, at_ms, situation, verdict, step)
        else:
            names_missing = ()
        reasons = tuple(reason.text for reason in verdict.because)
        if missing:
            lacks = (f"{'expired' if item in person.expired else 'not on board'}: {item}" for item in missing)
            return _Able(0, person, skill, (*reasons, *lacks))
        if names_missing:
            return _Able(1, person, skill, (*reasons, *verdict.would_be_yes), missing=names_missing)
        if verdict.kind == "standing" or (verdict.kind == "order" and order is not None):
            return _Able(3, person, skill, reasons, route)
        return _Able(2 if verdict.kind == "order" else 0, person, skill, reasons, route)

    def _if_known(
        self, person: Person, skill: str, at_ms: int, situation: Situation, verdict: Verdict, step: Step | None
    ) -> tuple[Verdict, str, tuple[str, ...]]:
        """Why the rulebook does not know: a route that may be chosen, or a fact of the patient to be found out."""
        at = instant(at_ms)
        if situation.route is None:
            allowed = [route for rule in step.doses for route in rule.routes] if step is not None else []
            for route in allowed or ROUTES:
                found = may(self.rulebook, person.clinician, skill, at, replace(situation, route=route))
                if found.allowed_with_order:
                    return found, route, ()
        if situation.in_cardiac_arrest is None:
            for answer in (True, False):
                probe = replace(situation, in_cardiac_arrest=answer)
                if may(self.rulebook, person.clinician, skill, at, probe).allowed_with_order:
                    return verdict, "", ("in_cardiac_arrest",)
        if situation.patient_age_years is None:
            for age in (0.1, 1.0, 5.0, 12.0, 16.0, 40.0, 80.0):
                probe = replace(situation, patient_age_years=age)
                if may(self.rulebook, person.clinician, skill, at, probe).allowed_with_order:
                    return verdict, "", ("age_years",)
        return verdict, "", ()

    def _elsewhere(self, step: Step) -> Iterator[Elsewhere]:
        """Who else may do the step, the soonest first; of each person the best skill."""
        for person in [*self.others, *self.coming]:
            best = max((self._able(person, skill, step) for skill in step.any_of), key=lambda one: one.rank)
            if best.rank == 0:
                continue
            at_ms = max(self.at_ms, person.arrives_ms or self.at_ms)
            level = practice_level(self.rulebook, person.clinician, instant(at_ms))
            yield Elsewhere(
                person.clinician.id,
                person.clinician.name,
                level.id if level is not None else "",
                person.unit_id,
                (at_ms - self.at_ms) / 60_000,
                best.rank == 2,
                person.where,
            )
