"""Numbers of organisations, people and accounts, as people write them; the SQL says the same as Python."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controls.data_files.engine import Engine
from controls.monitoring.identities import Bearer, masked, read_account, read_identity
from controls.monitoring.kinds import FieldType
from controls.monitoring.snapshots.words import staged, teach

DAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("written", "text", "bearer", "is_valid"),
    [
        ("556036-0793", "5560360793", Bearer.ORGANISATION, True),
        ("5560360793", "5560360793", Bearer.ORGANISATION, True),
        ("165560360793", "5560360793", Bearer.ORGANISATION, True),
        ("16 556036-0793", "5560360793", Bearer.ORGANISATION, True),
        ("SE556036079301", "5560360793", Bearer.ORGANISATION, True),
        ("se 556036-0793 01", "5560360793", Bearer.ORGANISATION, True),
        ("556036-0739", "5560360739", Bearer.ORGANISATION, False),
        ("19121212-1212", "191212121212", Bearer.PERSON, True),
        ("121212+1212", "191212121212", Bearer.PERSON, True),
        ("121212-1212", "201212121212", Bearer.PERSON, True),
        ("19700163-2392", "197001632392", Bearer.PERSON, True),
        ("19701332-2392", "197013322392", Bearer.PERSON, False),
        ("DE 123 456 789", "DE123456789", Bearer.FOREIGN, None),
        ("55603607", "55603607", Bearer.NOBODY, False),
        ("[innehåller personuppgifter]", "", Bearer.NOBODY, None),
        ("", "", Bearer.NOBODY, None),
    ],
)
def test_a_number_has_one_form_however_it_is_written(written: str, text: str, bearer: Bearer, is_valid: bool | None) -> None:
    found = read_identity(written, on=DAY)
    assert (found.text, found.bearer, found.is_valid) == (text, bearer, is_valid)


def test_a_person_is_shown_without_the_last_four_digits() -> None:
    assert masked("191212121212") == "19121212-****"
    assert masked("5560360793") == "556036-0793"


@pytest.mark.parametrize(
    ("written", "text", "is_valid"),
    [
        ("BG 5050-1055", "50501055", True),
        ("Bankgiro: 5050-1056", "50501056", False),
        ("PG 4 18 30-1", "418301", True),
        ("SE45 5000 0000 0583 9825 7466", "SE4550000000058398257466", True),
        ("SE45 5000 0000 0583 9825 7467", "SE4550000000058398257467", False),
        ("8327-9, 123 456 789-0", "", None),
        ("83279 1234567890", "832791234567890", None),
        ("ingen", "", None),
    ],
)
def test_an_account_has_one_form_and_its_check_digits_are_judged(written: str, text: str, is_valid: bool | None) -> None:
    assert read_account(written) == (text, is_valid)


_WRITTEN = st.one_of(
    st.from_regex(r"(16|19|20|SE|00|)[ ]?[0-9]{6}[-+ ]?[0-9]{4}(01)?", fullmatch=True),
    st.from_regex(r"[0-9]{2}[01][0-9][0-9]{2}[-+]?[0-9]{4}", fullmatch=True),
    st.from_regex(r"(bg|PG |Bankgiro: )?[0-9]{3,4}-[0-9]{4}", fullmatch=True),
    st.text(alphabet="0123456789 -+.ABSEbgpgnr:", max_size=20),
)


@settings(max_examples=60, deadline=None)
@given(written=st.lists(_WRITTEN, min_size=1, max_size=40))
def test_the_sql_reads_numbers_as_python_does(words: Engine, written: list[str]) -> None:
    texts = [text.strip() for text in written]
    fields = {"who": (FieldType.IDENTITY, "x"), "account": (FieldType.ACCOUNT, "x")}
    values = staged("(select unnest($texts) as x)", fields, DAY.year, keeping="x")
    found = words.rows(f"select who, is_person(who), identity_is_valid(who), account from ({values})", {"texts": texts})
    for text, (identity, is_person, is_valid, account) in zip(texts, found, strict=True):
        told = read_identity(text, on=DAY)
        assert (identity or "", bool(is_person), is_valid) == (told.text, told.bearer == Bearer.PERSON, told.is_valid), text
        assert (account or "") == read_account(text)[0], text


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    engine = Engine(tmp_path_factory.mktemp("words"))
    teach(engine)
    return engine
