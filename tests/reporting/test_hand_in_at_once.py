"""A report is handed in while what it rests on is reopened: one waits for the other, with two real connections."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from controls.follow_ups import verbs
from controls.follow_ups.gate import FOLLOW_UPS
from controls.models import FollowUp, HandedInReport
from controls.reporting.handing_in.verbs import NotComplete, NothingNew, hand_in
from controls.reporting.kinds import KINDS, ReportKind
from riskreg.models import Risk, SealedRow, User
from riskreg.verbs.errors import Refused
from tests.beside import Beside
from tests.cast import Cast, make_cast, make_control, make_risk
from tests.reporting.conftest import approved
from tests.reporting.subjects import subject


@pytest.fixture
def whole(transactional_db: None, today: object) -> Cast:
    """A half-year with everything approved, committed."""
    cast = make_cast()
    User.objects.update(language="en")
    approved(cast, make_control(make_risk(cast.plan, "Energibrist", risk_score=8)))
    return cast


def between(cast: Cast, act: Callable[[], None]) -> ReportKind:
    """The report, drawn up with something happening between its whole and its public content; once."""
    kind = KINDS["follow_up"]
    done: list[bool] = []

    def draw_up(user: User, about: Any, today: Any, public: bool) -> Any:
        if public and not done:
            done.append(True)
            act()
        return kind.draw_up(user, about, today, public)

    return replace(kind, draw_up=draw_up)


def me(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_reopening_waits_for_the_report_and_is_then_refused(whole: Cast) -> None:
    follow_up = FollowUp.objects.get()
    other = Beside(lambda: verbs.reopen(follow_up, by=me(whole.johan), reason="Fel siffra."))
    report = hand_in(between(whole, other.begin), subject(whole, "follow_up"), by=whole.johan)
    outcome = other.end()
    assert isinstance(outcome, Refused), outcome
    assert FollowUp.objects.get().state == "approved"
    assert report.content == report.public_content
    assert not report.has_confidential


def test_a_report_waits_for_a_reopening_and_then_sees_it(whole: Cast) -> None:
    follow_up = FollowUp.objects.get()
    other = Beside(lambda: hand_in(KINDS["follow_up"], subject(whole, "follow_up"), by=me(whole.eva)))
    with FOLLOW_UPS.open(follow_up, "reopen", by=whole.johan, reason="Fel siffra.") as turn:
        turn.row.approved_by = turn.row.approved_at = None
        turn.save()
        other.begin()
    assert isinstance(other.end(), NotComplete)
    assert not HandedInReport.objects.exists()
    newest = FollowUp.history.order_by("-history_id")[0]
    assert SealedRow.objects.filter(model="controls.followup", history_id=newest.history_id).exists()


def test_both_contents_are_of_one_moment(whole: Cast) -> None:
    def rename() -> None:
        Risk.objects.update(title="Något helt annat")

    other = Beside(rename)
    report = hand_in(between(whole, other.begin), subject(whole, "follow_up"), by=whole.johan)
    other.end()
    assert Risk.objects.get().title == "Något helt annat"
    assert report.content == report.public_content
    assert "Energibrist" in json.dumps(report.content, ensure_ascii=False)


def test_of_two_who_hand_in_at_once_the_second_is_told_that_nothing_is_new(whole: Cast) -> None:
    other = Beside(lambda: hand_in(KINDS["follow_up"], subject(whole, "follow_up"), by=me(whole.eva)))
    hand_in(between(whole, other.begin), subject(whole, "follow_up"), by=whole.johan)
    assert isinstance(other.end(), NothingNew)
    assert HandedInReport.objects.count() == 1
