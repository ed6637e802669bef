"""The pages where a rule is composed: they read as a sentence, try it, compare it with how it stands, and watch it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml import html

from controls.models import Register, Watch
from controls.monitoring.registers import verbs as registers
from tests.cast import Cast
from tests.monitoring.registers.scene import AUGUST, JULY, a_register, described
from tests.monitoring.watching.composing import BYGG, ROR, STAD, companies, composed, condition, definition

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
LOW = {"field": "score", "comparison": "under", "value": "40"}
SAVED = {**LOW, "name": "Poängen är låg", "most_alerts": "20", "reason": "Enligt riskanalysen"}


@pytest.fixture
def register(cast: Cast, today: date) -> Register:
    register = a_register(cast.board, cast.johan, kind="watched", name="Kreditbevakning")
    companies(register, cast.karin, BYGG, STAD, ROR, as_of=AUGUST)
    return register


@pytest.fixture
def page(client: Client, cast: Cast) -> Client:
    client.force_login(cast.johan)
    return client


def address(register: Register) -> str:
    return reverse("register_compose", args=[register.pk])


def text_of(page: Client, where: str, given: dict[str, Any] | None = None) -> str:
    response = page.get(where, given or {})
    assert response.status_code == 200
    return str(response.content.decode())


def test_the_rules_page_leads_to_it_and_lists_own_rules(page: Client, cast: Cast, register: Register) -> None:
    rules = reverse("register_rules", args=[register.pk])
    assert address(register) in text_of(page, rules)
    made = composed(register, cast.johan, definition("score", "under", "40"))
    text = text_of(page, rules)
    assert "Säger till när ”Poäng” är under 40." in text
    assert reverse("watch_compose", args=[register.pk, made.pk]) in text
    assert reverse("watch_compose", args=[register.pk, made.pk]) in text_of(page, made.get_absolute_url())


def test_every_part_of_the_sentence_has_a_label(page: Client, register: Register) -> None:
    tree = html.fromstring(text_of(page, address(register)))
    asked = tree.xpath("//form[contains(@class, 'sentence')]//*[self::select or self::input]")
    assert len(asked) == 13
    for one in asked:
        [label] = tree.xpath(f"//label[@for='{one.get('id')}']")
        assert label.text_content().strip()


def test_only_fields_of_the_latest_file_are_offered(page: Client, register: Register) -> None:
    tree = html.fromstring(text_of(page, address(register)))
    offered = tree.xpath("//select[@name='field']/option/@value")
    assert {"score", "rating", "debt"} <= set(offered)
    assert "board" not in offered


def test_a_rule_is_tried_without_anything_being_stored(page: Client, register: Register) -> None:
    text = text_of(page, address(register), LOW)
    for words in ("Säger till när ”Poäng” är under 40.", "Den skulle ge 1 träff", "Städ i Väst AB", "Poäng: 30"):
        assert words in text
    assert not Watch.objects.exists()


def test_what_was_tried_is_watched_with_a_name_and_a_reason(page: Client, register: Register) -> None:
    tree = html.fromstring(text_of(page, address(register), LOW))
    [form] = tree.xpath("//form[@method='post' and .//input[@name='name']]")
    kept = {one.get("name"): one.get("value") for one in form.xpath(".//input[@type='hidden']")}
    assert kept.items() >= LOW.items()
    response = page.post(
        address(register), {**kept, "name": "Poängen är låg", "most_alerts": "20", "reason": "Enligt riskanalysen"}
    )
    made = Watch.objects.get()
    assert (response.status_code, response["Location"]) == (302, made.get_absolute_url())
    assert (made.rule, made.most_alerts, made.state) == ("own:Poängen är låg", 20, "on")
    assert made.history.earliest().history_change_reason == "Enligt riskanalysen"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"comparison": "older_than"}, "”Poäng” är ett tal och kan inte jämföras så."),
        ({"value": "många"}, "är inget tal"),
        ({"where_1_field": "debt", "where_1_comparison": "one_of", "where_1_value": "5"}, "kan inte jämföras så"),
        ({"paid_over": "x"}, "är inget tal"),
        ({"paid_over": "5", "paid_months": "0"}, "är inget antal månader"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_tried(
    page: Client, register: Register, wrong: dict[str, str], said: str
) -> None:
    text = text_of(page, address(register), {**LOW, **wrong})
    assert said in text
    assert "error-summary" in text
    assert "Den skulle ge" not in text
    page.post(address(register), {**SAVED, **wrong})
    assert not Watch.objects.exists()


def test_a_refused_save_keeps_what_was_typed(page: Client, register: Register) -> None:
    response = page.post(address(register), {**SAVED, "name": "x", "reason": "Därför att"})
    text = response.content.decode()
    assert (response.status_code, "Skriv ett namn" in text, "Därför att" in text) == (200, True, True)
    assert 'value="40"' in text


def test_changing_a_rule_shows_what_comes_and_goes(page: Client, cast: Cast, register: Register) -> None:
    made = composed(register, cast.johan, definition("score", "under", "40", condition("city", "not_empty"), paid_months=6))
    where = reverse("watch_compose", args=[register.pk, made.pk])
    tree = html.fromstring(text_of(page, where))
    assert tree.xpath("//input[@name='value']/@value") == ["40"]
    assert tree.xpath("//select[@name='where_1_field']/option[@selected]/@value") == ["city"]
    assert tree.xpath("//input[@name='paid_months']/@value") == ["6"]
    text = text_of(page, where, {**LOW, "comparison": "over", "value": "50"})
    assert ("1 träff tillkommer" in text, "1 träff försvinner" in text) == (True, True)
    sent = {**LOW, "value": "20", "most_alerts": "20", "reason": "För många"}
    assert page.post(where, sent).status_code == 302
    made.refresh_from_db()
    assert (made.definition["tells"]["value"], made.rule) == ("20", "own:Poängen är låg")


def test_a_rule_that_cannot_be_tried_yet_says_what_it_needs(page: Client, register: Register) -> None:
    assert "en tidigare lägesbild av bevakade företag" in text_of(page, address(register), {**LOW, "comparison": "fell_by"})
    text = text_of(page, address(register), {**LOW, "agreement": "with"})
    assert "en lägesbild av avtal" in text
    assert 'name="reason"' not in text


def test_without_a_snapshot_it_says_so(page: Client, cast: Cast, today: date) -> None:
    empty = a_register(cast.board, cast.johan, kind="watched", name="Tom")
    assert "ingen lägesbild ännu" in text_of(page, address(empty))


def test_a_register_that_takes_two_is_proposed(page: Client, cast: Cast, register: Register) -> None:
    registers.change(register, by=cast.johan, described=described("Kreditbevakning", takes_two=True))
    page.post(address(register), SAVED)
    assert Watch.objects.get().state == "proposed"


def test_a_reader_tries_and_does_not_save(client: Client, cast: Cast, register: Register) -> None:
    client.force_login(cast.karin)
    text = text_of(client, address(register), LOW)
    assert ("Den skulle ge 1 träff" in text, 'name="reason"' in text) == (True, False)
    assert client.post(address(register), SAVED).status_code == 403
    client.force_login(cast.siv)
    assert client.get(address(register)).status_code == 403


def test_a_ready_rule_has_no_such_page(page: Client, cast: Cast, register: Register) -> None:
    ready = Watch.objects.create(register=register, rule="rating_low", proposed_by=cast.johan)
    assert page.get(reverse("watch_compose", args=[register.pk, ready.pk])).status_code == 404


def test_trying_asks_as_often_however_many_rules_there_are(page: Client, cast: Cast, register: Register) -> None:
    companies(register, cast.karin, BYGG, STAD, as_of=JULY)
    text_of(page, address(register), LOW)
    with CaptureQueriesContext(connection) as few:
        text_of(page, address(register), LOW)
    for number in range(3):
        composed(register, cast.johan, definition("score", "under", "40"), rule=f"own:Regel {number}")
    with CaptureQueriesContext(connection) as many:
        text_of(page, address(register), LOW)
    assert len(few) == len(many) == 6
