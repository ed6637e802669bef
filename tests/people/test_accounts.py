"""Nobody acts as somebody else: accounts are opened by invitation, and a password is known to its person alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail, serializers
from django.test import Client
from django.urls import reverse

from controls.models import Digest
from controls.reminders.deliver import deliver
from riskreg import clock, tasks
from riskreg.access.verbs import NotPermitted
from riskreg.models import Role, User
from riskreg.sign_in import accounts, letters
from riskreg.sign_in.letters import AccountLetter
from riskreg.sign_in.links import INVITATION_VALID, invitations, link_to_choose
from riskreg.verbs.errors import Refused
from tests.cast import PASSWORD, Cast
from tests.people.by_letter import OWN, choose, choose_or_none, is_in, link_in, sent, sign_in
from tests.people.test_organisation import person_form

pytestmark = pytest.mark.django_db


def add_person(cast: Cast, client: Client, email: str = "ny.person@lillkoping.example") -> User:
    client.force_login(cast.siv)
    form = {
        "email": email, "name": "Ny Person", "title": "", "language": "sv",
        "memberships-TOTAL_FORMS": 1, "memberships-INITIAL_FORMS": 0,
        "memberships-0-unit": cast.payroll.pk, "memberships-0-role": Role.CONTROL_OWNER,
    }  # fmt: skip
    answer = client.post(reverse("admin:riskreg_user_add"), form)
    made = User.objects.get(email=email)
    assert answer.headers["Location"] == reverse("admin:riskreg_user_change", args=[made.pk])
    return made


class TestAnInvitation:
    def test_is_sent_and_lets_its_person_choose_a_password_and_in(self, cast: Cast, client: Client) -> None:
        made = add_person(cast, client)
        assert not made.has_usable_password()
        (letter,) = sent()
        assert letter.to == [made.email]
        assert "Siv Ek" in letter.body
        assert f"{INVITATION_VALID.days} dagar" in letter.body
        browser = Client()
        answer = choose(browser, link_in(letter), OWN)
        assert answer.headers["Location"] == reverse("home")
        assert is_in(browser)
        assert is_in(sign_in(made.email, OWN))

    def test_is_told_on_the_persons_page_and_can_be_sent_again(self, cast: Cast, client: Client) -> None:
        made = add_person(cast, client)
        page = client.get(reverse("admin:riskreg_user_change", args=[made.pk])).content.decode()
        assert "har inte valt lösenord än" in page
        assert "Skicka inbjudan igen" in page
        assert "Skicka länk till nytt lösenord" not in page
        (first,) = sent()
        client.post(reverse("admin:riskreg_user_verb", args=[made.pk, "invite_again"]))
        (second,) = sent()
        choose(Client(), link_in(second), OWN)
        assert User.objects.get(pk=made.pk).check_password(OWN)
        late = choose_or_none(link_in(first))
        assert late is None  # of use once, whichever of them
        page = client.get(reverse("admin:riskreg_user_change", args=[made.pk])).content.decode()
        assert "har inte valt lösenord än" not in page
        assert "Skicka länk till nytt lösenord" in page

    def test_no_password_of_another_opens_the_account_before(self, cast: Cast, client: Client) -> None:
        made = add_person(cast, client)
        for guess in ("", "!", made.password, PASSWORD):
            assert not is_in(sign_in(made.email, guess))

    def test_says_who_invited_and_when_the_password_was_chosen_in_the_history(self, cast: Cast, client: Client) -> None:
        made = add_person(cast, client)
        (letter,) = sent()
        choose(Client(), link_in(letter), OWN)
        rows = list(made.history.order_by("history_id"))
        assert [(row.history_user, row.history_change_reason) for row in rows] == [
            (cast.siv, "Inbjuden"),
            (made, "Lösenord valt"),
        ]
        assert rows[0].invited_at is not None
        assert rows[0].password_chosen_at is None
        assert rows[1].password_chosen_at is not None
        kept = serializers.serialize("json", rows) + serializers.serialize("json", Digest.objects.all())
        assert User.objects.get(pk=made.pk).password not in kept
        assert link_in(letter).split("/")[-2] not in kept

    def test_is_valid_for_two_weeks_and_no_longer(self, cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        made = add_person(cast, client)
        link = f"{link_to_choose(made)}"
        real = invitations._now()
        monkeypatch.setattr(invitations, "_now", lambda: real + INVITATION_VALID - timedelta(minutes=1))
        assert choose_or_none(link, only_look=True) is not None
        monkeypatch.setattr(invitations, "_now", lambda: real + INVITATION_VALID + timedelta(minutes=1))
        assert choose_or_none(link, only_look=True) is None

    def test_is_tried_for_longer_than_a_link_somebody_waits_for(self, cast: Cast, client: Client, settings: Any) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = 1, 0.2
        add_person(cast, client)
        letters.put(cast.karin, AccountLetter.NEW_PASSWORD)
        deliver(clock.now)
        later = clock.now() + timedelta(days=1, hours=1)
        deliver(lambda: later)
        states = dict(Digest.objects.values_list("account_letter", "state"))
        assert states == {"new_password": "given_up", "invitation": "failed"}

    def test_is_needed_no_longer_when_the_password_is_chosen(self, cast: Cast, client: Client) -> None:
        made = add_person(cast, client)
        choose(Client(), link_to_choose(made), OWN)
        assert sent() == []
        assert Digest.objects.get().state == "not_needed"

    def test_goes_to_the_new_address_when_that_was_corrected_and_the_old_link_is_dead(self, cast: Cast, client: Client) -> None:
        made = add_person(cast, client, "ny.preson@lillkoping.example")
        (wrong,) = sent()
        page = reverse("admin:riskreg_user_change", args=[made.pk])
        assert client.post(page, person_form(made, email="ny.person@lillkoping.example")).status_code == 302
        right, notice = sorted(sent(), key=lambda letter: str(letter.to))
        assert (right.to, notice.to) == (["ny.person@lillkoping.example"], ["ny.preson@lillkoping.example"])
        assert "Siv Ek" in notice.body  # else whoever was invited would hear no more of their account
        assert "innan något lösenord hade valts" in notice.body
        assert "/konto/" not in notice.body
        assert choose_or_none(link_in(wrong)) is None
        assert choose_or_none(link_in(right)) is not None

    def test_comes_again_to_whoever_asks_for_a_new_password_before_they_have_one(self, cast: Cast, client: Client) -> None:
        made = add_person(cast, client)
        Digest.objects.all().delete()
        mail.outbox.clear()
        tasks.send_new_password(made.email)
        (letter,) = mail.outbox
        assert "/konto/inbjudan/" in letter.body
        assert choose_or_none(link_in(letter)) is not None

    def test_opens_no_account_that_was_closed(self, cast: Cast, client: Client) -> None:
        made = add_person(cast, client)
        link = link_to_choose(made)
        User.objects.filter(pk=made.pk).update(is_active=False)
        browser = Client()
        choose_or_none(link, browser=browser)
        assert not is_in(browser)
        assert sent() == []


class TestALinkThatAnAdministratorSends:
    def test_reaches_the_person_alone_and_leaves_their_password_and_sessions(self, cast: Cast, client: Client) -> None:
        at_work = sign_in(cast.karin.email, PASSWORD)
        client.force_login(cast.siv)
        answer = client.post(reverse("admin:riskreg_user_verb", args=[cast.karin.pk, "send_link"]), follow=True)
        (letter,) = sent() or [None]
        assert letter is not None
        assert letter.to == [cast.karin.email]
        assert "Siv Ek" in letter.body
        assert link_in(letter) not in answer.content.decode()
        assert is_in(at_work)
        choose(Client(), link_in(letter), OWN)
        assert not is_in(at_work)
        assert is_in(sign_in(cast.karin.email, OWN))

    def test_is_sent_by_nobody_else(self, cast: Cast) -> None:
        for person in (cast.johan, cast.eva, cast.karin, cast.nils):
            with pytest.raises(NotPermitted):
                accounts.send_link(cast.bo, by=person)
            with pytest.raises(NotPermitted):
                accounts.invite_again(cast.bo, by=person)
            with pytest.raises(NotPermitted):
                accounts.open_account(User(email="x@x.example", name="X"), by=person)
        assert not Digest.objects.exists()


class TestAnotherAddress:
    def change(self, cast: Cast, client: Client, email: str = "min.egen@lillkoping.example") -> None:
        client.force_login(cast.siv)
        page = reverse("admin:riskreg_user_change", args=[cast.johan.pk])
        assert client.post(page, person_form(cast.johan, email=email)).status_code == 302

    def test_is_told_to_the_old_one_and_to_the_new(self, cast: Cast, client: Client) -> None:
        old = cast.johan.email
        at_work = sign_in(old, PASSWORD)
        self.change(cast, client)
        told = sent()
        assert sorted(letter.to for letter in told) == sorted([[old], ["min.egen@lillkoping.example"]])
        assert all("Siv Ek" in letter.body and "/konto/" not in letter.body for letter in told)
        assert {row.address for row in Digest.objects.all()} == {old, "min.egen@lillkoping.example"}
        assert is_in(at_work)
        row = cast.johan.history.latest()
        assert (row.history_user, row.email) == (cast.siv, "min.egen@lillkoping.example")
        assert row.history_change_reason

    def test_is_told_also_when_the_account_is_closed_the_next_moment(self, cast: Cast, client: Client) -> None:
        old = cast.johan.email
        self.change(cast, client)
        User.objects.filter(pk=cast.johan.pk).update(is_active=False)
        assert [old] in [letter.to for letter in sent()]

    def test_is_sent_no_link_for_a_week(self, cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        """Otherwise whoever changes the address could have a link sent there, and be the person."""
        self.change(cast, client)
        sent()
        refused = client.post(reverse("admin:riskreg_user_verb", args=[cast.johan.pk, "send_link"]), follow=True)
        assert "ändrades av någon annan" in refused.content.decode()
        mail.outbox.clear()
        tasks.send_new_password("min.egen@lillkoping.example")
        (letter,) = mail.outbox
        assert "/konto/nytt/" not in letter.body
        with pytest.raises(Refused):
            accounts.send_link(cast.johan, by=cast.siv)
        later = clock.now() + timedelta(days=7, minutes=1)
        monkeypatch.setattr("riskreg.clock.now", lambda: later)
        mail.outbox.clear()
        tasks.send_new_password("min.egen@lillkoping.example")
        assert "/konto/nytt/" in mail.outbox[0].body

    def test_is_sent_links_again_when_the_person_has_signed_in_with_it(self, cast: Cast, client: Client) -> None:
        self.change(cast, client)
        sent()
        assert is_in(sign_in("min.egen@lillkoping.example", PASSWORD))
        assert cast.johan.history.latest().history_user == cast.johan
        accounts.send_link(User.objects.get(pk=cast.johan.pk), by=cast.siv)
        (letter,) = sent()
        assert "/konto/nytt/" in letter.body

    def test_kills_the_links_that_were_sent_before(self, cast: Cast, client: Client) -> None:
        link = link_to_choose(cast.johan)
        self.change(cast, client)
        assert choose_or_none(link) is None

    def test_in_other_letters_is_none(self, cast: Cast, client: Client) -> None:
        self.change(cast, client, cast.johan.email.upper())
        assert sent() == []
        assert User.objects.get(pk=cast.johan.pk).address_changed_at is None


def test_what_the_person_did_while_the_form_was_open_stands(cast: Cast) -> None:
    """The administrator's form was opened before the person chose a password, and is saved after it."""
    seen = User.objects.get(pk=cast.karin.pk)
    person = accounts.choose_password(User.objects.get(pk=cast.karin.pk), OWN)
    seen.title = "Ekonom"
    accounts.change_account(seen, by=cast.siv)
    now = User.objects.get(pk=cast.karin.pk)
    assert (now.title, now.check_password(OWN), now.password_chosen_at) == ("Ekonom", True, person.password_chosen_at)


def test_a_link_to_a_closed_account_leads_nowhere(cast: Cast) -> None:
    link = link_to_choose(cast.johan)
    User.objects.filter(pk=cast.johan.pk).update(is_active=False)
    assert choose_or_none(link) is None
    assert User.objects.get(pk=cast.johan.pk).check_password(PASSWORD)


def test_no_question_in_an_address_is_about_the_passwords_hash(cast: Cast, client: Client) -> None:
    client.force_login(cast.siv)
    page = reverse("admin:riskreg_user_changelist")
    assert client.get(page, {"password__startswith": "md5"}).status_code == 400
