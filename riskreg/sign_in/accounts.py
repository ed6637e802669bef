"""Verbs on accounts: opened by invitation, a link to a new password, a new address; and the password that a person chooses.

Nobody sets somebody else's password here: whoever could would act as them. An administrator may change somebody's address,
so both addresses are told of it, and links to a new password wait until the person has signed in with the new one, or for
`LINKS_WAIT` (riskreg.models.user).
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import formats
from django.utils.translation import gettext as _

from riskreg import clock
from riskreg.access.grants import may
from riskreg.access.managing import may_manage
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import User
from riskreg.models.author import Author
from riskreg.models.history import save_with_history, sign
from riskreg.sign_in import letters
from riskreg.sign_in.letters import AccountLetter
from riskreg.verbs.errors import Refused
from riskreg.verbs.gate import lock_row

LABELS: dict[str, Callable[[], str]] = {
    "invite_again": lambda: _("Send the invitation again"),
    "send_link": lambda: _("Send a link to a new password"),
}

_NOT_OF_THE_FORM = ("password", "last_login", "invited_at", "password_chosen_at", "asks_new_password", "address_changed_at")


@transaction.atomic
def open_account(person: User, *, by: User) -> User:
    """Save a new person without a password, and invite them to choose one."""
    if not may(by, Verb.ADMINISTER):
        raise NotPermitted(Verb.ADMINISTER)
    person.set_unusable_password()
    person.invited_at = clock.now()
    save_with_history(person, by=Author(by), reason=_("Invited"))
    letters.put(person, AccountLetter.INVITATION, by=by)
    return person


@transaction.atomic
def invite_again(person: User, *, by: User) -> User:
    """Send one more letter with a link to choose the first password. Raises NotPermitted, Refused."""
    row = _locked(person, by)
    if row.has_usable_password():
        raise Refused(_("%(person)s has chosen a password already.") % {"person": row})
    row.invited_at = clock.now()
    save_with_history(row, by=Author(by), reason=_("Invited again"))
    letters.put(row, AccountLetter.INVITATION, by=by)
    return row


@transaction.atomic
def send_link(person: User, *, by: User) -> User:
    """Send the person a link to choose a new password; the present one stands. Raises NotPermitted, Refused."""
    row = _locked(person, by)
    if not row.has_usable_password():
        raise Refused(_("%(person)s has not chosen a password yet: send the invitation again.") % {"person": row})
    held_until = row.links_held_until(clock.now())
    if held_until is not None:
        raise Refused(
            _(
                "The address of %(person)s was changed by somebody else. A link can be sent when they have signed in with the "
                "new address, or from %(moment)s."
            )
            % {"person": row, "moment": formats.date_format(clock.municipal(held_until), "j F Y, H:i")}
        )
    sign(row, by=Author(by), reason=_("A link to a new password was sent"))
    row.save()
    letters.put(row, AccountLetter.NEW_PASSWORD, by=by)
    return row


@transaction.atomic
def change_account(person: User, *, by: User) -> User:
    """Save the changed person; of another address both addresses are told, and links to a new password wait.

    Before a password is chosen the new address is told by its invitation.
    """
    before = _locked(person, by)
    for name in _NOT_OF_THE_FORM:  # what the person did while the form was open stands
        setattr(person, name, getattr(before, name))
    reason = ""
    is_moved = person.email.lower() != before.email.lower()
    if is_moved and before.has_usable_password():
        person.address_changed_at = clock.now()
        reason = _("Address changed: links to a new password wait")
    elif is_moved:
        person.invited_at = clock.now()
        reason = _("Address changed before a password was chosen: invited again")
    save_with_history(person, by=Author(by), reason=reason)
    if is_moved and before.has_usable_password():
        letters.put(person, AccountLetter.ADDRESS_CHANGED, by=by, to=before.email)
        letters.put(person, AccountLetter.ADDRESS_CHANGED, by=by)
    elif is_moved:
        letters.put(person, AccountLetter.ADDRESS_CHANGED, by=by, to=before.email)
        letters.put(person, AccountLetter.INVITATION, by=by)
    return person


def choose_password(person: User, password: str) -> User:
    """Save the password that a person chooses themselves; return them as saved.

    `person` is the account as it was when its link or present password was checked. Raises Refused when the account was
    closed, or got another address or password, since: that stands, and a save of the whole row would undo it.
    """
    chosen = make_password(password)  # before the lock: it takes a while, by design
    with transaction.atomic():
        row = _unless_changed(person)
        if row is None or not row.is_active:
            raise Refused(
                _("The account was changed meanwhile, so your password was not saved. Begin again from the start page.")
            )
        reason = _("Password changed") if row.password_chosen_at else _("Password chosen")
        row.password, row.password_chosen_at = chosen, clock.now()
        row.asks_new_password, row.address_changed_at = False, None
        return save_with_history(row, by=Author(row), reason=reason)


def note_sign_in(person: User) -> None:
    """End the wait for links: whoever signs in with the new address and their own password has seen that it changed."""
    if person.address_changed_at is None:
        return
    with transaction.atomic():
        row = _unless_changed(person)
        if row is not None:
            row.address_changed_at = None
            save_with_history(row, by=Author(row), reason=_("Signed in with the new address"))


def _unless_changed(person: User) -> User | None:
    """Return the account as it is now, locked; None when its address or password is not what it was."""
    lock_row(User.objects.all(), person.pk)
    row = User.objects.get(pk=person.pk)
    return row if (row.email, row.password) == (person.email, person.password) else None


@transaction.atomic
def set_password(person: User, password: str) -> User:
    """Set a password from the machine's command line, where nobody is signed in.

    The person is told in a letter, their sessions end, and they are asked for a new one before they see any page.
    """
    lock_row(User.objects.all(), person.pk)
    row = User.objects.get(pk=person.pk)
    row.set_password(password)
    row.asks_new_password = True
    save_with_history(row, by=Author(None), reason=_("Password set by whoever runs the installation"))
    letters.put(row, AccountLetter.PASSWORD_SET)
    return row


def _locked(person: User, by: User) -> User:
    """Return the person as they are now, locked. Raises NotPermitted."""
    lock_row(User.objects.all(), person.pk)
    row = User.objects.prefetch_related("memberships__unit").get(pk=person.pk)
    if not may_manage(by, row):
        raise NotPermitted(Verb.ADMINISTER)
    return row
