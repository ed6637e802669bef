"""The boxes of a form in one cell: `☒ Inga avvikelser ☐ Mindre avvikelser`. Pure."""

from __future__ import annotations

import re

TICKED, EMPTY = "☒☑🗹🗷✅✔✓", "☐□◻"
_BEFORE = re.compile(f"([{TICKED}{EMPTY}])([^{TICKED}{EMPTY}]*)")
_AFTER = re.compile(f"([^{TICKED}{EMPTY}]*)([{TICKED}{EMPTY}])")
_EMPTY_BOX = re.compile(rf"[{EMPTY}]|\[\s*\]|\(\s*\)")


def ticked(text: str) -> str:
    """Return the words of the only ticked box among others that are empty; '' where the text is no such list."""
    text = text.strip()
    if not text:
        return ""
    is_before = text[0] in TICKED + EMPTY
    found = [(box, words) for box, words in _BEFORE.findall(text)] if is_before else [(b, w) for w, b in _AFTER.findall(text)]
    chosen = [words for box, words in found if box in TICKED]
    return chosen[0].strip() if len(chosen) == 1 and len(found) > 1 else ""


def has_empty_box(text: str) -> bool:
    """Return whether the text has a box that is not ticked, also as typed: `[ ]`, `( )`."""
    return bool(_EMPTY_BOX.search(text))
