"""`sixpoint road calibrate`: speed factors from observed runs, and how far off run times are before and after."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec

from sixpoint.cli.output import DONE, FOUND, json_option, print_json
from sixpoint.errors import Fault, InputError

if TYPE_CHECKING:
    from sixpoint.road import RoadNetwork
    from sixpoint.road.calibration import Calibration, Errors, Unlit
    from sixpoint.road.observed_runs import ObservedRuns, RunsByLights

ANY_PATH = click.Path(path_type=Path)
DOUBTFUL: Final = (
    "This is no measurement of these roads, and a table of it says 'assumption'. Check that times and places are those "
    "of the same runs, and that the network is theirs."
)
NOT_OVER: Final = "Nothing is written over: name a new file."


class Source(msgspec.Struct, frozen=True):
    """Where runs come from, as asked: one of `log` and `runs`, and what goes with it (None: not said)."""

    log: Path | None
    runs: Path | None
    stations: Path | None
    homes: Path | None
    priority: str | None
    unlit: str | None
    snap_limit_m: float | None

    def read(self, network: RoadNetwork) -> RunsByLights:
        """The runs of the one source that is named, or `InputError`."""
        self._check()
        if self.runs is not None:
            from sixpoint.road.runs_table import SNAP_LIMIT_M, read_runs_table

            return read_runs_table(self.runs, network, snap_limit_m=self.snap_limit_m or SNAP_LIMIT_M)
        from sixpoint.road.sf_log import read_sf_log

        assert self.log is not None, "one of the two is named"
        return read_sf_log(
            self.log,
            network,
            stations=self.stations or self.log.parent / "sf_fire_stations.geojson",
            homes=self.homes or self.log.parent / "unit_to_station.csv",
            lights=self.priority or "3",
            normal=self.unlit or "2",
        )

    def _check(self) -> None:
        if (self.log is None) == (self.runs is None):
            told = "both are given" if self.log is not None else "neither is given"
            remedy = "Give --runs TABLE (your own runs), or --log FILE (San Francisco's log of calls)."
            raise InputError.one("--runs, --log", told, remedy)
        with_log = {f"--{word}": getattr(self, word) for word in ("stations", "homes", "priority", "unlit")}
        with_runs = {"--snap-limit-m": self.snap_limit_m}
        strange, partner = (with_log, "--log") if self.runs is not None else (with_runs, "--runs")
        faults = [
            Fault(option, f"is given without {partner}", f"It goes with {partner} alone: leave it out.")
            for option, value in strange.items()
            if value is not None
        ]
        if faults:
            raise InputError(faults)


@click.command()
@click.option("--runs", type=ANY_PATH, help="Your own runs: a table (CSV or .csv.gz), one run a line.")
@click.option("--log", type=ANY_PATH, help="San Francisco's log of calls (CSV or .gz), in place of --runs.")
@click.option(
    "--network", "network_folder", type=ANY_PATH, required=True, help="Folder with nodes and edges, or a region."
)
@click.option(
    "--snap-limit-m", type=click.FloatRange(1, 50_000), help="With --runs: how far from the network.  [default: 500]"
)
@click.option("--stations", type=ANY_PATH, help="With --log: GeoJSON of stations; else beside the log.")
@click.option("--homes", type=ANY_PATH, help="With --log: table of units and stations; else beside the log.")
@click.option("--priority", help="With --log: priority of runs with lights and sirens.  [default: 3]")
@click.option("--unlit", help="With --log: priority of runs without.  [default: 2]")
@click.option(
    "--hold-out", type=click.IntRange(2), default=3, show_default=True, help="Every so many days is for checking."
)
@click.option(
    "--out", type=ANY_PATH, help="New file for the profiles 'lights' and 'normal' (CSV), for a region's speeds."
)
@json_option
def calibrate(
    runs: Path | None,
    log: Path | None,
    network_folder: Path,
    snap_limit_m: float | None,
    stations: Path | None,
    homes: Path | None,
    priority: str | None,
    unlit: str | None,
    hold_out: int,
    out: Path | None,
    as_json: bool,
) -> int:
    """Learns speed factors from observed runs, and says how far off run times are before and after.

    A table of runs has the columns left_at and arrived_at (or seconds and date), from_lon_deg, from_lat_deg (or
    from_node), to_lon_deg, to_lat_deg (or to_node), and may have lights (yes, no). Errors are those on days that had no
    part in the fit; exit code 1 if they are no better for it, or the fit ran into a bound. With --out a table is
    written that `sixpoint road times` takes as --profiles, and a region as its `speeds` (docs/road.md).
    """
    from sixpoint.road.calibrated_table import calibrated_table
    from sixpoint.road.calibration import calibrate_unlit
    from sixpoint.road.calibration_doubts import doubts_of, doubts_of_unlit

    source = Source(log, runs, stations, homes, priority, unlit, snap_limit_m)
    if out is not None:
        _check_free(out)
    network = _network(network_folder)
    observed = source.read(network)
    result = _fit(network, observed.lights, hold_out)
    slower, why = None, "none"
    if observed.normal.runs:
        try:
            slower = calibrate_unlit(network, result, observed.normal.runs, hold_out=hold_out)
        except InputError as error:
            why = f"{error.faults[0].where} {error.faults[0].what}"
    doubts = doubts_of(result) + (doubts_of_unlit(slower) if slower is not None else ())
    if out is not None:
        whose = {"of_lights": observed.lights.source, "of_unlit": observed.normal.source}
        _write(out, calibrated_table(result, slower, **whose))
    if as_json:
        print_json(_facts(observed, slower) | msgspec.to_builtins(result) | {"doubts": doubts})
        return FOUND if doubts else DONE
    _tell_runs(observed, result)
    _tell_calibration(result, slower, why)
    for doubt in doubts:
        click.echo(f"Doubtful: {doubt}")
    if doubts:
        click.echo(DOUBTFUL)
    if out is not None:
        in_toml = f'speeds = "{out.name}" into region.toml, in place of lights_factor'
        click.echo(f"Written: {out}. In a region: put it into the folder, and {in_toml}.")
    return FOUND if doubts else DONE


def _network(folder: Path) -> RoadNetwork:
    """The roads of a folder, of a region's folder road/, or of a map."""
    from sixpoint.region.bundled import named_region
    from sixpoint.road.importers import import_roads

    named = named_region(folder)
    return import_roads(named / "road" if (named / "road").is_dir() else named).network


def _fit(network: RoadNetwork, lit: ObservedRuns, hold_out: int) -> Calibration:
    """The fit; a refusal also says what was left out, which may be why there are too few."""
    from sixpoint.road.calibration import calibrate as fit

    try:
        return fit(network, lit.runs, hold_out=hold_out)
    except InputError as error:
        left_out = ", ".join(f"{count} ({reason})" for reason, count in lit.left_out.items())
        told = f" Left out: {left_out}." if left_out else ""
        faults = [Fault(lit.source, f"{fault.where} {fault.what}", fault.remedy + told) for fault in error.faults]
        raise InputError(faults) from None


def _facts(observed: RunsByLights, slower: Unlit | None) -> dict[str, object]:
    return {
        "runs": len(observed.lights.runs),
        "left_out": observed.lights.left_out,
        "runs_without_lights": len(observed.normal.runs),
        "left_out_without_lights": observed.normal.left_out,
        "notes": observed.notes,
        "without_lights": slower,
    }


def _tell_runs(observed: RunsByLights, result: Calibration) -> None:
    runs = len(observed.lights.runs)
    click.echo(f"{runs} runs; fitted on {result.fitted_on}, checked on {result.as_is.runs} of other days.")
    for note in observed.notes:
        click.echo(f"Read: {note}.")
    for one, whose in ((observed.lights, ""), (observed.normal, " without lights")):
        for reason, count in one.left_out.items():
            click.echo(f"Left out: {count} runs{whose}, {reason}.")


def _tell_calibration(result: Calibration, slower: Unlit | None, why: str) -> None:
    told = (
        f"{name}: x {factor:.2f}" + ("" if result.runs_on[name] else " (no run)")
        for name, factor in result.factors.items()
    )
    click.echo(f"Every run: {result.base_s:.0f} s. All classes: x {result.every_class:.2f}. " + ", ".join(told))
    click.echo("Errors on days not used for the fit, s:     median   90th pct   bias")
    for what, errors in (("as the network says", result.as_is), ("one factor for all", result.one_factor)):
        _errors_line(what, errors)
    _errors_line("calibrated", result.calibrated)
    if slower is None:
        click.echo(f"Runs without lights ({why}) are taken to be as fast as those with them.")
        return
    click.echo(f"Without lights: x {slower.factor:.2f} on top of these, from {slower.fitted_on} runs.")
    _errors_line("without lights, as the network says", slower.as_is)
    _errors_line("without lights, calibrated", slower.calibrated)


def _errors_line(what: str, errors: Errors) -> None:
    figures = f"{errors.median_absolute_s:9.0f} {errors.p90_absolute_s:10.0f} {errors.bias_s:+8.0f}"
    click.echo(f"  {what:<38}{figures}")


def _check_free(path: Path) -> None:
    """Refuses a file that is there, and a folder that is not, before the fit takes its time."""
    if os.path.lexists(path):
        raise InputError.one(str(path), "is there already", NOT_OVER)
    if not path.parent.is_dir():
        raise InputError.one(str(path), "cannot be written (its folder is not there)", "Name another file.")


def _write(path: Path, text: str) -> None:
    """Writes a new file whole, or leaves none behind."""
    try:
        with path.open("x", encoding="utf-8", newline="") as opened:
            try:
                opened.write(text)
                opened.flush()
            except OSError:
                path.unlink()
                raise
    except FileExistsError:
        raise InputError.one(str(path), "is there already", NOT_OVER) from None
    except OSError as error:
        raise InputError.one(str(path), f"cannot be written ({error.strerror})", "Name another file.") from None
