"""Fitted demand and surges in scenarios: they give the calls they say, and are refused whole if anything is wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from click.testing import CliRunner
from msgspec.structs import replace
from scipy.stats import chi2

from sixpoint.cli.plan import plan
from sixpoint.errors import InputError
from sixpoint.plan.tiered.patients import Drawn, draw_patients
from sixpoint.plan.tiered.scenario import Prepared, prepare, read_scenario
from sixpoint.plan.tiered.study import differences, replicate, study
from sixpoint.region import bundled_region, read_region
from sixpoint.road import great_circle_m

ZONE = ZoneInfo("America/Chicago")
ARREST, FALL, BREATHING = "2301019", "2301027", "2301013"
SURGE = """[[surge]]
name = "match"
post = "stadium-north"
radius_m = 400
from_h = 30
to_h = 34
attendees = 40000
per_thousand = 2.5
[surge.mix]
"2301019" = 0.25
"2301013" = 0.75
"""


def table(weeks: int = 3) -> str:
    """A log of Riverton's, from Monday 4 May 2026 on: one fall an hour by day, at the north gate of the stadium."""
    random = np.random.default_rng(1)
    post = read_region(bundled_region("riverton")).posts["stadium-north"]
    start = datetime(2026, 5, 4, tzinfo=ZONE)
    rows = ["call_id,received_at,lon_deg,lat_deg,dispatch_code,unit_id,kind,notified_at,en_route_at"]
    for hour in range(168 * weeks):
        for minute in np.sort(random.integers(0, 3600, random.poisson(2.0 if 8 <= hour % 24 < 20 else 0.7))):
            at = start + timedelta(hours=hour, seconds=int(minute))
            code = FALL if random.random() < 0.8 else ARREST
            told, left = at + timedelta(seconds=60), at + timedelta(seconds=60 + int(random.integers(20, 90)))
            rows.append(
                f"c{len(rows)},{at.isoformat()},{post.lon_deg},{post.lat_deg},{code},A1,ambulance,"
                f"{told.isoformat()},{left.isoformat()}"
            )
    return "\n".join(rows) + "\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("demand")
    (made / "log.csv").write_text(table(), "utf-8")
    done = CliRunner().invoke(
        plan, ["fit", str(made / "log.csv"), "--region", "riverton", "--out", str(made / "fit"), "--json"],
        standalone_mode=False,
    )  # fmt: skip
    assert done.exception is None, done.output
    return made


def scenario(folder: Path, text: str, days: int = 3) -> Prepared:
    (folder / "one.toml").write_text(f'region = "riverton"\ndays = {days}\nseed = 4\n' + text, "utf-8")
    return prepare(read_scenario(folder / "one.toml"), folder, file=folder / "one.toml")


def patients(one: Prepared, seed: int = 9) -> Drawn:
    return draw_patients(one.region, one.service.types, one.demand, one.scenario.days, seed)


def test_a_scenario_draws_the_calls_of_the_file_it_names(folder: Path) -> None:
    one = scenario(folder, '[demand]\nfile = "fit/demand.toml"\n', days=28)
    calls = patients(one).calls
    model = one.demand.model.demand
    hours = calls["at"] // 3_600_000
    since = (one.region.starts_at.weekday() * 24 + hours) % 168
    expected = model.rates.per_hour * 4
    counts = np.bincount(since, minlength=168)
    assert 0.01 < chi2.sf(float(((counts - expected) ** 2 / expected).sum()), 168) < 0.99
    codes = np.array(one.service.types.codes)[calls["type"]]
    assert set(codes) == {FALL, ARREST} and (codes == FALL).mean() == pytest.approx(0.8, abs=0.05)
    post = one.region.posts["stadium-north"]
    network = one.region.network
    away_m = great_circle_m(network.lon_deg[calls["node"]], network.lat_deg[calls["node"]], post.lon_deg, post.lat_deg)
    assert (away_m < 1500).mean() > 0.9 and len(set(calls["node"].tolist())) > 5
    assert replicate(scenario(folder, '[demand]\nfile = "fit/demand.toml"\n'), 0).calls["closed"].min() >= 0


def test_times_fitted_by_the_same_command_are_drawn(folder: Path) -> None:
    one = scenario(folder, '[times]\nfile = "fit/times.toml"\n[demand]\nfile = "fit/demand.toml"\n')
    drawn = patients(one)
    assert drawn.times is not None
    assert (drawn.times.taking == 60_000).all()
    assert 45_000 < np.median(drawn.times.by_kind[:, :, 0]) < 65_000  # logged: 20 to 89 s, each as likely


def test_the_first_day_says_on_which_weekday_calls_are_drawn(folder: Path) -> None:
    text = '[demand]\nfile = "fit/demand.toml"\nfirst_day = 2026-05-10\n'
    one = scenario(folder, text, days=1)
    assert one.demand.model.starts_at == datetime(2026, 5, 10, tzinfo=ZONE)
    calls = patients(one).calls
    at = [one.demand.model.starts_at.astimezone(UTC) + timedelta(milliseconds=int(ms)) for ms in calls["at"]]
    assert all(when.astimezone(ZONE).weekday() == 6 for when in at) and len(at) > 10


def test_a_scenario_may_take_the_rates_of_a_file_and_leave_its_places_and_types(folder: Path) -> None:
    named = '[demand]\nfile = "fit/demand.toml"\n'
    plain, streets = (patients(scenario(folder, named + more)).calls for more in ("", 'places = "streets"\n'))
    assert (streets["at"] == plain["at"]).all()
    assert len(set(streets["node"].tolist())) > 2 * len(set(plain["node"].tolist()))
    one = scenario(folder, named + f'[demand.mix]\n"{BREATHING}" = 1.0\n')
    assert set(np.array(one.service.types.codes)[patients(one).calls["type"]]) == {BREATHING}
    assert (patients(one).calls["at"] == plain["at"]).all()


def test_the_same_calls_come_whatever_the_fleet(folder: Path) -> None:
    text = '[demand]\nfile = "fit/demand.toml"\n'
    gone = '[[change]]\nunit_id = "A21"\nremove = true\n'
    both = [patients(scenario(folder, one)).calls.tobytes() for one in (text + SURGE, gone + text + SURGE)]
    assert both[0] == both[1]


def test_a_surge_adds_its_calls_and_leaves_every_other_patient_as_they_are(folder: Path) -> None:
    for text in ("", '[demand]\nfile = "fit/demand.toml"\n', '[demand]\nsource = "log"\n'):
        plain, surged = patients(scenario(folder, text)), patients(scenario(folder, text + SURGE))
        codes = np.array(scenario(folder, text).service.types.codes)
        rest = [row.tobytes() for row in surged.calls]
        for row in plain.calls:
            rest.remove(row.tobytes())
        added = np.frombuffer(b"".join(rest), surged.calls.dtype)
        assert len(added) > 50 and set(codes[added["type"]]) == {ARREST, BREATHING}
        assert added["at"].min() >= 30 * 3_600_000 and added["at"].max() < 34 * 3_600_000
        assert (np.diff(surged.calls["at"]) >= 0).all() and surged.bystander_cpr.sum() >= plain.bystander_cpr.sum()


def test_the_calls_of_a_surge_are_the_same_whatever_else_is_called_in(folder: Path) -> None:
    few, many = (patients(scenario(folder, f"[demand]\ntimes = {times}\n" + SURGE)).calls for times in (0, 3))
    assert 60 < len(few) < len(many) and {row.tobytes() for row in few} < {row.tobytes() for row in many}


def test_a_surge_has_as_many_calls_as_it_says_where_and_of_what_it_says(folder: Path) -> None:
    one, plain = scenario(folder, SURGE), scenario(folder, "")
    counts, kinds, near = [], [], []
    network, post = one.region.network, one.region.posts["stadium-north"]
    for seed in range(40):
        drawn, without = patients(one, seed).calls, patients(plain, seed).calls
        counts.append(len(drawn) - len(without))
        inside = (drawn["at"] >= 30 * 3_600_000) & (drawn["at"] < 34 * 3_600_000)
        nodes = drawn["node"][inside]
        near.append(
            (great_circle_m(network.lon_deg[nodes], network.lat_deg[nodes], post.lon_deg, post.lat_deg) <= 400).sum()
        )
        kinds.append((np.array(one.service.types.codes)[drawn["type"][inside]] == ARREST).sum())
    # 100 expected each time, a Poisson number: 4,000 in all, give or take 63.
    assert abs(sum(counts) - 4000) < 4 * 63 and 0.4 < np.var(counts) / 100 < 1.9
    assert sum(near) >= sum(counts) and abs(sum(kinds) - 1000) < 200


def test_a_surge_may_come_again_and_say_who_is_carried(folder: Path) -> None:
    text = SURGE.replace("to_h = 34", "to_h = 34\nevery_days = 7\ntransport_share = 0.0")
    one, plain = scenario(folder, text, days=15), scenario(folder, "", days=15)
    drawn, without = patients(one).calls, patients(plain).calls
    assert abs(len(drawn) - len(without) - 200) < 4 * 200**0.5
    weekly = [((drawn["at"] // 3_600_000) == hour).sum() for hour in (31, 31 + 168)]
    assert min(weekly) > 10 and drawn["carried"].sum() == without["carried"].sum()


BROKEN = {
    "unknown post": (SURGE.replace("stadium-north", "nowhere"), 6, "post 'nowhere' is not known"),
    "off the roads": (SURGE.replace('post = "stadium-north"', "lon_deg = -90.0\nlat_deg = 41.9"), 6, "m from the near"),
    "off the Earth": (SURGE.replace('post = "stadium-north"', "lon_deg = -90.0\nlat_deg = 99"), 6, "not on Earth"),
    "two places": (SURGE.replace("radius_m", "lon_deg = -100.3\nlat_deg = 41.9\nradius_m"), 4, "no place, or two"),
    "half a place": (SURGE.replace('post = "stadium-north"', "lon_deg = -100.3"), 4, "no place, or two"),
    "ends before it begins": (SURGE.replace("to_h = 34", "to_h = 20"), 9, "runs from 30 to 20"),
    "negative hour": (SURGE.replace("from_h = 30", "from_h = -1"), 9, "runs from -1 to 34"),
    "after the end": (SURGE.replace("30", "80").replace("34", "90"), 8, "begins at hour 80, after the 3 days"),
    "overlaps itself": (SURGE.replace("34", "60").replace("radius", "every_days = 1\nradius"), 7, "every 1 days"),
    "no number": (SURGE.replace("attendees = 40000\nper_thousand = 2.5\n", ""), 4, "does not say how many"),
    "two numbers": (SURGE.replace("radius_m", "calls_per_hour = 3\nradius_m"), 4, "says it twice"),
    "half a number": (SURGE.replace("per_thousand = 2.5\n", ""), 4, "does not say how many"),
    "negative attendees": (SURGE.replace("40000", "-4"), 10, "-1 calls an hour"),
    "negative rate": (
        SURGE.replace("attendees = 40000\nper_thousand = 2.5", "calls_per_hour = -2"),
        10,
        "has -2 calls",
    ),
    "mix": (SURGE.replace("0.75", "0.5"), 12, "the mix sums to 0.75"),
    "type in mix": (SURGE.replace("2301013", "77"), 14, "'77' is not a known call type"),
    "no mix": (SURGE[: SURGE.index('"2301019"')], 12, "has no mix"),
    "carried": (SURGE.replace("radius_m", "transport_share = 2\nradius_m"), 7, "transport_share is 2"),
    "radius": (SURGE.replace("radius_m = 400", "radius_m = -1"), 7, "radius_m is -1"),
    "nameless": (SURGE.replace('name = "match"\n', ""), 4, "key 'name' is missing"),
    "no file": ('[demand]\nfile = "none/demand.toml"\n', 5, "there is no file"),
    "file and log": ('[demand]\nfile = "fit/demand.toml"\nsource = "log"\n', 5, "the source is 'log'"),
    "season": ('[demand]\nfile = "fit/demand.toml"\nseason = "dry"\n', 6, "season is 'dry'"),
    "places": ('[demand]\nfile = "fit/demand.toml"\nplaces = "moon"\n', 6, "places is 'moon'"),
    "day without file": ("[demand]\nfirst_day = 2026-05-10\n", 5, "without a file of demand"),
    "no day": ('[demand]\nfile = "fit/demand.toml"\nfirst_day = "soon"\n', 6, "'first_day'"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_refused_with_line_and_remedy(folder: Path, name: str) -> None:
    text, line, said = BROKEN[name]
    with pytest.raises(InputError) as refused:
        scenario(folder, text)
    found = [fault for fault in refused.value.faults if said in str(fault)]
    assert found and all(fault.where and fault.remedy for fault in refused.value.faults), refused.value
    assert line is None or any(fault.where == f"one.toml:{line}" for fault in found), refused.value


def test_a_month_that_the_season_of_the_file_lacks_is_refused_unless_it_is_left_out(folder: Path) -> None:
    text = (folder / "fit" / "demand.toml").read_text("utf-8")
    (folder / "fit" / "season.toml").write_text(text + "[[month]]\nmonth = 3\nfactor = 2.0\n", "utf-8")
    named = '[demand]\nfile = "fit/season.toml"\n'
    with pytest.raises(InputError, match=r"one.toml:5: the season of fit/season.toml does not cover May"):
        scenario(folder, named)
    with pytest.raises(InputError, match=r"one.toml:6: the season .* does not cover April"):
        scenario(folder, named + "first_day = 2026-03-31\n")
    scenario(folder, named + 'season = "flat"\n')
    doubled = patients(scenario(folder, named + "first_day = 2026-03-02\n", days=21)).calls
    usual = patients(scenario(folder, '[demand]\nfile = "fit/demand.toml"\nfirst_day = 2026-03-02\n', days=21)).calls
    assert len(doubled) / len(usual) == pytest.approx(2.0, rel=0.12)


def test_a_file_on_another_clock_is_refused(folder: Path) -> None:
    text = (folder / "fit" / "demand.toml").read_text("utf-8").replace("America/Chicago", "America/New_York")
    (folder / "fit" / "east.toml").write_text(text, "utf-8")
    with pytest.raises(InputError, match="fitted on the clock of America/New_York"):
        scenario(folder, '[demand]\nfile = "fit/east.toml"\n')


def test_scenarios_with_other_demand_or_a_surge_are_compared_and_their_patients_said_to_be_others(folder: Path) -> None:
    base = 'region = "riverton"\ndays = 2\nreplications = 2\n'
    for name, text in {
        "plain": '[demand]\nfile = "fit/demand.toml"\n', "again": '[demand]\nfile = "fit/demand.toml"\n',
        "surged": '[demand]\nfile = "fit/demand.toml"\n' + SURGE, "more": "[demand]\ntimes = 1.5\n",
    }.items():  # fmt: skip
        (folder / f"{name}.toml").write_text(base + text, "utf-8")
    (folder / "other" / "fit").mkdir(parents=True)
    changed = (folder / "fit" / "demand.toml").read_text("utf-8").replace("per_hour = [0", "per_hour = [1", 1)
    (folder / "other" / "fit" / "demand.toml").write_text(changed, "utf-8")
    (folder / "other" / "fit" / "places.csv").write_bytes((folder / "fit" / "places.csv").read_bytes())
    (folder / "other" / "differs.toml").write_text(base + '[demand]\nfile = "fit/demand.toml"\n', "utf-8")
    names = ("again", "surged", "more", "other/differs")
    out = folder / "apart"
    files = [str(folder / f"{name}.toml") for name in ("plain", *names)]
    told = CliRunner().invoke(plan, ["compare", *files, "--json", "--out", str(out)], standalone_mode=False)
    assert told.exception is None
    rows = [json.loads(line) for line in told.output.splitlines()]
    same = {row["scenario"]: row["same_patients"] for row in rows}
    assert same == {"again": True, "surged": False, "more": False, "differs": False}
    more = {row["scenario"]: row["difference"] for row in rows if row["figure"] == "calls"}
    assert more["again"] == 0 and more["surged"] > 0 and more["more"] > 0
    page = (out / "report.html").read_text("utf-8")
    assert "Patients of surged, more, differs are other ones" in page and "the same patients" not in page
    said = CliRunner().invoke(plan, ["compare", *files[:3]], standalone_mode=False).output
    assert "surged has other demand than plain" in " ".join(said.split()) and "again has other" not in said


def test_the_report_says_what_demand_and_surges_it_rests_on(folder: Path) -> None:
    (folder / "told.toml").write_text('region = "riverton"\n[demand]\nfile = "fit/demand.toml"\n' + SURGE, "utf-8")
    out = folder / "told"
    arguments = ["simulate", "riverton", "--days", "2", "--scenario", str(folder / "told.toml"), "--out", str(out)]
    assert CliRunner().invoke(plan, arguments, standalone_mode=False).exception is None
    page = (out / "report.html").read_text("utf-8")
    assert "a fit to" in page and "without a season" in page and "on top the surge" in page


def test_the_example_of_a_match_day_answers_what_a_team_at_the_gate_is_good_for() -> None:
    folder = Path(__file__).parents[2] / "examples" / "match-day"
    one, two = (
        prepare(replace(read_scenario(folder / f"{name}.toml"), days=14, replications=4), folder)
        for name in ("as-it-is", "gate-team")
    )
    found = list(study([one, two]))
    assert all(each.replications[0].calls == each.replications[1].calls for each in found)
    rows = {row.figure: row for row in differences(found)}
    assert rows["first at patient, mean s"].difference < -10
    assert [surge.spans(14) for surge in one.demand.surges] == [[(37, 42), (205, 210)]]
    assert one.demand.surges[0].per_hour == pytest.approx(9 / 5)
