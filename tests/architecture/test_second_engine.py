"""The table of what the second engine is asked names tests that exist, and leaves what it says."""

from __future__ import annotations

import ast
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests import second_engine
from tests.second_engine import ASKED, Asked, asked_in, chosen, may_be_asked

TESTS = Path(__file__).resolve().parents[1]


def functions_of(path: Path) -> dict[str, set[str]]:
    """The file's tests, also those in classes, with the names of their arguments."""
    return {
        node.name: {argument.arg for argument in node.args.args}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


@pytest.mark.parametrize("file", ASKED)
def test_every_test_that_is_named_exists_with_the_parameters_that_are_named(file: str) -> None:
    there = functions_of(TESTS / file)
    named = asked_in(ASKED[file])
    assert named != {}
    assert [name for name in named if name not in there] == []
    assert [(name, each) for name, asked in named.items() for each in asked.per if each not in there[name]] == []


def item(
    name: str, file: str = "some/test_file.py", *, marks: tuple[str, ...] = ("django_db",), **parameters: str
) -> pytest.Item:
    ending = f"[{'-'.join(parameters.values())}]" if parameters else ""
    there = SimpleNamespace(
        nodeid=f"tests/{file}::{name}{ending}",
        name=f"{name}{ending}",
        originalname=name,
        fixturenames=[],
        get_closest_marker=lambda mark: mark if mark in marks else None,
        **({"callspec": SimpleNamespace(params=parameters)} if parameters else {}),
    )
    return cast(pytest.Item, there)


def names(items: list[pytest.Item]) -> list[str]:
    return [each.name for each in items]


def test_no_file_that_holds_something_for_the_second_engine_is_left_unread(request: pytest.FixtureRequest) -> None:
    """Of what this run has collected: in `make test`, of everything."""
    files = {item.path for item in chosen(request.session.items)}
    assert [path.name for path in files if not may_be_asked(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    ("source", "is_read"),
    [
        ("def test_a(cast): ...", True),
        ("def test_a(): ...", False),
        ("pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]\ndef test_a(cast): ...", False),
        ("@pytest.mark.one_engine\ndef test_a(cast): ...", True),
    ],
)
def test_a_file_without_a_database_or_marked_as_a_whole_is_not_read(source: str, is_read: bool) -> None:
    assert may_be_asked(source) == is_read


@pytest.fixture(autouse=True)
def _a_table_of_its_own(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "file" not in request.fixturenames and "left_unread" not in request.node.name:
        table: dict[str, Any] = {"some/test_file.py": "test_whole\n test_one first\n test_each first per verb, state"}
        monkeypatch.setattr(second_engine, "ASKED", table)


def test_of_a_file_in_the_table_only_what_is_named_is_asked() -> None:
    assert names(chosen([item("test_whole", case="a"), item("test_whole", case="b"), item("test_other")])) == [
        "test_whole[a]",
        "test_whole[b]",
    ]


def test_of_a_tables_cases_the_first_is_asked_or_the_first_for_each_value() -> None:
    cases = [item("test_one", verb="start"), item("test_one", verb="end")]
    cases += [item("test_each", who=who, verb=verb, state=state) for who in "ab" for verb in ("x", "y") for state in ("1", "2")]
    assert names(chosen(cases)) == ["test_one[start]", *(f"test_each[a-{verb}-{state}]" for verb in "xy" for state in "12")]


def test_a_file_that_is_not_in_the_table_is_asked_whole() -> None:
    cases = [item("test_new", "other/test_file.py", case=case) for case in "ab"]
    assert chosen(cases) == cases


@pytest.mark.parametrize("marks", [(), ("django_db", "journey"), ("django_db", "one_engine")])
def test_without_a_database_in_a_browser_or_marked_it_is_not_asked(marks: tuple[str, ...]) -> None:
    assert chosen([item("test_whole", marks=marks)]) == []


def test_a_line_that_says_neither_all_nor_first_is_refused() -> None:
    assert asked_in("test_a first per verb, state") == {"test_a": Asked(False, ("verb", "state"))}
    with pytest.raises(ValueError, match="test_a once"):
        asked_in("test_a once")
