"""Keeps an oracle on disk: written whole or not at all, checked before it is believed, mapped into memory.

A folder for each network, named by its content hash, with one .npy file an array and `manifest.json` with the hash of
each. What is damaged, half-written, of another version or of another network is built anew, never trusted.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sixpoint.road.network import RoadNetwork
from sixpoint.road.oracle import Oracle, build_oracle, read_only

# Raised whenever the arrays change their meaning.
FORMAT: Final = "sixpoint oracle 1"


def cached_oracle(network: RoadNetwork, cache: Path) -> tuple[Oracle, str]:
    """The network's oracle and where it came from: 'read', or 'built' with why. A cache that cannot be written is not
    an error: the oracle is built and kept in memory."""
    folder = cache / network.content_hash.removeprefix("sha256:")
    why = "no cache"
    if folder.is_dir():
        oracle, why = _read(folder, network)
        if oracle is not None:
            return oracle, "read"
    oracle = build_oracle(network)
    try:
        _write(folder, network, oracle)
    except OSError as error:
        why += f"; not kept: {error.strerror or error}"
    return oracle, f"built: {why}"


def user_cache() -> Path:
    """Where this user's oracles are kept (XDG_CACHE_HOME, or ~/.cache)."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "sixpoint" / "road"


def _write(folder: Path, network: RoadNetwork, oracle: Oracle) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder.parent))
    try:
        arrays = {}
        for name, array in oracle._asdict().items():
            np.save(draft / f"{name}.npy", array)
            arrays[name] = _file_hash(draft / f"{name}.npy")
        manifest = {"format": FORMAT, "network": network.content_hash, "arrays": arrays}
        (draft / "manifest.json").write_text(json.dumps(manifest, indent=1), "utf-8")
        if folder.exists():
            # Damaged: it is moved aside first, so that nobody ever reads half of each.
            shutil.rmtree(folder.rename(draft / "damaged"))
        draft.rename(folder)
    except OSError:
        if not (folder / "manifest.json").exists():
            raise
        # Somebody else was quicker; theirs will be checked by whoever reads it.
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _read(folder: Path, network: RoadNetwork) -> tuple[Oracle | None, str]:
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        if manifest["format"] != FORMAT:
            return None, f"the cache is '{manifest['format']}', not '{FORMAT}'"
        if manifest["network"] != network.content_hash:
            return None, "the cache is of another network"
        arrays: list[npt.NDArray[Any]] = []
        for name in Oracle._fields:
            path = folder / f"{name}.npy"
            if _file_hash(path) != manifest["arrays"][name]:
                return None, f"the cache is damaged ({path.name})"
            array = np.load(path, mmap_mode="r", allow_pickle=False)
            arrays.append(read_only(np.asarray(array)))
        oracle = Oracle(*arrays)
    except (OSError, ValueError, KeyError, TypeError) as error:
        return None, f"the cache cannot be read ({error})"
    if not _fits(oracle, network):
        return None, "the cache does not fit the network"
    return oracle, ""


def _fits(oracle: Oracle, network: RoadNetwork) -> bool:
    """Whether no query can read outside the arrays: compiled code does not check."""
    n = network.node_count
    wide = (oracle.table_ns, oracle.out_first, oracle.out_ns, oracle.in_first, oracle.in_ns)
    hubs = (oracle.out_hub, oracle.in_hub)
    if any(array.dtype != np.int64 for array in wide) or any(array.dtype != np.int32 for array in hubs):
        return False
    if oracle.table_ns.ndim != 2 or oracle.table_ns.shape not in ((0, 0), (n, n)):
        return False
    for first, hub, ns in (
        (oracle.out_first, oracle.out_hub, oracle.out_ns),
        (oracle.in_first, oracle.in_hub, oracle.in_ns),
    ):
        if first.shape != (n + 1,) or first[0] != 0 or first[-1] != len(hub) or np.any(np.diff(first) < 0):
            return False
        if hub.shape != ns.shape or (len(hub) and (hub.min() < 0 or hub.max() >= n)):
            return False
    return True


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()
