"""A small real service for tests: four units of different levels on a real little road network."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from sixpoint.dispatch import Cover, Policy, SkillClass, load_call_types
from sixpoint.ops import CoverTable, Facility, Place, Post, State, World, decide, evolve
from sixpoint.ops import commands as c
from sixpoint.ops.events import AnyEvent
from sixpoint.ops.world import Refused
from sixpoint.road import RoadNetwork, Snapper, TravelTimes, build_network
from sixpoint.scope import Clinician, Credential, equipment_of_kit, load_rulebook
from sixpoint.service.travel import RoadTravel

START = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
START_MS = round(START.timestamp() * 1000)
SIDE = 6


def grid_network() -> RoadNetwork:
    """Six by six crossings, 400 m apart, 36 km/h both ways."""
    index = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    pairs = np.concatenate(
        [
            np.stack([index[:, :-1].ravel(), index[:, 1:].ravel()], 1),
            np.stack([index[:-1].ravel(), index[1:].ravel()], 1),
        ]
    )
    tail = np.concatenate([pairs[:, 0], pairs[:, 1]])
    head = np.concatenate([pairs[:, 1], pairs[:, 0]])
    lon = (index % SIDE).ravel() * 0.005
    lat = (index // SIDE).ravel() * 0.0036
    length_m = np.full(len(tail), 400.0)
    return build_network(lon, lat, tail, head, length_m, length_m / 10.0)


NETWORK = grid_network()
SNAPPER = Snapper(NETWORK)
RULEBOOK = load_rulebook("us-national")


def make_world() -> World:
    """The national rulebook, all call types, the default policy with moves, the grid and its cover."""
    policy = Policy(move_up=True)
    return World(RULEBOOK, load_call_types(), policy, RoadTravel(TravelTimes(NETWORK)), cover_of_the_grid())


POSTS = ("p-school", "p-west", "p-east")


def cover_of_the_grid() -> CoverTable:
    """Two calls an hour for advanced care and for first care, all around the post in the west; 100 s count as near."""
    times = TravelTimes(NETWORK)
    posts, calls = [POST_PLACES[name].node for name in POSTS], [place(0, 4).node, place(1, 5).node, place(2, 4).node]
    index = {skill.id: skill.index for skill in RULEBOOK.skills}
    classes = tuple(
        SkillClass(name, sum(1 << index[one] for one in skills), 100.0, 0.3)
        for name, skills in (("first", ("cpr", "defibrillation_aed")), ("advanced", ("defibrillation_manual",)))
    )
    demand = np.full((2, 3), 2 / 3)
    reach = np.array([times.to_many(post, calls) for post in posts])
    between = np.array([times.to_many(post, posts) for post in posts])
    return CoverTable(POSTS, Cover(reach, demand, classes), between, "sha256:test")


def place(column: int, row: int) -> Place:
    """A crossing of the grid."""
    lon, lat = column * 0.005, row * 0.0036
    return Place(lon, lat, int(SNAPPER.nearest(lon, lat)[0]))


def clinician(clinician_id: str, level: str, ends: datetime | None = None) -> Clinician:
    """Somebody with all four gates at the level, until `ends`."""
    gates = ("educated", "certified", "licensed", "credentialed")
    until = ends or START + timedelta(days=365)
    credentials = tuple(
        Credential(gate=gate, level=level, starts=START - timedelta(days=365), ends=until, issuer="test", number=gate)
        for gate in gates
    )
    return Clinician(id=clinician_id, name=f"{clinician_id} ({level})", credentials=credentials)


POST_PLACES = {"p-school": place(0, 0), "p-west": place(1, 4), "p-east": place(5, 2)}
UNITS = (
    ("E1", "first_response", "p-school", False, "responder_bag", ("c-emr",)),
    ("B1", "ambulance", "p-west", True, "bls_ambulance", ("c-emt1", "c-emt2")),
    ("M1", "ambulance", "p-east", True, "als_ambulance", ("c-medic1", "c-emt3")),
    ("Q1", "quick_response", "p-east", False, "als_quick_response", ("c-medic2",)),
)
LEVELS = {
    "c-emr": "EMR",
    "c-emt1": "EMT",
    "c-emt2": "EMT",
    "c-emt3": "EMT",
    "c-medic1": "Paramedic",
    "c-medic2": "Paramedic",
}


def opening() -> list[c.AnyCommand]:
    """The commands that open the service and sign everybody on."""
    commands: list[c.AnyCommand] = [
        c.OpenService(at_ms=START_MS, service_id="grid", name="Grid", synthetic=True, network=NETWORK.content_hash)
    ]
    for post_id, where in POST_PLACES.items():
        commands.append(c.AddPost(at_ms=START_MS, post=Post(post_id, post_id, "station", where)))
    for facility_id, where, able in (
        ("f-near", place(3, 3), ()),
        ("f-far", place(5, 5), ("burn", "obstetric", "pediatric", "stemi", "stroke", "trauma", "behavioural")),
    ):
        commands.append(c.AddFacility(at_ms=START_MS, facility=Facility(facility_id, facility_id, where, able, True)))
    for clinician_id, level in LEVELS.items():
        commands.append(c.EnrolClinician(at_ms=START_MS, clinician=clinician(clinician_id, level)))
    for unit_id, kind, post_id, transports, kit, _ in UNITS:
        commands.append(
            c.AddUnit(
                at_ms=START_MS,
                unit_id=unit_id,
                call_sign=unit_id,
                kind=kind,
                post_id=post_id,
                can_transport=transports,
                equipment=tuple(equipment_of_kit(RULEBOOK, kit)),
                turnout_s=60.0,
            )
        )
    commands += [c.SignOn(at_ms=START_MS, unit_id=unit[0], clinician_ids=unit[5]) for unit in UNITS]
    return commands


class LiveService:
    """decide and evolve in a loop, keeping every event; refuses nothing by itself."""

    def __init__(self) -> None:
        self.world = make_world()
        self.state = State()
        self.events: list[AnyEvent] = []

    def send(self, command: c.AnyCommand) -> tuple[AnyEvent, ...] | Refused:
        decision = decide(self.state, command, self.world)
        if not isinstance(decision, Refused):
            for event in decision:
                self.events.append(event)
                self.state = evolve(self.state, event)
        return decision

    def must(self, command: c.AnyCommand) -> tuple[AnyEvent, ...]:
        decision = self.send(command)
        assert not isinstance(decision, Refused), (command, decision)
        return decision


def opened() -> LiveService:
    """A service with everybody on duty."""
    service = LiveService()
    for command in opening():
        service.must(command)
    return service
