"""What a cell's words mean: two records as one, a number, and what an action decides. Reads no database."""

from __future__ import annotations

from controls.models import Action, Conclusion


def key(text: str) -> str:
    """Two texts mean the same record when they agree but for case and white space."""
    return " ".join(text.split()).casefold()


def whole(text: str | None) -> int | None:
    tail = (text or "").strip().rstrip(".").rsplit("-", 1)[-1]
    return int(tail) if tail.isdecimal() and len(tail) < 9 and 0 < int(tail) < 100_000 else None


def action_kind(text: str, conclusion: str) -> str:
    """What an action cell decides: that nothing is needed, that an ongoing follow-up goes on, or a measure."""
    if conclusion == Conclusion.ONGOING:
        return Action.Kind.CONTINUES
    words = key(text)
    if any(words.startswith(phrase) or words.endswith(f"{phrase}.") for phrase in _NOTHING_NEEDED):
        return Action.Kind.NONE_NEEDED
    return Action.Kind.MEASURE


_NOTHING_NEEDED = (
    "inga ytterligare åtgärder erfordras", "inga ytterligare åtgärder krävs", "inga ytterligare åtgärder behövs",
    "inga ytterligare åtgärder", "ingen ytterligare åtgärd", "inga åtgärder", "ingen åtgärd", "no further action needed",
    "no further action", "no action needed", "no action",
)  # fmt: skip
