"""The letter with the link to choose a new password.

It goes the way of every other letter: into the ledger, which tries again when the mail server is away. Nothing that opens an
account is kept on that way: the link is made when the letter is sent, of what the account is then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.tokens import default_token_generator
from django.template import loader
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from riskreg.models import User

Send = Callable[[list[User]], None]
_ways: list[Send] = []


def goes_by(send: Send) -> None:
    """Register what puts the letters to these people on their way."""
    _ways[:] = [send]


def ask(email: str) -> None:
    """Put a letter to the active accounts with this address on its way; none where there is no such account."""
    found: Iterable[User] = PasswordResetForm().get_users(email)
    people = list(found)
    for send in _ways if people else ():
        send(people)


def words_to(user: User) -> tuple[str, str]:
    """Return subject and text of the letter, in the active language, with a link made now.

    The link leads to the product's own address (SITE_URL), whatever host the request named: the request must not
    decide where it takes the person.
    """
    site = urlsplit(settings.SITE_URL)
    context = {
        "user": user,
        "domain": site.netloc,
        "protocol": site.scheme,
        "uid": urlsafe_base64_encode(force_bytes(user.pk)),
        "token": default_token_generator.make_token(user),
    }
    subject = loader.render_to_string("registration/password_reset_subject.txt", context)
    return " ".join(subject.split()), loader.render_to_string("registration/password_reset_email.html", context)
