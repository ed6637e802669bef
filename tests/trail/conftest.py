from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from riskreg.models import Risk, Seal
from riskreg.models.author import Author
from riskreg.models.history import sign
from riskreg.trail.seals import seal
from tests.cast import Cast, make_risk


@dataclass
class SealedTrail:
    """Three seals over the life of a few risks. `rows`: the history rows of each risk, in order."""

    cast: Cast
    risks: list[Risk]
    seals: list[Seal]
    rows: list[list[int]] = field(default_factory=list)


def history_ids(risk: Risk) -> list[int]:
    return list(Risk.history.filter(id=risk.pk).order_by("history_id").values_list("history_id", flat=True))


@pytest.fixture
def sealed(cast: Cast) -> SealedTrail:
    """Sealed yesterday, and twice today: the dates lie far enough apart for the rules about dates."""
    now = timezone.now()
    seals = []
    risks = [make_risk(cast.plan, title) for title in ("Felaktiga löneutbetalningar", "Energibrist", "Ramavtal följs inte")]
    date_all_before(now - timedelta(days=3))
    seals.append(seal(now - timedelta(days=2)))
    for risk, days in zip(risks, (1.5, 1.4, 1.3), strict=True):
        risk.description = "Risk att det blir fel."
        sign(risk, by=Author(cast.eva), reason="Beskrivningen saknades")
        date_back(risk, now - timedelta(days=days))
        risk.save()
        date_back(risk, None)
    seals.append(seal(now - timedelta(days=1)))
    for risk in risks:
        risk.likelihood, risk.impact, risk.risk_score = 4, 3, 12
        sign(risk, by=Author(cast.eva), reason="Ny bedömning i nämnden")
        risk.save()
    seals.append(seal(now))
    assert all(seals)
    return SealedTrail(cast, risks, [each for each in seals if each], [history_ids(risk) for risk in risks])


def date_back(risk: Any, moment: datetime | None) -> None:
    """Lets the next save have happened then; None: at its own time again."""
    if moment is None:
        del risk._history_date
    else:
        risk._history_date = moment


def date_all_before(moment: datetime) -> None:
    """Lets what the cast's making left behind have happened then."""
    from riskreg.trail.tables import trail_tables

    for table in trail_tables().values():
        table.all().update(history_date=moment.astimezone(UTC))
