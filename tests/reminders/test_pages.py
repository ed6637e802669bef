"""The pages of reminders: one's own choice, the ledger, sending now, the stages."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controls.models import (
    CalendarFeed,
    Digest,
    FollowUp,
    Reminder,
    ReminderPreference,
    ReminderStages,
    WeededLetters,
)
from controls.reminders import setting_stages
from controls.reminders.choosing import choose_reminders
from controls.reminders.sending_now import preview, send_now, try_again
from controls.reminders.weeding import weed_ledger
from riskreg import clock
from riskreg.access.verbs import NotPermitted
from riskreg.models import User
from riskreg.verbs.errors import NotInThisState, Refused
from tests.cast import Cast
from tests.follow_ups.follow_ups import in_state, planned
from tests.reminders.ledger import at, letters, prepared

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
TODAY = date(2025, 9, 8)


def get(user: User, address: str) -> str:
    client = Client()
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def post(user: User, address: str, **form: Any) -> Any:
    client = Client()
    client.force_login(user)
    return client.post(address, form, follow=True)


class TestOnesOwnChoice:
    def test_is_kept_and_holds(self, cast: Cast) -> None:
        post(cast.karin, reverse("my_reminders"), rhythm="weekly", weekday=3, hour=14)
        chosen = ReminderPreference.objects.get(user=cast.karin)
        assert (chosen.rhythm, chosen.weekday, chosen.hour) == ("weekly", 3, 14)
        assert 'value="14" selected' in get(cast.karin, reverse("my_reminders"))

    def test_ones_own_time_zone_is_for_times_and_the_days_stay_the_municipalitys(self, cast: Cast, settings: Any) -> None:
        follow_up = in_state(cast, "submitted")
        late_evening = datetime(2025, 9, 12, 23, 30, tzinfo=clock.now().tzinfo)
        FollowUp.objects.filter(pk=follow_up.pk).update(submitted_at=late_evening, due_on=late_evening.date())
        FollowUp.history.filter(id=follow_up.pk).update(history_date=late_evening)
        pages = {
            "trend": reverse("trend"),
            "heatmap": f"{reverse('heatmap_history')}?day=2025-09-12",
            "history": reverse("history", args=["controls", "followup", follow_up.pk]),
        }
        before = {name: get(cast.karin, page) for name, page in pages.items()}
        post(cast.karin, reverse("my_reminders"), rhythm="daily", weekday=0, hour=9, time_zone="Pacific/Auckland")
        user = User.objects.get(pk=cast.karin.pk)
        assert (user.time_zone, user.history.first().history_user) == ("Pacific/Auckland", user)
        after = {name: get(user, page).replace("<p>Tider visas i Pacific/Auckland</p>", "") for name, page in pages.items()}
        assert "23:30" in before["history"]
        assert "09:30" in after["history"]
        for name in ("trend", "heatmap"):
            assert re.sub(r"\s+|csrf\S+ value=\S+", "", after[name]) == re.sub(r"\s+|csrf\S+ value=\S+", "", before[name])
        with pytest.raises(ValidationError, match="Europe/Stockholm"):
            choose_reminders(by=user, rhythm="daily", weekday=0, hour=9, time_zone="../../etc/passwd")

    @pytest.mark.parametrize("hour", [3, 6, 18, 23])
    def test_not_at_night(self, hour: int, cast: Cast) -> None:
        with pytest.raises(ValidationError) as refused:
            choose_reminders(by=cast.karin, rhythm="daily", weekday=0, hour=hour)
        assert str(hour) in str(refused.value)
        assert "7" in str(refused.value)
        assert not ReminderPreference.objects.exists()

    @pytest.mark.parametrize("form", [{"rhythm": "never"}, {"weekday": "6"}, {"hour": "x"}, {"time_zone": "Mars/Olympus"}])
    def test_what_is_not_offered_is_an_error_in_the_form(self, form: dict[str, str], cast: Cast) -> None:
        answer = post(cast.karin, reverse("my_reminders"), **{"rhythm": "daily", "weekday": 0, "hour": 9, **form})
        assert "errorlist" in answer.content.decode() or "error-summary" in answer.content.decode()
        assert not ReminderPreference.objects.exists()

    def test_a_new_calendar_address_is_shown_once(self, cast: Cast) -> None:
        shown = post(cast.karin, reverse("open_feed")).content.decode()
        assert "http://127.0.0.1:8000/kalender/" in shown
        assert "/kalender/" not in get(cast.karin, reverse("my_reminders")).replace("/paminnelser/kalender/", "")
        assert CalendarFeed.objects.of(cast.karin).count() == 1

    def test_a_unit_out_of_reach_has_no_address(self, cast: Cast) -> None:
        assert post(cast.karin, reverse("open_feed"), unit=cast.school_board.pk).status_code == 404
        assert post(cast.karin, reverse("open_feed"), unit="x").status_code == 400


class TestTheLedger:
    def test_shows_first_what_was_given_up_then_what_failed(self, cast: Cast) -> None:
        for place, (user, state) in enumerate([(cast.karin, "sent"), (cast.johan, "failed"), (cast.ake, "given_up")]):
            done = {"sent_at": at(TODAY), "address": user.email} if state == "sent" else {}
            Digest.objects.create(
                recipient=user,
                day=TODAY - timedelta(days=3 - place),
                state=state,
                prepared_at=at(TODAY),
                next_attempt_at=at(TODAY),
                answer="550 5.1.1 no such mailbox" if state != "sent" else "250 OK",
                **done,
            )
        shown = get(cast.eva, reverse("admin:controls_digest_changelist"))
        assert shown.index("Åke Öberg") < shown.index("Johan Berg") < shown.index("Karin Lindqvist")
        assert "550 5.1.1 no such mailbox" in shown

    def test_says_what_the_letter_spoke_of_and_why(self, cast: Cast) -> None:
        planned(cast)
        prepared(TODAY)
        shown = get(cast.eva, reverse("admin:controls_digest_change", args=[letters(cast.karin)[0].pk]))
        assert "Felaktiga löneutbetalningar" in shown
        assert "7 dagar före" in shown
        assert "Ditt att göra" in shown

    def test_names_nothing_that_the_reader_may_not_see(self, cast: Cast) -> None:
        follow_up = planned(cast, "Zebra")
        risk = follow_up.control.risk
        risk.is_confidential, risk.confidentiality_section = True, "OSL 18:8"
        risk.save()
        prepared(TODAY)
        address = reverse("admin:controls_digest_change", args=[letters(cast.karin)[0].pk])
        assert "zebra" not in (get(cast.siv, address) + get(cast.eva, address)).casefold()
        assert "inte synlig för dig" in get(cast.siv, address)

    def test_costs_the_same_few_queries_with_five_letters_and_with_a_hundred(self, cast: Cast) -> None:
        def some(first: int, last: int) -> None:
            for number in range(first, last):
                user = User.objects.create(email=f"p{number}@x.example", name=f"P{number}")
                cast.karin.memberships.model.objects.create(user=user, unit=cast.board, role="control_owner")
                Digest.objects.create(recipient=user, day=TODAY, prepared_at=at(TODAY), next_attempt_at=at(TODAY))

        client = Client()
        client.force_login(cast.eva)

        def cost() -> int:
            with CaptureQueriesContext(connection) as queries:
                client.get(reverse("admin:controls_digest_changelist"))
            return len(queries)

        some(0, 5)
        few = cost()
        some(5, 100)
        assert cost() == few <= 7

    def test_nothing_in_it_is_changed_by_hand(self, cast: Cast) -> None:
        planned(cast)
        prepared(TODAY)
        (digest,) = letters(cast.karin)
        client = Client()
        client.force_login(cast.eva)
        assert client.post(reverse("admin:controls_digest_change", args=[digest.pk]), {"state": "sent"}).status_code == 403
        assert client.get(reverse("admin:controls_digest_add")).status_code == 403


class TestTryingAgain:
    def given_up(self, cast: Cast) -> Digest:
        planned(cast)
        prepared(TODAY)
        Digest.objects.update(state="given_up", attempts=9, answer="550 no", first_attempt_at=at(TODAY))
        return letters(cast.karin)[0]

    def test_puts_it_first_with_its_attempts_before_it(self, cast: Cast) -> None:
        digest = try_again(self.given_up(cast), by=cast.eva)
        assert (digest.state, digest.attempts, digest.first_attempt_at, digest.asked_for_by) == ("pending", 0, None, cast.eva)

    def test_keeps_its_message_id(self, cast: Cast) -> None:
        digest = self.given_up(cast)
        assert try_again(digest, by=cast.eva).message_id == digest.message_id

    def test_what_is_sent_is_not_sent_again(self, cast: Cast) -> None:
        digest = self.given_up(cast)
        Digest.objects.update(state="sent", sent_at=at(TODAY), address="karin@lillkoping.example")
        with pytest.raises(NotInThisState):
            try_again(digest, by=cast.eva)

    def test_is_for_who_chases_there(self, cast: Cast) -> None:
        digest = self.given_up(cast)
        for user in (cast.karin, cast.johan, cast.ake, cast.ulla):
            with pytest.raises(NotPermitted):
                try_again(digest, by=user)

    def test_from_the_list_many_at_once(self, cast: Cast) -> None:
        digest = self.given_up(cast)
        post(cast.eva, reverse("admin:controls_digest_changelist"), action="do_try_again", _selected_action=digest.pk)
        assert Digest.objects.get().state == "pending"


class TestSendingNow:
    def test_repeats_what_was_said_when_somebody_asks_for_it_and_once_a_day(self, cast: Cast) -> None:
        planned(cast)
        prepared(TODAY)
        digest = send_now(cast.karin, by=cast.eva)
        assert digest.lines.count() == 1
        with pytest.raises(Refused):
            send_now(cast.karin, by=cast.eva)

    def test_counts_as_said(self, cast: Cast) -> None:
        planned(cast)
        send_now(cast.karin, by=cast.eva)
        assert prepared(TODAY) == 0

    def test_with_nothing_due_says_so(self, cast: Cast) -> None:
        with pytest.raises(Refused, match=r"Karin|inget"):
            send_now(cast.karin, by=cast.eva)

    def test_is_for_who_chases_the_person(self, cast: Cast) -> None:
        planned(cast)
        for user in (cast.karin, cast.johan, cast.ulla):
            with pytest.raises(NotPermitted):
                send_now(cast.karin, by=user)

    def test_the_page_shows_the_letter_and_sends_it(self, cast: Cast) -> None:
        planned(cast)
        page = reverse("admin:controls_digest_person")
        shown = get(cast.eva, f"{page}?person={cast.karin.pk}")
        assert "Riskreg: 1 sak väntar" in shown
        assert "karin@lillkoping.example" in shown
        assert " style=" not in shown.split('class="letter"')[1]
        assert "på väg" in post(cast.eva, page, person=cast.karin.pk).content.decode()
        assert Digest.objects.get().asked_for_by == cast.eva
        assert "redan" in post(cast.eva, page, person=cast.karin.pk).content.decode()

    def test_the_letter_can_be_opened_in_a_mail_program(self, cast: Cast) -> None:
        planned(cast)
        client = Client()
        client.force_login(cast.eva)
        answer = client.get(reverse("admin:controls_digest_letter", args=[cast.karin.pk]))
        message = email.message_from_bytes(answer.content, policy=email.policy.default)
        assert message["Subject"] == "Riskreg: 1 sak väntar"
        assert not Digest.objects.exists()

    def test_a_chaser_reads_in_it_only_what_is_theirs_to_see(self, cast: Cast) -> None:
        planned(cast, "Styrelsens")
        planned(cast, "Skolans", school=True, performer=cast.karin)
        cast.karin.memberships.create(unit=cast.school_board, role="control_owner")
        cast.nils.memberships.create(unit=cast.board, role="controller")
        found = preview(cast.karin, reader=cast.nils, now=at(TODAY))
        assert found.letter is not None
        assert "Styrelsens" in found.letter.text
        assert "Skolans" not in found.letter.text
        assert found.hidden == 1


class TestStages:
    def test_are_set_and_changed_with_who_and_why(self, cast: Cast) -> None:
        row = setting_stages.set_stages(
            by=cast.eva, unit=cast.municipality, closing=None, days_before="0;14, 3", manager_after=2, controller_after=None
        )
        assert row.days_before == "14, 3, 0"
        changed = setting_stages.change_stages(row, by=cast.eva, days_before="", manager_after=None, controller_after=None)
        assert [entry.history_user_name for entry in changed.history.all()] == ["Eva Åström"] * 2

    @pytest.mark.parametrize("days", ["tre", "-1", "91", "1.5", "1,2,3,4,5,6,7,8,9", "²"])
    def test_what_is_no_number_of_days_is_refused_in_words(self, days: str, cast: Cast) -> None:
        with pytest.raises(ValidationError):
            setting_stages.set_stages(
                by=cast.eva, unit=cast.municipality, closing=None, days_before=days, manager_after=3, controller_after=7
            )
        assert not ReminderStages.objects.exists()

    def test_take_the_right_to_change_closings(self, cast: Cast) -> None:
        for user in (cast.karin, cast.johan, cast.siv):
            with pytest.raises(NotPermitted):
                setting_stages.set_stages(
                    by=user, unit=cast.municipality, closing=None, days_before="1", manager_after=3, controller_after=7
                )


class TestWeeding:
    def test_old_letters_go_and_are_counted_but_for_those_of_what_is_open(self, cast: Cast) -> None:
        long_ago = date(2023, 9, 1)
        open_still, done = planned(cast), planned(cast, "Annan", closing=cast.annual)
        for number, (state, follow_up) in enumerate([("sent", done), ("given_up", done), ("sent", open_still), ("failed", done)]):
            sent = {"sent_at": at(long_ago), "address": "k@x.example"} if state == "sent" else {}
            letter = Digest.objects.create(
                recipient=cast.karin,
                day=long_ago + timedelta(days=number),
                state=state,
                prepared_at=at(long_ago),
                next_attempt_at=at(long_ago),
                **sent,
            )
            Reminder.objects.create(
                digest=letter,
                recipient=cast.karin,
                kind="follow_up",
                object_id=follow_up.pk,
                deadline=follow_up.due_on,
                stage=number,
                reason="named",
            )
        FollowUp.objects.filter(pk=done.pk).update(due_on=date(2024, 9, 30))  # another deadline now: told anew in any case
        assert weed_ledger(date(2025, 8, 31)) == 0
        assert [weed_ledger(TODAY), weed_ledger(TODAY)] == [2, 0]
        assert list(Digest.objects.order_by("day").values_list("state", flat=True)) == ["sent", "failed"]
        assert list(WeededLetters.objects.values_list("year", "state", "letters", "reminders")) == [
            (2023, "given_up", 1, 1),
            (2023, "sent", 1, 1),
        ]
        assert "Gallrade utskick" in get(cast.eva, reverse("operation"))


def test_follow_ups_that_are_reminded_of_are_not_changed_by_it(cast: Cast) -> None:
    follow_up = planned(cast)
    rows = follow_up.history.count()
    prepared(TODAY)
    assert FollowUp.objects.get().history.count() == rows
