"""Rules that a person composes: what each comparison tells, of which rows and companies; and their life as watched rules."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from controls.models import Alert, Register
from controls.monitoring.kinds import KINDS, FieldType
from controls.monitoring.registers import verbs as registers
from controls.monitoring.rules.composed.definition import FITS, Comparison, Definition, read_name, read_value, require_sense
from controls.monitoring.rules.composed.saying import rule_words
from controls.monitoring.watching.words import facts_in_a_line, watch_sentence
from tests.cast import Cast
from tests.monitoring.registers.scene import AUGUST, JULY, a_register, fed
from tests.monitoring.watching.composing import (
    BYGG,
    NAME,
    ROR,
    STAD,
    companies,
    composed,
    condition,
    definition,
    hits,
    named,
)
from tests.monitoring.watching.scene import let_the_worker_run, told

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine, pytest.mark.usefixtures("today")]
WATCHED = KINDS["watched"]


@pytest.fixture
def register(cast: Cast, today: date) -> Register:
    return a_register(cast.board, cast.johan, kind="watched", name="Kreditbevakning")


@pytest.fixture
def now(register: Register, cast: Cast) -> Register:
    companies(register, cast.karin, BYGG, STAD, ROR, as_of=AUGUST)
    return register


# What each comparison tells


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (definition("rating", "is", "aa"), ["Bygg & Son AB"]),
        (definition("rating", "is_not", "AA"), ["Städ i Väst AB"]),
        (definition("city", "one_of", "storköping\nBorås"), ["Städ i Väst AB"]),
        (definition("city", "empty"), ["Rör och Värme HB"]),
        (definition("score", "not_empty"), ["Bygg & Son AB", "Städ i Väst AB"]),
        (definition("score", "is", "60"), ["Bygg & Son AB"]),
        (definition("score", "is_not", "60"), ["Städ i Väst AB"]),
        (definition("debt", "over", "1000"), ["Städ i Väst AB"]),
        (definition("debt", "over", "999.5"), ["Bygg & Son AB", "Städ i Väst AB"]),
        (definition("debt", "under", "250000"), ["Bygg & Son AB"]),
        (definition("f_tax", "is", "no"), ["Städ i Väst AB"]),
        (definition("f_tax", "is_not", "no"), ["Bygg & Son AB"]),
        # 8 September 2025 less 12 months.
        (definition("accounts_day", "older_than", "12"), ["Städ i Väst AB"]),
        (definition("accounts_day", "older_than", "8"), ["Bygg & Son AB", "Städ i Väst AB"]),
        (definition("debt", "over", "0", condition("city", "is", "Lillköping")), ["Bygg & Son AB"]),
        (definition("debt", "over", "0", condition("city", "is", "Lillköping"), condition("score", "under", "60")), []),
    ],
)
def test_a_comparison_with_one_snapshot(cast: Cast, now: Register, what: Definition, expected: list[str]) -> None:
    assert named(now, cast.johan, what) == expected


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (definition("score", "fell_by", "10"), ["Bygg & Son AB"]),
        (definition("score", "fell_by", "11"), []),
        (definition("debt", "rose_by", "500"), ["Städ i Väst AB"]),
        (definition("rating", "changed"), ["Bygg & Son AB"]),
        (definition("city", "changed"), ["Bygg & Son AB"]),
        (definition("city", "changed", "", condition("score", "over", "55")), []),
    ],
)
def test_a_comparison_with_the_snapshot_before(cast: Cast, register: Register, what: Definition, expected: list[str]) -> None:
    companies(register, cast.karin, BYGG, STAD, as_of=JULY)
    fallen = ("556016-0680", "Bygg & Son AB", "A", "50", "1000", "ja", "2024-12-31", "Borås")
    owing = (*STAD[:4], "251000", *STAD[5:])
    companies(register, cast.karin, fallen, owing, ROR, as_of=AUGUST)
    assert named(register, cast.johan, what) == expected


def test_a_change_tells_from_what_to_what_and_its_amount(cast: Cast, register: Register) -> None:
    companies(register, cast.karin, BYGG, STAD, as_of=JULY)
    companies(register, cast.karin, BYGG, (*STAD[:4], "251000", *STAD[5:]), as_of=AUGUST)
    [hit] = hits(register, cast.johan, definition("debt", "rose_by", "500"))
    assert hit.facts == {"before": Decimal(250_000), "after": Decimal(251_000)}
    assert (hit.subject, hit.amount, hit.rows) == ("5560360793", Decimal(1_000), (3,))


def test_a_key_that_several_rows_have_is_not_followed(cast: Cast, register: Register) -> None:
    twice = (*BYGG[:7], "Borås")
    companies(register, cast.karin, BYGG, twice, STAD, as_of=JULY)
    companies(register, cast.karin, twice, BYGG, (*STAD[:7], "Borås"), as_of=AUGUST)
    assert named(register, cast.johan, definition("city", "changed")) == ["Städ i Väst AB"]


# Joined with other registers


@pytest.fixture
def joined(cast: Cast, now: Register) -> Register:
    agreements = a_register(cast.board, cast.johan, kind="agreements", name="Avtal")
    headings = ("Avtalsnummer", "Leverantör", "Organisationsnummer", "Giltigt från", "Giltigt till")
    ended = ("A2", "Städ i Väst AB", "556036-0793", "2020-01-01", "2024-12-31")
    fed(agreements, cast.karin, ("A1", "Bygg", "5560160680", "2024-01-01", "2026-12-31"), ended, headings=headings)
    ledger = a_register(cast.board, cast.johan, kind="ledger", name="Reskontra")
    lines = ("verifikationsnummer", "leverantor", "leverantor_id", "belopp", "datum", "fakturanummer")
    fed(
        ledger,
        cast.karin,
        ("V1", "Städ i Väst AB", "556036-0793", "90000", "2025-03-01", "1"),
        ("V2", "Städ i Väst AB", "556036-0793", "20000", "2025-05-01", "2"),
        ("V3", "Städ i Väst AB", "556036-0793", "500000", "2023-05-01", "3"),
        ("V4", "Bygg & Son AB", "556016-0680", "100000", "2025-05-01", "4"),
        headings=lines,
    )
    suppliers = a_register(cast.board, cast.johan)
    fed(suppliers, cast.karin)
    return now


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ({"agreement": "with"}, ["Bygg & Son AB"]),
        ({"agreement": "without"}, ["Städ i Väst AB"]),
        ({"paid_over": "100000"}, ["Städ i Väst AB"]),
        ({"paid_over": "99999.99"}, ["Bygg & Son AB", "Städ i Väst AB"]),
        ({"paid_over": "110000", "paid_months": 12}, []),
        ({"paid_over": "110000", "paid_months": 36}, ["Städ i Väst AB"]),
        ({"is_supplier": True}, ["Bygg & Son AB", "Städ i Väst AB"]),
        ({"is_supplier": True, "agreement": "without", "paid_over": "50000"}, ["Städ i Väst AB"]),
    ],
)
def test_a_rule_asks_other_registers_about_the_same_company(
    cast: Cast, joined: Register, rest: dict[str, Any], expected: list[str]
) -> None:
    assert named(joined, cast.johan, definition("debt", "over", "0", **rest)) == expected


def test_a_joined_rule_reads_the_registers_that_it_asks(cast: Cast, joined: Register) -> None:
    made = composed(joined, cast.johan, definition("debt", "over", "0", agreement="with", paid_over="10"))
    assert set(made.sources) == {"watched", "agreements", "ledger", "suppliers"}
    let_the_worker_run()
    assert told(joined) == {"Bygg & Son AB": "new"}


# Other kinds of registers


def test_a_register_of_ones_own_is_asked_by_its_headings(cast: Cast, today: date) -> None:
    register = a_register(cast.board, cast.johan, kind="own", name="Bilar")
    headings = ("Regnr", "Skick % av nytt", "O'Hara")
    registers.map_columns(register, by=cast.johan, mapping={}, key_columns=["Regnr"])
    fed(register, cast.karin, ("ABC123", "bra", "x"), ("DEF456", "dåligt", ""), headings=headings, as_of=JULY)
    assert named(register, cast.johan, definition("Skick % av nytt", "is", "Dåligt")) == ["DEF456"]
    # The columns stand in another order by now.
    fed(register, cast.karin, ("x", "bra", "ABC123"), ("", "bra", "DEF456"), headings=headings[::-1], as_of=AUGUST)
    what = definition("Skick % av nytt", "changed", "", condition("O'Hara", "empty"))
    [hit] = hits(register, cast.johan, what)
    assert (hit.subject, hit.facts) == ("DEF456", {"before": "dåligt", "after": "bra", "own.O'Hara": None})
    made = composed(register, cast.johan, what)
    assert watch_sentence(made) == "Säger till när ”Skick % av nytt” har ändrats, för rader där ”O'Hara” är tomt."
    let_the_worker_run()
    assert facts_in_a_line(Alert.objects.get()).endswith("Före: dåligt; Efter: bra")


def test_a_ledger_is_asked_line_by_line(cast: Cast, today: date) -> None:
    ledger = a_register(cast.board, cast.johan, kind="ledger", name="Reskontra")
    lines = ("verifikationsnummer", "leverantor", "leverantor_id", "belopp", "datum", "fakturanummer")
    fed(ledger, cast.karin, ("V1", "Bygg", "556016-0680", "90000", "2025-03-01", "1"), headings=lines)
    [hit] = hits(ledger, cast.johan, definition("amount", "over", "89999", condition("identity", "not_empty")))
    assert (hit.subject, hit.amount) == ("5560160680", Decimal(90_000))
    assert (hit.facts["voucher"], hit.facts["day"]) == ("V1", date(2025, 3, 1))


def test_a_number_that_may_be_a_persons_is_no_fact(cast: Cast, today: date) -> None:
    suppliers = a_register(cast.board, cast.johan)
    fed(suppliers, cast.karin)
    found = hits(suppliers, cast.johan, definition("identity", "not_empty", "", condition("bankgiro", "empty")))
    assert [hit.facts for hit in found] == [{"changed": None}] * len(found)
    composed(suppliers, cast.johan, definition("identity", "not_empty", "", condition("bankgiro", "empty")))
    let_the_worker_run()
    assert "3234" not in str(list(Alert.objects.values()))


# What makes no sense


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        (definition("city", "over", "5"), "watched"),
        (definition("score", "older_than", "5"), "watched"),
        (definition("debt", "one_of", "5"), "watched"),
        (definition("identity", "is", "5560160680"), "watched"),
        (definition("debt", "over", "5", condition("score", "changed")), "watched"),
        (definition("finns_inte", "empty"), "watched"),
        (definition("amount", "rose_by", "5"), "ledger"),
        (definition("owner", "empty", agreement="with"), "systems"),
        (definition("ceiling", "empty", agreement="with"), "agreements"),
        (definition("amount", "over", "1", paid_over="5"), "ledger"),
        (definition("city", "empty", is_supplier=True), "suppliers"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(what: Definition, kind: str) -> None:
    with pytest.raises(ValidationError):
        require_sense(what, KINDS[kind], [each.code for each in KINDS[kind].fields])


def test_every_comparison_that_fits_can_be_run(cast: Cast, register: Register) -> None:
    companies(register, cast.karin, BYGG, STAD, as_of=JULY)
    companies(register, cast.karin, BYGG, STAD, ROR, as_of=AUGUST)
    by_type = {each.type: each.code for each in WATCHED.fields if each.code in register_fields(register)}
    values = {FieldType.FLAG: "ja", FieldType.TEXT: "x"}
    tried = 0
    for comparison, types in FITS.items():
        for of in types & by_type.keys():
            value = read_value(values.get(of, "12"), comparison, of)
            hits(register, cast.johan, definition(by_type[of], comparison, value))
            tried += 1
    assert tried > 30


def register_fields(register: Register) -> set[str]:
    return {code for code, heading in register.snapshots.all()[0].mapping.items() if heading}


@pytest.mark.parametrize(
    ("typed", "comparison", "of", "expected"),
    [
        ("1 234,50", "over", FieldType.AMOUNT, "1234.50"),
        ("Ja", "is", FieldType.FLAG, "yes"),
        (" a, b;c\n a", "one_of", FieldType.TEXT, "a\nb\nc"),
        ("a, b", "is", FieldType.TEXT, "a, b"),
        ("24", "older_than", FieldType.DAY, "24"),
        ("vad som helst", "empty", FieldType.TEXT, ""),
    ],
)
def test_a_value_is_read_as_it_is_typed(typed: str, comparison: str, of: FieldType, expected: str) -> None:
    assert read_value(typed, Comparison(comparison), of) == expected


@pytest.mark.parametrize(
    ("typed", "comparison", "of"),
    [
        ("", "is", FieldType.TEXT),
        ("tolv", "over", FieldType.AMOUNT),
        ("1e99", "over", FieldType.AMOUNT),
        ("NaN", "over", FieldType.AMOUNT),
        ("kanske", "is", FieldType.FLAG),
        ("0", "older_than", FieldType.DAY),
        ("1000000", "older_than", FieldType.DAY),
        ("²", "older_than", FieldType.DAY),
        ("19640823-3234", "is", FieldType.TEXT),
        ("x" * 201, "is", FieldType.TEXT),
        (",".join(str(one) for one in range(51)), "one_of", FieldType.TEXT),
    ],
)
def test_a_value_that_cannot_be_compared_with_is_refused(typed: str, comparison: str, of: FieldType) -> None:
    with pytest.raises(ValidationError):
        read_value(typed, Comparison(comparison), of)


@pytest.mark.parametrize("typed", ["ab", "x" * 51, "Anna 19640823-3234", "rad\x00bruten", "POÄNGEN  är låg"])
def test_a_name_that_cannot_be_had_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        read_name(typed, [NAME])


def test_a_text_is_a_value_and_no_query(cast: Cast, now: Register) -> None:
    assert named(now, cast.johan, definition("city", "is", "x' or '1'='1")) == []
    assert named(now, cast.johan, definition("city", "one_of", "$today\n') or true --")) == []


def test_the_rule_is_a_sentence_in_both_languages() -> None:
    what = definition(
        "debt",
        "over",
        "100000",
        condition("city", "one_of", "Borås\nVara"),
        condition("f_tax", "is", "no"),
        agreement="with",
        paid_over="5000",
    )
    assert rule_words(what, WATCHED) == (
        "Säger till när ”Skuld hos Kronofogden” är över 100\N{NO-BREAK SPACE}000, "
        "för rader där ”Ort” är något av ”Borås, Vara” och "
        "”F-skatt” är nej, bara bolag som har ett gällande avtal och har fått mer än 5\N{NO-BREAK SPACE}000 kronor de senaste "
        "12 månaderna."
    )
    with translation.override("en"):
        assert rule_words(definition("accounts_day", "older_than", "24"), WATCHED) == (
            "Tell when “Latest accounts” is older than 24 months."
        )


def test_a_definition_comes_back_as_it_was_stored() -> None:
    what = definition("debt", "over", "1", condition("city", "empty"), paid_over="5", paid_months=3, is_supplier=True)
    assert Definition.of_json(what.as_json()) == what
    for stored in ({}, {"tells": {"field": "debt", "comparison": "vet ej"}}, {"tells": 5}):
        with pytest.raises(ValidationError):
            Definition.of_json(stored)
