"""The pages of watched rules and of alerts: what they show, of whom, what they do, and with how many queries."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controls.models import Alert, Register, Watch
from controls.monitoring.watching import alerts
from riskreg import clock
from tests.cast import Cast
from tests.monitoring.registers.scene import AUGUST, JULY, JUNE, SUPPLIERS, a_register, fed
from tests.monitoring.watching.scene import (
    HOME_CARE,
    RULE,
    SCHOOL,
    WATER,
    came,
    let_the_worker_run,
    operations,
    the_alert,
    told,
    watched,
)

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
OLD = ("Brandkår", "Räddning", "ja", "2021-05-01", "Dag Ek")


@pytest.fixture
def register(cast: Cast, today: date) -> Register:
    register = operations(cast)
    came(register, cast.karin, HOME_CARE, WATER, SCHOOL, OLD, as_of=JUNE)
    return register


@pytest.fixture
def page(client: Client, cast: Cast) -> Client:
    client.force_login(cast.johan)
    return client


def text_of(page: Client, name: str, *parts: object, query: str = "") -> str:
    response = page.get(reverse(name, args=parts) + query)
    assert response.status_code == 200
    return response.content.decode()


def given(cast: Cast, register: Register, rule: str = RULE) -> None:
    watched(register, cast.johan, rule)
    let_the_worker_run()


# Watching


def test_other_limits_are_tried_and_what_comes_and_goes_is_shown(page: Client, cast: Cast, register: Register) -> None:
    plain = text_of(page, "register_rule", register.pk, "plan_old")
    assert "Den skulle ge 1 träff" in plain
    assert 'value="2"' in plain
    assert "Brandkår" not in text_of(page, "register_rule", register.pk, "plan_old", query="?years=10")
    watched(register, cast.johan, "plan_old")
    compared = text_of(page, "register_rule", register.pk, "plan_old", query="?years=10")
    assert "1 träff försvinner" in compared
    assert "Brandkår" in compared
    wrong = text_of(page, "register_rule", register.pk, "plan_old", query="?years=gammal")
    assert "gammal" in wrong
    assert "skulle ge" not in wrong


def test_a_rule_is_watched_with_the_limits_that_were_tried(page: Client, register: Register) -> None:
    address = reverse("register_watch", args=[register.pk, "plan_old"])
    form = {"years": "3", "most_alerts": "20", "reason": "Ska följas"}
    assert page.post(address, {**form, "reason": ""}).status_code == 200
    assert page.post(address, {**form, "most_alerts": "0"}).status_code == 200
    assert not Watch.objects.exists()
    response = page.post(address, form)
    watch = Watch.objects.get()
    assert response.headers["Location"] == watch.get_absolute_url()
    assert (watch.parameters, watch.most_alerts, watch.state) == ({"years": "3"}, 20, "on")
    assert watch.history.earliest().history_change_reason == "Ska följas"


def test_a_pack_shows_what_each_rule_would_give_and_is_watched_at_once(page: Client, register: Register) -> None:
    text = text_of(page, "register_pack", register.pk, "operations")
    assert "Bevaka 4 regler" in text
    page.post(reverse("register_pack", args=[register.pk, "operations"]), {"most_alerts": "50", "reason": "Från i år"})
    assert Watch.objects.filter(state="on").count() == 4
    let_the_worker_run()
    assert told(register) == {"Hemtjänst": "new", "Vatten": "new", "Brandkår": "new"}
    assert "inget mer att bevaka" in text_of(page, "register_pack", register.pk, "operations")


def test_a_rule_that_stopped_says_why_on_every_page_of_it(page: Client, cast: Cast, register: Register) -> None:
    given(cast, register)
    watch = Watch.objects.get()
    watch.state, watch.problem, watch.problem_values = "stopped", "snapshot", {"kind": "operations"}
    watch.save()
    why = "Det finns ingen lägesbild av verksamheter"
    for name, *parts in (("watch", register.pk, watch.pk), ("register", register.pk), ("register_rules", register.pk)):
        assert why in text_of(page, name, *parts)
    page.post(reverse("watch_switch_on", args=[register.pk, watch.pk]))
    watch.refresh_from_db()
    assert (watch.state, watch.problem) == ("on", "")


def test_a_rule_that_asks_is_answered_with_a_number(page: Client, cast: Cast, register: Register) -> None:
    watch = watched(register, cast.johan, most_alerts=1)
    let_the_worker_run()
    address = reverse("watch_switch_on", args=[register.pk, watch.pk])
    assert 'value="2"' in page.get(address).content.decode()
    page.post(address, {"most_alerts": "2"})
    let_the_worker_run()
    assert len(told(register)) == 2


def test_a_late_snapshot_is_named_among_the_runs(page: Client, cast: Cast, register: Register) -> None:
    given(cast, register)
    came(register, cast.karin, HOME_CARE, WATER, as_of=date(2025, 3, 31))
    assert "En äldre lägesbild kom sent" in text_of(page, "register", register.pk)


# The desk


def test_the_desk_shows_the_open_ones_and_finds_the_others(page: Client, cast: Cast, register: Register) -> None:
    given(cast, register)
    alerts.explain(the_alert("Vatten"), by=cast.karin, reason="Planen skrivs")
    assert "Vatten" not in text_of(page, "alerts")
    assert "Hemtjänst" in text_of(page, "alerts")
    assert "Vatten" in text_of(page, "alerts", query="?state=explained")
    assert "Hemtjänst" in text_of(page, "alerts", query=f"?state=all&q=hemtj&unit={cast.board.pk}&age=week&order=amount")
    assert "Inga larm motsvarar" in text_of(page, "alerts", query="?whose=mine")
    assert "Inga larm motsvarar" in text_of(page, "alerts", query="?rule=ingen")


def test_each_empty_desk_says_what_to_do(page: Client, cast: Cast, register: Register) -> None:
    assert "Ingen regel bevakas i de register som du får läsa" in text_of(page, "alerts")
    watched(register, cast.johan, "plan_undated")
    assert "Inget larm är öppet" in text_of(page, "alerts")
    assert "Inget larm har kommit än" in text_of(page, "alerts_tally")


def test_facts_are_told_in_words_with_what_changed_and_the_rows(page: Client, cast: Cast, register: Register) -> None:
    given(cast, register)
    alerts.explain(the_alert("Hemtjänst"), by=cast.karin, reason="Planen skrivs nu")
    snapshot = came(register, cast.karin, (*HOME_CARE[:4], "Cia Ek"), SCHOOL, as_of=JULY)
    let_the_worker_run()
    text = text_of(page, "alert", the_alert("Hemtjänst").pk)
    assert all(said in text for said in ("Anna Ek", "Cia Ek", "Ansvarig", "Planen skrivs nu", "Karin Lindqvist"))
    assert reverse("register_row", args=[register.pk, snapshot.pk, 2]) in text
    assert "&quot;facts&quot;" not in text
    assert "responsible" not in text


def test_a_weeded_snapshot_has_no_rows_and_the_alert_says_so(page: Client, cast: Cast, register: Register) -> None:
    given(cast, register)
    register.snapshots.update(state="weeded", file="", weeded_at="2030-01-01T00:00:00Z")
    assert "gallrats" in text_of(page, "alert", the_alert("Vatten").pk)


def test_several_are_explained_from_the_list_with_one_reason(page: Client, cast: Cast, register: Register) -> None:
    given(cast, register)
    pks = [str(pk) for pk in Alert.objects.values_list("pk", flat=True)]
    desk = reverse("alerts") + "?order=subject"
    address = reverse("alerts_explain") + f"?alert={'&alert='.join(pks)}&back={desk}"
    assert "2 larm" in page.get(address).content.decode()
    assert page.post(address, {"reason": ""}).status_code == 200
    response = page.post(address, {"reason": "Planer skrivs nu"})
    assert response.headers["Location"] == desk
    assert set(told(register).values()) == {"explained"}
    assert page.get(reverse("alerts_explain")).headers["Location"] == reverse("alerts")


def test_a_verb_goes_back_to_the_list_it_was_begun_from_and_to_no_other_place(
    page: Client, cast: Cast, register: Register
) -> None:
    given(cast, register)
    desk = reverse("alerts") + "?order=subject"
    first, second = Alert.objects.order_by("pk")
    done = page.post(reverse("alert_dismiss", args=[first.pk]) + f"?back={desk}", {"reason": "Fel i listan"})
    assert done.headers["Location"] == desk
    done = page.post(reverse("alert_dismiss", args=[second.pk]) + "?back=https://else.example/larm/", {"reason": "Fel"})
    assert done.headers["Location"] == second.get_absolute_url()


@pytest.mark.parametrize(("how_long", "until"), [("30", "30"), ("180", "180"), ("day", "2025-12-24"), ("facts", None)])
def test_an_alert_is_put_to_sleep_for_days_to_a_day_or_until_its_facts_change(
    page: Client, cast: Cast, register: Register, how_long: str, until: str | None, today: date
) -> None:
    given(cast, register)
    address = reverse("alert_sleep", args=[the_alert("Vatten").pk])
    assert page.post(address, {"how_long": "day", "reason": "Väntar"}).status_code == 200
    page.post(address, {"how_long": how_long, "until": "2025-12-24", "reason": "Väntar"})
    alert = the_alert("Vatten")
    days = None if alert.quiet_until is None else (alert.quiet_until - clock.today()).days
    expected = {None: None, "2025-12-24": (date(2025, 12, 24) - clock.today()).days}
    assert alert.state == "asleep"
    assert days == (expected[until] if until in expected else int(until or 0))


def test_the_file_holds_what_the_list_shows(page: Client, cast: Cast, register: Register) -> None:
    given(cast, register)
    alerts.explain(the_alert("Vatten"), by=cast.karin, reason="=SUMMA(1)")
    response = page.get(reverse("alerts_csv") + "?state=explained")
    rows = list(csv.reader(io.StringIO(b"".join(response).decode("utf-8-sig")), delimiter=";"))
    assert [row[1] for row in rows[1:]] == ["Vatten"]
    assert rows[1][7].startswith("'=")
    assert "larm-" in response.headers["Content-Disposition"]
    assert page.get(reverse("alerts_xlsx")).status_code == 200


def test_the_tally_shows_how_often_each_rule_is_right(page: Client, cast: Cast, register: Register) -> None:
    given(cast, register)
    alerts.confirm(the_alert("Vatten"), by=cast.karin, reason="Ingen plan finns")
    alerts.dismiss(the_alert("Hemtjänst"), by=cast.karin, reason="Planen finns")
    assert "50 %" in text_of(page, "alerts_tally").replace("\N{NO-BREAK SPACE}", " ")


def test_a_company_and_a_persons_row_show_their_alerts_and_no_personal_number(page: Client, cast: Cast, today: date) -> None:
    suppliers = a_register(cast.board, cast.johan)
    fed(suppliers, cast.karin, *SUPPLIERS, ("1009", "Bygg & Son AB", "556016-0680", "", ""), as_of=JUNE)
    given(cast, suppliers, "duplicate_identity")
    given(cast, suppliers, "identity_of_person")
    alert = Alert.objects.get(identity="5560160680")
    assert alert.get_absolute_url() in text_of(page, "company", "5560160680")
    for name, *parts in (("alerts",), ("alert", Alert.objects.exclude(pk=alert.pk).get().pk)):
        assert "3234" not in text_of(page, name, *parts)
    history = text_of(page, "history", "controls", "alert", Alert.objects.exclude(pk=alert.pk).get().pk)
    assert "3234" not in history


def test_another_units_alerts_are_not_seen(client: Client, cast: Cast, register: Register) -> None:
    given(cast, register)
    client.force_login(cast.ulla)
    assert "Hemtjänst" not in text_of(client, "alerts")
    assert client.get(the_alert("Hemtjänst").get_absolute_url()).status_code == 404


def test_pages_ask_as_few_questions_of_many_alerts_as_of_few(page: Client, cast: Cast, register: Register) -> None:
    def counts() -> dict[str, int]:
        asked: dict[str, int] = {}
        watch, alert = Watch.objects.get(rule=RULE), the_alert("Hemtjänst")
        for name, *parts in (
            *(("alerts",), ("alerts_tally",), ("alert", alert.pk), ("watch", register.pk, watch.pk)),
            *(("register", register.pk), ("register_rules", register.pk), ("register_pack", register.pk, "operations")),
        ):
            text_of(page, name, *parts)
            with CaptureQueriesContext(connection) as queries:
                text_of(page, name, *parts)
            asked[name] = len(queries)
        return asked

    came(register, cast.karin, HOME_CARE, WATER, SCHOOL, as_of=JULY)
    given(cast, register)
    few = counts()
    many = [(f"Verksamhet {number}", "Vård", "nej", "", f"Person {number}") for number in range(20)]
    came(register, cast.karin, HOME_CARE, WATER, SCHOOL, *many, as_of=AUGUST)
    let_the_worker_run()
    watched(register, cast.johan, "operation_without_responsible")
    let_the_worker_run()
    assert Alert.objects.count() > 20
    assert counts() == few
