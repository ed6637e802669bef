"""The name a report is saved under: as a registrar wants it, and as every file system takes it."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from controls.reporting.kinds.kind import Subject
from controls.reporting.paper import Paper
from controls.reporting.writers.word.wordml import one_line

LONGEST = 150
_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*\u200b-\u200f\u202a-\u202e\u2066-\u2069]')


def download_name(paper: Paper, subject: Subject, ending: str, *, version: int | None = None, public: bool = False) -> str:
    """Return the file name of a report.

    For instance "2025-10-14 Kommunstyrelsen Uppföljning av intern kontroll delårsbokslut 2025 v1.pdf".
    """
    when = ""
    if subject.closing is not None:
        closing = str(subject.closing)
        when = closing[:1].lower() + closing[1:]
    state = [f"v{version}"] if version is not None else [_("draft")]
    parts = [paper.drawn_up_on.isoformat(), paper.unit, paper.heading, when, *state, *([_("public")] if public else [])]
    allowed = " ".join(_NOT_IN_NAMES.sub(" ", one_line(" ".join(part for part in parts if part))).split())
    return f"{allowed[:LONGEST].strip(' .')}.{ending}"
