"""What is odd about a file of a register, so that a person is asked before it becomes a snapshot.

The thresholds are stated here: a column that the register reads is gone; no key is the same as in the snapshot before;
fewer than half of its rows are left; columns that were only guessed; a key that no column gives; amounts whose fractions
all have three digits, and may be thousands; a file that is the very one of an earlier day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controls.monitoring.kinds import Kind
from riskreg.numbers import number_text

FEWEST_LEFT = 0.5
"""The share of the rows before of which fewer are asked about."""
NO_KEY, GUESSED, VANISHED, KEY_CHANGED, FEWER_ROWS = "no_key", "guessed", "vanished", "key_changed", "fewer_rows"
THOUSANDS, WENT_BACK = "thousands", "went_back"
Ask = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it was read: its columns, and which of them each field is."""

    columns: Sequence[str]
    mapping: Mapping[str, str]
    doubtful: Iterable[str]
    rows: int
    three_decimals: Sequence[str] = ()
    """Fields of amounts that may be thousands."""
    went_back: str = ""
    """The earlier day whose very file it is, where a person is to say whether the register went back."""


@dataclass(frozen=True, slots=True)
class Before:
    """The snapshot before in time: its rows, and whether the file has any key in common with it."""

    rows: int
    shares_keys: bool = True


def find_asks(kind: Kind, key: Sequence[str], found: Found, remembered: Mapping[str, str], before: Before | None) -> list[Ask]:
    """Return what a person has to be asked."""
    asks: list[Ask] = []
    if lacking := [name for name in needed_key(kind, key) if name not in found.mapping and name not in found.columns]:
        asks.append({"code": NO_KEY, "fields": lacking})
    elif kind.code == "own" and not key:
        asks.append({"code": NO_KEY, "fields": []})
    if doubtful := sorted(found.doubtful):
        asks.append({"code": GUESSED, "fields": {code: found.mapping[code] for code in doubtful}})
    if found.three_decimals:
        asks.append({"code": THOUSANDS, "fields": list(found.three_decimals)})
    if found.went_back:
        asks.append({"code": WENT_BACK, "day": found.went_back})
    if gone := sorted({heading for heading in remembered.values() if heading and heading not in found.columns}):
        asks.append({"code": VANISHED, "headings": gone})
    if before is not None and not before.shares_keys:
        asks.append({"code": KEY_CHANGED})
    if before is not None and found.rows < FEWEST_LEFT * before.rows:
        asks.append({"code": FEWER_ROWS, "before": before.rows, "after": found.rows})
    return asks


def needed_key(kind: Kind, key: Sequence[str]) -> list[str]:
    """Return what the file must have: of the kind's key the first part, as the others may be empty; every chosen heading."""
    return list(kind.key[:1]) if kind.key else list(key)


def keeps_from_taking(asks: Iterable[Ask]) -> bool:
    """Return whether columns have to be chosen first: without its key the rows cannot be told apart."""
    return any(ask["code"] == NO_KEY for ask in asks)


def ask_words(ask: Ask, kind: Kind) -> str:
    """Return what is asked, as a sentence."""
    code = ask["code"]
    if code == NO_KEY:
        named = ", ".join(label_of(kind, name) for name in ask["fields"])
        if not named:
            return _("Choose which column, or columns together, tell the rows apart.")
        return _("No column was found for %(fields)s, which tells the rows apart. Choose it.") % {"fields": named}
    if code == GUESSED:
        pairs = [f"{label_of(kind, name)} = “{heading}”" for name, heading in ask["fields"].items()]
        return _("These columns were guessed: %(pairs)s. Is that right?") % {"pairs": "; ".join(pairs)}
    if code == THOUSANDS:
        named = ", ".join(label_of(kind, name) for name in ask["fields"])
        said = _(
            "Every fraction in %(fields)s has three digits, as in 1.234. It is read as a little more than one krona. "
            "If thousands are meant, discard the file, and hand in one with the amounts written without points."
        )
        return said % {"fields": named}
    if code == VANISHED:
        named = ", ".join(f"“{heading}”" for heading in ask["headings"])
        return _("The file no longer has %(columns)s, which the register reads. Is it the right file?") % {"columns": named}
    if code == WENT_BACK:
        said = _(
            "This very file is the snapshot of %(day)s. Has the register gone back to what it was then, or is it an old file?"
        )
        return said % {"day": ask["day"]}
    if code == KEY_CHANGED:
        return _("No row has the same key as a row of the snapshot before. Has the key changed its meaning?")
    before, after = ask["before"], ask["after"]
    words = ngettext(
        "Only %(after)s row is left of %(before)s in the snapshot before. Is the file whole?",
        "Only %(after)s rows are left of %(before)s in the snapshot before. Is the file whole?",
        after,
    )
    return words % {"after": number_text(after), "before": number_text(before)}


def label_of(kind: Kind, name: str) -> str:
    """Return the field's label, or the heading where it is no field of the kind."""
    return next((str(each.label) for each in kind.fields if each.code == name), f"“{name}”")
