"""What is due to be said to whom. Karin's follow-up is due on Friday 12 September 2025."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from controls.follow_ups import verbs
from controls.models import Action, FollowUp, Reminder
from riskreg.models import Membership, Role, User
from tests.cast import Cast, make_closing, make_control, make_many_risks, make_risk, make_user
from tests.follow_ups.follow_ups import in_state, planned, with_measure
from tests.reminders.ledger import at, letters, planned_check, prepared, said, through

pytestmark = pytest.mark.django_db
DUE = date(2025, 9, 12)


def test_each_stage_is_said_once_on_its_day(cast: Cast) -> None:
    planned(cast)
    through(date(2025, 8, 1), date(2025, 9, 30))
    assert said(cast.karin) == [
        ("2025-08-13", -30),
        ("2025-08-29", -14),
        ("2025-09-05", -7),
        ("2025-09-11", -1),
        ("2025-09-12", 0),
        ("2025-09-15", 3),
        ("2025-09-19", 7),
    ]


def test_then_the_manager_after_three_days_and_the_controller_after_seven(cast: Cast) -> None:
    planned(cast)
    through(date(2025, 8, 1), date(2025, 9, 30))
    assert said(cast.johan, kind="follow_up") == [("2025-09-15", 3)]
    assert said(cast.eva, kind="follow_up") == [("2025-09-19", 7)]
    assert said(cast.ulla) == said(cast.bo) == []


def test_run_again_and_again_on_a_day_it_says_nothing_twice(cast: Cast) -> None:
    planned(cast)
    assert prepared(date(2025, 9, 5)) == 1
    assert [prepared(date(2025, 9, 5), hour) for hour in range(9, 18)] == [0] * 9


@pytest.mark.parametrize("first", range(1, 13))
def test_days_on_which_nothing_ran_are_made_up_for_by_the_latest_stage(first: int, cast: Cast) -> None:
    planned(cast)
    prepared(date(2025, 8, 29))
    through(date(2025, 9, first), date(2025, 9, 12))
    stages = [stage for _day, stage in said(cast.karin)]
    assert stages[0] == -14
    assert stages[-1] == 0
    assert stages == sorted(set(stages))
    if first > 7:
        assert stages[1] in {-7, -1, 0}


def test_a_week_without_a_worker_loses_nobody(cast: Cast) -> None:
    planned(cast)
    prepared(date(2025, 9, 12))
    prepared(date(2025, 9, 23))
    assert said(cast.karin) == [("2025-09-12", 0), ("2025-09-23", 7)]
    assert said(cast.johan, kind="follow_up") == [("2025-09-23", 3)]
    assert said(cast.eva, kind="follow_up") == [("2025-09-23", 7)]


def test_a_new_deadline_has_stages_of_its_own(cast: Cast) -> None:
    follow_up = planned(cast)
    prepared(date(2025, 9, 11))
    FollowUp.objects.filter(pk=follow_up.pk).update(due_on=date(2025, 9, 19))
    through(date(2025, 9, 12), date(2025, 9, 19))
    assert said(cast.karin) == [("2025-09-11", -1), ("2025-09-12", -7), ("2025-09-18", -1), ("2025-09-19", 0)]


def test_what_is_handed_in_is_not_asked_for(cast: Cast) -> None:
    in_state(cast, "submitted")
    in_state(cast, "approved", title="Klar")
    through(date(2025, 9, 10), date(2025, 9, 12))
    assert said(cast.karin) == []


def test_a_person_without_anything_due_gets_nothing(cast: Cast) -> None:
    planned(cast)
    through(date(2025, 8, 1), date(2025, 9, 30))
    for nobody in (cast.ake, cast.siv, cast.nils, cast.bo, cast.ulla):
        assert letters(nobody) == []


def test_one_digest_a_day_holds_everything(cast: Cast) -> None:
    for title in ("Ett", "Två", "Tre"):
        planned(cast, title)
    prepared(date(2025, 9, 5))
    (digest,) = letters(cast.karin)
    assert digest.lines.count() == 3


def test_what_turns_up_after_the_digest_waits_for_the_next_working_day(cast: Cast) -> None:
    planned(cast, "Ett")
    prepared(date(2025, 9, 5))
    planned(cast, "Två")
    prepared(date(2025, 9, 5), 15)
    through(date(2025, 9, 6), date(2025, 9, 8))
    assert [digest.day.isoformat() for digest in letters(cast.karin)] == ["2025-09-05", "2025-09-08"]


def test_not_on_days_off_and_not_at_night(cast: Cast) -> None:
    planned(cast)
    assert prepared(date(2025, 9, 6)) == 0
    assert prepared(date(2025, 9, 5), 6) == 0
    assert prepared(date(2025, 9, 5), 18) == 0
    assert prepared(date(2025, 9, 5), 7) == 0  # before Karin's hour, which is eight
    assert prepared(date(2025, 9, 5), 8) == 1


class TestWhatElseIsDue:
    def test_an_approval_to_who_may_give_it(self, cast: Cast) -> None:
        in_state(cast, "submitted")
        through(date(2025, 9, 8), date(2025, 9, 30))
        assert said(cast.johan, kind="approval") == [
            ("2025-09-08", -14),
            ("2025-09-15", -7),
            ("2025-09-19", -1),
            ("2025-09-22", 0),
            ("2025-09-25", 3),
            ("2025-09-29", 7),
        ]
        assert said(cast.eva, kind="approval") == [("2025-09-29", 7)]

    def test_not_to_the_manager_who_did_it_but_to_the_next_above(self, cast: Cast) -> None:
        above = make_user("Greta Kommundirektör", cast.municipality, Role.MANAGER)
        in_state(cast, "submitted", performer=cast.johan, submitter=cast.johan)
        prepared(date(2025, 9, 22))
        assert said(cast.johan, kind="approval") == []
        assert said(above, kind="approval") == [("2025-09-22", 0)]

    def test_a_check_to_its_performer_with_stages_that_fit_how_often_it_comes(self, cast: Cast) -> None:
        control = make_control(make_risk(cast.plan), frequency="weekly", performer=cast.karin)
        planned_check(control, DUE)
        through(date(2025, 8, 1), date(2025, 9, 30))
        assert said(cast.karin) == [("2025-09-11", -1), ("2025-09-12", 0), ("2025-09-15", 3), ("2025-09-19", 7)]

    def test_a_missed_check_is_told_manager_and_controller_and_asked_of_nobody(self, cast: Cast) -> None:
        control = make_control(make_risk(cast.plan), frequency="weekly", performer=cast.karin)
        planned_check(control, DUE, last_day=DUE, state="missed", missed_at=at(date(2025, 9, 13)))
        through(date(2025, 9, 13), date(2025, 9, 30))
        assert said(cast.karin) == []
        assert said(cast.johan, kind="check") == [("2025-09-15", 3)]
        assert said(cast.eva, kind="check") == [("2025-09-19", 7)]

    def test_a_check_that_a_follow_up_reports_is_said_once(self, cast: Cast) -> None:
        follow_up = planned(cast)
        control = follow_up.control
        control.frequency = "yearly"
        control.save()
        follow_up.check_performed = planned_check(control, DUE)
        follow_up.save()
        prepared(date(2025, 9, 12))
        assert Reminder.objects.filter(recipient=cast.karin).values_list("kind", flat=True).get() == "follow_up"

    def test_a_measure_to_who_is_responsible(self, cast: Cast) -> None:
        with_measure(in_state(cast, "approved"), responsible=cast.bo, due_on=date(2025, 11, 3))
        through(date(2025, 11, 3), date(2025, 11, 10))
        assert said(cast.bo, kind="action") == [("2025-11-03", 0), ("2025-11-06", 3), ("2025-11-10", 7)]
        assert said(cast.johan, kind="action") == [("2025-11-06", 3)]

    def test_a_measure_that_is_done_is_not_asked_for(self, cast: Cast) -> None:
        action = with_measure(in_state(cast, "approved"))
        Action.objects.filter(pk=action.pk).update(done_on=date(2025, 10, 1))
        prepared(date(2025, 11, 3))
        assert said(cast.karin) == []

    def test_the_report_to_the_controller_until_the_day(self, cast: Cast) -> None:
        in_state(cast, "approved")
        through(date(2025, 10, 1), date(2025, 11, 20))
        assert said(cast.eva, kind="report") == [
            ("2025-10-01", -30),
            ("2025-10-17", -14),
            ("2025-10-24", -7),
            ("2025-10-30", -1),
            ("2025-10-31", 0),
        ]

    def test_what_nobody_performs_to_the_manager_at_once(self, cast: Cast) -> None:
        planned(cast, performer=None)
        prepared(date(2025, 9, 5))
        (line,) = Reminder.objects.filter(recipient=cast.johan)
        assert (line.stage, line.reason) == (-7, "unnamed")

    def test_what_is_a_closed_accounts_as_well(self, cast: Cast) -> None:
        planned(cast)
        User.objects.filter(pk=cast.karin.pk).update(is_active=False)
        prepared(date(2025, 9, 5))
        assert letters(cast.karin) == []
        assert said(cast.johan) == [("2025-09-05", -7)]


def test_what_it_costs_does_not_grow_with_people_or_items(cast: Cast) -> None:
    people = 5

    def cost(day: date) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert prepared(day) > 0
        return len(queries)

    for number in range(people):
        user = make_user(f"P{number} Person", cast.board, Role.CONTROL_OWNER)
        make_many_risks(cast.plan, 3, closing=cast.interim, performer=user)
    few = cost(date(2025, 9, 5))
    for number in range(people, 30 * people):
        user = User.objects.create(email=f"p{number}@x.example", name=f"P{number} Person")
        Membership.objects.create(user=user, unit=cast.board, role=Role.CONTROL_OWNER)
    users = list(User.objects.filter(email__endswith="@x.example"))
    make_many_risks(cast.plan, 450, closing=cast.interim)
    for place, follow_up in enumerate(FollowUp.objects.filter(performer=None)):
        FollowUp.objects.filter(pk=follow_up.pk).update(performer=users[place % len(users)])
    assert cost(date(2025, 9, 8)) <= few


def test_a_submitted_follow_up_that_is_returned_is_asked_for_again(cast: Cast, settings: object) -> None:
    settings.RISKREG_TODAY = date(2025, 9, 8)  # type: ignore[attr-defined]
    follow_up = in_state(cast, "submitted")
    verbs.return_(follow_up, by=cast.johan, reason="Ange hur stor del urvalet täcker.")
    prepared(date(2025, 9, 8))
    assert said(cast.karin) == [("2025-09-08", -7)]


def test_last_years_closing_and_this_years_are_two_deadlines(cast: Cast) -> None:
    planned(cast)
    planned(cast, closing=make_closing(cast.municipality, "interim", 2026))
    prepared(date(2026, 9, 11))
    assert sorted(stage for _day, stage in said(cast.karin)) == [0, 7]  # 12 September 2026 is a Saturday
