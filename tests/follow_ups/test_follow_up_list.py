"""The list of follow-ups: who sees what, filters, and verbs on many at once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from controls.follow_ups import verbs
from controls.models import FollowUp
from riskreg.models import User
from tests.cast import Cast, make_many_risks
from tests.follow_ups.follow_ups import fresh, in_state, planned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
LIST = "admin:controls_followup_changelist"


def shown(client: Client, user: User, **query: str) -> list[str]:
    client.force_login(user)
    answer = client.get(reverse(LIST), query)
    assert answer.status_code == 200
    return sorted(row.control.risk.title for row in answer.context["cl"].result_list)


def batch(client: Client, user: User, verb: str, rows: list[FollowUp], reason: str = "") -> list[str]:
    """The messages after doing the verb on the rows, in English."""
    user.language = "en"
    user.save()
    client.force_login(user)
    data = {"action": verb, "reason": reason, "index": "0", "_selected_action": [row.pk for row in rows]}
    with translation.override("en"):
        answer = client.post(reverse(LIST), data)
        return [str(message) for message in get_messages(answer.wsgi_request)]


def test_each_sees_the_follow_ups_of_their_units(cast: Cast, client: Client) -> None:
    planned(cast, "Styrelsens")
    planned(cast, "Skolans", school=True)
    assert shown(client, cast.karin) == ["Styrelsens"]
    assert shown(client, cast.ulla) == ["Skolans"]
    assert shown(client, cast.ake) == ["Skolans", "Styrelsens"]


def test_what_is_to_be_done_comes_before_what_is_approved_and_a_heading_sorts_as_it_says(cast: Cast, client: Client) -> None:
    in_state(cast, "approved", title="Fjolårets", due_on=date(2024, 9, 12))
    planned(cast, "Senare", due_on=date(2025, 12, 1))
    in_state(cast, "submitted", title="Snart", due_on=date(2025, 9, 12))
    client.force_login(cast.karin)
    for query, titles in (({}, ["Snart", "Senare", "Fjolårets"]), ({"o": "2"}, ["Fjolårets", "Snart", "Senare"])):
        rows = client.get(reverse(LIST), query).context["cl"].result_list
        assert [row.control.risk.title for row in rows] == titles


def test_without_a_role_there_is_no_list(cast: Cast, client: Client) -> None:
    client.force_login(cast.nils)
    assert client.get(reverse(LIST)).status_code == 403


def test_filters_offer_only_units_that_are_seen(cast: Cast, client: Client) -> None:
    client.force_login(cast.karin)
    page = client.get(reverse(LIST)).content.decode()
    assert "Utbildningsförvaltningen" not in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"whose": "mine"}, ["Försenad", "Min"]),
        ({"whose": "nobody"}, ["Ingens"]),
        ({"due": "late"}, ["Försenad"]),
        ({"due": "open"}, ["Försenad", "Ingens", "Min"]),
        ({"state__exact": "submitted"}, ["Inlämnad"]),
        ({"q": "inlämn"}, ["Inlämnad"]),
    ],
)
def test_filters_and_search_find(query: dict[str, str], expected: list[str], cast: Cast, client: Client) -> None:
    planned(cast, "Min")
    planned(cast, "Försenad", due_on=date(2025, 9, 1))
    planned(cast, "Ingens", performer=None)
    in_state(cast, "submitted", title="Inlämnad")
    assert shown(client, cast.karin, **query) == expected


def test_what_waits_for_my_approval_is_a_filter(cast: Cast, client: Client) -> None:
    in_state(cast, "submitted", title="Karins")
    in_state(cast, "submitted", title="Egen", performer=cast.johan)
    assert shown(client, cast.johan, whose="approve") == ["Karins"]


def test_a_batch_counts_what_was_done_and_what_was_refused_and_why(cast: Cast, client: Client) -> None:
    rows = [
        in_state(cast, "submitted", title="Ett"),
        in_state(cast, "submitted", title="Två"),
        in_state(cast, "submitted", title="Egen", performer=cast.johan),
        planned(cast, "Planerad"),
    ]
    said = batch(client, cast.johan, "approve", rows)
    assert said[0] == "Approve: 2 done."
    assert len(said) == 3
    assert any("Egen" in one and "performed" in one for one in said)
    assert any("Planerad" in one and "Planned" in one for one in said)
    assert [fresh(row).state for row in rows] == ["approved", "approved", "submitted", "planned"]


def test_a_batch_return_takes_one_reason_for_all(cast: Cast, client: Client) -> None:
    rows = [in_state(cast, "submitted", title=title) for title in ("Ett", "Två")]
    assert "needs a reason" in batch(client, cast.johan, "return", rows)[0]
    batch(client, cast.johan, "return", rows, reason="Ange urvalet.")
    assert {fresh(row).return_reason for row in rows} == {"Ange urvalet."}


def test_an_incomplete_follow_up_in_a_batch_is_refused_with_what_is_missing(cast: Cast, client: Client) -> None:
    said = batch(client, cast.karin, "submit", [verbs.start(planned(cast), by=cast.karin)])
    assert "conclusion" in said[0].lower()


@pytest.mark.parametrize(
    ("who", "offered"),
    [
        ("karin", {"start", "submit"}),
        ("johan", {"start", "submit", "approve", "return", "reopen"}),
        ("eva", {"start", "submit", "reopen"}),
        ("ake", set()),
        ("siv", set()),
    ],
)
def test_only_the_verbs_of_ones_roles_are_offered(who: str, offered: set[str], cast: Cast, client: Client) -> None:
    planned(cast)
    client.force_login(getattr(cast, who))
    form: Any = client.get(reverse(LIST)).context["action_form"]
    choices = form.fields["action"].choices if form else []
    assert {value for value, _label in choices if value} == offered


def test_a_verb_that_is_not_offered_does_nothing(cast: Cast, client: Client) -> None:
    follow_up = in_state(cast, "submitted")
    batch(client, cast.ake, "approve", [follow_up])
    assert fresh(follow_up).state == "submitted"


def test_rows_of_other_units_cannot_be_reached_by_a_batch(cast: Cast, client: Client) -> None:
    follow_up = in_state(cast, "submitted", school=True)
    batch(client, cast.johan, "approve", [follow_up])
    assert fresh(follow_up).state == "submitted"


def test_the_list_costs_the_same_queries_at_20_and_2000_risks(cast: Cast, client: Client) -> None:
    client.force_login(cast.eva)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(LIST))
        return len(queries)

    make_many_risks(cast.plan, 20, closing=cast.interim, performer=cast.karin)
    few = cost()
    make_many_risks(cast.plan, 1980, closing=cast.interim, performer=cast.karin)
    assert cost() == few <= 15
