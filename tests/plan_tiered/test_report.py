"""A report is one whole file that everybody can read: nothing is fetched, charts are told in words, figures agree."""

from __future__ import annotations

import json
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from sixpoint.cli.plan import plan
from sixpoint.dispatch.arrays import arrival_target_s
from sixpoint.plan.report.coverage import coverage
from sixpoint.plan.report.grounds import MEDICAL_DIRECTOR, said_beyond
from sixpoint.plan.report.said import clock, percent
from sixpoint.plan.report.view import Gathering, View
from sixpoint.plan.report.write import comparison_report, simulation_report
from sixpoint.plan.tiered.measure import replicate
from sixpoint.plan.tiered.samples import take_samples
from sixpoint.plan.tiered.scenario import Prepared, Scenario, prepare
from sixpoint.plan.tiered.scenario.text import CostText, DemandText, NewPost, UnitChange
from sixpoint.plan.tiered.study import study

BASE = Scenario("riverton", days=2, replications=3, seed=5, name="as it is", cost=CostText({"EMT": 30.0}))
VOID = {"meta", "br", "path", "rect"}


class Reader(HTMLParser):
    """Reads a page as a browser would have to, and keeps what a person with or without eyes is given."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: Counter[str] = Counter()
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen[tag] += 1
        self.attributes.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen[tag] += 1
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def prepared(scenario: Scenario = BASE) -> Prepared:
    return prepare(scenario, Path())


def viewed(one: Prepared) -> View:
    gathering = Gathering(one)
    gathering.add(take_samples(one, replicate(one, 0, traced=True)), by_day=True)
    return gathering.view()


@pytest.fixture(scope="module")
def view() -> View:
    return viewed(prepared())


@pytest.fixture(scope="module")
def several() -> str:
    scenarios = [BASE, replace(BASE, name="one fewer", change=(UnitChange("A21", remove=True),))]
    ready = [prepared(one) for one in scenarios]
    gathered = [Gathering(one, look) for look, one in enumerate(ready)]
    found = list(study(ready, sampled=True))
    for one in found:
        for gathering, samples in zip(gathered, one.samples, strict=True):
            gathering.add(samples)
    return comparison_report([one.view() for one in gathered], found, stopped=False)


@pytest.fixture(scope="module", params=["simulation", "comparison"])
def text(request: pytest.FixtureRequest, view: View, several: str) -> str:
    return simulation_report(view) if request.param == "simulation" else several


def test_the_page_is_whole_and_fetches_nothing(text: str) -> None:
    page = Reader(text)
    assert page.open == [] and text.startswith("<!DOCTYPE html>")
    assert not {"script", "link", "img", "iframe", "image", "use", "object", "base"} & set(page.seen)
    for _, attributes in page.attributes:
        assert not {"src", "srcset", "style", "onload", "onclick"} & set(attributes)
        assert (attributes.get("href") or "#").startswith("#")
    assert "url(" not in text and "@import" not in text and "http://" not in text and "https://" not in text
    assert "default-src 'none'" in text


def test_every_chart_is_told_in_words_and_every_table_is_named(text: str) -> None:
    page = Reader(text)
    drawings = [attributes for tag, attributes in page.attributes if tag == "svg"]
    assert len(drawings) > 8
    for one in drawings:
        told = one.get("aria-label") or ""
        assert (one.get("role") == "img" and len(told) > 20) or one.get("aria-hidden") == "true"
        assert "nan" not in told.lower() and "inf" not in told.lower()
    assert page.seen["table"] == page.seen["caption"] > 5
    assert all(attributes.get("scope") in ("row", "col") for tag, attributes in page.attributes if tag == "th")
    assert page.seen["figcaption"] == page.seen["figure"] and page.seen["h1"] == 1


def test_it_reads_on_a_phone_in_the_dark_and_on_paper(text: str) -> None:
    assert 'name="viewport"' in text and 'lang="en"' in text
    assert "prefers-color-scheme:dark" in text.replace(" ", "") and "@media print" in text


def test_every_link_leads_to_a_section(text: str) -> None:
    page = Reader(text)
    ids = [attributes["id"] for _, attributes in page.attributes if "id" in attributes]
    links = [attributes["href"] for tag, attributes in page.attributes if tag == "a"]
    assert len(ids) == len(set(ids)) and {f"#{one}" for one in ids} == set(links)


def test_the_medical_director_and_what_is_synthetic_are_named_once_and_at_the_top(text: str) -> None:
    assert text.count(MEDICAL_DIRECTOR) == 1
    assert text.index("is synthetic") < text.index(MEDICAL_DIRECTOR) < text.index("<nav")


def test_no_number_is_broken(text: str) -> None:
    words = " ".join(Reader(text).words).split("Made from")[0].split()
    assert not {"nan", "inf", "-inf", "None", "nan%", "inf%"} & {word.strip(".,:;()") for word in words}


def test_the_same_run_gives_the_same_page(view: View, text: str) -> None:
    if "simulated days" in text:
        assert simulation_report(viewed(prepared())) == text


def test_what_is_written_is_what_was_simulated(view: View) -> None:
    run = replicate(view.prepared, 0)
    words = Reader(simulation_report(view)).words
    assert f"{len(run.calls):,}" in words
    times = np.sort(np.where(run.calls["patient"] >= 0, run.calls["patient"] - run.calls["at"], 10**12)) / 1000
    median = float(np.ceil(times[(len(times) + 1) // 2 - 1]))
    assert clock(median) in words
    found = {one.curve.id: mean for one, mean, _ in view.survival()}
    assert percent(found["larsen-1993"]) in words
    assert "King County (Washington), n = 1,667" in " ".join(words)
    assert view.prepared.service.rules.hash in words


def test_names_from_a_file_are_text_and_nothing_else() -> None:
    nasty = replace(BASE, name='<script>alert("x")</script>')
    one = prepared(nasty)
    text = comparison_report([viewed(one)], list(study([one])), stopped=True)
    assert "<script" not in text and "&lt;script&gt;" in text
    assert Reader(text).open == [] and "stopped by hand" in text


def test_a_day_without_calls_is_a_report_all_the_same() -> None:
    one = prepared(replace(BASE, demand=DemandText(times=0.0)))
    assert "<b>0</b><span>calls</span>" in simulation_report(viewed(one))


def test_reach_is_that_of_the_nearest_lawful_performer_on_duty() -> None:
    """Against a plain look at every call and unit, for one skill that few units bring."""
    one = prepared(replace(BASE, days=4))
    service, skill = one.service, "aspirin_oral"
    expected = []
    for call in replicate(one, 0).calls:
        kind = service.types[service.types.codes[call["type"]]]
        real = [need for bit, need in enumerate(kind.needs) if call["mask"] >> bit & 1 and need.skill == skill]
        for need in real:
            reached = [
                eta_s(one, place, call) for place in range(len(service.unit_ids)) if may(one, place, call, need.any_of)
            ]
            target_s = arrival_target_s(kind, need.order, service.policy)
            expected.append((int(call["node"]), min(reached, default=np.inf) <= target_s))
    found = coverage(one).skills[skill]
    assert sorted(zip(found.node.tolist(), found.within.tolist(), strict=True)) == sorted(expected)
    assert len(expected) > 10 and 0 < found.within.mean() < 1


def may(one: Prepared, unit: int, call: np.void, any_of: tuple[str, ...]) -> bool:
    rows = [row for row in one.service.world.roster if row["unit"] == unit and row["at"] <= call["at"]]
    if not rows or not rows[-1]["hands"]:
        return False
    standing, order = one.service.capabilities[rows[-1]["cap"]]
    skills = [one.service.rules.skill(name) for name in any_of]
    return any(skill is not None and (standing | order) >> skill.index & 1 for skill in skills)


def eta_s(one: Prepared, unit: int, call: np.void) -> float:
    row = one.region.units[one.service.unit_ids[unit]]
    kind = one.service.types[one.service.types.codes[call["type"]]]
    lights = kind.acuity in one.service.policy.lights_and_sirens
    factor = one.region.lights_factor if lights else max(1.0, one.region.lights_factor)
    road_s = one.service.travel.seconds(one.region.posts[row.post_id].node, int(call["node"]))
    return row.turnout_s + road_s * factor


def test_what_a_scenario_says_beyond_the_first_is_told() -> None:
    other = replace(BASE, change=(UnitChange("F1", crew=("EMT", "EMT")),), overlays=("ours.yaml",), seed=6)
    assert said_beyond(other, BASE) == ["seed = 6", "overlays: ours.yaml", "change: unit_id F1, crew EMT EMT"]
    assert said_beyond(BASE, BASE) == []
    corner = replace(BASE, post=(NewPost("corner", -100.3, 41.9),))
    assert said_beyond(corner, BASE) == ["post: post_id corner, lon_deg -100.3, lat_deg 41.9, kind street"]


def test_hours_on_duty_and_on_calls_are_those_of_the_days_simulated_on_the_page_and_beside_it() -> None:
    prepared = prepare(replace(BASE, days=1), Path())
    done = replicate(prepared, 0, traced=True)
    assert done.end_ms > 25 * 3_600_000, "calls and shifts go on after the day"
    page, kinds = take_samples(prepared, done), np.array(done.service.kinds)
    assert done.units["duty_ms"].max() == 24 * 3_600_000
    for kind in sorted(set(done.service.kinds)):
        for of_page, name in ((page.duty_h, "duty_ms"), (page.busy_h, "busy_ms")):
            hours = done.units[name][kinds == kind].sum() / 3.6e6
            assert hours == pytest.approx(float(np.sum(of_page[kind])), abs=1e-6), (kind, name)


def test_simulate_and_compare_write_the_page(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('region = "riverton"\ndays = 1\nreplications = 2\n', "utf-8")
    words = ["compare", str(tmp_path / "a.toml"), "--out", str(tmp_path / "o"), "--json"]
    done = CliRunner().invoke(plan, words, catch_exceptions=False)
    rows = [json.loads(line) for line in done.output.splitlines()]
    assert {"scenario", "figure", "mean", "interval"} == set(rows[0])
    assert Reader((tmp_path / "o" / "report.html").read_text("utf-8")).open == []
    words = ["simulate", "riverton", "--days", "1", "--out", str(tmp_path / "s"), "--json"]
    CliRunner().invoke(plan, words, catch_exceptions=False)
    assert Reader((tmp_path / "s" / "report.html").read_text("utf-8")).open == []
