"""Forgotten passwords: a letter with a link to choose a new one."""

from __future__ import annotations

from riskreg.models import User
from riskreg.sign_in import letters
from riskreg.sign_in.letters import AccountLetter


def ask(email: str) -> None:
    """Send a letter to the active accounts with this address, and to whoever has not chosen a password yet; else none."""
    people = User.objects.filter(email__iexact=email, is_active=True)
    for person in people:
        letters.put(person, AccountLetter.NEW_PASSWORD)
    if people:
        letters.hurry()
