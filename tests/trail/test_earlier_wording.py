"""Opening a risk asks whether its earlier wording may be shown: no unless a person says yes, and either can be changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from riskreg import clock
from riskreg.access.verbs import NotPermitted
from riskreg.heatmap.as_of import Remembered
from riskreg.heatmap.codes import Moment
from riskreg.models import Risk, User
from riskreg.plans.earlier_wording import show_earlier, withhold_earlier
from riskreg.plans.risks import change_risk
from riskreg.trail import seals
from riskreg.verbs.errors import ReasonNeeded, Refused
from tests.architecture.address_book import formset
from tests.cast import Cast, make_risk
from tests.trail.opened_risk import SECRET, addresses, exported, fresh

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
WHY = "Uppgifterna är allmänna nu"


def where_it_is_told(person: User, risk: Risk, client: Client) -> list[bool]:
    """Whether the secret stands in each of the pages, and in the export."""
    client.force_login(person)
    found = [SECRET in client.get(address).content.decode() for address in addresses(risk)]
    return [*found, any(SECRET in str(line) for line in exported(person))]


def test_without_a_yes_it_is_told_nowhere_and_with_it_everywhere(
    opened: Risk,
    reader: User,
    manager: User,
    client: Client,
) -> None:
    seals.seal(clock.now())
    assert not any(where_it_is_told(reader, opened, client))
    saved = show_earlier(opened, by=manager, reason=WHY)
    told = where_it_is_told(reader, opened, client)
    assert told == where_it_is_told(manager, opened, client)
    assert any(told[:-1])
    assert told[-1]
    row = saved.history.latest()
    assert (row.history_user, row.history_change_reason, row.opened_before) == (manager, WHY, saved.opened_before)
    withhold_earlier(fresh(opened), by=manager, reason="Det var ett misstag")
    assert not any(where_it_is_told(reader, opened, client))


def test_a_later_confidential_time_is_withheld_again(
    opened: Risk,
    reader: User,
    manager: User,
    client: Client,
) -> None:
    show_earlier(opened, by=manager, reason=WHY)
    secret: dict[str, Any] = {"is_confidential": True, "confidentiality_section": "OSL 18:8"}
    change_risk(fresh(opened), by=manager, title="Andra hemligheten", **secret)
    change_risk(fresh(opened), by=manager, title="Öppen igen")
    change_risk(fresh(opened), by=manager, is_confidential=False, confidentiality_section="")
    client.force_login(reader)
    page = client.get(reverse("history", args=["riskreg", "risk", opened.pk])).content.decode()
    assert SECRET in page
    assert "Andra hemligheten" not in page
    show_earlier(fresh(opened), by=manager, reason=WHY)
    assert "Andra hemligheten" in client.get(reverse("history", args=["riskreg", "risk", opened.pk])).content.decode()


def test_only_whoever_may_see_the_earlier_wording_decides(opened: Risk, reader: User, manager: User, cast: Cast) -> None:
    for person in (reader, cast.ulla, cast.siv, cast.ake):
        with pytest.raises(NotPermitted):
            show_earlier(fresh(opened), by=person, reason=WHY)
    with pytest.raises(ReasonNeeded):
        show_earlier(fresh(opened), by=manager, reason=" ")
    show_earlier(fresh(opened), by=manager, reason=WHY)
    with pytest.raises(Refused):
        show_earlier(fresh(opened), by=manager, reason=WHY)
    with pytest.raises(NotPermitted):
        withhold_earlier(fresh(opened), by=reader, reason=WHY)


def test_of_a_risk_that_never_was_confidential_or_still_is_nothing_can_be_shown(cast: Cast, manager: User) -> None:
    risk = make_risk(cast.plan)
    with pytest.raises(Refused):
        show_earlier(risk, by=manager, reason=WHY)
    secret = make_risk(cast.plan, SECRET, is_confidential=True, confidentiality_section="OSL 18:8")
    with pytest.raises(Refused):
        show_earlier(secret, by=manager, reason=WHY)
    with pytest.raises(ValidationError):
        change_risk(secret, by=manager, title="Ny", shows_earlier=True, reason=WHY)


class TestTheForm:
    def fields(self, risk: Risk, **changes: Any) -> dict[str, Any]:
        return {
            "unit": risk.unit_id, "title": "Öppen titel", "likelihood": risk.likelihood or "", "impact": risk.impact or "",
            "reason": WHY, **formset("controls"), **changes,
        }  # fmt: skip

    @pytest.fixture
    def secret(self, cast: Cast) -> Risk:
        return make_risk(cast.plan, SECRET, is_confidential=True, confidentiality_section="OSL 18:8")

    def send(self, client: Client, person: User, risk: Risk, **changes: Any) -> Any:
        client.force_login(person)
        page = reverse("admin:riskreg_risk_change", args=[risk.pk])
        version = client.get(page).context["adminform"].form["version"].value()
        return client.post(page, self.fields(risk, version=version, **changes))

    def test_asks_only_where_there_is_something_to_open(
        self,
        cast: Cast,
        secret: Risk,
        manager: User,
        client: Client,
    ) -> None:
        client.force_login(manager)
        asked = "Får tidigare lydelser visas"
        assert asked in client.get(reverse("admin:riskreg_risk_change", args=[secret.pk])).content.decode()
        other = make_risk(cast.plan)
        assert asked not in client.get(reverse("admin:riskreg_risk_change", args=[other.pk])).content.decode()

    @pytest.mark.parametrize("answer", [{}, {"earlier_wording": "no"}, {"earlier_wording": "yes"}], ids=["silence", "no", "yes"])
    def test_shows_it_only_by_a_yes(
        self,
        secret: Risk,
        manager: User,
        reader: User,
        client: Client,
        answer: dict[str, str],
    ) -> None:
        assert self.send(client, manager, secret, **answer).status_code == 302
        now = fresh(secret)
        assert not now.is_confidential
        assert (now.opened_before is not None) == (answer.get("earlier_wording") == "yes")
        client.force_login(reader)
        page = client.get(reverse("history", args=["riskreg", "risk", secret.pk])).content.decode()
        assert (SECRET in page) == (answer.get("earlier_wording") == "yes")

    def test_wants_a_reason_for_a_yes_and_the_mark_cleared(
        self,
        secret: Risk,
        manager: User,
        client: Client,
    ) -> None:
        answer = self.send(client, manager, secret, earlier_wording="yes", reason="")
        assert answer.status_code == 200
        marked = {"is_confidential": "on", "confidentiality_section": "OSL 18:8"}
        answer = self.send(client, manager, secret, earlier_wording="yes", **marked)
        assert answer.status_code == 200
        assert fresh(secret).is_confidential
        assert fresh(secret).opened_before is None

    def test_offers_a_change_of_mind_to_whoever_may_decide(
        self,
        opened: Risk,
        manager: User,
        reader: User,
        client: Client,
    ) -> None:
        page = reverse("admin:riskreg_risk_change", args=[opened.pk])
        for person, offered in ((manager, True), (reader, False)):
            client.force_login(person)
            assert ("Visa tidigare lydelser" in client.get(page).content.decode()) == offered
        client.force_login(manager)
        verb = reverse("admin:riskreg_risk_verb", args=[opened.pk, "show_earlier"])
        assert client.post(verb, {"reason": WHY}).status_code == 302
        client.get(page)  # the page that says it was done
        text = client.get(page).content.decode()
        assert "Håll inne tidigare lydelser" in text
        assert "Visa tidigare lydelser" not in text


@pytest.mark.parametrize("is_shown", [False, True])
def test_a_look_back_counts_the_confidential_days_only_by_a_yes(
    cast: Cast,
    manager: User,
    reader: User,
    is_shown: bool,
) -> None:
    day = clock.today() - timedelta(days=30)
    with clock.at(day):
        risk = make_risk(cast.plan, SECRET, is_confidential=True, confidentiality_section="OSL 18:8")
    change_risk(fresh(risk), by=manager, is_confidential=False, confidentiality_section="", shows_earlier=is_shown, reason=WHY)
    looked = Remembered(reader, Risk.objects.filter(plan=cast.plan))
    tallies, hidden = looked.tallies_and_hidden(Moment(day))
    assert (sum(tally[-1] for tally in tallies), hidden) == ((1, 0) if is_shown else (0, 1))
