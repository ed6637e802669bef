"""What the list and the heatmap keep between two requests: SQL and choices, never what somebody else sees or what was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import QueryDict
from django.test import RequestFactory
from django.urls import reverse
from django.utils.translation import override

from controls.analysis.filters import RiskFilter
from controls.views.risks.list import RiskListView
from riskreg.database import compiled
from riskreg.filtering import choices as choices_module
from riskreg.filtering.choices import choices_for
from riskreg.models import ControlPlan, Membership, Risk, RiskBand, RiskCategory, Role, Unit, User
from riskreg.views.heatmap import HeatmapView
from tests.cast import Cast, make_control, make_follow_up, make_matrix, make_risk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_kept", {})
    monkeypatch.setattr(compiled, "_kept_rows", {})
    monkeypatch.setattr(choices_module, "_made", {})


@pytest.fixture
def some_risks(cast: Cast) -> Cast:
    finance = RiskCategory.objects.create(name="Ekonomi")
    one = make_risk(cast.plan, "Åtgärder uteblir", category=finance, owner=cast.johan, likelihood=1, impact=2)
    make_risk(cast.plan, "Inköp fel", likelihood=2, impact=2)
    make_risk(cast.plan, "Löner", unit=cast.payroll, likelihood=3, impact=4, is_municipality_wide=True)
    make_risk(cast.plan, "Hot", unit=cast.payroll, is_confidential=True, confidentiality_section="18:8", likelihood=4, impact=4)
    make_risk(cast.school_plan, "Elevhälsa", risk_score=6, likelihood=None, impact=None)
    make_follow_up(make_control(one, performer=cast.karin), cast.interim)
    return cast


def asked(person: User, page: str, query: str) -> tuple[Any, ...]:
    """Return what the page shows of risks: titles, cells, the number that is hidden. The page itself is not written."""
    request = RequestFactory().get(f"{reverse(page)}?{query}")
    request.user = User.objects.get(pk=person.pk)
    if page == "risks":
        listed = RiskListView()
        listed.setup(request)
        shown = listed.page()
        return [risk.title for risk in shown], shown.paginator.count, paginator_of(shown).hidden
    counted = HeatmapView()
    counted.filterset_class = RiskFilter
    counted.setup(request)
    heat = counted.heat
    if heat is None:
        return (None,)
    return [(cell.words, cell.number) for cell in heat.cells], [risk.title for risk in counted._listed(heat)], counted.hidden


def paginator_of(page: Any) -> Any:
    return page.paginator


def queries(cast: Cast) -> list[str]:
    category = RiskCategory.objects.get(name="Ekonomi")
    return [
        "", "year=all", "band=Hög", "band=Medel", "likelihood=2", "impact=2", "score=6", "placed=not_placed", "wide=yes",
        "wide=no", "method=sampling", "method=survey", "conclusion=none", "came=late", "sort=title",
        "sort=-title", "year=all&sort=owner", f"unit={cast.payroll.pk}", f"unit={cast.board.pk}", f"plan={cast.plan.pk}",
        f"plan={cast.school_plan.pk}", f"category={category.pk}", f"owner={cast.johan.pk}", f"performer={cast.karin.pk}",
        f"closing={cast.interim.pk}&conclusion=none", "q=löner", "band=Blå",
    ]  # fmt: skip


def moved_under_the_school(cast: Cast) -> None:
    Unit.objects.filter(pk=cast.payroll.pk).update(path=f"{cast.school_board.path}{cast.payroll.pk}/", parent=cast.school_board)


def another_limit(cast: Cast) -> None:
    RiskBand.objects.filter(name="Hög").update(from_score=5)


def another_matrix(cast: Cast) -> None:
    ControlPlan.objects.filter(pk=cast.school_plan.pk).update(matrix=make_matrix(cast.municipality, name="Skolans matris"))


def a_plan_of_the_year_before(cast: Cast) -> None:
    ControlPlan.objects.filter(pk=cast.school_plan.pk).update(year=2024)


def other_rights(cast: Cast) -> None:
    Membership.objects.filter(user=cast.johan).update(unit=cast.school_board)


def another_risk(cast: Cast) -> None:
    make_risk(cast.plan, "Ny", likelihood=2, impact=3)


@pytest.mark.parametrize(
    "change", [moved_under_the_school, another_limit, another_matrix, a_plan_of_the_year_before, other_rights, another_risk]
)
def test_after_a_change_the_pages_are_those_that_nothing_was_kept_for(some_risks: Cast, change: Callable[[Cast], None]) -> None:
    cast = some_risks
    everything = [
        (one, page, query) for one in (cast.johan, cast.eva) for page in ("risks", "heatmap") for query in queries(cast)
    ]
    for each in everything:
        asked(*each)
    assert compiled._kept_rows
    change(cast)
    with_kept = [asked(*each) for each in everything]
    for each, found in zip(everything, with_kept, strict=True):
        compiled._kept_rows.clear()
        compiled._kept.clear()
        choices_module._made.clear()
        assert asked(*each) == found, each


def key_of(user: User, query: str) -> Any:
    return RiskFilter(QueryDict(query), Risk.objects.visible_to(user), choices=choices_for(user, RiskFilter.more_choices)).key


def test_each_filter_is_part_of_the_key_and_words_are_not_kept(some_risks: Cast) -> None:
    keys = {query: key_of(some_risks.eva, query) for query in queries(some_risks) if "sort=" not in query}
    assert {query for query, key in keys.items() if key is None} == {"q=löner", "band=Blå"}
    kept = [key for key in keys.values() if key is not None]
    assert len(set(kept)) == len(kept)
    names = {name for query in keys for name in QueryDict(query)}
    assert names >= set(RiskFilter.base_filters) - {"matrix"}


def test_choices_are_made_again_only_where_their_rows_changed(some_risks: Cast) -> None:
    cast = some_risks
    first, again = choices_for(cast.eva), choices_for(cast.eva)
    assert again.plans is first.plans
    assert again.matrices is first.matrices
    assert choices_for(cast.johan).plans is not first.plans
    Unit.objects.filter(pk=cast.board.pk).update(name="Stadsdelsnämnden")
    assert [plan.unit_name for plan in choices_for(cast.eva).plans if plan.pk == cast.plan.pk] == ["Stadsdelsnämnden"]
    assert choices_for(User.objects.get(pk=cast.eva.pk)).user.pk == cast.eva.pk


def test_options_are_in_the_language_that_is_spoken(some_risks: Cast) -> None:
    said = {}
    for language in ("sv", "en", "sv"):
        with override(language):
            filters = RiskFilter(QueryDict(""), Risk.objects.none(), choices=choices_for(some_risks.eva, RiskFilter.more_choices))
            said[language] = [str(label) for _value, label in filters.offered["placed"]]
    assert said["sv"] != said["en"]
    assert said["en"][1] == "Placed in the matrix"


def test_of_a_role_that_ended_nothing_is_shown_at_once(some_risks: Cast) -> None:
    cast = some_risks
    assert "Åtgärder uteblir" in asked(cast.johan, "risks", "")[0]
    Membership.objects.filter(user=cast.johan).delete()
    assert "Åtgärder uteblir" not in asked(cast.johan, "risks", "")[0]
    Membership.objects.create(user=cast.johan, unit=cast.school_board, role=Role.MANAGER)
    assert "Elevhälsa" in asked(cast.johan, "risks", "")[0]
