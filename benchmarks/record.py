"""Patient care records: how many a second are made, written as XML, read back and audited, on one core.

Each is held beside the least that any program in Python does for it in the same run: making and writing beside encoding
the same records as JSON, reading and auditing a file beside parsing it with lxml, the audit itself beside reading.
"""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from lxml import etree

from benchmarks.figure import Figure, beside, best_of
from sixpoint.dispatch import load_call_types
from sixpoint.record import audit_record, data_set, read_records
from sixpoint.region import bundled_region, read_region
from sixpoint.service.circumstances import diversions
from sixpoint.service.opening import warm_up
from sixpoint.service.records import records_of
from sixpoint.service.run import PastRun, finish_run, start_run

RUNS = 5


def figures() -> Iterator[Figure]:
    """The records of a day of Riverton."""
    with tempfile.TemporaryDirectory() as folder:
        past = _past(Path(folder) / "run")
        diverted = diversions(past.events)

        def made() -> Iterator[dict[str, Any]]:
            for history in past.histories.by_incident.values():
                for _, record in records_of(past, history, diverted):
                    yield record

        records = [*made()]
        n = len(records)
        file = Path(folder) / "all.xml"
        file.write_text("".join(data_set(records)), "utf-8")
        rules = past.rulebook

        def rate(work: Callable[[], Iterable[object]]) -> float:
            """Records a second, none of them kept."""
            return n / best_of(RUNS, lambda: deque(work(), maxlen=0))

        encode = rate(lambda: map(msgspec.json.encode, records))
        yield beside("record.make.rate", rate(made), "records/s", encode)
        yield beside("record.write_xml.rate", rate(lambda: data_set(records)), "records/s", encode)
        parse = n / best_of(RUNS, lambda: etree.parse(file))
        read = rate(lambda: read_records(file))
        yield beside("record.read_xml.rate", read, "records/s", parse)
        kept = rate(lambda: (audit_record(one, rules) for one in records))
        yield beside("record.audit.rate", kept, "records/s", read)
        audited = rate(lambda: (audit_record(one, rules) for one in read_records(file)))
        yield beside("record.audit_file.rate", audited, "records/s", parse)
        yield beside("record.xml.size", file.stat().st_size / n / 1000, "kB")


def _past(folder: Path) -> PastRun:
    place = bundled_region("riverton")
    day = start_run(folder, place, read_region(place, load_call_types().codes), 6)
    warm_up(day.engine.world)
    day.run()
    finish_run(day, folder, day.engine.state.last_ms)
    return PastRun(folder)
