"""Laws of the code lists: nothing is lost on any way round, and more codes never allow less."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sixpoint.scope import load_rulebook
from sixpoint.scope.nemsis.block import as_block, from_block
from sixpoint.scope.nemsis.crosswalk import Kind, load_crosswalk, permission_levels
from sixpoint.scope.nemsis.decide import said_of
from sixpoint.scope.nemsis.lists import Code, CodeLists, Configuration, LevelList
from sixpoint.scope.nemsis.overlay import default_id, layer_text, read_into
from sixpoint.scope.nemsis.read import read_code_lists
from sixpoint.scope.nemsis.write import write_xml

WALK = load_crosswalk()
BOOK = load_rulebook("us-national")
BY_KIND: dict[Kind, list[str]] = {
    kind: sorted({one.code for one in WALK.relations if one.kind == kind}) for kind in ("procedure", "medication")
}
# Codes that the crosswalk has never seen are kept like all others.
strange: dict[Kind, st.SearchStrategy[str]] = {
    "procedure": st.integers(10**5, 10**18 - 1).map(str),
    "medication": st.integers(10, 10**7).map(str),
}


@st.composite
def level_lists(draw: st.DrawFn, kind: Kind, level: str) -> LevelList:
    codes = draw(st.lists(st.sampled_from(BY_KIND[kind]) | strange[kind], min_size=1, max_size=12, unique=True))
    return LevelList(kind, level, tuple(Code(code, WALK.system(kind, code)) for code in codes))


@st.composite
def code_lists(draw: st.DrawFn) -> CodeLists:
    state = draw(st.from_regex("[0-9]{2}", fullmatch=True))
    kinds: tuple[Kind, Kind] = ("procedure", "medication")
    held = [
        draw(level_lists(kind, level))
        for kind in kinds
        for level in draw(st.lists(st.sampled_from(sorted(permission_levels())), min_size=1, max_size=4, unique=True))
    ]
    return CodeLists(
        "StateDataSet", state, (Configuration(state, tuple(held)),), effective_at="2026-01-01T00:00:00-07:00"
    )


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(code_lists())
def test_lists_survive_the_overlay_and_the_file(tmp_path: Path, lists: CodeLists) -> None:
    assert from_block(yaml.safe_load(yaml.safe_dump(as_block(lists))), "here") == lists
    path = tmp_path / "state.xml"
    path.write_bytes(write_xml(lists, {}, "2026-05-01T08:00:00-06:00", "here"))
    assert read_code_lists(path).in_force.lists == lists.in_force.lists


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(code_lists())
def test_any_lists_make_a_layer_that_loads_and_answers_as_they_say(tmp_path: Path, lists: CodeLists) -> None:
    starts = lists.effective_at
    at = datetime.fromisoformat(starts)
    reading = read_into(BOOK, lists, at)
    path = tmp_path / "layer.yaml"
    path.write_text(layer_text(reading, "us", ["us-national"], starts, default_id(lists), "a file"), "utf-8")
    book = load_rulebook(str(path))
    named = {(one.skill, one.level): one.said.verb for one in reading.rules}
    for level in book.levels:
        for skill in book.skills:
            verdict, beneath = book.can(level, skill.id, at), BOOK.can(level, skill.id, at)
            verb = named.get((skill.id, level))
            assert verdict.kind == {"allow": "standing", "bar": "barred", None: beneath.kind}[verb]


@settings(max_examples=150)
@given(
    st.sampled_from(WALK.skills),
    st.sets(st.sampled_from(BY_KIND["procedure"]), max_size=30),
    st.sets(st.sampled_from(BY_KIND["medication"]), max_size=30),
    st.data(),
)
def test_more_codes_never_allow_less(
    skill: str, procedures: set[str], medications: set[str], data: st.DataObject
) -> None:
    related = sorted({one.code for one in WALK.of_skill(skill)})
    more = data.draw(st.sets(st.sampled_from(related)))
    rank = {"bar": 0, "nothing": 1, "allow": 2}

    def worth(held: set[str], given_: set[str]) -> int:
        permitted: dict[Kind, frozenset[str] | None] = {"procedure": frozenset(held), "medication": frozenset(given_)}
        said = said_of(skill, permitted, WALK)
        return rank[said.verb if said else "nothing"]

    assert worth(procedures, medications) <= worth(procedures | more, medications | more)
