"""Guessing passwords: paused soon, told nothing, and nobody else shut out by it. With the real cache."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from kombu.exceptions import OperationalError as NoBroker
from redis.exceptions import ConnectionError as NoCache

from config.celery import app as celery
from riskreg.models import User
from riskreg.sign_in.throttle import DEVICE_COOKIE, MOST_AT_ACCOUNT, MOST_FROM_ADDRESS, MOST_RESETS, address_of, digest_of
from tests.cast import PASSWORD, Cast, make_cast
from tests.services import MailServer, WorkerProcess

pytestmark = pytest.mark.django_db


def attempt(client: Client, email: str, password: str = "fel", **extra: Any) -> Any:
    return client.post(reverse("login"), {"username": email, "password": password}, **extra)


def guess(email: str, times: int, **extra: Any) -> list[int]:
    """From a new browser each time."""
    return [attempt(Client(), email, **extra).status_code for _ in range(times)]


def test_guesses_at_an_account_are_paused(cast: Cast) -> None:
    assert guess(cast.karin.email, MOST_AT_ACCOUNT) == [200] * MOST_AT_ACCOUNT
    paused = attempt(Client(), cast.karin.email, PASSWORD)
    assert paused.status_code == 429
    assert int(paused.headers["Retry-After"]) > 0
    assert "_auth_user_id" not in paused.client.session


@pytest.mark.parametrize("typed", ["KARIN@LILLKOPING.EXAMPLE", "  karin@lillkoping.example ", "karin@lillkoping\uff0eexample"])
def test_case_blanks_and_wide_letters_count_as_the_same_account(cast: Cast, typed: str) -> None:
    guess(typed, MOST_AT_ACCOUNT)
    assert attempt(Client(), cast.karin.email, PASSWORD).status_code == 429


def test_another_account_is_not_paused_with_it(cast: Cast) -> None:
    guess(cast.karin.email, MOST_AT_ACCOUNT + 1)
    assert attempt(Client(), cast.johan.email, PASSWORD).status_code == 302


def test_who_has_signed_in_before_is_not_shut_out_by_strangers(cast: Cast, client: Client) -> None:
    attempt(client, cast.karin.email, PASSWORD)
    client.post(reverse("logout"))
    guess(cast.karin.email, MOST_AT_ACCOUNT + 5)
    assert attempt(client, cast.karin.email, PASSWORD).status_code == 302


def test_a_known_browser_may_not_guess_for_ever_either(cast: Cast, client: Client) -> None:
    attempt(client, cast.karin.email, PASSWORD)
    client.post(reverse("logout"))
    assert [attempt(client, cast.karin.email).status_code for _ in range(MOST_AT_ACCOUNT + 1)][-1] == 429


def test_a_known_browser_is_known_to_its_own_account_alone(cast: Cast, client: Client) -> None:
    attempt(client, cast.karin.email, PASSWORD)
    client.post(reverse("logout"))
    guess(cast.johan.email, MOST_AT_ACCOUNT)
    assert attempt(client, cast.johan.email, PASSWORD).status_code == 429


def test_a_forged_device_is_a_strangers(cast: Cast) -> None:
    guess(cast.karin.email, MOST_AT_ACCOUNT)
    forger = Client()
    forger.cookies[DEVICE_COOKIE] = f'["{digest_of(cast.karin.email)}", "x"]:1abcde:signature'
    assert attempt(forger, cast.karin.email, PASSWORD).status_code == 429


def test_a_sign_in_starts_the_count_again(cast: Cast) -> None:
    guess(cast.karin.email, MOST_AT_ACCOUNT - 1)
    assert attempt(Client(), cast.karin.email, PASSWORD).status_code == 302
    assert set(guess(cast.karin.email, MOST_AT_ACCOUNT)) == {200}


def test_guesses_over_many_accounts_are_paused_by_their_address(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("riskreg.sign_in.throttle.MOST_FROM_ADDRESS", 5)
    answers = [attempt(Client(), f"gissning{i}@lillkoping.example").status_code for i in range(6)]
    assert answers == [200] * 5 + [429]
    assert attempt(Client(), cast.karin.email, PASSWORD, REMOTE_ADDR="10.0.0.9").status_code == 302
    assert MOST_FROM_ADDRESS >= 50


def test_the_answer_does_not_tell_whether_there_is_such_an_account(cast: Cast) -> None:
    User.objects.filter(pk=cast.bo.pk).update(is_active=False)
    pages = {}
    for email, password in [(cast.karin.email, "fel"), ("ingen@lillkoping.example", "fel"), (cast.bo.email, PASSWORD)]:
        response = attempt(Client(), email, password)
        pages[email] = (response.status_code, [str(error) for error in response.context["form"].non_field_errors()])
    assert len(set(map(str, pages.values()))) == 1
    assert guess("ingen@lillkoping.example", MOST_AT_ACCOUNT)[-1] == 429


def test_without_a_cache_people_still_sign_in(cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise NoCache

    for name in ("add", "get", "incr", "delete"):
        monkeypatch.setattr(f"riskreg.sign_in.throttle.cache.{name}", refuse, raising=False)
    assert attempt(client, cast.karin.email, PASSWORD).status_code == 302


@pytest.mark.parametrize("page", ["password_change", "admin:password_change"])
def test_the_present_password_is_not_guessed_on_a_screen_left_open(cast: Cast, client: Client, page: str) -> None:
    client.force_login(cast.karin)
    guess = {"old_password": "fel", "new_password1": "sju-gröna-elefanter", "new_password2": "sju-gröna-elefanter"}
    answers = [client.post(reverse(page), guess).status_code for _ in range(MOST_AT_ACCOUNT + 1)]
    assert answers == [200] * MOST_AT_ACCOUNT + [429]
    assert client.post(reverse(page), guess | {"old_password": PASSWORD}).status_code == 429


@pytest.fixture
def at_once() -> Iterator[None]:
    """What is handed to the worker is done at once."""
    before = celery.conf.task_always_eager
    celery.conf.task_always_eager = True
    yield
    celery.conf.task_always_eager = before


@pytest.mark.django_db(transaction=True)
def test_the_worker_writes_the_letter_and_the_request_does_not_look_the_account_up(
    client: Client, celery_worker_process: WorkerProcess, smtp_server: MailServer, django_assert_num_queries: Any
) -> None:
    karin = make_cast().karin
    for email in ("ingen@lillkoping.example", karin.email):
        with django_assert_num_queries(0):
            client.post(reverse("password_reset"), {"email": email})
    letter = smtp_server.wait_for(1)[0]
    assert letter["To"] == karin.email
    assert "http://127.0.0.1:8000/konto/nytt/" in letter.get_content()
    celery_worker_process.wait_until_idle()
    assert len(smtp_server.messages) == 1


def test_without_a_broker_the_letter_is_written_all_the_same(cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise NoBroker

    monkeypatch.setattr("riskreg.tasks.send_new_password.delay", refuse)
    assert client.post(reverse("password_reset"), {"email": cast.karin.email}).status_code == 302
    assert [letter.to for letter in mail.outbox] == [[cast.karin.email]]


@pytest.mark.usefixtures("at_once")
class TestNewPasswords:
    def ask(self, email: str, **extra: Any) -> Any:
        return Client().post(reverse("password_reset"), {"email": email}, **extra)

    def test_the_answer_is_the_same_for_everybody_but_only_active_accounts_are_sent_a_letter(self, cast: Cast) -> None:
        User.objects.filter(pk=cast.bo.pk).update(is_active=False)
        answers = {self.ask(email).headers["Location"] for email in (cast.karin.email, cast.bo.email, "ingen@x.example")}
        assert len(answers) == 1
        assert [letter.to for letter in mail.outbox] == [[cast.karin.email]]

    def test_nobody_is_flooded_with_letters(self, cast: Cast) -> None:
        answers = {self.ask(cast.karin.email).status_code for _ in range(MOST_RESETS + 3)}
        assert answers == {302}
        assert len(mail.outbox) == MOST_RESETS

    def test_a_link_leads_to_the_site_and_is_of_no_use_to_who_was_made_inactive(self, cast: Cast, settings: Any) -> None:
        settings.SITE_URL, settings.ALLOWED_HOSTS = "https://riskreg.lillkoping.example", ["*"]
        self.ask(cast.karin.email, headers={"host": "elsewhere.example", "x-forwarded-host": "elsewhere.example"})
        assert "elsewhere" not in mail.outbox[0].body
        link = next(word for word in str(mail.outbox[0].body).split() if "/konto/nytt/" in word)
        User.objects.filter(pk=cast.karin.pk).update(is_active=False)
        browser, new = Client(), "sju-gröna-elefanter"
        form = browser.get(link.replace("https://riskreg.lillkoping.example", ""), follow=True)
        if form.context.get("validlink"):
            browser.post(form.request["PATH_INFO"], {"new_password1": new, "new_password2": new})
        assert attempt(Client(), cast.karin.email, new).status_code == 200


def test_the_address_is_the_proxys_word_only_behind_a_proxy(rf: Any, settings: Any) -> None:
    request = rf.get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="203.0.113.7, 198.51.100.2")
    assert address_of(request) == "192.0.2.1"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert address_of(request) == "198.51.100.2"
    mapped = [address_of(rf.get("/", HTTP_X_FORWARDED_FOR=f"::ffff:192.0.2.{last}")) for last in (7, 8)]
    assert mapped == ["192.0.2.7", "192.0.2.8"]
    ports = [address_of(rf.get("/", HTTP_X_FORWARDED_FOR=said)) for said in ("192.0.2.7:51234", "192.0.2.7:51235")]
    assert ports == ["192.0.2.7", "192.0.2.7"]
    written = ("[2001:db8::1]:443", "[2001:db8::1]", "2001:db8::1")
    assert {address_of(rf.get("/", HTTP_X_FORWARDED_FOR=said)) for said in written} == {"2001:db8::/64"}
    assert address_of(rf.get("/", REMOTE_ADDR="2001:db8::1")) == address_of(rf.get("/", REMOTE_ADDR="2001:db8::2"))
