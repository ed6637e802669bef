"""Every kind of report of the cast's half-year, drawn up and written."""

from __future__ import annotations

from controls.reporting.kinds import KINDS, Subject
from controls.reporting.paper import Paper
from controls.reporting.writers.registry import WRITERS, Writing
from riskreg.models import User
from tests.cast import Cast
from tests.reporting.conftest import NOW, TODAY

HOW = Writing("Eva Åström", NOW)


def subject(cast: Cast, code: str) -> Subject:
    kind = KINDS[code]
    if kind.of_municipality:
        return Subject(cast.municipality, 2025, None, cast.interim)
    return Subject(cast.board, 2025, cast.plan, cast.interim if kind.has_closing else None)


def paper(cast: Cast, code: str = "follow_up", *, user: User | None = None, public: bool = False) -> Paper:
    return KINDS[code].draw_up(user or cast.eva, subject(cast, code), TODAY, public)


def written(made: Paper, ending: str) -> bytes:
    return WRITERS[ending].write(made, HOW)
