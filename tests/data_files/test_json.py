"""A population in JSON: a list of records, wherever it lies in the file; the same rows as the same table in CSV."""

from __future__ import annotations

import gzip
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controls.data_files import json_text
from controls.data_files.content import normal_text
from controls.data_files.problems import Unreadable
from tests.data_files.files import Stored, csv_bytes, invoices
from tests.examples import some

RECORDS = [{"Nr": "F1", "Belopp": 10.50, "Klar": True, "Anm": None}, {"Nr": "F2", "Belopp": -3, "Klar": False, "Anm": "å"}]
ROWS = [("F1", "10.5", "TRUE", ""), ("F2", "-3", "FALSE", "å")]


def stored(tmp_path: Path, content: Any, name: str = "svar.json") -> Stored:
    return Stored(tmp_path, content if isinstance(content, bytes) else json.dumps(content).encode(), name)


def refused(tmp_path: Path, content: Any, name: str = "svar.json") -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        stored(tmp_path, content, name)
    assert not [path for path in tmp_path.iterdir() if path.name != "incoming"]
    assert caught.value.message
    return caught.value


@pytest.mark.parametrize(
    "content",
    [
        RECORDS,
        {"results": RECORDS},
        {"next": None, "count": 2, "results": RECORDS},
        {"help": "x", "result": {"records": RECORDS, "total": 2, "fields": [{"id": "Nr"}]}},
        {"@odata.context": "x", "value": RECORDS},
        [{"results": RECORDS[:1], "next": "b"}, {"results": RECORDS[1:], "next": None}],
        json.dumps({"results": RECORDS[:1]}).encode() + b"\n" + json.dumps({"results": RECORDS[1:]}).encode(),
        b"\xef\xbb\xbf" + json.dumps(RECORDS, indent=2).encode(),
        json.dumps(RECORDS).encode("utf-16"),
    ],
    ids=["list", "object", "with next", "deeper", "odata", "list of pages", "pages in a row", "marked", "utf-16"],
)
def test_the_list_is_found_wherever_it_lies(tmp_path: Path, content: Any) -> None:
    found = stored(tmp_path, content)
    assert found.columns == ["Nr", "Belopp", "Klar", "Anm"]
    assert found.rows() == ROWS
    assert found.numbers() == [1, 2]
    assert found.read.format == "json"


def test_records_with_different_members_share_the_columns(tmp_path: Path) -> None:
    found = stored(tmp_path, [{"Nr": "1", "A": "x"}, {"B": "y", "Nr": "2"}, {}, {"Nr": "4"}])
    assert found.columns == ["Nr", "A", "B"]
    assert found.rows() == [("1", "x", ""), ("2", "", "y"), ("4", "", "")]
    assert found.numbers() == [1, 2, 4]


def test_a_member_that_stands_there_twice_is_two_columns(tmp_path: Path) -> None:
    found = stored(tmp_path, b'[{"Nr": "1", "\\ufeffBelopp": "5", "Belopp": "7"}]')
    assert (found.columns, found.rows()) == (["Nr", "Belopp", "Belopp (2)"], [("1", "5", "7")])


def test_numbers_stand_as_they_are_written(tmp_path: Path) -> None:
    found = stored(tmp_path, b'[{"a": 1.10, "b": 12345678901234567890, "c": 1.5e3, "d": 0.1, "e": -2E-2}]')
    assert found.rows() == [("1.10", "12345678901234567890", "1500", "0.1", "-0.02")]


def test_a_file_that_says_there_are_more_pages_says_so(tmp_path: Path) -> None:
    found = stored(tmp_path, {"results": RECORDS, "next": "https://example.se/api?page=2"})
    assert found.read.notes == [("more_pages", "https://example.se/api?page=2")]


def test_a_file_that_states_more_records_than_it_holds_says_so(tmp_path: Path) -> None:
    assert stored(tmp_path, {"results": RECORDS, "count": 900}).read.notes == [("more_stated", "900")]


def test_of_several_lists_the_longest_is_read_and_named(tmp_path: Path) -> None:
    found = stored(tmp_path, {"kolumner": [{"id": "Nr"}], "svar": {"rader": RECORDS}})
    assert found.rows() == ROWS
    assert found.read.notes == [("one_list_of_several", "svar.rader")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ([{"Nr": 1, "poster": [{"a": 1}]}], "nested"),
        ([{"Nr": 1, "adress": {"ort": "x"}}], "nested"),
        ([["Nr", "Belopp"], ["1", "2"]], "nested"),
        ([{"Nr": 1}, 5], "nested"),
        ([1, 2], "no_records"),
        ({"fel": "inget"}, "no_records"),
        ([], "no_records"),
        ([{}], "no_headings"),
        (b'[{"Nr": 1}, {"Nr"', "damaged"),
        (b'[{"Nr": 1} {"Nr": 2}]', "damaged"),
        (b"Nr;Belopp\n1;2\n", "damaged"),
        (b"", "empty"),
        (b'[{"Nr": "a\\u0000b"}]', "control_characters"),
        (b'[{"Nr": "\\ud800"}]', "control_characters"),
        (b'{"a":' * 60_000, "too_demanding"),
        (b"[" * 60_000, "too_demanding"),
        ([{f"k{i}": 1 for i in range(201)}], "too_many_columns"),
    ],
)
def test_json_that_is_no_population_says_why(tmp_path: Path, content: Any, code: str) -> None:
    assert refused(tmp_path, content).code == code


def test_json_by_the_name_of_a_csv_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as caught:
        stored(tmp_path, {"results": RECORDS}, "svar.csv")
    assert caught.value.code == "content"


def test_too_many_records_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "MAX_ROWS", 1)
    assert refused(tmp_path, RECORDS).code == "too_many_rows"


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**18), 10**18),
    st.text(max_size=8).filter(lambda text: not any(ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000 for letter in text)),
)


@settings(max_examples=some(30), deadline=None)
@given(
    st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=30).filter(
        lambda rows: any(normal_text(str(cell)) for row in rows for cell in row if cell is not None)
    ),
    st.sampled_from([None, 1, 2]),
    st.integers(1, 40),
)
def test_however_the_text_is_cut_into_pieces_every_value_arrives(
    rows: list[tuple[Any, Any]], indent: int | None, chunk: int
) -> None:
    content = json.dumps({"meta": {"a": 1}, "results": [{"x": a, "y": b} for a, b in rows]}, indent=indent).encode()

    def text(cell: Any) -> str:
        return "" if cell is None else str(cell).upper() if isinstance(cell, bool) else normal_text(str(cell))

    texts = [(text(a), text(b)) for a, b in rows]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_text, "_CHUNK", chunk)
        found = stored(Path(folder), content)
        assert found.rows() == [row for row in texts if any(row)]
        assert found.numbers() == [number for number, row in enumerate(texts, start=1) if any(row)]


def test_the_same_table_in_csv_has_the_same_hash(tmp_path: Path) -> None:
    rows = invoices(40)
    (tmp_path / "csv").mkdir()
    (tmp_path / "json").mkdir()
    in_csv = Stored(tmp_path / "csv", csv_bytes(rows), "a.csv")
    in_json = stored(tmp_path / "json", {"results": [dict(zip(in_csv.columns, row, strict=True)) for row in rows]})
    assert in_json.sha256("Faktura") == in_csv.sha256("Faktura")


def test_a_record_of_too_many_members_is_refused_before_they_are_compared(tmp_path: Path) -> None:
    """With a name that stands twice each member is held against those before it, so their number comes first."""
    members = ",".join(f'"k{number}":1' for number in range(200_000))
    error = refused(tmp_path, f'[{{"k1":1,{members}}}]'.encode())
    assert error.code == "too_many_columns"


def test_a_number_whose_exponent_no_computer_holds_stays_text(tmp_path: Path) -> None:
    content = b'[{"nr":"1","belopp":1e9999999999999999999},{"nr":"2","belopp":1e2}]'
    assert len(stored(tmp_path, content).numbers()) == 2


# JSON Lines

LINES = "\n".join(json.dumps(record) for record in RECORDS)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (LINES.encode(), "svar.jsonl"),
        (LINES.encode() + b"\n", "svar.ndjson"),
        (LINES.encode(), "svar.json"),
        (b"\xef\xbb\xbf" + LINES.encode(), "svar.jsonl"),
        (LINES.replace("\n", "\r\n").encode(), "svar.jsonl"),
        (LINES.replace("\n", "\r").encode(), "svar.jsonl"),
        (LINES.encode("utf-16"), "svar.jsonl"),
        (gzip.compress(LINES.encode()), "svar.jsonl.gz"),
        (json.dumps(RECORDS).encode(), "svar.jsonl"),
    ],
    ids=["jsonl", "ndjson", "json", "marked", "crlf", "cr", "utf-16", "packed", "a list by that name"],
)
def test_a_record_a_line_is_read_as_json_is(tmp_path: Path, content: bytes, name: str) -> None:
    found = stored(tmp_path, content, name)
    assert found.columns == ["Nr", "Belopp", "Klar", "Anm"]
    assert found.rows() == ROWS
    assert found.numbers() == [1, 2]
    assert found.read.format == "json"


def test_blank_lines_count_but_are_no_rows(tmp_path: Path) -> None:
    found = stored(tmp_path, f"\n  \n{LINES}\n\n".encode(), "svar.jsonl")
    assert (found.rows(), found.numbers()) == (ROWS, [3, 4])


def test_one_line_is_a_record_where_the_name_says_so(tmp_path: Path) -> None:
    assert stored(tmp_path, b'{"Nr": 1}', "svar.jsonl").rows() == [("1",)]


@pytest.mark.parametrize("line", ['{"Nr": 3', '{"Nr": 3} {"Nr": 4}', '["3"]', "3", "rubrik", '{"Nr": 3},', "{" * 5_000])
@pytest.mark.parametrize("name", ["svar.jsonl", "svar.json"])
def test_a_broken_line_is_named_by_its_number(tmp_path: Path, line: str, name: str) -> None:
    refusal = refused(tmp_path, f"{LINES}\n\n{line}\n".encode(), name)
    assert (refusal.code, refusal.values["row"]) == ("broken_line", 4)
    assert "4" in refusal.message


def test_a_line_longer_than_a_record_may_be_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "MAX_RECORD", 200)
    assert refused(tmp_path, f'{LINES}\n{{"Nr": "{"x" * 300}"}}'.encode(), "svar.jsonl").code == "too_demanding"


def test_a_line_that_holds_records_is_refused_as_in_json(tmp_path: Path) -> None:
    assert refused(tmp_path, b'{"Nr": 1, "poster": [{"a": 1}]}\n{"Nr": 2}', "svar.jsonl").code == "nested"
