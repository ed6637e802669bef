"""What a history holds as a structure is read as lines in words, not as JSON."""

from __future__ import annotations

import pytest

from riskreg.trail import structures
from riskreg.trail.structures import Vocabulary, lines_of, unworded

pytestmark = pytest.mark.one_engine


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> None:
    vocabulary = Vocabulary(
        {"rows": "rader", "list.name": "namn", "groups.*": True}, {"rows": lambda n: f"{n} st"}, frozenset({"id"})
    )
    monkeypatch.setitem(structures._VOCABULARIES, ("x.y", "z"), vocabulary)


@pytest.mark.usefixtures("words")
@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ({"rows": 3, "id": 9}, ["Rader: 3 st"]),
        ({"list": {"name": "A", "columns": ["Belopp", "Datum"]}}, ["List, namn: A", "List, columns: Belopp, Datum"]),
        ({"groups": {"Skola": 13000}}, ["Groups, Skola: 13\xa0000"]),
        ({"is_new": True, "was": None, "none": [], "word": ""}, ["Is new: ja"]),
        ({"at": "2025-08-29T07:00:02.976264+00:00"}, ["At: 29 augusti 2025 09.00"]),
        ({"at": "2025-99-29T07:00:02"}, ["At: 2025-99-29T07:00:02"]),
        ({"done": [{"what": "a"}, {"what": "b"}]}, ["Done, 1, what: a", "Done, 2, what: b"]),
        (["Anställningsnr", "Belopp"], ["Anställningsnr, Belopp"]),
        ([], []),
    ],
)
def test_a_structure_is_lines(value: object, lines: list[str]) -> None:
    assert lines_of("x.y", "z", value) == "\n".join(lines)


@pytest.mark.usefixtures("words")
def test_a_key_without_words_is_named() -> None:
    assert unworded("x.y", "z", {"rows": 1, "id": 2, "groups": {"Skola": 1}, "list": {"name": 1, "new": 2}}) == {
        "groups",
        "list",
        "list.new",
    }
