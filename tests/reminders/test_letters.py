"""What a letter says, to whom, in which language; and what it never says."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from controls.models import Digest, FollowUp
from controls.reminders.compose import Letter, Letters
from controls.reminders.items import Kind
from controls.reminders.subjects import subjects
from riskreg.models import Deputyship, Role, User
from tests.cast import Cast, make_many_risks, make_user
from tests.follow_ups.follow_ups import in_state, planned, with_measure
from tests.reminders.ledger import at, letters, prepared

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
FRIDAY = date(2025, 9, 5)


def letter_to(user: User, day: date = FRIDAY, *, composed_on: date | None = None) -> Letter | None:
    prepared(day)
    digest = Digest.objects.select_related("recipient").get(recipient=user, day=day)
    return Letters.of([digest], at(composed_on or day)).compose(digest)


def must(letter: Letter | None) -> Letter:
    assert letter is not None
    return letter


def test_it_says_what_is_due_when_and_where_in_swedish(cast: Cast) -> None:
    follow_up = planned(cast)
    letter = must(letter_to(cast.karin))
    assert letter.subject == "Riskreg: 1 sak väntar"
    for part in (letter.text, letter.html):
        assert "Hej Karin!" in part
        assert "Felaktiga löneutbetalningar" in part
        assert "Stickprov av attest" in part
        assert "Stickprov: Stickprov" not in part
        assert "12 september 2025" in part
        assert "om 7 dagar" in part
        assert f"http://127.0.0.1:8000/admin/controls/followup/{follow_up.pk}/change/" in part


def test_in_english_to_who_reads_english(cast: Cast) -> None:
    User.objects.filter(pk=cast.karin.pk).update(language="en")
    planned(cast)
    letter = must(letter_to(cast.karin))
    assert letter.subject == "Riskreg: 1 thing waits"
    assert "in 7 days" in letter.text
    assert "Hello Karin," in letter.html


def test_the_subject_says_how_much_is_late(cast: Cast) -> None:
    planned(cast, "Sen", due_on=date(2025, 9, 1))
    planned(cast, "I tid")
    assert must(letter_to(cast.karin)).subject == "Riskreg: 2 saker väntar, 1 är försenad"


def test_links_lead_to_the_site_that_is_configured(cast: Cast, settings: object) -> None:
    settings.SITE_URL = "https://riskreg.lillkoping.example"  # type: ignore[attr-defined]
    planned(cast)
    letter = must(letter_to(cast.karin))
    assert letter.html.count("https://riskreg.lillkoping.example/") >= 3
    assert "127.0.0.1" not in letter.html + letter.text


def test_a_letter_that_waited_says_how_things_are_now(cast: Cast) -> None:
    planned(cast)
    letter = must(letter_to(cast.karin, composed_on=date(2025, 9, 15)))
    assert "3 dagar sedan" in letter.text
    assert "Försenad:" in letter.html


def test_it_says_whether_something_is_to_be_done_or_approved(cast: Cast) -> None:
    with_measure(in_state(cast, "approved", title="Åtgärdad"), description="Konton stängs", due_on=date(2025, 9, 8))
    assert "  Åtgärd: Konton stängs\n" in must(letter_to(cast.karin)).text
    submitted = in_state(cast, "submitted", title="Inlämnad")
    subject = subjects([(Kind.APPROVAL, submitted.pk)], date(2025, 9, 8))[Kind.APPROVAL, submitted.pk]
    with translation.override("sv"):
        assert subject.what == "Att godkänna: Stickprov av attest"


class TestLeftOut:
    def test_what_was_done_meanwhile(self, cast: Cast) -> None:
        done = planned(cast, "Klar nu")
        planned(cast, "Kvar")
        prepared(FRIDAY)
        FollowUp.objects.filter(pk=done.pk).update(
            state="submitted", result="Allt väl.", conclusion="no_deviations", submitted_by=cast.karin, submitted_at=at(FRIDAY)
        )
        letter = must(letter_to(cast.karin))
        assert "Klar nu" not in letter.text
        assert "Kvar" in letter.text

    def test_what_was_moved_or_given_to_another(self, cast: Cast) -> None:
        moved, given = planned(cast, "Flyttad"), planned(cast, "Lämnad över")
        prepared(FRIDAY)
        FollowUp.objects.filter(pk=moved.pk).update(due_on=date(2025, 10, 1))
        FollowUp.objects.filter(pk=given.pk).update(performer=cast.bo)
        assert letter_to(cast.karin) is None

    def test_everything_when_the_account_was_closed(self, cast: Cast) -> None:
        planned(cast)
        prepared(FRIDAY)
        User.objects.filter(pk=cast.karin.pk).update(is_active=False)
        assert letter_to(cast.karin) is None

    def test_what_one_is_no_deputy_for_any_more(self, cast: Cast) -> None:
        maja = make_user("Maja Lund", cast.board, Role.CONTROL_OWNER)
        planned(cast)
        deputyship = Deputyship.objects.create(absent=cast.karin, deputy=maja, first_day=FRIDAY, last_day=FRIDAY)
        assert "Som ställföreträdare för Karin Lindqvist" in must(letter_to(maja)).text
        assert letter_to(maja, composed_on=FRIDAY + timedelta(days=3)) is None
        assert deputyship.pk


class TestNeverSaid:
    def test_the_title_or_anything_else_of_a_confidential_risk_even_to_who_may_see_it(self, cast: Cast) -> None:
        follow_up = planned(cast, "Zebrahotet")
        approved = in_state(cast, "approved", title="Zebra två")
        action = with_measure(approved, description="Zebran flyttas", due_on=date(2025, 9, 5))
        for one in (follow_up, action.follow_up):
            control, risk = one.control, one.control.risk
            control.description = "Granska zebran"
            control.save()
            risk.is_confidential, risk.confidentiality_section = True, "OSL 18:8"
            risk.save()
        in_state(cast, "submitted", title="Zebra tre", performer=cast.bo, submitter=cast.bo)
        risk = FollowUp.objects.get(state="submitted").control.risk
        risk.is_confidential, risk.confidentiality_section = True, "OSL 18:8"
        risk.save()
        for user, day in ((cast.karin, FRIDAY), (cast.johan, date(2025, 9, 22)), (cast.eva, date(2025, 9, 29))):
            letter = must(letter_to(user, day))
            assert "zebra" not in (letter.subject + letter.text + letter.html).casefold(), user
            assert "Sekretessmarkerad risk nr" in letter.text

    def test_markup_in_a_title_is_text(self, cast: Cast) -> None:
        planned(cast, "<script>alert(1)</script> & <b>fet</b>\nrad två")
        letter = must(letter_to(cast.karin))
        assert "<script>" not in letter.html
        assert "&lt;script&gt;" in letter.html
        assert "<script>alert(1)</script> & <b>fet</b> rad två" in letter.text

    def test_a_line_break_in_a_name_makes_no_header(self, cast: Cast) -> None:
        User.objects.filter(pk=cast.karin.pk).update(name="Karin\r\nBcc: eve@example.org")
        planned(cast)
        message = must(letter_to(cast.karin)).message("<a@b>").message()
        assert message["Bcc"] is None


def test_the_message_is_one_that_no_program_answers(cast: Cast) -> None:
    planned(cast)
    letter = must(letter_to(cast.karin))
    (digest,) = letters(cast.karin)
    message = letter.message(digest.message_id).message()
    assert message["Message-ID"] == digest.message_id
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["To"] == "karin@lillkoping.example"
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_the_html_is_what_outlook_reads(cast: Cast) -> None:
    planned(cast)
    html = must(letter_to(cast.karin)).html
    for unread in ("<style", "<link", "<script", "<div", "flex", "grid", "<img", "class=", "var("):
        assert unread not in html, unread
    assert html.count("<table") == html.count("</table>")


class TestTheWeeksSummary:
    def test_says_what_is_late_and_what_waits_and_nothing_twice(self, cast: Cast) -> None:
        planned(cast, "Sen sak", due_on=date(2025, 9, 1))
        in_state(cast, "submitted", title="Att godkänna")
        letter = must(letter_to(cast.johan, date(2025, 9, 3)))
        assert letter.text.count("Sen sak") == letter.text.count("* Att godkänna\n") == 1
        assert "VECKAN: FÖRSENAT I DINA ENHETER" in letter.text
        assert "Karin Lindqvist, Kommunstyrelsen" in letter.text

    def test_of_much_it_says_the_oldest_and_how_much_more(self, cast: Cast) -> None:
        make_many_risks(cast.plan, 45, closing=cast.interim, performer=cast.karin)
        FollowUp.objects.update(due_on=date(2025, 9, 4))
        letter = must(letter_to(cast.johan, date(2025, 9, 8) - timedelta(days=3)))
        assert "och 35 till" in letter.text
        assert letter.subject.startswith("Riskreg: 45 saker väntar")


def test_many_letters_cost_as_many_queries_as_one(cast: Cast) -> None:
    people = [make_user(f"P{number} Person", cast.board, Role.CONTROL_OWNER) for number in range(12)]
    for person in people:
        make_many_risks(cast.plan, 4, closing=cast.interim, performer=person)
    prepared(FRIDAY)
    digests = list(Digest.objects.select_related("recipient"))

    def cost(some: list[Digest]) -> int:
        with CaptureQueriesContext(connection) as queries:
            composed = Letters.of(some, at(FRIDAY))
            assert all(composed.compose(digest) for digest in some)
        return len(queries)

    assert cost(digests[:1]) == cost(digests[:12]) <= 4


def test_an_english_and_a_swedish_letter_of_one_batch_do_not_mix(cast: Cast) -> None:
    User.objects.filter(pk=cast.bo.pk).update(language="en")
    planned(cast)
    planned(cast, school=True)
    prepared(FRIDAY)
    digests = list(Digest.objects.select_related("recipient").order_by("recipient__name"))
    composed = Letters.of(digests, at(FRIDAY))
    said = [must(composed.compose(digest)).text.split("\n")[0] for digest in digests]
    assert said == ["Hello Bo,", "Hej Karin!"]
