"""Questions about a file that a person answers: nothing that can be read in two ways is decided by a guess.

A question is known by what it is about, not by where it stands, so its answer holds when the file is read again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from .cells import Place
from .fields import Field
from .problems import Problem

LEAVE_OUT = "leave_out"


@dataclass(frozen=True, slots=True)
class Choice:
    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """`key` is the same each time the same thing is asked; `guess` is the choice it would be by itself, or ''.

    `is_offer`: it need not be answered, and what happens without an answer stands there as one.
    """

    key: str
    text: str
    choices: tuple[Choice, ...]
    guess: str = ""
    row: int | None = None
    place: Place | None = None
    field: Field | None = None
    value: str = ""
    answer: str = ""
    is_offer: bool = False

    @property
    def names(self) -> dict[str, str]:
        """What a message names of it."""
        return {"question": self.text, "key": self.key}

    @property
    def is_open(self) -> bool:
        return not self.answer

    def label_of(self, code: str) -> str:
        return next((choice.label for choice in self.choices if choice.code == code), "")


@dataclass(slots=True)
class Asked:
    """The questions asked so far, each once, with the answers that are given; an answer that is no choice is none."""

    answers: Mapping[str, str] = field(default_factory=dict)
    by_key: dict[str, Question] = field(default_factory=dict)

    def ask(
        self,
        kind: str,
        about: Sequence[str],
        text: str,
        choices: Sequence[Choice],
        *,
        guess: str = "",
        row: int | None = None,
        place: Place | None = None,
        field: Field | None = None,
        value: str = "",
        otherwise: str = "",
    ) -> str:
        """Ask, unless it was asked before, and return the answer; '' while there is none.

        `about` is the content that the question is known by. `otherwise` is the choice that holds as long as none is made.
        """
        key = key_of(kind, *about)
        if key not in self.by_key:
            given = self.answers.get(key, "")
            answer = given if any(choice.code == given for choice in choices) else otherwise
            is_offer = bool(otherwise)
            self.by_key[key] = Question(key, text, tuple(choices), guess, row, place, field, value, answer, is_offer)
        return self.by_key[key].answer

    @property
    def questions(self) -> list[Question]:
        return list(self.by_key.values())

    def problems(self) -> list[Problem]:
        """Return an error for each question that is open: it stops the import."""
        return [
            Problem("question_open", "error", one.row, one.place, one.field, value=one.value, details=one.names)
            for one in self.by_key.values()
            if one.is_open
        ]


def key_of(kind: str, *about: str) -> str:
    """Return the key of a question: its kind, and a short hash of what it is about."""
    if not about:
        return kind
    return f"{kind}-{hashlib.sha256(chr(0).join(about).encode()).hexdigest()[:8]}"


def leave_out() -> Choice:
    """Return the choice to leave it out."""
    return Choice(LEAVE_OUT, _("Leave out"))
