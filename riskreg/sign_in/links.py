"""Links by which a person chooses a password: made when a letter leaves, kept nowhere, and of use once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator, default_token_generator
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.encoding import force_bytes
from django.utils.http import base36_to_int, urlsafe_base64_encode

from riskreg.models import User

INVITATION_VALID = timedelta(days=14)
"""How long an invitation can be accepted: it waits for somebody who does not expect it, and may be away."""
NEW_PASSWORD_VALID = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
"""How long the link of somebody who stands before the door works."""


class InvitationTokens(PasswordResetTokenGenerator):
    """Tokens of invitations: valid for longer than those for a new password, and only while no password is chosen.

    A token holds as long as password, address and last sign-in of the account are what they were, as Django's do.
    """

    key_salt = "riskreg.sign_in.invitation"

    def check_token(self, user: Any, token: str | None) -> bool:
        """Return whether the token was made for this account as it is now, within the time it is valid."""
        if user is None or not token or user.has_usable_password():
            return False
        made_at, _dash, _digest = token.partition("-")
        try:
            seconds = base36_to_int(made_at)
        except ValueError:
            return False
        secrets = [self.secret, *self.secret_fallbacks]
        made = any(constant_time_compare(self._make_token_with_timestamp(user, seconds, one), token) for one in secrets)
        return made and self._num_seconds(self._now()) - seconds <= INVITATION_VALID.total_seconds()


invitations = InvitationTokens()


def link_to_choose(person: User) -> str:
    """Return the way from the site's address to where the person chooses a password: by invitation, while there is none."""
    is_invited = not person.has_usable_password()
    tokens = invitations if is_invited else default_token_generator
    key = urlsafe_base64_encode(force_bytes(person.pk))
    return reverse("invitation" if is_invited else "password_reset_confirm", args=[key, tokens.make_token(person)])
