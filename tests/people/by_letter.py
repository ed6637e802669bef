"""What a person does with letters about their account: reading them, choosing a password by their link, signing in."""

from __future__ import annotations

import re
from typing import Any

from django.core import mail
from django.test import Client
from django.urls import reverse

from controls.reminders.deliver import deliver
from riskreg import clock

OWN = "sju-gröna-elefanter"
GIVEN = "fem-gula-krokodiler"


def sent() -> list[Any]:
    """Deliver what waits in the ledger and return the letters."""
    mail.outbox.clear()
    deliver(clock.now)
    return list(mail.outbox)


def link_in(letter: Any) -> str:
    found = re.search(r"http://127\.0\.0\.1:8000(/konto/\S+)", letter.body)
    assert found, letter.body
    return found[1]


def choose(client: Client, link: str, password: str) -> Any:
    form = client.get(link, follow=True)
    return client.post(form.request["PATH_INFO"], {"new_password1": password, "new_password2": password})


def sign_in(email: str, password: str) -> Client:
    client = Client()
    client.post(reverse("login"), {"username": email, "password": password})
    return client


def is_in(client: Client) -> bool:
    return bool(client.get(reverse("inbox")).status_code == 200)


def choose_or_none(link: str, *, only_look: bool = False, browser: Client | None = None) -> Any:
    """The answer of choosing by the link, or None where the link does not work."""
    browser = browser or Client()
    form = browser.get(link, follow=True)
    if not form.context["validlink"]:
        return None
    return form if only_look else browser.post(form.request["PATH_INFO"], {"new_password1": OWN, "new_password2": OWN})
