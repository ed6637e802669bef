"""The mark in a file that the product wrote itself: which report it is, in which form, and in which language.

Workbooks and Word documents carry it as a document property, a PDF among its keywords, JSON under its own key. Only a
file with a mark is read as an own one; a foreign file is never taken for one by its looks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PROPERTY = "Riskreg"
FOLLOW_UP, PLAN = "follow_up", "adoption"
VERSION = 1
"""The form of the columns and cells; raised when a file of before could be read wrongly."""
LINE_ENDS = "riskreg/line-ends"
"""Beside the mark of a PDF whose typed line ends and ends of paragraphs are marked (`LINE_END`), so that the page's are known."""
LINE_END = "\u200a"
"""The mark, a blank as wide as a hair behind the line's last letter; twice before a blank line."""
_MARK = re.compile(r"riskreg/(?P<kind>[a-z_]+)/(?P<version>\d{1,3})/(?P<language>[a-z]{2})\b")


@dataclass(frozen=True, slots=True)
class OwnMark:
    kind: str
    language: str
    version: int = VERSION

    def __str__(self) -> str:
        return f"riskreg/{self.kind}/{self.version}/{self.language}"

    @property
    def is_known(self) -> bool:
        """Whether this version of the product knows the form."""
        return self.kind in (FOLLOW_UP, PLAN) and self.version == VERSION


def mark_in(text: str) -> OwnMark | None:
    """Return the mark that the text holds; None where there is none of a form that is known."""
    found = _MARK.search(text)
    mark = OwnMark(found["kind"], found["language"], int(found["version"])) if found else None
    return mark if mark is not None and mark.is_known else None
