"""The meaning of a cell's words: whether two texts name one record, a number, and what an action decides. Reads no database."""

from __future__ import annotations

from controls.models import Action, Conclusion


def name_key(text: str) -> str:
    """Return the key of a record's name: texts that differ only by case and white space mean the same record."""
    return " ".join(text.split()).casefold()


def number_in(text: str | None) -> int | None:
    """Return the positive number (below 100,000) that the text is or ends in after a hyphen, else None."""
    tail = (text or "").strip().rstrip(".").rsplit("-", 1)[-1]
    return int(tail) if tail.isdecimal() and len(tail) < 9 and 0 < int(tail) < 100_000 else None


def action_kind(text: str, conclusion: str) -> str:
    """Return what an action cell decides: nothing is needed, an ongoing follow-up continues, or a measure."""
    if conclusion == Conclusion.ONGOING:
        return Action.Kind.CONTINUES
    words = name_key(text)
    if any(words.startswith(phrase) or words.endswith(f"{phrase}.") for phrase in _NOTHING_NEEDED):
        return Action.Kind.NONE_NEEDED
    return Action.Kind.MEASURE


_NOTHING_NEEDED = (
    "inga ytterligare åtgärder erfordras", "inga ytterligare åtgärder krävs", "inga ytterligare åtgärder behövs",
    "inga ytterligare åtgärder", "ingen ytterligare åtgärd", "inga åtgärder", "ingen åtgärd", "no further action needed",
    "no further action", "no action needed", "no action",
)  # fmt: skip
