"""Recognition of the people that a file names."""

from __future__ import annotations

from collections import defaultdict

from riskreg.models import User


class People:
    """The importer's colleagues, by the names and addresses that files use for them."""

    def __init__(self, by: User | None) -> None:
        self._by_word: dict[str, list[User]] = defaultdict(list)
        for user in User.objects.filter(is_active=True) if by is None else User.objects.visible_to(by):
            self._by_word[user.name.casefold()].append(user)
            self._by_word[user.email.casefold()].append(user)

    def named(self, text: str) -> User | None:
        """Return the one active user with this name or address; None for nobody, or when several share the name."""
        found = self._by_word.get(" ".join(text.split()).casefold(), [])
        return found[0] if len(found) == 1 else None


def is_named(text: str, user: User | None) -> bool:
    """Return whether the text is the name of this user: who is there already stays, also where several have the name."""
    return user is not None and " ".join(text.split()).casefold() == user.name.casefold()
