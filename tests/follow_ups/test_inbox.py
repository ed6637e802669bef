"""My follow-ups on Monday 8 September 2025."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from controls.follow_ups import verbs
from controls.follow_ups.inbox import SHOWN, inbox_of
from controls.scheduling.due_in_words import due_in_words
from tests.cast import Cast, make_many_risks, make_risk
from tests.follow_ups.follow_ups import in_state, planned

TODAY = date(2025, 9, 8)
BUDGET = 9
CONTROLLERS_BUDGET = BUDGET + 5
"""With the committees' reports."""
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def titles(section: Any) -> list[str]:
    return [row.follow_up.control.risk.title for row in section.rows]


def page(client: Client, user: Any) -> str:
    client.force_login(user)
    answer = client.get(reverse("inbox"))
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2025, 9, 8), "today"),
        (date(2025, 9, 9), "tomorrow"),
        (date(2025, 9, 7), "yesterday"),
        (date(2025, 9, 12), "in 4 days"),
        (date(2025, 8, 29), "10 days ago"),
    ],
)
def test_days_are_said_as_people_say_them(day: date, words: str) -> None:
    with translation.override("en"):
        assert due_in_words(day, TODAY) == words


def test_what_is_due_lies_in_its_pile_by_date(cast: Cast) -> None:
    planned(cast, "Försenad", due_on=date(2025, 8, 29))
    planned(cast, "I dag", due_on=TODAY)
    planned(cast, "Sista dagen av fjorton", due_on=date(2025, 9, 22))
    planned(cast, "Längre fram", due_on=date(2025, 9, 23))
    found = inbox_of(cast.karin, TODAY)
    assert (found.late, found.soon, found.returned, found.later) == (1, 2, 0, 1)
    assert titles(found.now) == ["Försenad", "I dag", "Sista dagen av fjorton"]
    assert titles(found.ahead) == ["Längre fram"]


def test_what_was_returned_is_now_whatever_its_date_and_is_counted_once(cast: Cast) -> None:
    follow_up = in_state(cast, "submitted", title="Returnerad", due_on=date(2025, 12, 1))
    verbs.return_(follow_up, by=cast.johan, reason="Ange hur stor del urvalet täcker.")
    found = inbox_of(cast.karin, TODAY)
    assert (found.late, found.soon, found.returned, found.later) == (0, 0, 1, 0)
    assert titles(found.now) == ["Returnerad"]


def test_the_reason_of_a_return_is_quoted(cast: Cast, client: Client) -> None:
    verbs.return_(in_state(cast, "submitted"), by=cast.johan, reason="Ange hur stor del urvalet täcker.")
    shown = page(client, cast.karin)
    assert "Ange hur stor del urvalet täcker." in shown
    assert "Johan Berg" in shown


def test_of_two_due_on_one_day_the_greater_risk_comes_first(cast: Cast) -> None:
    planned(cast, "Mindre")
    greater = planned(cast, "Större")
    greater.control.risk.likelihood, greater.control.risk.impact, greater.control.risk.risk_score = 4, 4, 16
    greater.control.risk.save()
    assert titles(inbox_of(cast.karin, TODAY).now) == ["Större", "Mindre"]


def test_other_peoples_follow_ups_are_not_mine(cast: Cast) -> None:
    planned(cast, "Bos", school=True)
    planned(cast, "Evas", performer=cast.eva)
    assert inbox_of(cast.karin, TODAY).total == 0


def test_what_is_handed_in_is_counted_as_done(cast: Cast) -> None:
    planned(cast)
    in_state(cast, "submitted", title="Inlämnad")
    assert inbox_of(cast.karin, TODAY).done == 1


def test_a_manager_sees_what_waits_for_approval_but_not_their_own_work(cast: Cast) -> None:
    in_state(cast, "submitted", title="Karins")
    in_state(cast, "submitted", title="Egen", performer=cast.johan)
    in_state(cast, "submitted", title="Ändrad", submitter=cast.johan)
    in_state(cast, "submitted", title="Skolans", school=True)
    found = inbox_of(cast.johan, TODAY)
    assert titles(found.approvals) == ["Karins"]
    assert found.approvals.total == 1


def test_what_nobody_performs_and_nobody_edited_can_still_wait_for_approval(cast: Cast) -> None:
    follow_up = in_state(cast, "submitted", performer=None)
    follow_up.last_edited_by = None
    follow_up.save()
    assert inbox_of(cast.johan, TODAY).approvals.total == 1
    assert len(inbox_of(cast.johan, TODAY).approvals.rows) == 1


def test_a_controller_sees_how_much_is_late_in_all_units(cast: Cast) -> None:
    planned(cast, "Försenad", due_on=date(2025, 9, 1))
    planned(cast, "Skolans försenade", school=True, due_on=date(2025, 9, 1))
    assert inbox_of(cast.eva, TODAY).units_late == 2
    assert inbox_of(cast.johan, TODAY).units_late == 1
    assert inbox_of(cast.karin, TODAY).units_late == 0


def test_what_nobody_performs_is_counted_for_those_who_may_take_it_on(cast: Cast) -> None:
    planned(cast, performer=None)
    assert inbox_of(cast.karin, TODAY).nobodys == 1
    assert inbox_of(cast.ake, TODAY).nobodys == 0


def test_a_confidential_risk_does_not_show_its_title(cast: Cast, client: Client) -> None:
    follow_up = planned(cast, "Hemligt", performer=None)
    risk = follow_up.control.risk
    risk.is_confidential, risk.confidentiality_section = True, "OSL 18:8"
    risk.save()
    shown = page(client, cast.karin)
    assert "Hemligt" not in shown
    assert inbox_of(cast.karin, TODAY).nobodys == 0


def test_one_primary_action_the_most_urgent_one(cast: Cast, client: Client) -> None:
    planned(cast, "Senare", due_on=date(2025, 9, 20))
    planned(cast, "Brådskande", due_on=date(2025, 9, 1))
    shown = page(client, cast.karin)
    assert shown.count("btn primary") == 1
    assert shown.index("Brådskande") < shown.index("btn primary") < shown.index("Senare")


@pytest.mark.parametrize("who", ["karin", "johan", "ake", "siv", "nils"])
def test_with_nothing_due_everyone_is_told_what_to_do(who: str, cast: Cast, client: Client) -> None:
    make_risk(cast.plan)
    assert 'class="empty"' in page(client, getattr(cast, who))
    # The controller is told what the report lacks.
    assert 'id="h-left"' in page(client, cast.eva)


def test_a_stranger_is_sent_to_sign_in(client: Client) -> None:
    assert client.get(reverse("inbox")).status_code == 302


def test_sections_are_limited_and_say_how_many_more(cast: Cast) -> None:
    make_many_risks(cast.plan, SHOWN + 5, closing=cast.interim, performer=cast.karin)
    now = inbox_of(cast.karin, TODAY).now
    assert (len(now.rows), now.total, now.more) == (SHOWN, SHOWN + 5, 5)


@pytest.mark.parametrize("who", ["karin", "johan", "eva", "ake"])
def test_the_page_costs_the_same_few_queries_at_20_and_at_2000_risks(who: str, cast: Cast, client: Client) -> None:
    user = getattr(cast, who)
    client.force_login(user)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("inbox"))
        return len(queries)

    make_many_risks(cast.plan, 20, closing=cast.interim, performer=user)
    in_state(cast, "submitted", title="Att godkänna", performer=cast.bo, submitter=cast.bo)
    few = cost()
    make_many_risks(cast.plan, 1980, closing=cast.annual, performer=user)
    assert cost() == few <= (CONTROLLERS_BUDGET if who == "eva" else BUDGET)


# What a controller chases


def test_a_controller_sees_which_committees_reports_lack_something_the_first_due_on_top(cast: Cast, client: Client) -> None:
    in_state(cast, "approved", title="Klar")
    planned(cast, "Kvar", closing=cast.annual)
    planned(cast, "Sen", due_on=date(2025, 8, 29))
    text = page(client, cast.eva)
    part = text.partition('id="h-left"')[2].partition("</section>")[0]
    assert part.index(str(cast.interim)) < part.index(str(cast.annual))
    assert f"closing__id__exact={cast.interim.pk}&amp;unit__id__exact={cast.plan.unit_id}" in part
    assert "1 av 3" in part


@pytest.mark.parametrize("who", ["karin", "johan", "ake", "siv"])
def test_who_chases_nobody_has_no_such_list(who: str, cast: Cast, client: Client) -> None:
    planned(cast, "Kvar")
    assert 'id="h-left"' not in page(client, getattr(cast, who))


def test_what_is_complete_is_not_in_it_and_then_nothing_waits(cast: Cast, client: Client) -> None:
    in_state(cast, "approved", title="Klar")
    cast.annual.delete()
    text = page(client, cast.eva)
    assert ('id="h-left"' in text, "Inget väntar på dig" in text) == (False, True)
