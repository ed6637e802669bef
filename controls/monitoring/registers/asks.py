"""What is odd about a file of a register, so that a person is asked before it becomes a snapshot.

The thresholds are stated here: a column that the register reads is gone; no key is the same as in the snapshot before;
fewer than half of its rows are left; columns that were only guessed; a key that no column gives; amounts whose fractions
all have three digits, and may be thousands; a file that is the very one of an earlier day. Of a part of a ledger: more than a
fiftieth of its rows have days outside its period; fewer than half of the rows of the parts that it replaces. A part that shares
days with another and does not replace it whole is refused, as is one without any day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controls.monitoring.kinds import Kind
from controls.monitoring.snapshots.parts import MOST_OUTSIDE, Period
from riskreg.numbers import number_text

FEWEST_LEFT = 0.5
"""The share of the rows before of which fewer are asked about."""
NO_KEY, GUESSED, VANISHED, KEY_CHANGED, FEWER_ROWS = "no_key", "guessed", "vanished", "key_changed", "fewer_rows"
THOUSANDS, WENT_BACK = "thousands", "went_back"
NO_DAYS, OVERLAPS, OUTSIDE, FEWER_OF_PART = "no_days", "overlaps", "outside", "fewer_of_part"
_REFUSED = {NO_KEY, NO_DAYS, OVERLAPS}
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


def find_asks_of_part(days: Period | None, rows: int, outside: int, others: Sequence[tuple[Period, int]]) -> list[Ask]:
    """Return what a person has to be asked of a part with so many rows, so many of them outside its days.

    `others`: the days and the rows of the parts that stand.
    """
    if days is None:
        return [{"code": NO_DAYS}]
    shared = [(one, count) for one, count in others if days.touches(one)]
    asks: list[Ask] = []
    if beyond := [one for one, _count in shared if not days.covers(one)]:
        asks.append({"code": OVERLAPS, "days": _as_text(days), "others": [_as_text(one) for one in beyond]})
    if outside > MOST_OUTSIDE * rows:
        asks.append({"code": OUTSIDE, "days": _as_text(days), "rows": outside})
    before = sum(count for one, count in shared if days.covers(one))
    if rows < FEWEST_LEFT * before:
        asks.append({"code": FEWER_OF_PART, "days": _as_text(days), "before": before, "after": rows})
    return asks


def _as_text(days: Period) -> str:
    return f"{days.first.isoformat()} – {days.last.isoformat()}"


def needed_key(kind: Kind, key: Sequence[str]) -> list[str]:
    """Return what the file must have: of the kind's key the first part, as the others may be empty; every chosen heading."""
    return list(kind.key[:1]) if kind.key else list(key)


def keeps_from_taking(asks: Iterable[Ask]) -> bool:
    """Return whether it cannot be taken as it is: its rows cannot be told apart, or its days are not its own."""
    return any(ask["code"] in _REFUSED for ask in asks)


def lacks_key(asks: Iterable[Ask]) -> bool:
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
    if code in _OF_PART:
        return _of_part(ask)
    before, after = ask["before"], ask["after"]
    words = ngettext(
        "Only %(after)s row is left of %(before)s in the snapshot before. Is the file whole?",
        "Only %(after)s rows are left of %(before)s in the snapshot before. Is the file whole?",
        after,
    )
    return words % {"after": number_text(after), "before": number_text(before)}


_OF_PART = {NO_DAYS, OVERLAPS, OUTSIDE, FEWER_OF_PART}


def _of_part(ask: Ask) -> str:
    if ask["code"] == NO_DAYS:
        return _("No row has a day that could be read. Discard the file, and hand it in again with the days that it holds.")
    if ask["code"] == OVERLAPS:
        said = _(
            "The file holds %(days)s, and shares days with the file of %(others)s without holding all of them. Hand in a file "
            "that holds all of these days, or hand this one in again with the days that are its own."
        )
        return said % {"days": ask["days"], "others": ", ".join(ask["others"])}
    if ask["code"] == OUTSIDE:
        words = ngettext(
            "%(rows)s row has a day outside %(days)s. Rows whose days another file holds are not read. Is it the right file?",
            "%(rows)s rows have days outside %(days)s. Rows whose days another file holds are not read. Is it the right file?",
            ask["rows"],
        )
        return words % {"rows": number_text(ask["rows"]), "days": ask["days"]}
    words = ngettext(
        "The file replaces what was read of %(days)s: %(after)s row instead of %(before)s. Is it whole?",
        "The file replaces what was read of %(days)s: %(after)s rows instead of %(before)s. Is it whole?",
        ask["after"],
    )
    return words % {"days": ask["days"], "after": number_text(ask["after"]), "before": number_text(ask["before"])}


def label_of(kind: Kind, name: str) -> str:
    """Return the field's label, or the heading where it is no field of the kind."""
    return next((str(each.label) for each in kind.fields if each.code == name), f"“{name}”")
