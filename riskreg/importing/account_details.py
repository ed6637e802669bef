"""What the reason of an account's entry names, as codes: it is said in the language of whoever reads it."""

from __future__ import annotations

from dataclasses import dataclass

from .cells import Place
from .place_words import row_seen_from
from .problems import CODE_NAMES


@dataclass(frozen=True, slots=True)
class CodeInWords:
    """A method, frequency or conclusion."""

    code: str

    def __str__(self) -> str:
        return str(CODE_NAMES[self.code])


@dataclass(frozen=True, slots=True)
class RowInWords:
    """Another row of the file; `place` is None where it is the entry's own."""

    row: int
    place: Place | None = None

    @classmethod
    def seen_from(cls, here: Place | None, place: Place | None, row: int) -> RowInWords:
        return cls(row, None if place == here else place)

    def __str__(self) -> str:
        return row_seen_from(None, self.place, self.row)


Detail = str | CodeInWords | RowInWords | Place
