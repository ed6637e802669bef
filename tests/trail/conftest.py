from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from controls.plan_controls.verbs import change_control
from riskreg import clock
from riskreg.models import ControlPlan, Risk, Role, Seal, User
from riskreg.models.author import Author
from riskreg.models.history import sign
from riskreg.plans import life
from riskreg.plans.risks import change_risk
from riskreg.trail.anchors import making
from riskreg.trail.seals import seal
from riskreg.trail.verification import verify
from tests.cast import Cast, make_control, make_follow_up, make_risk, make_user
from tests.shared_rows import SharedRows, add_layer, is_committing
from tests.trail.opened_risk import SECRET, fresh, write


@dataclass
class SealedTrail:
    """Three seals over the life of a few risks. `rows`: the history rows of each risk, in order."""

    cast: Cast
    risks: list[Risk]
    seals: list[Seal]
    rows: list[list[int]] = field(default_factory=list)


def history_ids(risk: Risk) -> list[int]:
    return list(Risk.history.filter(id=risk.pk).order_by("history_id").values_list("history_id", flat=True))


def _seal(cast: Cast) -> SealedTrail:
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


add_layer("sealed", _seal, above="cast")


@pytest.fixture
def sealed(request: pytest.FixtureRequest, cast: Cast, shared_rows: SharedRows) -> SealedTrail:
    """The test's own copy: what it changes, no other test meets."""
    sealed: SealedTrail = _seal(cast) if is_committing(request) else shared_rows.copy("sealed")
    return sealed


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


@pytest.fixture
def manager(cast: Cast) -> User:
    """Who sees confidential risks at the board and reads everything there."""
    return make_user("Stina Sekretess", cast.board, Role.CONTROLLER, sees_confidential=True)


@pytest.fixture
def reader(cast: Cast) -> User:
    """Who reads everything at the board but what is confidential."""
    return make_user("Rut Läsare", cast.board, Role.CONTROLLER)


@pytest.fixture
def opened(cast: Cast, manager: User) -> Risk:
    """A risk whose every text named the secret while it was confidential; adopted so, then reworded and opened."""
    risk = make_risk(cast.plan, f"{SECRET} titel", description=SECRET, is_confidential=True, confidentiality_section="OSL 18:8")
    control = make_control(risk, f"{SECRET} kontroll", performer=manager)
    life.adopt(life.propose(cast.plan, by=manager), by=manager, on=clock.today(), paragraph="§ 1")
    follow_up = make_follow_up(control, cast.interim, performer=manager)
    write(follow_up, manager, f"{SECRET} resultat")
    write(follow_up, manager, "Öppet resultat")
    life.revise(ControlPlan.objects.get(pk=cast.plan.pk), by=manager, reason="Ordval")
    change_control(fresh(control), by=manager, description="Öppen kontroll", reason=f"{SECRET} skäl")
    change_risk(fresh(risk), by=manager, title="Öppen titel", description="Öppen")
    return change_risk(
        fresh(risk), by=manager, is_confidential=False, confidentiality_section="", reason="Uppgifterna är allmänna"
    )


@pytest.fixture
def log(tmp_path: Path, settings: Any) -> Path:
    """The setting names a file; the key is made beside it."""
    path = tmp_path / "share" / "anchors.log"
    path.parent.mkdir()
    settings.TRAIL_ANCHOR = [("file", str(path))]
    settings.TRAIL_ANCHOR_KEY = str(tmp_path / "key")
    return path


@pytest.fixture
def anchored(sealed: SealedTrail, log: Path) -> SealedTrail:
    """Three lines: one after each of the last sealings."""
    for title in ("Ett", "Två", "Tre"):
        make_risk(sealed.cast.plan, title)
        assert seal(timezone.now())
        making.ask(timezone.now())
        assert making.make_waiting(timezone.now()).made == 1
    assert verify().is_intact
    return sealed
