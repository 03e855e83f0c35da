"""The question of `sixpoint dispatch choose REGION`: a call at a place and hour, put to that region's service."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from sixpoint.cli.dispatch_question import Asked, Question, call_type_named, capability
from sixpoint.cli.dispatch_region import point
from sixpoint.cli.question_file import read_file
from sixpoint.cli.run_time import instant_in
from sixpoint.dispatch import Choice, load_call_types, load_policy
from sixpoint.dispatch.choose import clock
from sixpoint.errors import InputError
from sixpoint.region import named_region, read_region
from sixpoint.region.format import MANIFEST
from sixpoint.service.standby import OFF_DUTY, Scene, Standby, UnitAtPost, call_at, scene_in

NOON: Final = "12:00"
NAMES: Final = {"call_type": "--type", "hour": "--at"}


class SceneWords(msgspec.Struct, frozen=True):
    """The options of a question about a region, as they are given."""

    scene: str | None = None
    call_type: str | None = None
    hour: str | None = None
    policy: str | None = None
    out_of_service: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    suspected: str | None = None

    @property
    def given(self) -> tuple[str, ...]:
        """The names of the options that are given."""
        fields = (field for field in self.__struct_fields__ if getattr(self, field) not in (None, ()))
        return tuple(NAMES.get(field, f"--{field.replace('_', '-')}") for field in fields)


class RegionAsked(msgspec.Struct, frozen=True):
    """The question made ready, and what there is to tell of the region beside the choice."""

    asked: Asked
    standby: Standby
    scene: Scene

    def opening(self) -> Iterator[str]:
        """Which region, when, how many units are on duty, and where the scene is."""
        region, at, scene = self.standby.region, self.standby.at, self.scene
        synthetic = " (synthetic)" if region.synthetic else ""
        absent = self.standby.unmanned
        off_duty = [unit_id for unit_id, why in absent.items() if why == OFF_DUTY]
        units, on_duty = len(region.units), len(region.units) - len(off_duty)
        told = f"{on_duty} of {units} units on duty, each at its post" if on_duty else "nobody is on duty"
        yield f"{region.name}{synthetic}, {at:%A %d %B %Y %H:%M}: {told}"
        for why in dict.fromkeys(why for why in absent.values() if why != OFF_DUTY):
            yield f"Not free ({why}): {', '.join(unit_id for unit_id in absent if absent[unit_id] == why)}"
        yield f"Scene at {scene.lon_deg},{scene.lat_deg}: {scene.snap_m:.0f} m from road node {scene.node_id}"

    def units(self, choice: Choice) -> dict[str, str]:
        """Of each unit that is sent its name, crew, post and what its time is made up of; of others name and time."""
        known, far = self.standby.region.units, {one.unit_id: _time(one.eta_s) for one in self.asked.candidates}
        passed = (one.unit_id for one in choice.passed_over)
        others = {unit_id: f"{known[unit_id].call_sign}, there in {far[unit_id]}" for unit_id in passed}
        return others | {one.unit_id: _at_post(self.standby.unit(one.unit_id), one.eta_s) for one in choice.sent}

    def facilities(self) -> dict[str, str]:
        """The name of each facility, and how far it is from the scene."""
        known = self.standby.region.facilities
        options = self.asked.facilities or ()
        far = ((one.facility_id, _time(one.travel_s)) for one in options)
        return {facility_id: f"{known[facility_id].name}, {time} from the scene" for facility_id, time in far}

    def closing(self, choice: Choice) -> Iterator[str]:
        """What of the answer nobody observed."""
        for who, what in self._imputed(choice).items():
            yield f"Imputed for {who}, not observed: {', '.join(what)}"

    def facts(self, choice: Choice) -> dict[str, object]:
        """All of that for programs."""
        region, standby = self.standby.region, self.standby
        return {
            "region": {"id": region.id, "name": region.name, "synthetic": region.synthetic, "roads": region.roads_hash},
            "at": standby.at.isoformat(),
            "scene": self.scene,
            "units_free": len(self.asked.candidates),
            "unmanned": standby.unmanned,
            "units": [standby.unit(one.unit_id) for one in choice.sent],
            "facilities": [
                {
                    "facility_id": one.facility_id,
                    "name": region.facilities[one.facility_id].name,
                    "travel_s": one.travel_s if math.isfinite(one.travel_s) else None,
                    "open": one.open,
                }
                for one in self.asked.facilities or ()
            ],
            "imputed": self._imputed(choice),
        }

    def _imputed(self, choice: Choice) -> dict[str, tuple[str, ...]]:
        """By unit that is sent and by facility chosen: the columns of the region's tables that hold no observation."""
        found = {one.unit_id: self.standby.unit(one.unit_id).imputed for one in choice.sent}
        goes_to = self.asked.goes_to
        if goes_to is not None and goes_to.facility_id is not None:
            found[goes_to.facility_id] = self.standby.region.facilities[goes_to.facility_id].imputed
        return {who: what for who, what in found.items() if what}


def read_scene(folder: Path, words: SceneWords) -> RegionAsked:
    """Puts the call to the region's service; `InputError` says what is wrong with the options or the region."""
    region_folder = _folder(folder, words)
    if words.scene is None or words.call_type is None:
        missing = " and ".join(name for name in ("--scene", "--type") if name not in words.given)
        remedy = "Say where the call is (LON,LAT) and what it is about (`sixpoint dispatch call-types`)."
        raise InputError.one(str(folder), f"is a region, and is asked without {missing}", remedy)
    place, call_type = point("--scene", words.scene), call_type_named(words.call_type, "--type")
    suspected = capability("--suspected", words.suspected) if words.suspected is not None else ""
    policy = load_policy("default" if words.policy is None else words.policy)
    region = read_region(region_folder, load_call_types().codes)
    at, scene = instant_in(region, NOON if words.hour is None else words.hour), scene_in(region, *place)
    standby = call_at(
        region, policy, at, scene, call_type.code, out_of_service=words.out_of_service, closed=words.closed
    )
    call_id = f"{region.id}-{at:%Y%m%d-%H%M}-{call_type.code}"
    asked = Asked(
        question=Question(dispatch_code=call_type.code, units=(), call_id=call_id, suspected=suspected),
        call_id=call_id,
        road=f"roads {standby.state.network}, scene {scene.lon_deg},{scene.lat_deg} at node {scene.node_id}",
        call_type=standby.call_type,
        candidates=standby.candidates(),
        skill_index=standby.skill_index,
        policy=policy,
        destination=suspected or call_type.destination,
        facilities=standby.facilities(),
        goes_to=standby.destination(suspected),
        rulebook=region.rules,
        at=at,
        absent=standby.unmanned,
    )
    return RegionAsked(asked, standby, scene)


def _folder(folder: Path, words: SceneWords) -> Path:
    """The folder of the region; `InputError` for a file, for what is not there, and for a folder that is no region."""
    found, given = named_region(folder), ", ".join(words.given)
    if os.path.isdir(found):  # noqa: PTH112 (Path raises for names too long)
        if not (found / MANIFEST).is_file():
            remedy = f"Name a region's folder, which holds {MANIFEST} (docs/region.md), or a file with a question."
            raise InputError.one(str(folder), "is a folder and no region", remedy)
        return found
    if not given:
        read_file(folder)  # says why it cannot be read
    if os.path.exists(folder):  # noqa: PTH110
        told = f"is a file, which holds a whole question, and {given} is given beside it"
        raise InputError.one(str(folder), told, "Leave the options out, or name a region's folder.")
    raise InputError.one(str(folder), "there is no such folder", f"Name a folder with a {MANIFEST} in it, or riverton.")


def _time(seconds: float) -> str:
    return clock(seconds) if math.isfinite(seconds) else "no time, as no road leads there,"


def _at_post(unit: UnitAtPost, eta_s: float) -> str:
    """One line of a unit; the seconds shown add up to the time shown."""
    drive_s = round(eta_s) - round(unit.turnout_s)
    lights = "with" if unit.lights else "without"
    parts = f"turnout {clock(unit.turnout_s)}, drive {clock(drive_s)} {lights} lights"
    whose = ", a neighbour's," if unit.mutual_aid else ""
    return f"{unit.call_sign}{whose} ({', '.join(unit.levels)}) from {unit.post}: {parts}"
