"""The pages where ready rules are tried: on which snapshots, what they tell, and with how many queries."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controls.models import Register
from controls.monitoring.registers.latest import latest_snapshots
from controls.views.monitoring import tried
from tests.cast import Cast
from tests.monitoring.registers.scene import AUGUST, JULY, JUNE, SUPPLIERS, a_register, fed

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
LEDGER = ("verifikationsnummer", "leverantor", "leverantor_id", "belopp", "datum", "fakturanummer")
PAID = ("V1", "Bygg & Son AB", "556016-0680", "1200,50", "2025-06-18", "F-77")
AGAIN = ("V2", "Bygg & Son AB", "556016-0680", "1200,50", "2025-07-02", "F-77")


@pytest.fixture
def register(cast: Cast, today: date) -> Register:
    return a_register(cast.board, cast.johan)


@pytest.fixture
def page(client: Client, cast: Cast) -> Client:
    client.force_login(cast.johan)
    return client


def text_of(page: Client, *parts: object) -> str:
    response = page.get(reverse("register_rule" if len(parts) > 1 else "register_rules", args=parts))
    assert response.status_code == 200
    return response.content.decode()


def test_the_rules_of_a_register_are_listed_with_what_they_lack(page: Client, cast: Cast, register: Register) -> None:
    fed(register, cast.karin)
    text = text_of(page, register.pk)
    assert reverse("register_rule", args=[register.pk, "identity_of_person"]) in text
    assert reverse("register_rule", args=[register.pk, "double_same_day"]) not in text
    assert "Behöver en lägesbild av företag" in text
    assert "Behöver en tidigare lägesbild av leverantörer" in text


def test_a_rule_tells_its_hits_with_their_rows_and_masks_persons(page: Client, cast: Cast, register: Register) -> None:
    latest = fed(register, cast.karin)
    text = text_of(page, register.pk, "identity_of_person")
    assert "Den skulle ge 1 träff" in text
    assert "Anna Ek" in text
    assert "3234" not in text
    assert reverse("register_row", args=[register.pk, latest.pk, 5]) in text


def test_a_rule_without_its_registers_says_what_it_needs(page: Client, cast: Cast, register: Register) -> None:
    fed(register, cast.karin)
    assert "en lägesbild av företag" in text_of(page, register.pk, "bankruptcy")
    assert page.get(reverse("register_rule", args=[register.pk, "double_same_day"])).status_code == 404


def test_a_payment_made_twice_is_found_in_the_ledger(page: Client, cast: Cast, today: date) -> None:
    ledger = a_register(cast.board, cast.johan, kind="ledger", name="Reskontra")
    fed(ledger, cast.karin, PAID, AGAIN, headings=LEDGER)
    text = text_of(page, ledger.pk, "double_other_day")
    assert "Den skulle ge 1 träff" in text
    assert "556016-0680" in text


def test_rules_read_the_nearest_register_of_those_that_the_user_may_read(cast: Cast, register: Register) -> None:
    fed(register, cast.karin, as_of=JUNE)
    latest = fed(register, cast.karin, *SUPPLIERS[:3], as_of=JULY)
    far = a_register(cast.school_board, cast.ulla, kind="ledger", name="A")
    fed(far, cast.bo, PAID, headings=LEDGER)
    assert set(latest_snapshots(cast.johan, register)) == {"suppliers", "suppliers_before"}
    near = a_register(cast.central_office, cast.johan, kind="ledger", name="B")
    paid = fed(near, cast.karin, PAID, headings=LEDGER)
    found = latest_snapshots(cast.johan, register)
    assert (found["suppliers"], found["suppliers_before"].as_of, found["ledger"]) == (latest, JUNE, paid)


def test_pages_of_rules_ask_as_few_questions_of_many_registers_as_of_one(page: Client, cast: Cast, register: Register) -> None:
    def count(*parts: object) -> int:
        text_of(page, *parts)
        with CaptureQueriesContext(connection) as asked:
            text_of(page, *parts)
        return len(asked)

    fed(register, cast.karin, as_of=JULY)
    few = count(register.pk), count(register.pk, "identity_missing")
    for kind in ("agreements", "systems", "operations"):
        fed(a_register(cast.board, cast.johan, kind=kind, name=kind), cast.karin, headings=("a", "b", "c", "d", "e"))
    fed(register, cast.karin, *SUPPLIERS, ("1009", "Ny AB", "", "", ""), as_of=AUGUST)
    assert (count(register.pk), count(register.pk, "identity_missing")) == few


def test_what_takes_too_long_to_try_is_told_to_and_can_be_watched_all_the_same(
    page: Client, cast: Cast, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    fed(register, cast.karin)
    monkeypatch.setattr(tried, "MOST_WORK", -1.0)
    composed = {"field": "bankgiro", "comparison": "empty"}
    for address, given in (
        (reverse("register_rule", args=[register.pk, "identity_of_person"]), {}),
        (reverse("register_compose", args=[register.pk]), composed),
        (reverse("register_pack", args=[register.pk, "suppliers"]), {}),
    ):
        response = page.get(address, given)
        assert response.status_code == 200
        text = response.content.decode()
        assert "för att pröva detta medan sidan väntar" in text
        assert "Skulle ge 1 träff" not in text
        assert 'aria-labelledby="h-watch"' in text


def test_a_process_of_the_web_tries_for_one_page_at_a_time(
    page: Client, cast: Cast, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    fed(register, cast.karin)
    monkeypatch.setattr(tried, "MOST_WAIT", 0.01)
    one_at_a_time = tried._ONE_AT_A_TIME
    assert one_at_a_time.acquire(blocking=False)
    try:
        assert "för att pröva detta medan sidan väntar" in text_of(page, register.pk, "identity_of_person")
    finally:
        one_at_a_time.release()
    monkeypatch.undo()
    assert "Den skulle ge 1 träff" in text_of(page, register.pk, "identity_of_person")


def test_of_the_pages_that_would_try_at_once_one_waits_and_the_rest_are_told_at_once(
    page: Client, cast: Cast, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each that waits holds a thread, and there are few."""

    class Taken:
        def acquire(self, *, blocking: bool = True, timeout: float | None = None) -> bool:
            assert not blocking, "it waited, although another page does already"
            return False

    fed(register, cast.karin)
    monkeypatch.setattr(tried, "_ONE_AT_A_TIME", Taken())
    assert tried._ONE_WAITS.acquire(blocking=False)
    try:
        assert "för att pröva detta medan sidan väntar" in text_of(page, register.pk, "identity_of_person")
    finally:
        tried._ONE_WAITS.release()
    monkeypatch.undo()
    assert "Den skulle ge 1 träff" in text_of(page, register.pk, "identity_of_person")
