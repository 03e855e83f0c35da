"""Each mistake in a layer is named with file and line, and all of them at once; nothing is loaded.

The files in broken/ say on the line itself what must be said of it: `# <- words`, several mistakes apart by `|`; for a
table beside the file, `# csv:LINE words`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sixpoint.errors import InputError
from sixpoint.scope import load_rulebook
from sixpoint.scope.check import check_layers

BROKEN = Path(__file__).parent / "broken"
# Half of a pair whose other half shows the mistake, and the one fault that both halves show is expected from one.
HALVES = {"conflict-a", "overlap-a", "circle-a"}
FILES = sorted(path for path in BROKEN.glob("*.yaml") if path.stem not in HALVES)


def expected(path: Path) -> list[tuple[str, str]]:
    found = []
    for line, text in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if "# <- " in text:
            found += [(f"{path.name}:{line}", words.strip()) for words in text.split("# <- ")[1].split("|")]
        for table in re.findall(r"csv:(\d+) ([^|]+)", text):
            found.append((f"{path.stem}.csv:{table[0]}", table[1].strip()))
    return found


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_the_check_names_exactly_the_mistakes_of_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BROKEN)
    wanted = expected(path)
    assert wanted, "a broken file says what is wrong with it"
    name = "circle-a.yaml" if path.stem == "circle-b" else path.name
    found = [(fault.where, fault.what) for fault in check_layers([name]).faults]
    for where, words in wanted:
        assert any(at == where and words in what for at, what in found), (where, words, found)
    assert len(found) == len(wanted), found
    with pytest.raises(InputError):
        load_rulebook(name)


@pytest.mark.parametrize("half", sorted(HALVES - {"circle-a"}))
def test_each_half_of_a_pair_is_sound_alone(half: str) -> None:
    assert not check_layers([str(BROKEN / f"{half}.yaml")]).faults


def test_a_conflict_shows_whichever_way_the_layers_are_given() -> None:
    a, b = (str(BROKEN / name) for name in ("conflict-a.yaml", "conflict-b.yaml"))
    for names in ([a, b], [b, a], [b]):
        (fault,) = check_layers(names).faults
        assert "conflict-a.yaml:13" in fault.where + fault.what and "conflict-b.yaml:13" in fault.where + fault.what


def test_a_rulebook_that_is_not_there_is_refused_with_the_names_of_those_that_are() -> None:
    with pytest.raises(InputError, match="montana"):
        load_rulebook("atlantis")
    with pytest.raises(InputError, match="no such rulebook"):
        load_rulebook("us-national", ["nowhere.yaml"])


def test_one_state_at_a_time() -> None:
    with pytest.raises(InputError, match="both speak as the state"):
        load_rulebook("montana", ["massachusetts"])
