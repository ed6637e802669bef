from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskreg.trail.canonical import (
    NO_SEAL,
    NoCanonicalForm,
    RowTexts,
    canonical,
    digest,
    next_link,
    row_hash,
    row_text,
    typed_value,
)
from riskreg.trail.verify_export import verify

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "trail.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("å", ["text", "å"]),
        (unicodedata.normalize("NFD", "å"), ["text", "å"]),
        ("", ["text", ""]),
        (-7, ["int", "-7"]),
        (True, ["bool", "true"]),
        (datetime(2025, 9, 8, 8, 30, tzinfo=timezone(timedelta(hours=2))), ["moment", "2025-09-08T06:30:00.000000Z"]),
        (date(2025, 9, 8), ["date", "2025-09-08"]),
        (time(6, 30), ["time", "06:30:00.000000"]),
        (Decimal("120.00"), ["decimal", "120"]),
        (Decimal("0.50"), ["decimal", "0.5"]),
        (Decimal("-0.0"), ["decimal", "0"]),
        (Decimal("1E+3"), ["decimal", "1000"]),
        (3.0, ["float", "0x1.8000000000000p+1"]),
        (timedelta(seconds=-1, microseconds=5), ["duration", "-999995"]),
        (UUID(int=1), ["uuid", "00000000-0000-0000-0000-000000000001"]),
        (b"\x00\xff", ["bytes", "00ff"]),
        ({"b": [1, None], "a": "å"}, ["json", '{"a":"å","b":[1,null]}']),
    ],
)
def test_each_type_has_one_text(value: object, expected: object) -> None:
    assert typed_value(value) == expected


def test_a_number_and_its_text_have_different_forms() -> None:
    assert typed_value("1") != typed_value(1) != typed_value(True)


@pytest.mark.parametrize("value", [datetime(2025, 9, 8), Decimal("NaN"), object()])
def test_a_value_without_a_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(NoCanonicalForm):
        typed_value(value)


def test_canonical_json_escapes_as_rfc_8785_does() -> None:
    assert canonical({"b": '"\\\n\x01\x7f/€😀', "a": 1}) == '{"a":1,"b":"\\"\\\\\\n\\u0001\x7f/€😀"}'


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(),
    st.floats(allow_nan=False),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.datetimes(timezones=st.timezones()),
    st.dates(),
    st.times(),
    st.timedeltas(),
    st.uuids(),
    st.binary(),
    st.dictionaries(st.text(), st.lists(st.one_of(st.text(), st.integers(), st.booleans(), st.none()))),
)


@given(model=st.text(), columns=st.lists(st.text(min_size=1), unique=True, min_size=1), data=st.data())
def test_rows_written_at_once_have_the_texts_that_the_algorithm_gives(
    model: str, columns: list[str], data: st.DataObject
) -> None:
    """Values of one column may be of several types: SQLite holds what it was given."""
    few = data.draw(st.lists(VALUES, min_size=1, max_size=4))
    rows = data.draw(st.lists(st.tuples(*[st.sampled_from(few) | VALUES] * len(columns)), min_size=1, max_size=5))
    numbers = data.draw(st.lists(st.integers(), min_size=len(rows), max_size=len(rows)))
    by_the_algorithm = [
        row_text(model, number, {name: typed_value(value) for name, value in zip(columns, row, strict=True)})
        for number, row in zip(numbers, rows, strict=True)
    ]
    assert RowTexts(model, columns).texts(numbers, rows) == by_the_algorithm


@given(st.text(), st.text(), st.integers(), st.text(), st.text())
def test_a_link_written_at_once_is_the_digest_that_the_algorithm_gives(
    link: str, model: str, history_id: int, record: str, row: str
) -> None:
    assert next_link(link, model, history_id, record, row) == digest(canonical([link, model, history_id, record, row]))


def example() -> list[str]:
    block = re.search(r"```jsonl\n(.*?)```", DOCUMENT, re.DOTALL)
    assert block
    return block.group(1).splitlines(keepends=True)


def test_the_worked_example_verifies_and_has_the_head_that_is_stated() -> None:
    stated = re.search(r"the head of the chain is `(.+?)`", DOCUMENT)
    assert stated
    assert verify(example(), stated.group(1)) == {"seals": 2, "shown": 3, "withheld": 0, "weeded": 1}


def test_the_worked_examples_hash_and_link_are_what_is_stated() -> None:
    texts = re.findall(r"```text\n(.*?)\n```\n\n    ([0-9a-f]{64})", DOCUMENT, re.DOTALL)
    assert len(texts) == 2
    for text, stated in texts:
        assert digest(text) == stated
    values = {
        "history_date": typed_value(datetime.fromisoformat("2025-09-08T08:30:00+02:00")),
        "history_user_name": typed_value("Eva Åström"),
        "id": typed_value(7),
        "likelihood": typed_value(None),
        "title": typed_value("Felaktiga löneutbetalningar"),
    }
    row = row_hash("00112233445566778899aabbccddeeff", row_text("riskreg.risk", 41, values))
    assert row == texts[0][1]
    assert next_link(NO_SEAL, "riskreg.risk", 41, "7", row) == texts[1][1]
