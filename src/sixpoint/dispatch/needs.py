"""What a call needs: for each call type (NEMSIS eDispatch.01) the interventions, in order, with target and harm.

The facts lie in `data/`: `call_types.csv`, `needs.csv`, `apart.csv` (needs that no one patient has together; may be
left out), `harm.csv` (every weight of harm, in this one place) and `sources.csv` (what each citation stands for). One
point of harm is one percentage point of survival, so that the published slopes for cardiac arrest stand beside the
judgements in one unit.

A target runs on the clock its source names ("alert": from unit alert to arrival; "injury"; "patient_contact"; ...).
Targets on different clocks are never compared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Literal, get_args

import msgspec

from sixpoint.tables import Faults, Row, read_table

Acuity = Literal["critical", "emergent", "lower_acuity", "non_acute"]
Transport = Literal["yes", "likely", "no"]

ACUITIES: tuple[str, ...] = get_args(Acuity)
CONFIDENCES = ("verified_in_text", "recalled", "judgement")
CLOCKS = (
    "none",
    "alert",
    "first_medical_contact",
    "patient_contact",
    "scene_arrival",
    "injury",
    "collapse",
    "seizure_onset",
    "ingestion",
    "birth",
    "delivery",
    "maternal_arrest",
    "cpr_start",
    "airway_placed",
    "iv_attempt",
    "unstated",
)
DESTINATIONS = ("any", "stroke", "stemi", "trauma", "burn", "pediatric", "obstetric", "behavioural")


class Need(msgspec.Struct, frozen=True):
    """One intervention that a call needs; any one skill of `any_of` meets it.

    `target_s` runs on `clock`. `hands` rescuers must be there at once. A `transporting` need is met only by a unit
    that can transport. `when` says for which of these patients it counts; empty means all; what two needs say in the
    same words holds for both or for neither. No patient has it together with a need (by order) of `not_with`.
    """

    skill: str
    order: int
    target_s: float | None
    clock: str
    harm_per_min: float
    hands: int = 1
    transporting: bool = False
    source: str = ""
    confidence: str = "judgement"
    instead: tuple[str, ...] = ()
    weight: str = ""
    when: str = ""
    not_with: tuple[int, ...] = ()

    @property
    def any_of(self) -> tuple[str, ...]:
        """The skills of which any one meets the need, the preferred first."""
        return (self.skill, *self.instead)


class CallType(msgspec.Struct, frozen=True):
    """A kind of call: what it needs, how soon, and where the patient is taken.

    A nearer facility is passed by for one that treats `destination` only under `destination_when` (empty: always).
    """

    code: str
    reason: str
    acuity: Acuity
    needs: tuple[Need, ...]
    transport: Transport
    destination: str
    family: str = "medical"
    source: str = ""
    confidence: str = "judgement"
    destination_when: str = ""

    def of_patient(self, drawn: Collection[int]) -> tuple[Need, ...]:
        """The needs of one patient: those of all, and those of whose conditions the first (by order) was drawn."""
        first: dict[str, int] = {}
        for need in self.needs:
            first.setdefault(need.when, need.order)
        applying = [need for need in self.needs if not need.when or first[need.when] in drawn]
        orders = {need.order for need in applying}
        return tuple(need for need in applying if not orders.intersection(need.not_with))


class CallTypes(Mapping[str, CallType]):
    """The call types by code; `hash` names their content, so that a decision can be proved again."""

    def __init__(self, call_types: Mapping[str, CallType], sources: Mapping[str, str]) -> None:
        self._by_code = dict(call_types)
        self.sources = dict(sources)
        self.codes = tuple(self._by_code)
        canonical = msgspec.json.encode([self._by_code[code] for code in sorted(self._by_code)])
        self.hash = f"sha256:{hashlib.sha256(canonical).hexdigest()}"

    def __getitem__(self, code: str) -> CallType:
        return self._by_code[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_code)

    def __len__(self) -> int:
        return len(self._by_code)


@cache
def load_call_types() -> CallTypes:
    """The call types that Sixpoint brings along."""
    with as_file(files("sixpoint.dispatch") / "data") as folder:
        return read_call_types(folder)


def read_call_types(folder: Path) -> CallTypes:
    """The call types of a folder; `InputError` names every fault of its tables, with file and line."""
    faults = Faults()
    sources = _read_sources(folder, faults)
    harm = _read_harm(folder, sources, faults)
    heads = _read_heads(folder, sources, faults)
    needs = _set_apart(folder, _read_needs(folder, heads, harm, sources, faults), sources, faults)
    for code, (row, _) in heads.items():
        if not needs[code]:
            row.fault(f"call type {code} has no need", "Add its needs to needs.csv.")
    faults.raise_any()
    call_types = {
        code: msgspec.structs.replace(head, needs=tuple(sorted(needs[code], key=lambda need: need.order)))
        for code, (_, head) in heads.items()
    }
    return CallTypes(call_types, sources)


def _read_sources(folder: Path, faults: Faults) -> dict[str, str]:
    rows = read_table(folder / "sources.csv", "sources.csv", ("id", "title"), (), faults)
    return {row.text("id"): row.text("title") for row in rows}


def _citation(row: Row, sources: Mapping[str, str]) -> str:
    cited = row.text("source")
    for part in cited.split(";"):
        words = part.split()
        if words and words[0] not in sources:
            row.fault(f"source '{words[0]}' is not known", "Add it to sources.csv, or correct it.")
    return cited


def _read_harm(folder: Path, sources: Mapping[str, str], faults: Faults) -> dict[tuple[str, str], float]:
    columns = ("acuity", "weight", "harm_per_min", "source", "confidence")
    harm: dict[tuple[str, str], float] = {}
    for row in read_table(folder / "harm.csv", "harm.csv", columns, (), faults):
        _citation(row, sources)
        row.one_of("confidence", CONFIDENCES)
        key = (row.one_of("acuity", ACUITIES), row.text("weight"))
        if key in harm:
            row.fault(f"the harm of {' '.join(key)} stands twice", "Keep one line.")
        harm[key] = row.number("harm_per_min", 0, 1000)
    return harm


def _read_heads(folder: Path, sources: Mapping[str, str], faults: Faults) -> dict[str, tuple[Row, CallType]]:
    columns = ("code", "reason", "acuity", "transport", "destination", "family", "source", "confidence")
    heads: dict[str, tuple[Row, CallType]] = {}
    for row in read_table(folder / "call_types.csv", "call_types.csv", columns, ("destination_when",), faults):
        code = row.text("code")
        if code in heads:
            row.fault(f"call type {code} stands twice", "Keep one line.")
        cells = {
            "code": code,
            "reason": row.text("reason"),
            "acuity": row.one_of("acuity", ACUITIES),
            "transport": row.one_of("transport", get_args(Transport)),
            "destination": row.one_of("destination", DESTINATIONS),
            "family": row.text("family"),
            "source": _citation(row, sources),
            "confidence": row.one_of("confidence", CONFIDENCES),
        }
        when = row.raw("destination_when")
        if when and cells["destination"] == "any":
            row.fault(f"'{when}' stands beside destination 'any'", "Name what is treated there, or leave it empty.")
        if all(cells.values()) and cells["acuity"] in ACUITIES and cells["transport"] in get_args(Transport):
            heads[code] = (row, msgspec.convert({**cells, "needs": (), "destination_when": when}, CallType))
    return heads


def _read_needs(
    folder: Path,
    heads: Mapping[str, tuple[Row, CallType]],
    harm: Mapping[tuple[str, str], float],
    sources: Mapping[str, str],
    faults: Faults,
) -> dict[str, list[Need]]:
    columns = [
        "code",
        "order",
        "any_of",
        "target_min",
        "clock",
        "weight",
        "hands",
        "transporting",
        "when",
        "source",
        "confidence",
    ]
    needs: dict[str, list[Need]] = {code: [] for code in heads}
    for row in read_table(folder / "needs.csv", "needs.csv", columns, (), faults):
        code = row.one_of("code", heads)
        weight = row.text("weight")
        if code not in heads:
            continue
        acuity = heads[code][1].acuity
        if (acuity, weight) not in harm:
            row.fault(f"no harm is given for {acuity} {weight}", "Add the line to harm.csv, or correct the weight.")
        order = row.whole("order", 1)
        if any(need.order == order for need in needs[code]):
            row.fault(f"call type {code} has two needs of order {order}", "Number its needs 1, 2, 3 and so on.")
        skill, *instead = row.words("any_of") or (row.text("any_of"),)
        target_s = row.number("target_min", 0, 24 * 60) * 60 if row.raw("target_min") else None
        clock = row.one_of("clock", CLOCKS)
        if (target_s is None) != (clock == "none"):
            row.fault("a target and its clock belong together", "Write both, or an empty target and clock 'none'.")
        needs[code].append(
            Need(
                skill=skill,
                order=order,
                target_s=target_s,
                clock=clock,
                harm_per_min=harm.get((acuity, weight), 0.0),
                hands=row.whole("hands", 1, 20),
                transporting=row.yes_no("transporting"),
                source=_citation(row, sources),
                confidence=row.one_of("confidence", CONFIDENCES),
                instead=tuple(instead),
                weight=weight,
                when=row.raw("when"),
            )
        )
    return needs


def _set_apart(
    folder: Path, needs: dict[str, list[Need]], sources: Mapping[str, str], faults: Faults
) -> dict[str, list[Need]]:
    """The needs with what no patient has together with them."""
    if not (folder / "apart.csv").is_file():
        return needs
    apart: dict[tuple[str, int], tuple[int, ...]] = {}
    for row in read_table(
        folder / "apart.csv", "apart.csv", ("code", "order", "not_with", "source", "confidence"), (), faults
    ):
        code, order, other = row.one_of("code", needs), row.whole("order", 1), row.whole("not_with", 1)
        _citation(row, sources)
        row.one_of("confidence", CONFIDENCES)
        missing = {order, other} - {need.order for need in needs.get(code, ())}
        if missing:
            row.fault(f"call type {code} has no need {min(missing)}", "Name two needs of needs.csv by their order.")
        apart[code, order] = (*apart.get((code, order), ()), other)
    return {
        code: [msgspec.structs.replace(need, not_with=apart.get((code, need.order), ())) for need in found]
        for code, found in needs.items()
    }
