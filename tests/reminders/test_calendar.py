"""The calendar as a real client library reads it: what is in it, under which names, and what becomes of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import vobject  # type: ignore[import-untyped]
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controls.models import CalendarFeed, FollowUp
from controls.plan_controls.verbs import drop_control
from controls.reminders.calendar import write_calendar
from controls.reminders.choosing import close_feed, hash_of, open_feed
from controls.year import closings
from riskreg.access.verbs import NotPermitted
from riskreg.models import Membership, Unit, User
from riskreg.sign_in.throttle import MOST_FROM_ADDRESS
from tests.cast import Cast, make_control, make_many_risks, make_risk
from tests.follow_ups.follow_ups import in_state, planned, with_measure
from tests.reminders.ledger import planned_check

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def read(token: str) -> Any:
    answer = Client().get(reverse("calendar", args=[token]))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    return vobject.readOne(answer.content.decode())


def events(token: str) -> dict[str, Any]:
    found = [component for component in read(token).components() if component.name == "VEVENT"]
    by_uid = {event.uid.value: event for event in found}
    assert len(by_uid) == len(found), "a UID is used twice"
    return by_uid


def token_of(user: User, unit: Unit | None = None) -> str:
    return open_feed(by=user, unit=unit)[1]


def uid(kind: str, record: Any) -> str:
    return f"{kind}-{record.pk}@127.0.0.1"


def test_it_holds_what_is_due_to_the_person_and_the_closings(cast: Cast) -> None:
    follow_up = planned(cast)
    check = planned_check(make_control(make_risk(cast.plan, "Mutor"), performer=cast.karin), date(2025, 10, 3))
    action = with_measure(in_state(cast, "approved", title="Attest"), due_on=date(2025, 11, 3))
    planned(cast, "Bos egen", school=True)
    found = events(token_of(cast.karin))
    event = found[uid("follow_up", follow_up)]
    assert event.summary.value == "Felaktiga löneutbetalningar"
    assert event.dtstart.value == date(2025, 9, 12)
    assert event.dtend.value == date(2025, 9, 13)
    assert event.url.value == f"http://127.0.0.1:8000{follow_up.get_absolute_url()}"
    assert event.status.value == "CONFIRMED"
    assert found[uid("check", check)].dtstart.value == date(2025, 10, 3)
    assert found[uid("check", check)].url.value == f"http://127.0.0.1:8000{check.get_absolute_url()}"
    assert found[uid("action", action)].dtstart.value == date(2025, 11, 3)
    assert found[uid("closing-cut-off", cast.interim)].summary.value == "Bokslutsdag: Delårsbokslut 2025"
    assert found[uid("closing-report", cast.annual)].dtstart.value == date(2026, 4, 15)
    assert "Bos egen" not in {event.summary.value for event in found.values()}


def test_days_have_no_hour_so_that_every_time_zone_shows_the_same_day(cast: Cast) -> None:
    planned(cast)
    text = Client().get(reverse("calendar", args=[token_of(cast.karin)])).content.decode()
    assert "DTSTART;VALUE=DATE:20250912" in text
    assert "TZID" not in text


class TestChanges:
    def test_a_moved_deadline_keeps_its_uid_and_counts_its_sequence_up(self, cast: Cast) -> None:
        follow_up, token = planned(cast), token_of(cast.karin)
        before = events(token)[uid("follow_up", follow_up)]
        closings.change_closing(cast.interim, by=cast.eva, follow_up_due=date(2025, 9, 15))
        after = events(token)[uid("follow_up", follow_up)]
        assert after.dtstart.value == date(2025, 9, 15)
        assert int(after.sequence.value) > int(before.sequence.value)
        closing = events(token)[uid("closing-follow-up", cast.interim)]
        assert (closing.dtstart.value, int(closing.sequence.value)) == (date(2025, 9, 15), 1)

    def test_read_again_with_nothing_changed_it_is_the_same_to_the_letter(self, cast: Cast) -> None:
        planned(cast)
        address = reverse("calendar", args=[token_of(cast.karin)])
        first = Client().get(address)
        assert Client().get(address).content == first.content
        assert Client().get(address, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304

    def test_what_is_withdrawn_is_cancelled(self, cast: Cast) -> None:
        follow_up, token = planned(cast), token_of(cast.karin)
        key = uid("follow_up", follow_up)
        before = events(token)[key]
        drop_control(follow_up.control, by=cast.eva, reason="Ersätts")
        assert not FollowUp.objects.exists()
        after = events(token)[key]
        assert after.status.value == "CANCELLED"
        assert int(after.sequence.value) > int(before.sequence.value)
        assert "löneutbetalningar" not in after.summary.value

    @pytest.mark.parametrize("kind", ["follow_up", "check"])
    def test_what_is_given_to_another_is_cancelled_here_and_comes_there_and_back_again(self, kind: str, cast: Cast) -> None:
        record: Any = planned(cast)
        if kind == "check":
            record = planned_check(make_control(make_risk(cast.plan), performer=cast.karin), date(2025, 10, 3))
        token, key = token_of(cast.karin), uid(kind, record)
        sequences = [int(events(token)[key].sequence.value)]
        for performer, status in ((cast.johan, "CANCELLED"), (cast.karin, "CONFIRMED")):
            record.performer = performer
            record.save()
            event = events(token)[key]
            assert event.status.value == status
            sequences.append(int(event.sequence.value))
        assert sequences == sorted(set(sequences))

    def test_a_check_that_is_taken_away_is_cancelled(self, cast: Cast) -> None:
        check = planned_check(make_control(make_risk(cast.plan), performer=cast.karin), date(2025, 10, 3))
        token, key = token_of(cast.karin), uid("check", check)
        check.delete()
        assert events(token)[key].status.value == "CANCELLED"

    def test_what_is_done_stays_and_says_so(self, cast: Cast) -> None:
        follow_up = in_state(cast, "approved")
        event = events(token_of(cast.karin))[uid("follow_up", follow_up)]
        assert event.summary.value == "✓ Felaktiga löneutbetalningar"
        assert event.status.value == "CONFIRMED"


class TestAUnit:
    def test_shows_what_is_done_there_and_below(self, cast: Cast) -> None:
        mine, theirs = planned(cast), planned(cast, "Skolans", school=True)
        found = events(token_of(cast.ake, cast.board))
        assert uid("follow_up", mine) in found
        assert uid("follow_up", theirs) not in found

    def test_of_another_unit_is_refused(self, cast: Cast) -> None:
        with pytest.raises(NotPermitted):
            open_feed(by=cast.karin, unit=cast.school_board)

    def test_stops_when_its_owner_loses_the_unit(self, cast: Cast) -> None:
        token = token_of(cast.karin, cast.board)
        Membership.objects.filter(user=cast.karin).delete()
        assert Client().get(reverse("calendar", args=[token])).status_code == 404


class TestConfidential:
    def hidden(self, cast: Cast) -> FollowUp:
        follow_up = planned(cast, "Zebra")
        follow_up.control.description = "Granska zebran"
        follow_up.control.save()
        risk = follow_up.control.risk
        risk.is_confidential, risk.confidentiality_section = True, "OSL 18:8"
        risk.save()
        return follow_up

    def test_no_word_of_it_is_in_any_calendar_also_of_who_may_see_it(self, cast: Cast) -> None:
        self.hidden(cast)
        for user, unit in [(cast.karin, None), (cast.johan, cast.board), (cast.eva, cast.municipality), (cast.ake, cast.board)]:
            text = Client().get(reverse("calendar", args=[token_of(user, unit)])).content.decode()
            assert "zebra" not in text.casefold()

    def test_its_performer_has_the_day_without_the_title(self, cast: Cast) -> None:
        follow_up = self.hidden(cast)
        event = events(token_of(cast.karin))[uid("follow_up", follow_up)]
        assert event.summary.value == "Sekretessmarkerad risk nr 1, Kommunstyrelsen 2025"

    def test_what_became_confidential_is_taken_back_from_the_units_calendar(self, cast: Cast) -> None:
        follow_up = self.hidden(cast)
        event = events(token_of(cast.eva, cast.board))[uid("follow_up", follow_up)]
        assert event.status.value == "CANCELLED"


class TestTheAddress:
    def test_is_kept_as_a_hash_only(self, cast: Cast) -> None:
        feed, token = open_feed(by=cast.karin)
        assert feed.token_hash == hash_of(token) != token
        assert len(token) >= 43
        assert token not in str(CalendarFeed.objects.values_list().get())

    def test_asks_for_no_sign_in_sets_no_cookie_and_is_kept_by_nobody(self, cast: Cast) -> None:
        answer = Client().get(reverse("calendar", args=[token_of(cast.karin)]))
        assert not answer.cookies
        assert answer["Cache-Control"] == "private, no-cache"
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        assert answer["Referrer-Policy"] == "same-origin"

    def test_a_new_one_stops_the_one_before(self, cast: Cast) -> None:
        old, new = token_of(cast.karin), token_of(cast.karin)
        assert Client().get(reverse("calendar", args=[old])).status_code == 404
        assert Client().get(reverse("calendar", args=[new])).status_code == 200

    def test_a_closed_one_and_a_closed_account_give_nothing(self, cast: Cast) -> None:
        feed, token = open_feed(by=cast.karin)
        with pytest.raises(NotPermitted):
            close_feed(feed, by=cast.bo)
        assert close_feed(feed, by=cast.karin)
        assert not close_feed(feed, by=cast.karin)
        assert Client().get(reverse("calendar", args=[token])).status_code == 404
        token = token_of(cast.bo)
        User.objects.filter(pk=cast.bo.pk).update(is_active=False)
        assert Client().get(reverse("calendar", args=[token])).status_code == 404

    def test_whoever_tries_many_is_stopped_for_a_while_and_nobody_else(self, cast: Cast) -> None:
        token = token_of(cast.karin)
        cache.set("attempts:secrets:127.0.0.1", MOST_FROM_ADDRESS - 1, timeout=900)
        assert Client().get(reverse("calendar", args=["wrong"])).status_code == 404
        stopped = Client().get(reverse("calendar", args=[token]))
        assert (stopped.status_code, stopped["Retry-After"]) == (429, "900")
        assert Client(REMOTE_ADDR="192.0.2.7").get(reverse("calendar", args=[token])).status_code == 200

    @pytest.mark.parametrize("method", ["post", "put", "delete"])
    def test_is_only_read(self, method: str, cast: Cast) -> None:
        assert getattr(Client(), method)(reverse("calendar", args=[token_of(cast.karin)])).status_code == 405


@pytest.mark.parametrize("of_unit", [False, True])
def test_a_calendar_costs_the_same_few_queries_with_twenty_and_with_five_hundred_events(of_unit: bool, cast: Cast) -> None:
    token = token_of(cast.karin, cast.board if of_unit else None)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            read(token)
        return len(queries)

    make_many_risks(cast.plan, 20, closing=cast.interim, performer=cast.karin)
    few = cost()
    make_many_risks(cast.plan, 480, closing=cast.annual, performer=cast.karin)
    assert cost() == few <= 15
    assert len(events(token)) >= 500


def test_a_name_with_signs_of_the_format_stays_one_value(cast: Cast) -> None:
    follow_up = planned(cast, "A;B,C\\D\nATTENDEE:mailto:eve@example.org")
    event = events(token_of(cast.karin))[uid("follow_up", follow_up)]
    assert event.summary.value == "A;B,C\\D ATTENDEE:mailto:eve@example.org"
    assert "attendee" not in event.contents


def test_how_often_to_ask_again_is_a_duration_as_outlook_reads_it() -> None:
    lines = write_calendar([], "mina datum").decode().splitlines()
    assert "X-PUBLISHED-TTL:PT6H" in lines
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT6H" in lines


def test_in_the_owners_language(cast: Cast) -> None:
    User.objects.filter(pk=cast.karin.pk).update(language="en")
    cast.karin.refresh_from_db()
    assert "Cut-off date: Half-year closing 2025" in {event.summary.value for event in events(token_of(cast.karin)).values()}
