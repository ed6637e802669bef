"""The demonstration's register can be filled with as many made-up risks as one likes; a real one cannot."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from controls.demo import register
from controls.models import FollowUp
from riskreg import clock
from riskreg.models import ControlPlan, Risk
from riskreg.trail.seals import seal
from riskreg.trail.verification import verify
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def municipality(cast: Cast, today: object, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(register, "MUNICIPALITY", cast.municipality.name)
    return cast


def made_up() -> int:
    return Risk.objects.filter(plan__source=register.REASON).count()


def test_there_are_as_many_risks_as_asked_for_with_controls_history_and_follow_ups(municipality: Cast) -> None:
    before = Risk.objects.count()
    call_command("seed_register", "230", stdout=StringIO())
    assert made_up() == 230
    assert Risk.objects.count() == before + 230
    risk = Risk.objects.filter(plan__source=register.REASON).order_by("pk")[0]
    row = risk.history.get()
    assert row.history_user_name == municipality.eva.get_full_name()
    assert row.history_change_reason == register.REASON
    assert risk.controls.count() == 1
    newest = FollowUp.objects.filter(control__risk__plan__source=register.REASON)
    assert set(newest.values_list("closing__year", flat=True)) == {municipality.interim.year}
    assert newest.count() > 0
    seal(clock.now())
    outcome = verify(with_files=True)
    assert outcome.is_intact, outcome.findings


def test_every_plan_has_its_share_with_numbers_from_one(municipality: Cast) -> None:
    register.fill_register(230)
    for plan in ControlPlan.objects.filter(source=register.REASON):
        numbers = sorted(plan.risks.values_list("number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) in {2, 3}


def test_more_can_be_added_later_and_what_is_there_counts(municipality: Cast) -> None:
    assert register.fill_register(60) == 60
    assert register.fill_register(150) == 90
    assert register.fill_register(150) == 0
    assert made_up() == 150


def test_a_register_without_the_demonstration_stays_as_it_is(cast: Cast) -> None:
    with pytest.raises(CommandError, match="make run"):
        call_command("seed_register", "10", stdout=StringIO())
    assert made_up() == 0


def test_no_risk_is_no_size(municipality: Cast) -> None:
    with pytest.raises(CommandError, match="at least 1"):
        call_command("seed_register", "0", stdout=StringIO())
