"""The folder of a study: one whole line for each finished replication as it ends, the comparison when all is done."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from sixpoint.errors import InputError
from sixpoint.plan.tiered.scenario import Prepared
from sixpoint.plan.tiered.study import Finished, differences, means

REPLICATIONS: Final = "replications.jsonl"
COMPARISON: Final = "comparison.csv"
STUDY: Final = "study.json"
REPORT: Final = "report.html"


class StudyFolder:
    """Holds at any time whole results of every finished replication; `finish` adds the comparison.

    The folder must not be there yet: `InputError`.
    """

    def __init__(self, out: Path, prepared: Sequence[Prepared]) -> None:
        if out.exists():
            raise InputError.one(str(out), "is there already", "Name a folder that is not there yet.")
        if not out.parent.is_dir():
            raise InputError.one(str(out.parent), "is no folder", "Make it first.")
        out.mkdir()
        self.out, self._prepared = out, prepared

    def add(self, found: Finished) -> None:
        """Writes one finished replication: a line for each scenario."""
        lines = [
            msgspec.json.encode({"scenario": one.name, **msgspec.to_builtins(measured)})
            for one, measured in zip(self._prepared, found.replications, strict=True)
        ]
        with (self.out / REPLICATIONS).open("ab") as file:
            file.write(b"\n".join(lines) + b"\n")

    def finish(self, found: Sequence[Finished], stopped: bool, report: str = "") -> None:
        """Writes what the finished replications come to, what they were made from, and the page if there is one."""
        if report:
            self._write(REPORT, report.encode())
        self._write(STUDY, msgspec.json.format(msgspec.json.encode(self._provenance(found, stopped))) + b"\n")
        part = self.out / f".{COMPARISON}"
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(_HEADER)
            writer.writerows(self._rows(found))
        part.replace(self.out / COMPARISON)

    def _write(self, name: str, content: bytes) -> None:
        part = self.out / f".{name}"
        part.write_bytes(content)
        part.replace(self.out / name)

    def _rows(self, found: Sequence[Finished]) -> list[tuple[Any, ...]]:
        base = self._prepared[0].name
        rows: list[tuple[Any, ...]] = [
            (base, figure, len(found), mean, interval.low, interval.high, "", "", "")
            for figure, (mean, interval) in means(found).items()
        ]
        for place, one in enumerate(self._prepared[1:], 1):
            own = means(found, place)
            rows += [
                (
                    one.name, row.figure, row.pairs, row.second, own[row.figure][1].low, own[row.figure][1].high,
                    row.difference, row.interval.low, row.interval.high,
                )
                for row in differences(found, second=place)
            ]  # fmt: skip
        return rows

    def _provenance(self, found: Sequence[Finished], stopped: bool) -> dict[str, Any]:
        base = self._prepared[0]
        return {
            "region": base.region.id,
            "synthetic": base.region.synthetic,
            "roads": base.region.network.content_hash,
            "replications": len(found),
            "asked_for": base.scenario.replications,
            "stopped_by_hand": stopped,
            "warm_up_h": base.scenario.warm_up_h,
            "scenarios": [
                {"name": one.name, "rulebook": one.service.rules.hash, "cost": one.cost, "scenario": one.scenario}
                for one in self._prepared
            ],
        }


_HEADER: Final = (
    "scenario", "figure", "replications", "mean", "low", "high", "difference", "difference_low", "difference_high",
)  # fmt: skip
