"""The column of confidentiality: whether a risk is confidential, and by which section of the law.

What cannot be read is asked, and counts as confidential until it is answered: nothing is open by a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from .cells import Cell, Content
from .fields import Field
from .headings import known_field
from .own_cells import sections_marked
from .questions import Choice

CONFIDENTIAL, OPEN = "confidential", "open"
FIELDS = frozenset({Field.CONFIDENTIAL, Field.SECTION})
_NOT_SAID = frozenset({"", "-", "–", "—"})
_NO = frozenset(
    {
        "nej", "n", "no", "false", "falskt", "0", "saknas", "n/a", "ej aktuellt", "inte aktuellt", "ingen", "inget", "inte", "ej",
        "öppen", "öppet", "open", "offentlig", "offentligt", "public", "ej sekretess", "inte sekretess", "ingen sekretess",
        "ej sekretessbelagd", "inte sekretessbelagd", "ej konfidentiell", "inte konfidentiell", "not confidential", "none", "☐",
    }
)  # fmt: skip
_YES = frozenset(
    {
        "ja", "j", "yes", "y", "x", "xx", "true", "sant", "1", "✓", "✔", "✅", "☑", "☒", "●", "sekretess", "sekretessbelagd",
        "sekretessbelagt", "konfidentiell", "konfidentiellt", "hemlig", "hemligt", "confidential", "secret",
    }
)  # fmt: skip
_YES_BEFORE = re.compile(r"(?:ja|yes|x|✓|✔|☒|☑)\s*[,;:.(–-]*\s*", re.IGNORECASE)
_DENIED = re.compile(r"\b(?:nej|no|not|inte|ej|ingen|öppen|offentlig|utan)\b|\?", re.IGNORECASE)
_SECTION = re.compile(
    r"\b\d{1,2}\s*(?:kap\.?|:)\s*,?\s*\d{1,3}\s*[a-z]?\b\s*§*|\d{1,3}\s*[a-z]?\s*§|§+\s*\d{1,3}"
    r"|\bOSL\b|\boffentlighets- och sekretess",
    re.IGNORECASE,
)
_HIDDEN = frozenset({"hidden_row", "hidden_column", "filtered_row", "hidden_sheet", "deleted", "hidden_text", "struck"})
# Another law's section beside a risk says nothing of secrecy.
_OF_SECRECY = re.compile(r"\bOSL\b|\boffentlighets- och sekretess", re.IGNORECASE)
# Excel takes 21:7 for the time of day.
_TIME = re.compile(r"(\d{1,2}):(\d{2}):00")


@dataclass(frozen=True, slots=True)
class Mark:
    """`is_confidential` is None where the text says nothing, or says it so that a person has to be asked (`is_doubtful`)."""

    is_confidential: bool | None = None
    section: str = ""
    is_doubtful: bool = False


def read_mark(text: str) -> Mark:
    """Read a cell of the column: ja, nej, x, blank, a section of the law, or both ("Ja, OSL 18 kap. 8 §")."""
    key = " ".join(text.split()).casefold().strip(" .")
    if key in _NOT_SAID:
        return Mark()
    if key in _NO:
        return Mark(False)
    if key in _YES:
        return Mark(True)
    section = (_YES_BEFORE.sub("", text, count=1) if _YES_BEFORE.match(text) else text).strip(" )").strip()
    if _TIME.fullmatch(key):
        hours, minutes = (int(part) for part in key.split(":")[:2])
        return Mark(None, f"{hours}:{minutes}", is_doubtful=True)
    if _SECTION.search(text) and not _DENIED.search(text):
        return Mark(True, section)
    return Mark(None, section if _SECTION.search(text) else "", is_doubtful=True)


def mark_of(texts: Mapping[Field, str], *, has_column: bool) -> Mark:
    """Return what a row says in its columns of confidentiality and of the law's section together.

    `has_column`: there is a column of confidentiality, so that a section beside an empty cell of it is doubtful.
    """
    mark, section = read_mark(texts.get(Field.CONFIDENTIAL, "")), texts.get(Field.SECTION, "")
    law = read_mark(section)
    if law == Mark() or law == Mark(False):
        return mark
    sections = "; ".join(dict.fromkeys(part for part in (mark.section, section) if part))
    if mark.is_confidential:
        return Mark(True, sections)
    if mark == Mark() and not has_column and law.is_confidential and _OF_SECRECY.search(section):
        return Mark(True, sections)
    return Mark(None, law.section or mark.section, is_doubtful=True)


Ask = Callable[[Sequence[str], str, Sequence[Choice], str], str]


def asked_mark(mark: Mark, texts: Mapping[Field, str], ask: Ask) -> Mark:
    """Return the mark as a person says it is; confidential while nobody has said so. `ask` takes about, text, choices, guess."""
    said = [text for name in (Field.CONFIDENTIAL, Field.SECTION) if (text := texts.get(name, ""))]
    yes = _("Yes, by %(section)s") % {"section": mark.section} if mark.section else _("Yes")
    question = _("“%(text)s” is said of confidentiality. Is the risk confidential?") % {"text": ", ".join(said)}
    answer = ask(said, question, [Choice(CONFIDENTIAL, yes), Choice(OPEN, _("No, it is open"))], CONFIDENTIAL)
    return Mark(False, "") if answer == OPEN else Mark(True, mark.section)


def holds_marks(content: Content) -> bool:
    """Return whether any row is marked confidential, or may be, whatever its columns are taken for.

    Looked for in the words of the product's own pages, below each heading of confidentiality, and beside it where the row is a
    label and its value. A table without headings may go on with the one before; where its columns are others, every cell that
    can only be a mark counts.
    """
    texts = (cell.text for table in content.tables for row in table.rows for cell in row if cell.text)
    if any(_is_mark(section) for text in texts for section in sections_marked(text)):
        return True
    under: set[int] = set()
    width = 0
    for table in content.tables:
        rows, wide = table.rows, max(map(len, table.rows), default=0)
        if any(known_field(cell.text) for row in rows for cell in row if cell.text):
            under, width = set(), wide
        elif under and wide != width:
            if any(_is_mark(cell.text) for row in rows for cell in row):
                return True
            continue
        if _marked(rows, under):
            return True
    return _is_marked_beside(content)


def _is_marked_beside(content: Content) -> bool:
    """Return whether a hidden row or column of a sheet with a column of confidentiality is marked, or may be."""
    columns = {
        (table.place, table.column_of(column))
        for table in content.tables
        for row in table.rows
        for column, cell in enumerate(row)
        if known_field(cell.text) in FIELDS
    }
    columns |= {(piece.place, piece.column or 0) for piece in content.beside if known_field(piece.text) in FIELDS}
    places = {place for place, _column in columns}
    return any(
        _may_be_marked(piece.text) if (piece.place, piece.column) in columns else _is_mark(piece.text)
        for piece in content.beside
        if piece.row is not None and piece.kind in _HIDDEN and piece.place in places
    )


def _marked(rows: Sequence[Sequence[Cell]], under: set[int]) -> bool:
    """Return whether a row is marked; `under` are the columns of confidentiality so far, and are changed."""
    for row in rows:
        filled = [(column, cell.text) for column, cell in enumerate(row) if cell.text]
        for at, (column, text) in enumerate(filled):
            field = known_field(text)
            if field in FIELDS:
                under.add(column)
                beside = filled[at + 1][1] if at + 1 < len(filled) else ""
                is_pair = len(filled) in (2, 4) and at % 2 == 0
                if _may_be_marked(beside) if is_pair else _is_mark(beside):
                    return True
            elif field is not None:
                under.discard(column)
            elif column in under and _may_be_marked(text):
                return True
    return False


def _is_mark(text: str) -> bool:
    return bool(read_mark(text).is_confidential) and not text.strip().isdecimal()


def _may_be_marked(text: str) -> bool:
    return read_mark(text) not in (Mark(), Mark(False)) and known_field(text) is None
