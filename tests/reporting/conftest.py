from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.utils import translation

from controls.models import Action, Closing, Control, FollowUp
from controls.reporting.reading import build_report
from controls.reporting.rows import Report
from riskreg.models import ControlPlan, User
from tests.cast import Cast, make_control, make_follow_up, make_risk

TODAY = date(2025, 9, 8)
NOW = datetime(2025, 9, 8, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def english(cast: Cast) -> Cast:
    """The cast, reading English: what they see can be compared with the words of the code."""
    User.objects.update(language="en")
    for user in cast.by_role().values():
        user.refresh_from_db()
    return cast


def report_of(cast: Cast, user: User | None = None, plan: ControlPlan | None = None, closing: Closing | None = None) -> Report:
    return build_report(user or cast.eva, plan or cast.plan, closing or cast.interim, today=TODAY)


def submitted(cast: Cast, control: Control, **fields: Any) -> FollowUp:
    defaults: dict[str, Any] = {
        "performer": cast.karin,
        "state": "submitted",
        "result": "Inga avvikelser funna.",
        "conclusion": "no_deviations",
        "submitted_by": cast.karin,
        "submitted_at": NOW,
    }
    return make_follow_up(control, fields.pop("closing", cast.interim), **defaults | fields)


def approved(cast: Cast, control: Control, **fields: Any) -> FollowUp:
    return submitted(cast, control, **{"state": "approved", "approved_by": cast.johan, "approved_at": NOW} | fields)


def act(follow_up: FollowUp, description: str = "", kind: str = "measure", **fields: Any) -> Action:
    return Action.objects.create(follow_up=follow_up, kind=kind, description=description, **fields)


@pytest.fixture
def half_year(cast: Cast) -> Cast:
    """Lillköping's half-year: the shapes that the real reports hold."""
    welfare = make_risk(cast.plan, "Välfärdsbrottslighet", likelihood=3, impact=4, description="Risk att skattemedel går fel.")
    power = make_risk(cast.plan, "Energibrist", risk_score=8)
    salaries = make_risk(cast.plan, "Felaktiga löneutbetalningar")
    agreements = make_risk(cast.plan, "Ramavtal följs inte")
    approved(cast, make_control(welfare, "Stickprov av leverantörer"), result="Granskat 25 leverantörer.")
    first = approved(cast, make_control(power, "Stickprov av kontinuitetsplaner"), performed_otherwise="Alla förvaltningar.")
    act(first, "Inga ytterligare åtgärder erfordras.", kind="none_needed")
    ongoing = submitted(cast, make_control(salaries, "Stickprov av attest"), conclusion="ongoing", result="Påbörjad.")
    act(ongoing, "Fortsätter under hösten.", kind="continues")
    make_control(salaries, "Avstämning av löneskulder", method="reconciliation")
    submitted(
        cast,
        make_control(agreements, "Granskning av avtal", method="review"),
        conclusion="minor_deviations",
        conclusion_reason="Acceptabelt: små belopp.",
    )
    return cast
