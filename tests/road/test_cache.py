"""The oracle on disk: read when it is whole and of this network, built anew in every other case."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sixpoint.road import RoadNetwork, build_network, cached_oracle


def ring(count: int = 12, slow: float = 1.0) -> RoadNetwork:
    nodes = np.arange(count)
    around = np.roll(nodes, -1)
    return build_network(nodes / 1000, np.zeros(count), nodes, around, np.ones(count), 1.0 + slow * nodes)


def folder_of(cache: Path) -> Path:
    return next(path for path in cache.iterdir() if path.is_dir())


def test_what_was_built_is_read_the_next_time_and_is_the_same(tmp_path: Path) -> None:
    built, how = cached_oracle(ring(), tmp_path)
    assert how == "built: no cache"
    read, how = cached_oracle(ring(), tmp_path)
    assert how == "read"
    assert all(np.array_equal(one, other) and not other.flags.writeable for one, other in zip(built, read, strict=True))


def test_each_network_has_its_own(tmp_path: Path) -> None:
    cached_oracle(ring(), tmp_path)
    assert cached_oracle(ring(slow=2.0), tmp_path)[1] == "built: no cache"
    assert len(list(tmp_path.iterdir())) == 2


def flip_a_byte(folder: Path) -> None:
    data = bytearray((folder / "table_ns.npy").read_bytes())
    data[-3] ^= 1
    (folder / "table_ns.npy").write_bytes(data)


def cut_short(folder: Path) -> None:
    (folder / "table_ns.npy").write_bytes((folder / "table_ns.npy").read_bytes()[:-8])


def lose_an_array(folder: Path) -> None:
    (folder / "in_hub.npy").unlink()


def lose_the_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def garble_the_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text("[]")


def be_of_another_version(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"format": "sixpoint oracle 0"}))


def be_of_another_network(folder: Path) -> None:
    other = folder.with_name("other")
    cached_oracle(ring(11), other)
    for path in folder.iterdir():
        path.write_bytes((folder_of(other) / path.name).read_bytes())


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (flip_a_byte, "damaged (table_ns.npy)"),
        (cut_short, "damaged (table_ns.npy)"),
        (lose_an_array, "cannot be read"),
        (lose_the_manifest, "cannot be read"),
        (garble_the_manifest, "cannot be read"),
        (be_of_another_version, "'sixpoint oracle 0'"),
        (be_of_another_network, "of another network"),
    ],
)
def test_a_cache_that_is_not_whole_or_not_ours_is_built_anew(
    tmp_path: Path, harm: Callable[[Path], None], why: str
) -> None:
    good, _ = cached_oracle(ring(), tmp_path)
    harm(folder_of(tmp_path))
    again, how = cached_oracle(ring(), tmp_path)
    assert how.startswith("built: ") and why in how
    assert np.array_equal(good.table_ns, again.table_ns)
    assert cached_oracle(ring(), tmp_path)[1] == "read"


def test_a_forged_cache_never_makes_compiled_code_read_outside_its_arrays(tmp_path: Path) -> None:
    cached_oracle(ring(), tmp_path)
    folder = folder_of(tmp_path)
    cached_oracle(ring(11), tmp_path / "other")
    other = folder_of(tmp_path / "other")
    manifest = json.loads((other / "manifest.json").read_text())
    manifest["network"] = ring().content_hash
    for path in other.glob("*.npy"):
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert cached_oracle(ring(), tmp_path)[1] == "built: the cache does not fit the network"


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    oracle, how = cached_oracle(ring(), tmp_path / "file")
    assert "not kept" in how
    assert oracle.table_ns[0, 1] == 1_000_000_000


BUILD = """
import sys; from pathlib import Path; import numpy as np
from sixpoint.road import build_network, cached_oracle
nodes = np.arange(200)
network = build_network(nodes / 1000, np.zeros(200), nodes, np.roll(nodes, -1), np.ones(200), 1.0 + nodes)
sys.stdin.readline()
print(cached_oracle(network, Path(sys.argv[1]))[1])
"""


def test_processes_that_build_the_same_oracle_at_once_leave_one_whole_cache(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BUILD, str(tmp_path / "cache")]
    at_once = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    for one in at_once:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    told = [one.communicate()[0].strip() for one in at_once]
    assert {how.split(":")[0] for how in told} <= {"built", "read"} and not any("not kept" in how for how in told)
    assert [path.name.startswith(".draft") for path in (tmp_path / "cache").iterdir()] == [False], "one, no drafts left"
    assert cached_oracle(ring(200), tmp_path / "cache")[1] == "read"
