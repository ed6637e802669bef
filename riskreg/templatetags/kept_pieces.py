"""Pieces of pages that are rendered once and kept by all that stands in them; what differs each time is put in afterwards."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable

from django.urls import get_script_prefix, get_urlconf
from django.utils.html import escape
from django.utils.translation import get_language


class StandIns:
    """Words that nobody can have written, which stand for what differs with every request."""

    def __init__(self, *names: str) -> None:
        self._words = {name: secrets.token_hex(20) for name in names}

    def __getitem__(self, name: str) -> str:
        return self._words[name]

    def replaced(self, written: str, **values: object) -> str:
        """Return the piece with the values, escaped, in place of their stand-ins."""
        for name, value in values.items():
            written = written.replace(self._words[name], escape(str(value)))
        return written


class KeptPieces:
    """Pieces by language and by a key, the oldest let go of when they are too many."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._kept: dict[Hashable, str] = {}

    def piece(self, key: Hashable, render: Callable[[], str]) -> str:
        """Return the piece that was rendered for an equal key, or render it. `key` is all that `render` depends on."""
        known = get_language(), get_urlconf(), get_script_prefix(), key
        written = self._kept.get(known)
        if written is None:
            written = render()
            while len(self._kept) >= self.most:
                self._kept.pop(next(iter(self._kept)), None)
            self._kept[known] = written
        return written

    def clear(self) -> None:
        self._kept.clear()

    def __len__(self) -> int:
        return len(self._kept)
