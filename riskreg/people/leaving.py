"""Leaving: no account is closed, and no last role taken, while the person still owns something; asked on the locked row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils.translation import gettext as _

from riskreg import clock
from riskreg.models import Membership, User
from riskreg.people import handing_over
from riskreg.sign_in import accounts
from riskreg.verbs.errors import Refused
from riskreg.verbs.gate import lock_row


def cannot_be_closed() -> str:
    """Return why an account is not closed, with %(name)s and %(what)s."""
    return _("%(name)s still owns %(what)s. The account can be closed when that is handed over.")


def last_role_stays() -> str:
    """Return why a last role is not taken away, with %(name)s and %(what)s."""
    return _("%(name)s still owns %(what)s. The last role can be taken away when that is handed over.")


@transaction.atomic
def change_account(person: User, *, by: User) -> User:
    """Save the changed person, as accounts.change_account does. Raises Refused when that closes the account of an owner."""
    lock_row(User.objects.all(), person.pk)
    if not person.is_active and User.objects.filter(pk=person.pk, is_active=True).exists():
        _require_nothing_held(person, cannot_be_closed())
    return accounts.change_account(person, by=by)


@contextmanager
def changing_roles(person: User) -> Iterator[None]:
    """Let the block inside change the person's roles, with their row locked.

    Raises Refused, and takes back what was done, when that takes the last one of somebody who owns something.
    """
    with transaction.atomic():
        lock_row(User.objects.all(), person.pk)
        had_a_role = _has_a_role(person)
        yield
        if had_a_role and not _has_a_role(person):
            _require_nothing_held(person, last_role_stays())


def _has_a_role(person: User) -> bool:
    return Membership.objects.filter(user=person).exclude(valid_to__lt=clock.today()).exists()


def _require_nothing_held(person: User, said: str) -> None:
    held = handing_over.held_by(person)
    if held:
        raise Refused(said % {"name": person, "what": handing_over.in_words(held)})
