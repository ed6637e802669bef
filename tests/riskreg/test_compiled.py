"""Queries whose SQL is compiled once: they answer what is there now, and for whom they are asked."""

from __future__ import annotations

import gc
import tracemalloc
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, DecimalField, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Cast as AsType
from django.db.models.functions import TruncDate, TruncMonth
from django.test.utils import CaptureQueriesContext

from controls.analysis.filters import RiskFilter
from controls.follow_ups.inbox import inbox_of
from riskreg import clock
from riskreg.access.grants import standing_of
from riskreg.database import compiled
from riskreg.database.compiled import aggregates_once_compiled, compiled_subquery, count_once_compiled, rows_once_compiled
from riskreg.filtering import choices as choices_module
from riskreg.filtering.choices import choices_for
from riskreg.models import ControlPlan, Membership, Risk, Role, Unit, User
from tests.cast import Cast, make_risk, make_user

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


def kept_kilobytes(kept: dict[Any, Any]) -> float:
    """Return how much memory an entry takes: what is free once they are let go of, by the number of them."""
    number = len(kept)
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    kept.clear()
    gc.collect()
    return (before - tracemalloc.get_traced_memory()[0]) / 1000 / number


@pytest.mark.usefixtures("today")
def test_what_is_kept_for_one_more_person_is_little(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choices_module, "_made", {})
    monkeypatch.setattr(choices_module, "_all_shared", {})
    make_many_people_and_units(cast)
    people = list(User.objects.filter(email__startswith="chef"))

    def ask_of(person: User) -> None:
        user = User.objects.get(pk=person.pk)
        choices_for(user, RiskFilter.more_choices).offer("a page", {"owner": [("", "Alla"), ("1", "Bo")]})
        inbox_of(user, clock.today())
        rows_once_compiled(
            ("of", standing_of(user)), lambda: Risk.objects.visible_to(user).select_related("plan__unit", "owner", "category")
        )
        Building(user).count()

    ask_of(people.pop())
    tracemalloc.start()
    try:
        for person in people:
            ask_of(person)
        of_rows, of_counts = kept_kilobytes(compiled._kept_rows), kept_kilobytes(compiled._kept)
        of_choices = kept_kilobytes(choices_module._made)
    finally:
        tracemalloc.stop()
    assert compiled.MOST_KEPT * (of_rows + of_counts) + choices_module.MOST_MADE * of_choices < 20_000
    assert (of_rows < 3, of_counts < 2, of_choices < 25) == (True, True, True), (of_rows, of_counts, of_choices)


def make_many_people_and_units(cast: Cast) -> None:
    for number in range(7):
        unit = Unit.objects.create(name=f"Nämnd {number}", kind=Unit.Kind.COMMITTEE, parent=cast.municipality)
        plan = ControlPlan.objects.create(unit=unit, year=2025, matrix=cast.matrix)
        make_risk(plan, owner=make_user(f"Chef{number} Ek", unit, Role.MANAGER))


def test_rows_of_one_kind_share_what_they_become(cast: Cast) -> None:
    def titles(person: User) -> QuerySet[Any, Any]:
        return Risk.objects.visible_to(person).annotate(place=F("unit__name")).select_related("plan")

    for person in (cast.karin, cast.bo):
        rows_once_compiled(person.pk, lambda person=person: titles(person))
    rows_once_compiled("without a place", lambda: Risk.objects.visible_to(cast.karin).select_related("plan"))
    rows_once_compiled("as tuples", lambda: Risk.objects.visible_to(cast.karin).values_list("pk", "unit__name"))
    rows_once_compiled("as tuples the other way", lambda: Risk.objects.visible_to(cast.karin).values_list("unit__name", "pk"))
    one, same, *others = (
        each.shape for (_vendor, key), each in compiled._kept_rows.items() if each is not None and isinstance(key, int | str)
    )
    assert one is same
    assert len({id(each) for each in (one, *others)}) == 4


def test_values_are_those_of_the_queryset_whatever_they_are_computed_from(cast: Cast) -> None:
    risk = make_risk(cast.plan, "Avtal", likelihood=3, impact=4)

    def computed() -> QuerySet[Any, Any]:
        return Risk.objects.annotate(
            day=TruncDate("created_at"),
            month=TruncMonth("created_at"),
            share=AsType("risk_score", DecimalField(max_digits=8, decimal_places=2)) / 5,
            is_high=Exists(Risk.objects.filter(pk=OuterRef("pk"), risk_score__gte=10)),
        )

    columns = "title", "day", "month", "share", "is_high", "created_at"
    kinds = (lambda: computed().values(*columns), lambda: computed().values_list(*columns), computed)
    for name, kind in enumerate(kinds):
        for _ in range(2):
            assert rows_once_compiled(name, kind) == list(kind())
    (kept,) = rows_once_compiled("as records", computed)
    assert (kept, kept.day, kept.share, kept.is_high) == (risk, *computed().values_list("day", "share", "is_high")[0])


def test_records_that_are_known_already_are_not_kept(cast: Cast) -> None:
    with pytest.raises(ValueError, match="known already"):
        rows_once_compiled("a plan's", cast.plan.risks.all)
