"""JSON whose escapes name what is no text is refused, and it is said where that stands."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from riskreg.importing.tables import read_content
from riskreg.importing.text import tidy, typed
from riskreg.importing.unreadable import UnreadableFile

pytestmark = pytest.mark.one_engine

MARK = "riskreg/follow_up/1/sv"


def document(*rows: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"schema": MARK, "rows": rows, **more}).encode()


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (document({"title": "a"}, {"title": "a\ud800b"}), "rows[1].title: U+D800"),
        (document({"title": "a\0b"}), "rows[0].title: U+0000"),
        (document({"title": "a\x1fb"}), "rows[0].title: U+001F"),
        (document({"title": "a", "x": {"y": ["", "\udfff"]}}), "rows[0].x.y[1]: U+DFFF"),
        (document({"title": "a", "b\0": "c"}), "rows[0].bU+0000"),
        (document({"title": "a"}, notes=["\ud83d"]), "notes[0]: U+D83D"),
        (document({"title": "a"}, **{"\ud800": 1}), "U+D800"),
        (b'{"\\ud800": 1, "\\ud800": 2}', "U+D800"),
        (b'"\\u0000"', ": U+0000"),
        (b'{"schema": "' + "\ud800".encode("utf-8", "surrogatepass") + b'"}', "schema: U+D800"),
    ],
)
def test_what_is_no_text_is_refused_with_its_place(data: bytes, where: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_content(io.BytesIO(data), "rapport.json")
    assert refused.value.code == "json_broken"
    assert where in refused.value.message
    assert "\0" not in refused.value.message.encode().decode()


def test_tabs_line_ends_and_whole_characters_are_text() -> None:
    [heading, row] = read_content(io.BytesIO(document({"title": "a\tb\r\nc\x0bd \U0001f600"})), "rapport.json").tables
    assert [cell.text for cell in heading.rows[0]] == ["title"]
    assert [cell.text for cell in row.rows[0]] == ["a\tb\nc\nd \U0001f600"]


@pytest.mark.parametrize("cleaned", [tidy, typed])
@pytest.mark.parametrize("what", ["\0", "\x1f", "\ud800"])
def test_what_no_database_keeps_is_in_no_cell_of_a_file(cleaned: Any, what: str) -> None:
    assert cleaned(f"ris{what}k å") == "risk å"
