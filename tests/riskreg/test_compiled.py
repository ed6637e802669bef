"""Queries whose SQL is compiled once: they answer what is there now, and for whom they are asked."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, F, Q, QuerySet
from django.test.utils import CaptureQueriesContext

from riskreg.access.grants import standing_of
from riskreg.database import compiled
from riskreg.database.compiled import aggregates_once_compiled, compiled_subquery, count_once_compiled, rows_once_compiled
from riskreg.models import ControlPlan, Membership, Risk, Role, Unit, User
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
    monkeypatch.setattr(compiled, "_kept_rows", {})


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
        assert count_once_compiled(number, Risk.objects.all) == len(rows_once_compiled(number, Risk.objects.all)) == 1
        assert len(compiled._kept) <= 2
        assert len(compiled._kept_rows) <= 2


def test_rows_are_those_that_are_there_now_with_what_was_selected_beside_them(cast: Cast) -> None:
    def build() -> QuerySet[Any, Any]:
        return Risk.objects.filter(unit=cast.board).select_related("plan").annotate(place=F("unit__name")).order_by("title")

    assert rows_once_compiled("risks", build) == []
    later, first = make_risk(cast.plan, "Öppettider"), make_risk(cast.plan, "Avtal")
    for _ in range(2):
        rows = rows_once_compiled("risks", build)
        assert rows == [first, later]
        with CaptureQueriesContext(connection) as queries:
            assert [(row.plan, row.place) for row in rows] == [(cast.plan, cast.board.name)] * 2
        assert len(queries) == 0


def test_rows_of_a_union_are_tuples(cast: Cast) -> None:
    def build() -> QuerySet[Any, Any]:
        units = Unit.objects.filter(pk=cast.board.pk).order_by().values_list("pk", "name")
        return units.union(User.objects.filter(pk=cast.bo.pk).order_by().values_list("pk", "name"), all=True)

    for _ in range(2):
        assert set(rows_once_compiled("both", build)) == {(cast.board.pk, cast.board.name), (cast.bo.pk, cast.bo.name)}


def test_rows_of_nothing_are_none() -> None:
    assert rows_once_compiled("nothing", Risk.objects.none) == []


def test_a_compiled_subquery_is_a_condition_like_the_one_it_was_made_of(cast: Cast) -> None:
    here, there = make_risk(cast.plan), make_risk(cast.school_plan, "Där")
    inside = Q(unit__in=compiled_subquery(Unit.objects.filter(path__startswith=cast.board.path).order_by("name")))
    by_title = Q(title__in=compiled_subquery(Risk.objects.filter(pk=there.pk).values("title")))
    assert Risk.objects.get(inside) == here
    assert Risk.objects.get(~inside) == there
    assert Risk.objects.filter(inside | by_title).count() == 2
    assert not Risk.objects.filter(inside & by_title).exists()
    assert Risk.objects.aggregate(here=Count("pk", filter=inside))["here"] == 1
    assert ControlPlan.objects.filter(risks__in=Risk.objects.filter(inside)).get() == cast.plan


def test_a_compiled_subquery_of_nothing_holds_nothing(cast: Cast) -> None:
    risk = make_risk(cast.plan)
    nothing = Q(unit__in=compiled_subquery(Unit.objects.none()))
    assert not Risk.objects.filter(nothing).exists()
    assert Risk.objects.get(~nothing) == risk


def test_rows_of_another_number_are_asked_by_the_same_sql(cast: Cast) -> None:
    first, second = make_risk(cast.plan, "Första"), make_risk(cast.plan, "Andra", unit=cast.payroll)
    built = []

    def titled(pk: int, unit: int) -> QuerySet[Any, Any]:
        built.append(pk)
        return Risk.objects.filter(Q(pk=pk) | Q(unit__in=[unit])).order_by("pk").values_list("title", flat=True)

    assert rows_once_compiled("titles", titled, first.pk, cast.payroll.pk) == ["Första", "Andra"]
    assert rows_once_compiled("titles", titled, second.pk, cast.school_board.pk) == ["Andra"]
    assert rows_once_compiled("titles", titled, first.pk, cast.school_board.pk) == ["Första"]
    assert len(built) == 1


def test_a_number_that_becomes_part_of_a_text_is_refused(cast: Cast) -> None:
    with pytest.raises(ValueError, match="belongs in the key"):
        rows_once_compiled("as text", lambda pk: Risk.objects.filter(title__startswith=pk), 1)


def test_aggregates_are_those_of_the_queryset_now(cast: Cast) -> None:
    def figures() -> tuple[QuerySet[Any, Any], dict[str, Any]]:
        high = Count("pk", filter=Q(risk_score__gte=10))
        return Risk.objects.visible_to(cast.karin), {"all": Count("pk"), "high": high, "none": Count("pk", filter=Q(pk__in=[]))}

    key = "figures", standing_of(cast.karin)
    assert aggregates_once_compiled(key, figures) == {"all": 0, "high": 0, "none": 0}
    make_risk(cast.plan, likelihood=4, impact=4)
    make_risk(cast.plan)
    assert aggregates_once_compiled(key, figures) == {"all": 2, "high": 1, "none": 0}


def test_aggregates_of_what_nobody_sees_are_none(cast: Cast) -> None:
    make_risk(cast.plan)
    assert aggregates_once_compiled("no", lambda: (Risk.objects.none(), {"all": Count("pk")})) == {"all": 0}
