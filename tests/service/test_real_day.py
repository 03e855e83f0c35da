"""A real day of San Francisco through the live engine, from the published log to patient care records."""

from __future__ import annotations

from pathlib import Path

import pytest

from sixpoint.dispatch import load_call_types
from sixpoint.ops import digest
from sixpoint.region import read_region
from sixpoint.region.importers.sf import import_day
from sixpoint.service.engine import read_events, replay_log
from sixpoint.service.records import records_of
from sixpoint.service.run import LOG, PastRun, start_run
from sixpoint.service.summary import summarise
from sixpoint.store import open_sqlite


@pytest.fixture(scope="module")
def run(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    region_folder = tmp_path_factory.mktemp("regions") / "sf-2020-04-10"
    import_day(shared / "data", "2020-04-10", region_folder)
    folder = tmp_path_factory.mktemp("runs") / "sf"
    day = start_run(folder, region_folder, read_region(region_folder, load_call_types().codes), 6)
    day.run()
    day.checkpoint(day.engine.state.last_ms)
    return folder


def test_every_medical_call_of_the_day_is_handled_to_its_end(run: Path) -> None:
    past = PastRun(run)
    histories = past.histories.by_incident.values()
    assert len(histories) == 354
    assert all(one.closed_ms is not None for one in histories)
    figures = summarise(histories, past.call_types)
    assert figures.reached == 354 and figures.transported > 200
    imputed = [one for one in histories if "dispatch_code" in one.imputed]
    assert figures.imputed_types == len(imputed) > 300


def test_the_log_of_the_day_replays_to_the_same_state(run: Path) -> None:
    with open_sqlite(run / LOG, read_only=True) as log:
        log.verify()
        replayed = replay_log(log)
        assert replayed.checkpoints >= 24
        assert digest(replayed.state) == list(read_events(log))[-1].state_sha256


def test_an_imputed_complaint_is_marked_in_the_patient_care_record(run: Path) -> None:
    past = PastRun(run)
    history = next(one for one in past.histories.by_incident.values() if "dispatch_code" in one.imputed)
    for _, record in records_of(past, history):
        assert "dispatch_code" in str(record["PatientCareReport"])
