"""A count whose SQL is compiled once: it counts what is there now, and for whom it is asked."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import QuerySet

from riskreg.access.grants import standing_of
from riskreg.database import compiled
from riskreg.database.compiled import count_once_compiled
from riskreg.models import Membership, Risk, Role, User
from tests.cast import Cast, make_risk

pytestmark = pytest.mark.django_db


class Building:
    """Builds the risks that somebody sees, and knows how often it was asked to."""

    def __init__(self, user: User) -> None:
        self.user, self.times = user, 0

    def __call__(self) -> QuerySet[Any, Any]:
        self.times += 1
        return Risk.objects.visible_to(self.user).values("pk")

    def count(self) -> int:
        return count_once_compiled(("risks", standing_of(self.user)), self)


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_kept", {})


def test_it_counts_the_rows_that_are_there_now(cast: Cast) -> None:
    seen = Building(cast.karin)
    assert seen.count() == 0
    risk = make_risk(cast.plan)
    assert seen.count() == 1
    Risk.objects.filter(pk=risk.pk).update(unit=cast.school_board)
    assert seen.count() == 0
    assert seen.times == 1


def test_another_person_and_another_role_have_their_own(cast: Cast) -> None:
    make_risk(cast.plan)
    assert (Building(cast.karin).count(), Building(cast.bo).count()) == (1, 0)
    Membership.objects.create(user=cast.bo, unit=cast.board, role=Role.CONTROL_OWNER)
    assert Building(User.objects.get(pk=cast.bo.pk)).count() == 1


def test_where_no_row_can_fit_it_is_none(cast: Cast) -> None:
    make_risk(cast.plan)
    assert count_once_compiled("nothing", Risk.objects.none) == 0


def test_it_keeps_no_more_than_it_may(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "MOST_KEPT", 2)
    make_risk(cast.plan)
    for number in range(5):
        assert count_once_compiled(number, Risk.objects.all) == 1
        assert len(compiled._kept) <= 2
