"""When something is due to be said to a person: stages and hours of their own, deputies, the week's summary, the clock."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from controls.models import Digest, FollowUp, Reminder, ReminderPreference, ReminderStages
from controls.reminders.due import prepare
from controls.reminders.people import Choice
from riskreg import clock
from riskreg.models import Deputyship, Membership, Role, User
from tests.cast import Cast, make_user
from tests.follow_ups.follow_ups import in_state, planned
from tests.reminders.ledger import at, letters, prepared, said, through

pytestmark = pytest.mark.django_db
DUE = date(2025, 9, 12)


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
