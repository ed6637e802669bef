"""Swedish order (å, ä, ö last; v and w apart; accents beside their letter) that every database agrees on.

The key is lower-case hexadecimal, two digits a letter: digits and a-f sort alike under
every collation, so SQLite and PostgreSQL give the same order without ICU.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from django.db import models

ALPHABET = "abcdefghijklmnopqrstuvwxyzåäö"
LIKE_LETTERS = {"æ": "ä", "ø": "ö", "ß": "ss", "ð": "d", "þ": "th", "đ": "d", "ł": "l"}
SPACE, PUNCTUATION, FIRST_DIGIT, FIRST_LETTER, OTHER = 0x10, 0x18, 0x20, 0x40, 0xF0
KEY_LETTERS = 60
"""Letters that take part in the order; longer texts that agree so far sort as equal."""


def _base_letter(letter: str) -> str:
    if letter in ALPHABET:
        return letter
    letter = LIKE_LETTERS.get(letter, letter)
    return letter if letter in ALPHABET else unicodedata.normalize("NFD", letter)[0]


def _weight(letter: str) -> int:
    if letter.isspace():
        return SPACE
    if "0" <= letter <= "9":
        return FIRST_DIGIT + ord(letter) - ord("0")
    position = ALPHABET.find(letter)
    if position >= 0:
        return FIRST_LETTER + position
    return OTHER if letter.isalnum() else PUNCTUATION


def swedish_key(text: str) -> str:
    """Return a sort key for the text: at most 2 × KEY_LETTERS hexadecimal digits."""
    folded = unicodedata.normalize("NFC", text.casefold().replace("ß", "ss"))[:KEY_LETTERS]
    return "".join(f"{_weight(part):02x}" for letter in folded for part in _base_letter(letter))[: 2 * KEY_LETTERS]


class SwedishSortField(models.CharField):
    """A column kept equal to swedish_key(source) at every save; order_by it instead of the text itself."""

    def __init__(self, *args: Any, source: str = "", **kwargs: Any) -> None:
        self.source = source
        kwargs.setdefault("max_length", 2 * KEY_LETTERS)
        kwargs.setdefault("editable", False)
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs["source"] = self.source
        return name, path, args, kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        key = swedish_key(str(getattr(model_instance, self.source)))
        setattr(model_instance, self.attname, key)
        return key
