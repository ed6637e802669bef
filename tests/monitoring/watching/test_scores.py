"""The score of a supplier: its terms by hand, what counts in it, who sees which, and its pages."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controls.models import Alert, Register, RegisterSnapshot, Watch
from controls.monitoring.rules import RULES
from controls.monitoring.watching.scoring import score_company, score_suppliers
from riskreg import clock
from riskreg.models import Unit, User
from riskreg.models.author import RISKREG
from riskreg.models.history import save_with_history
from tests.cast import Cast
from tests.monitoring.registers.scene import JUNE, a_register, fed

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine, pytest.mark.usefixtures("today")]
FIRST, SECOND = "5560360793", "5567037485"


@pytest.fixture
def register(cast: Cast) -> Register:
    register = a_register(cast.board, cast.johan)
    fed(register, cast.karin, as_of=JUNE)
    return register


def told(register: Register, rule: str, identity: str, *reasons: tuple[str, ...], **given: Any) -> Alert:
    """An alert of the rule with a signal for each of the reasons."""
    watch, _made = Watch.objects.get_or_create(
        register=register,
        rule=rule,
        defaults={"seen_at": register.unit, "proposed_by": User.objects.get(name="Karin Lindqvist"), "state": "on"},
    )
    number = Alert.objects.count()
    values = {
        "watch": watch,
        "snapshot": RegisterSnapshot.objects.filter(register=register)[0],
        "subject_key": f"{number:064}",
        "subject": identity or f"Ort {number}",
        "subject_name": f"Bolag {identity[-4:]} AB",
        "identity": identity,
        "facts": [
            {"mark": str(at), "reasons": list(one), "facts": {}, "rows": [], "amount": None} for at, one in enumerate(reasons)
        ],
        "facts_sha256": "0" * 64,
        "came_at": clock.now(),
        "told_at": clock.now(),
    }
    return save_with_history(Alert(**{**values, **given}), by=RISKREG, reason="Berättat")


def test_the_weights_that_the_figures_below_are_computed_from() -> None:
    assert [RULES[code].weight for code in ("bankruptcy", "no_f_tax", "round_sums")] == [5, 4, 1]


def test_the_score_is_the_sum_that_is_computed_by_hand(cast: Cast, register: Register) -> None:
    told(register, "bankruptcy", FIRST, ("bankruptcy",))
    told(register, "round_sums", FIRST, *[("round_sums",)] * 3)
    told(register, "own:Borås", FIRST, ("own:Borås",), ("own:Borås",))
    told(register, "no_f_tax", SECOND, *[("no_f_tax",)] * 9)
    # 5; 1 and two further quarters: 1.5; 2 and one further quarter of it: 2.5.
    # 4 and eight further quarters would be 12: at most twice the weight, 8.
    first, second = score_suppliers(cast.karin).suppliers
    assert [(term.rule, term.weight, term.count, term.points) for term in first.terms] == [
        ("bankruptcy", 5, 1, Fraction(5)),
        ("own:Borås", 2, 2, Fraction(5, 2)),
        ("round_sums", 1, 3, Fraction(3, 2)),
    ]
    assert (first.identity, first.score, first.alerts) == (FIRST, Fraction(9), 3)
    assert (second.identity, second.score) == (SECOND, Fraction(8))
    assert score_company(cast.karin, FIRST) == first


def test_one_invoice_with_two_reasons_counts_for_both_rules_once(cast: Cast, register: Register) -> None:
    told(register, "no_f_tax", FIRST, ("no_f_tax", "round_sums"))
    scored = score_company(cast.karin, FIRST)
    assert scored is not None
    assert [(term.rule, term.count) for term in scored.terms] == [("no_f_tax", 1), ("round_sums", 1)]
    assert scored.score == 5


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        *(("new", True), ("examined", True), ("asleep", True), ("confirmed", True)),
        *(("explained", False), ("false_alarm", False), ("excluded", False)),
    ],
)
def test_what_a_person_has_weighed_away_does_not_count(cast: Cast, register: Register, state: str, counts: bool) -> None:
    reason = "" if state in Alert.OPEN_STATES else "Utrett"
    until = date(2025, 12, 31) if state == "excluded" else None
    told(register, "bankruptcy", FIRST, ("bankruptcy",))
    told(register, "no_f_tax", FIRST, ("no_f_tax",), state=state, reason=reason, quiet_until=until)
    scored = score_company(cast.karin, FIRST)
    assert scored is not None
    assert (scored.score, scored.alerts, scored.left_out) == ((9, 2, 0) if counts else (5, 1, 1))


def test_what_no_longer_holds_what_the_product_no_longer_has_and_no_company_have_no_score(cast: Cast, register: Register) -> None:
    told(register, "bankruptcy", FIRST, ("bankruptcy",), holds=False)
    told(register, "gone_rule", SECOND, ("gone_rule",))
    told(register, "same_address", "", ("same_address",))
    found = score_suppliers(cast.karin)
    assert (found.suppliers, found.without_number) == ([], 1)
    assert score_company(cast.karin, FIRST) is score_company(cast.karin, "") is None


def another(cast: Cast, unit: Unit) -> Register:
    register = a_register(unit, cast.eva, name="Skolans")
    fed(register, cast.eva, as_of=JUNE)
    return register


def test_alerts_of_registers_that_the_user_may_not_read_are_in_no_score(cast: Cast, register: Register) -> None:
    told(register, "round_sums", FIRST, ("round_sums",))
    told(another(cast, cast.school_board), "bankruptcy", FIRST, ("bankruptcy",))
    scores = {person: score_company(person, FIRST) for person in (cast.karin, cast.bo, cast.eva)}
    assert [one.score for one in scores.values() if one is not None] == [1, 5, 6]
    assert score_company(cast.siv, FIRST) is None


# Its pages


@pytest.fixture
def page(client: Client, cast: Cast, register: Register) -> Client:
    told(register, "bankruptcy", FIRST, ("bankruptcy",))
    told(register, "round_sums", FIRST, ("round_sums",), ("round_sums",))
    told(register, "no_f_tax", SECOND, ("no_f_tax",))
    client.force_login(cast.karin)
    return client


def test_the_list_and_the_file_say_the_score_term_by_term_and_what_it_is_not(page: Client) -> None:
    shown = page.get(reverse("supplier_scores"))
    assert [(row.scored.identity, row.points) for row in shown.context["rows"]] == [(FIRST, "6,25"), (SECOND, "4")]
    text = shown.content.decode()
    for words in ("inget omdöme och inget mått på risk", "Varje regel som larmar", "5 · ", "1,25 · ", "2 signaler"):
        assert words in text
    response: Any = page.get(reverse("supplier_scores_csv"))
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig")), delimiter=";"))
    assert [(row[1], Decimal(row[2].replace(",", "."))) for row in rows[1:]] == [
        ("556036-0793", Decimal("6.25")),
        ("556703-7485", Decimal(4)),
    ]
    assert "(vikt 1, 2 signaler)" in rows[1][3]
    assert page.get(reverse("supplier_scores_xlsx")).status_code == 200


def test_the_company_s_page_has_the_terms_of_its_score(page: Client) -> None:
    text = page.get(reverse("company", args=[FIRST])).content.decode()
    assert "Poäng 6,25" in text
    assert "aldrig vad som är sant om bolaget" in text
    assert "Poäng " not in page.get(reverse("company", args=["5560160680"])).content.decode()


def test_without_alerts_the_page_says_so(client: Client, cast: Cast) -> None:
    client.force_login(cast.karin)
    assert "Ingen leverantör har poäng." in client.get(reverse("supplier_scores")).content.decode()


def test_the_number_of_queries_does_not_grow_with_the_alerts(page: Client, register: Register) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert page.get(reverse("supplier_scores")).status_code == 200
        return len(found)

    queries()
    few = queries()
    for number in range(15):
        told(register, "no_f_tax", f"55670374{number:02}", ("no_f_tax",))
    assert queries() == few <= 7
