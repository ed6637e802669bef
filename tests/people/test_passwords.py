"""A password that its person chooses while others change the account, and one that is set on the server."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from riskreg import clock
from riskreg.models import User
from riskreg.sign_in import accounts
from riskreg.sign_in.links import link_to_choose
from tests.cast import PASSWORD, Cast
from tests.people.by_letter import GIVEN, OWN, choose, is_in, sent, sign_in
from tests.people.test_organisation import person_form

pytestmark = pytest.mark.django_db


def meanwhile(monkeypatch: pytest.MonkeyPatch, change: Callable[[], Any]) -> None:
    """Make the change while the password that a person has chosen is hashed."""

    def hash_it(*args: Any) -> Any:
        monkeypatch.undo()
        change()
        return make_password(*args)

    monkeypatch.setattr(accounts, "make_password", hash_it)


class TestAPasswordChosenWhileTheAccountIsChanged:
    """The page read the account, and takes a while: it must not write back what it read."""

    @pytest.mark.parametrize("change", [{"is_active": ""}, {"email": "min.egen@lillkoping.example"}], ids=["closed", "moved"])
    @pytest.mark.parametrize("by", ["link", "present password"])
    def test_leaves_the_change_and_is_refused(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch, change: dict[str, str], by: str
    ) -> None:
        administrator, person = Client(), Client()
        administrator.force_login(cast.siv)
        idle = User.objects.create_user("tora@lillkoping.example", PASSWORD, name="Tora")
        page = reverse("admin:riskreg_user_change", args=[idle.pk])
        form = {name: value for name, value in person_form(idle, **change).items() if value != ""}
        changed = []
        meanwhile(monkeypatch, lambda: changed.append(administrator.post(page, form).status_code))
        if by == "link":
            answer = choose(person, link_to_choose(idle), OWN)
        else:
            person.force_login(idle)
            passwords = {"old_password": PASSWORD, "new_password1": OWN, "new_password2": OWN}
            answer = person.post(reverse("password_change"), passwords)
        now = User.objects.get(pk=idle.pk)
        assert changed == [302]
        assert (now.is_active, now.email) == ("is_active" not in change, change.get("email", idle.email))
        assert now.check_password(PASSWORD)
        assert "Kontot ändrades under tiden" in answer.content.decode()

    def test_of_two_who_have_the_link_the_first_has_chosen(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        link = link_to_choose(cast.johan)
        meanwhile(monkeypatch, lambda: choose(Client(), link, "fyra-blå-gungor"))
        choose(Client(), link, OWN)
        assert User.objects.get(pk=cast.johan.pk).check_password("fyra-blå-gungor")

    def test_is_not_undone_by_a_sign_in_that_ends_the_wait_for_links(self, cast: Cast) -> None:
        cast.johan.address_changed_at = clock.now()
        cast.johan.save()
        signs_in = User.objects.get(pk=cast.johan.pk)
        User.objects.filter(pk=cast.johan.pk).update(is_active=False)
        accounts.note_sign_in(signs_in)
        now = User.objects.get(pk=cast.johan.pk)
        assert (now.is_active, now.address_changed_at) == (False, None)
        signs_in = User.objects.get(pk=cast.johan.pk)
        signs_in.address_changed_at = clock.now()
        User.objects.filter(pk=cast.johan.pk).update(email="en.annan@lillkoping.example", address_changed_at=clock.now())
        accounts.note_sign_in(signs_in)
        now = User.objects.get(pk=cast.johan.pk)
        assert (now.email, now.address_changed_at is None) == ("en.annan@lillkoping.example", False)


class TestAPasswordSetOnTheServer:
    def set(self, email: str, *typed: str) -> str:
        said, complaints = StringIO(), StringIO()
        answers = iter(typed)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("getpass.getpass", lambda prompt="": next(answers))
            call_command("changepassword", email, stdout=said, stderr=complaints)
        return said.getvalue()

    def test_is_told_in_a_letter_ends_the_sessions_and_stands_in_the_history(self, cast: Cast) -> None:
        at_work, at_home = sign_in(cast.johan.email, PASSWORD), sign_in(cast.johan.email, PASSWORD)
        assert Session.objects.count() == 2
        self.set(cast.johan.email.upper(), GIVEN, GIVEN)
        assert not is_in(at_work)
        assert not is_in(at_home)
        (letter,) = sent()
        assert letter.to == [cast.johan.email]
        assert GIVEN not in letter.body
        row = cast.johan.history.latest()
        assert (row.history_user, row.history_user_name, row.asks_new_password) == (None, "Riskreg", True)

    def test_opens_no_page_until_another_is_chosen(self, cast: Cast) -> None:
        self.set(cast.johan.email, GIVEN, GIVEN)
        browser = sign_in(cast.johan.email, GIVEN)
        plan = cast.plan.pk
        pages = [
            reverse("inbox"), reverse("admin:index"), reverse("admin:riskreg_risk_changelist"), reverse("risks"),
            reverse("heatmap_svg"), reverse("admin:riskreg_controlplan_change", args=[plan]), "/finns-inte/",
        ]  # fmt: skip
        for page in pages:
            for answer in (browser.get(page), browser.post(page)):
                assert answer.status_code in {302, 404}, page
                assert answer.status_code == 404 or answer.headers["Location"] == reverse("password_change"), page
        form = browser.get(reverse("password_change"))
        assert "Någon annan" in form.content.decode()
        same = {"old_password": GIVEN, "new_password1": GIVEN, "new_password2": GIVEN}
        assert browser.post(reverse("password_change"), same).status_code == 200
        assert not is_in(browser)
        own = {"old_password": GIVEN, "new_password1": OWN, "new_password2": OWN}
        assert browser.post(reverse("password_change"), own).status_code == 302
        assert is_in(browser)
        assert cast.johan.history.latest().history_change_reason == "Lösenord valt"

    def test_is_replaced_by_the_link_of_a_forgotten_one(self, cast: Cast) -> None:
        self.set(cast.johan.email, GIVEN, GIVEN)
        choose(Client(), link_to_choose(User.objects.get(pk=cast.johan.pk)), OWN)
        assert is_in(sign_in(cast.johan.email, OWN))

    def test_is_refused_when_it_is_too_simple_or_mistyped_each_time(self, cast: Cast) -> None:
        with pytest.raises(CommandError):
            self.set(cast.johan.email, "a", "b", "kort", "kort", "lillkoping", "lillkoping")
        with pytest.raises(CommandError):
            self.set("ingen@lillkoping.example")
        assert User.objects.get(pk=cast.johan.pk).password == cast.johan.password


def test_the_first_account_is_made_on_the_command_line_and_signs_in_at_once(db: None) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_SUPERUSER_PASSWORD", OWN)
        call_command("createsuperuser", email="drift@lillkoping.example", name="Drift", interactive=False, verbosity=0)
    assert is_in(sign_in("drift@lillkoping.example", OWN))
