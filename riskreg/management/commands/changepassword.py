"""Set a password from the command line: a letter tells the person, and they choose a new one at their next sign-in."""

from __future__ import annotations

import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from riskreg.models import User
from riskreg.sign_in import accounts

TRIES = 3


class Command(BaseCommand):
    help = gettext_lazy(  # type: ignore[assignment]
        "Set the password of an account, for an installation whose letters reach nobody. The person is told by letter, "
        "their sessions end, and they must choose a new password at their next sign-in."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help=_("The account's e-mail address."))

    def handle(self, *args: Any, email: str, **options: Any) -> str:
        """Ask for the password twice and set it. Raises CommandError."""
        person = User.objects.filter(email__iexact=email).first()
        if person is None:
            raise CommandError(_("There is no account with the address %(email)s.") % {"email": email})
        for _attempt in range(TRIES):
            password = self._asked_twice()
            if password is None:
                self.stderr.write(_("The two passwords are not the same."))
                continue
            try:
                validate_password(password, person)
            except ValidationError as refusal:
                self.stderr.write("\n".join(refusal.messages))
                continue
            accounts.set_password(person, password)
            said = _("Password set for %(email)s. A letter tells them; they choose a new one when they sign in.")
            return said % {"email": person.email}
        raise CommandError(_("Nothing is changed: no password was accepted."))

    def _asked_twice(self) -> str | None:
        first = getpass.getpass(_("Password: "))
        return first if first == getpass.getpass(_("The same again: ")) else None
