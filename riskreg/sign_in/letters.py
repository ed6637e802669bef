"""Letters about an account: invitations, links to a new password, and what somebody else changed.

They go the way of every other letter: into the ledger, which tries again when the mail server is away. Nothing that opens an
account is kept on that way: a link is made when the letter is sent, of what the account is then.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import models
from django.template import loader
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from riskreg import clock
from riskreg.models import User
from riskreg.sign_in.links import INVITATION_VALID, NEW_PASSWORD_VALID, link_to_choose

AT_ONCE = timedelta(minutes=1)
"""Longer than a change takes that invites somebody and puts its letters into the ledger."""


class AccountLetter(models.TextChoices):
    """What a letter about an account is for."""

    NEW_PASSWORD = "new_password", gettext_lazy("Link to a new password")
    INVITATION = "invitation", gettext_lazy("Invitation to an account")
    PASSWORD_SET = "password_set", gettext_lazy("Notice of a password set by somebody else")
    ADDRESS_CHANGED = "address_changed", gettext_lazy("Notice of a changed address")

    @property
    def is_link(self) -> bool:
        """Whether the letter brings a link; of several that wait, the newest says all. Each notice is of its own."""
        return self in {AccountLetter.NEW_PASSWORD, AccountLetter.INVITATION}


class Way(Protocol):
    """What puts letters on their way."""

    def __call__(self, person: User, kind: AccountLetter, *, by: User | None = None, to: str = "") -> None: ...


_ways: list[Way] = []
_hurries: list[Callable[[], None]] = []


def goes_by(put: Way, hurry: Callable[[], None]) -> None:
    """Register what puts a letter into the ledger, and what sends at once what waits there."""
    _ways[:], _hurries[:] = [put], [hurry]


def put(person: User, kind: AccountLetter, *, by: User | None = None, to: str = "") -> None:
    """Put a letter to the person into the ledger; `by` asked for it, `to` is another address than the account's."""
    for way in _ways:
        way(person, kind, by=by, to=to)


def hurry() -> None:
    """Send what waits, as far as there is time: somebody stands before the door."""
    for hurries in _hurries:
        hurries()


def words_to(person: User, kind: AccountLetter, *, by: User | None = None, at: datetime | None = None) -> tuple[str, str] | None:
    """Return subject and text of the letter, in the active language, with a link made now; None where it is needed no longer.

    Links lead to the product's own address (SITE_URL), whatever host a request named: the request must not decide where
    they take the person.
    """
    if kind.is_link and not person.is_active:
        return None
    if kind == AccountLetter.INVITATION and person.has_usable_password():
        return None
    held_until = person.links_held_until(clock.now()) if kind == AccountLetter.NEW_PASSWORD else None
    subject, template = _SUBJECTS[kind], kind.value
    if kind == AccountLetter.NEW_PASSWORD and not person.has_usable_password():
        subject, template = _SUBJECTS[AccountLetter.INVITATION], AccountLetter.INVITATION.value
    elif kind == AccountLetter.ADDRESS_CHANGED and _was_invited_anew(person, at):
        template = "moved_before_choice"
    elif held_until is not None:
        subject, template = lambda: _("Your new password in Riskreg has to wait"), "links_held"
    context = {
        "person": person,
        "by": by,
        "moment": formats.date_format(clock.municipal(at or clock.now()), "j F Y, H:i"),
        "held_until": held_until and formats.date_format(clock.municipal(held_until), "j F Y, H:i"),
        "site": settings.SITE_URL,
        "link": f"{settings.SITE_URL}{link_to_choose(person)}" if kind.is_link and held_until is None else "",
        "invitation_days": INVITATION_VALID.days,
        "link_days": NEW_PASSWORD_VALID.days,
    }
    return subject(), loader.render_to_string(f"emails/account/{template}.txt", context).strip() + "\n"


def _was_invited_anew(person: User, at: datetime | None) -> bool:
    """Return whether the change of `at` was made before a password was chosen: then it invited the person anew."""
    return at is not None and person.invited_at is not None and person.invited_at >= at - AT_ONCE


_SUBJECTS: dict[AccountLetter, Callable[[], str]] = {
    AccountLetter.NEW_PASSWORD: lambda: _("Choose a new password in Riskreg"),
    AccountLetter.INVITATION: lambda: _("Your account in Riskreg"),
    AccountLetter.PASSWORD_SET: lambda: _("Somebody set a password for your account in Riskreg"),
    AccountLetter.ADDRESS_CHANGED: lambda: _("The address of your account in Riskreg was changed"),
}
