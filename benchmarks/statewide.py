"""A statewide service: 5,000 units on Auckland's roads, and how long it takes to decide on one more call.

`decide` and `evolve` alone, without the log. The reference is one Dijkstra (scipy) from the scene over the same
network in the same run: what a single look at the roads costs without an oracle. The design asks for 200 ms at the
99th percentile, whatever the command.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from scipy.sparse.csgraph import dijkstra

from benchmarks.figure import Figure, beside, best_of, shared_data
from sixpoint.dispatch import Policy, load_call_types
from sixpoint.ops import Place, Post, State, World, decide, evolve
from sixpoint.ops import commands as c
from sixpoint.ops.events import UnitAssigned
from sixpoint.ops.world import Refused
from sixpoint.road import RoadNetwork, TravelTimes
from sixpoint.road.jemss import read_jemss_roads
from sixpoint.scope import Clinician, Credential, equipment_of_kit, load_rulebook
from sixpoint.service.travel import RoadTravel

UNITS = (500, 5_000)
CALLS = 200
START = datetime(2026, 5, 1, 8, tzinfo=UTC)
START_MS = round(START.timestamp() * 1000)
KINDS = (("EMR", "responder_bag", False), ("EMT", "bls_ambulance", True), ("Paramedic", "als_ambulance", True))
CODES = ("2301019", "2301013", "2301033")


class Service:
    """decide and evolve in a loop, each command timed (ms)."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.state = State()
        self.took_ms: dict[str, list[float]] = {}

    def send(self, command: c.AnyCommand) -> tuple[object, ...]:
        start = time.perf_counter()
        decision = decide(self.state, command, self.world)
        assert not isinstance(decision, Refused), decision
        for event in decision:
            self.state = evolve(self.state, event)
        took_ms = (time.perf_counter() - start) * 1000
        self.took_ms.setdefault(str(command.__struct_config__.tag), []).append(took_ms)
        return decision


def figures() -> Iterator[Figure]:
    """At 500 and 5,000 units: 99th percentile of each command that matters while calls come in."""
    data = shared_data()
    if data is None:
        return
    network = read_jemss_roads(data / "jemss" / "auckland").network(1)
    matrix = network.matrix()
    one_look_ms = 1000 * best_of(5, lambda: dijkstra(matrix, indices=7))
    world = World(load_rulebook(), load_call_types(), Policy(), RoadTravel(TravelTimes(network)))
    for units in UNITS:
        service = _opened(world, network, units)
        _calls(service, network)
        for command in ("sign_on", "report_call", "assign_units", "report_status"):
            times = sorted(service.took_ms[command])
            p99_ms = times[len(times) * 99 // 100]
            yield beside(f"statewide, {units} units: {command}, 99th percentile", p99_ms, "ms", one_look_ms)


def _opened(world: World, network: RoadNetwork, units: int) -> Service:
    service, rng = Service(world), random.Random(1)
    service.send(c.OpenService(at_ms=START_MS, service_id="s", name="s", synthetic=True, network=network.content_hash))
    for number in range(units):
        level, kit, transports = KINDS[number % len(KINDS)]
        crew = tuple(f"c{number}{one}" for one in "ab")
        service.send(c.AddPost(at_ms=START_MS, post=Post(f"p{number}", "post", "station", _somewhere(network, rng))))
        for name in crew:
            service.send(c.EnrolClinician(at_ms=START_MS, clinician=_clinician(name, level)))
        unit = c.AddUnit(
            at_ms=START_MS,
            unit_id=f"u{number}",
            call_sign=f"u{number}",
            kind="ambulance",
            post_id=f"p{number}",
            can_transport=transports,
            equipment=tuple(equipment_of_kit(world.rulebook, kit)),
            turnout_s=60.0,
        )
        service.send(unit)
        service.send(c.SignOn(at_ms=START_MS, unit_id=unit.unit_id, clinician_ids=crew))
    return service


def _calls(service: Service, network: RoadNetwork) -> None:
    rng = random.Random(2)
    for number in range(CALLS):
        at_ms, name = START_MS + number * 1000, f"k{number}"
        report = c.ReportCall(
            at_ms=at_ms,
            call_id=name,
            incident_id=name,
            place=_somewhere(network, rng),
            dispatch_code=rng.choice(CODES),
            received_ms=at_ms,
        )
        service.send(report)
        for event in service.send(c.AssignUnits(at_ms=at_ms, incident_id=name)):
            if isinstance(event, UnitAssigned):
                for status in ("notified", "en_route"):
                    service.send(c.ReportStatus(at_ms=at_ms, incident_id=name, unit_id=event.unit_id, status=status))


def _clinician(name: str, level: str) -> Clinician:
    year = timedelta(days=365)
    gates = ("educated", "certified", "licensed", "credentialed")
    credentials = tuple(Credential(gate, level, START - year, START + year) for gate in gates)
    return Clinician(id=name, name=name, credentials=credentials)


def _somewhere(network: RoadNetwork, rng: random.Random) -> Place:
    node = rng.randrange(network.node_count)
    return Place(float(network.lon_deg[node]), float(network.lat_deg[node]), node)
