"""What is due to be said to whom. Karin's follow-up is due on Friday 12 September 2025."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from controls.follow_ups import verbs
from controls.models import Action, Digest, FollowUp, Reminder, ReminderPreference, ReminderStages
from controls.reminders.due import prepare
from controls.reminders.people import Choice
from riskreg import clock
from riskreg.models import Deputyship, Membership, Role, User
from tests.cast import Cast, make_closing, make_control, make_many_risks, make_risk, make_user
from tests.follow_ups.follow_ups import in_state, planned, with_measure
from tests.reminders.ledger import at, letters, planned_check, prepared, said

pytestmark = pytest.mark.django_db
DUE = date(2025, 9, 12)


def through(first: date, last: date, *, hour: int = 9) -> None:
    day = first
    while day <= last:
        prepared(day, hour)
        day += timedelta(days=1)


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


class TestStagesOfOnesOwn:
    def test_those_of_the_municipality(self, cast: Cast) -> None:
        ReminderStages.objects.create(unit=cast.municipality, days_before="5", manager_after=1, controller_after=None)
        planned(cast)
        through(date(2025, 8, 1), date(2025, 9, 30))
        assert said(cast.karin) == [("2025-09-05", -5), ("2025-09-15", 1)]
        assert said(cast.johan, kind="follow_up") == [("2025-09-15", 1)]
        assert said(cast.eva, kind="follow_up") == []

    def test_those_of_one_closing(self, cast: Cast) -> None:
        ReminderStages.objects.create(unit=cast.municipality, days_before="5")
        ReminderStages.objects.create(unit=cast.municipality, closing=cast.interim, days_before="2")
        planned(cast)
        planned(cast, "Årets", closing=cast.annual)
        through(date(2025, 9, 1), date(2025, 9, 12))
        through(date(2026, 1, 5), date(2026, 1, 12))
        assert said(cast.karin) == [("2025-09-10", -2), ("2026-01-05", 7), ("2026-01-09", -5)]


class TestWhatAPersonChooses:
    def test_their_hour(self, cast: Cast) -> None:
        ReminderPreference.objects.create(user=cast.karin, hour=13)
        planned(cast)
        assert [prepared(date(2025, 9, 5), hour) for hour in (9, 12, 13)] == [0, 0, 1]

    @pytest.mark.parametrize(
        ("zone", "chosen", "day", "comes"),
        [
            ("Europe/Helsinki", 9, date(2025, 9, 5), "08:00"),
            ("America/New_York", 8, date(2025, 9, 5), "14:00"),
            # In the weeks between the two continents' nights of the clock, an hour earlier.
            ("America/New_York", 8, date(2026, 3, 27), "13:00"),
            ("America/New_York", 8, date(2026, 3, 30), "14:00"),
            ("America/New_York", 8, date(2025, 10, 27), "13:00"),
            # When their hour is outside those in which letters leave: the nearest of these.
            ("America/Los_Angeles", 12, date(2025, 9, 5), "17:00"),
            ("Asia/Tokyo", 8, date(2025, 9, 5), "07:00"),
            ("Nowhere/Gone", 8, date(2025, 9, 5), "08:00"),
            ("", 8, date(2025, 9, 5), "08:00"),
        ],
    )
    def test_their_hour_by_their_own_clock(self, zone: str, chosen: int, day: date, comes: str) -> None:
        moment = Choice("daily", 0, chosen, zone).moment_on(day)
        assert clock.municipal(moment).strftime("%Y-%m-%d %H:%M") == f"{day} {comes}"

    def test_who_has_chosen_a_time_zone_and_no_hour_gets_the_usual_one_there(self, cast: Cast) -> None:
        User.objects.filter(pk=cast.karin.pk).update(time_zone="Europe/London")
        planned(cast)
        assert [prepared(date(2025, 9, 5), hour) for hour in (7, 8, 9)] == [0, 0, 1]

    def test_their_day_for_what_lies_ahead(self, cast: Cast) -> None:
        ReminderPreference.objects.create(user=cast.karin, rhythm="weekly", weekday=2)
        planned(cast)
        through(date(2025, 8, 1), date(2025, 9, 30))
        assert said(cast.karin) == [
            ("2025-08-13", -30),
            ("2025-09-03", -14),
            ("2025-09-10", -7),
            ("2025-09-11", -1),
            ("2025-09-12", 0),
            ("2025-09-15", 3),
            ("2025-09-19", 7),
        ]

    def test_what_is_late_cannot_be_switched_off(self, cast: Cast) -> None:
        ReminderPreference.objects.create(user=cast.karin, rhythm="late")
        planned(cast)
        through(date(2025, 8, 1), date(2025, 9, 30))
        assert said(cast.karin) == [("2025-09-15", 3), ("2025-09-19", 7)]


class TestDeputies:
    def stands_in(self, deputy: User, absent: User, first: date, last: date) -> Deputyship:
        return Deputyship.objects.create(absent=absent, deputy=deputy, first_day=first, last_day=last)

    def test_get_them_instead_while_it_lasts_and_the_absent_one_what_is_open_afterwards(self, cast: Cast) -> None:
        maja = make_user("Maja Lund", cast.board, Role.CONTROL_OWNER)
        planned(cast)
        self.stands_in(maja, cast.karin, date(2025, 9, 3), date(2025, 9, 9))
        through(date(2025, 8, 25), date(2025, 9, 12))
        assert said(maja) == [("2025-09-03", -14), ("2025-09-05", -7)]
        assert said(cast.karin) == [
            ("2025-08-25", -30),
            ("2025-08-29", -14),
            ("2025-09-10", -7),
            ("2025-09-11", -1),
            ("2025-09-12", 0),
        ]
        assert set(Reminder.objects.filter(recipient=maja).values_list("deputy_for", flat=True)) == {cast.karin.pk}

    def test_not_an_approval_that_they_may_not_give(self, cast: Cast) -> None:
        in_state(cast, "submitted")
        self.stands_in(cast.karin, cast.johan, date(2025, 9, 1), date(2025, 9, 30))
        prepared(date(2025, 9, 22))
        assert said(cast.karin) == []
        assert said(cast.johan, kind="approval") == [("2025-09-22", 0)]

    def test_not_for_who_has_no_role_to_lend(self, cast: Cast) -> None:
        planned(cast)
        Membership.objects.filter(user=cast.karin).delete()
        self.stands_in(cast.bo, cast.karin, date(2025, 9, 1), date(2025, 9, 30))
        prepared(date(2025, 9, 5))
        assert said(cast.bo) == []
        assert said(cast.karin) == [("2025-09-05", -7)]


class TestConfidential:
    def test_a_manager_without_the_right_is_not_told_and_the_owner_is(self, cast: Cast) -> None:
        planned(cast, "Skolans hemlighet", school=True)
        follow_up = FollowUp.objects.get()
        risk = follow_up.control.risk
        risk.is_confidential, risk.confidentiality_section = True, "OSL 18:8"
        risk.save()
        prepared(date(2025, 9, 15))
        assert said(cast.ulla) == []
        assert said(cast.bo) == [("2025-09-15", 3)]
        risk.owner = cast.ulla
        risk.save()
        prepared(date(2025, 9, 16))
        assert said(cast.ulla) == [("2025-09-16", 3)]


class TestTheWeeksSummary:
    def test_once_a_week_to_a_manager_with_something_late_or_to_approve(self, cast: Cast) -> None:
        in_state(cast, "submitted")
        through(date(2025, 9, 8), date(2025, 9, 26))
        weeks = [(digest.day.isoformat(), str(digest.summary_of)) for digest in letters(cast.johan) if digest.summary_of]
        assert weeks == [("2025-09-08", "2025-09-08"), ("2025-09-15", "2025-09-15"), ("2025-09-22", "2025-09-22")]
        assert all(digest.summary_of is None for digest in Digest.objects.exclude(recipient=cast.johan))

    def test_lies_in_the_same_letter_as_the_days_reminders(self, cast: Cast) -> None:
        in_state(cast, "submitted")
        prepared(date(2025, 9, 22))
        (digest,) = letters(cast.johan)
        assert digest.lines.count() == 1
        assert digest.summary_of == date(2025, 9, 22)

    def test_a_monday_on_which_nothing_ran_is_made_up_for(self, cast: Cast) -> None:
        planned(cast, due_on=date(2025, 9, 1))
        prepared(date(2025, 9, 8))
        prepared(date(2025, 9, 17))
        assert [digest.summary_of for digest in letters(cast.johan)] == [date(2025, 9, 8), date(2025, 9, 15)]

    def test_on_the_day_they_chose(self, cast: Cast) -> None:
        ReminderPreference.objects.create(user=cast.johan, weekday=3)
        in_state(cast, "submitted")
        Digest.objects.create(
            recipient=cast.johan,
            day=date(2025, 9, 4),
            summary_of=date(2025, 9, 4),
            prepared_at=at(date(2025, 9, 4)),
            next_attempt_at=at(date(2025, 9, 4)),
            state="not_needed",
        )
        through(date(2025, 9, 9), date(2025, 9, 12))
        assert [digest.day for digest in letters(cast.johan) if digest.summary_of == date(2025, 9, 11)] == [date(2025, 9, 11)]

    def test_nothing_late_and_nothing_waiting_no_summary(self, cast: Cast) -> None:
        planned(cast)
        prepared(date(2025, 9, 8))
        assert letters(cast.johan) == []


class TestTheClock:
    def test_set_back_a_day_or_a_month_it_says_nothing_again(self, cast: Cast) -> None:
        planned(cast)
        through(date(2025, 9, 1), date(2025, 9, 12))
        before = said()
        through(date(2025, 8, 10), date(2025, 9, 12))
        assert said() == before

    def test_a_day_that_was_never_lived_through_is_made_up_for(self, cast: Cast) -> None:
        planned(cast)
        prepared(date(2025, 9, 5))
        prepared(date(2025, 9, 12))
        assert [stage for _day, stage in said(cast.karin)] == [-7, 0]

    @pytest.mark.parametrize("sunday", [date(2026, 3, 29), date(2025, 10, 26)])
    def test_nights_on_which_the_clocks_change_neither_double_nor_drop(self, sunday: date, cast: Cast) -> None:
        planned(cast, due_on=sunday + timedelta(days=1))
        for hours in range(5 * 24):
            prepare(at(sunday - timedelta(days=2), 0) + timedelta(hours=hours))
        stages = said(cast.karin, kind="follow_up")
        assert stages == [((sunday - timedelta(days=2)).isoformat(), -1), ((sunday + timedelta(days=1)).isoformat(), 0)]

    def test_leap_day_and_new_year(self, cast: Cast) -> None:
        planned(cast, "Skottdag", due_on=date(2028, 2, 29))
        through(date(2028, 2, 28), date(2028, 3, 3))
        assert said(cast.karin) == [("2028-02-28", -1), ("2028-02-29", 0), ("2028-03-03", 3)]

    def test_the_machines_own_time_zone_does_not_matter(self, cast: Cast) -> None:
        from zoneinfo import ZoneInfo

        from django.utils import timezone

        planned(cast)
        moment = at(date(2025, 9, 5), 8).astimezone(ZoneInfo("America/New_York"))
        assert prepare(timezone.localtime(moment)) == 1


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
