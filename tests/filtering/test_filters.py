"""The risks' filters: what each lets through, what they offer, and what they answer to nonsense."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from riskreg.filtering.choices import choices_for
from riskreg.filtering.risks import RiskFilter
from riskreg.models import ControlPlan, Risk, RiskBand, RiskCategory, Unit, User
from tests.cast import Cast, make_matrix, make_risk, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def through(user: User, query: str = "") -> RiskFilter:
    user.forget_grants()
    return RiskFilter(QueryDict(query), Risk.objects.visible_to(user), choices=choices_for(user))


def titles(cast: Cast, query: str = "") -> set[str]:
    filtered = through(cast.eva, query)
    assert filtered.is_valid(), filtered.errors
    return set(filtered.qs.values_list("title", flat=True))


@pytest.fixture
def some_risks(cast: Cast) -> Cast:
    finance = RiskCategory.objects.create(name="Ekonomi")
    make_risk(cast.plan, "Åtgärder uteblir", category=finance, owner=cast.johan, likelihood=1, impact=2)
    make_risk(cast.plan, "Inköp 100% fel", description="Ramavtal följs inte", likelihood=2, impact=2)
    make_risk(cast.plan, "Löner", unit=cast.payroll, likelihood=3, impact=4, is_municipality_wide=True)
    make_risk(cast.school_plan, "Elevhälsa", risk_score=6)
    make_risk(cast.school_plan, "Obedömd", risk_score=None)
    return cast


ALL = {"Åtgärder uteblir", "Inköp 100% fel", "Löner", "Elevhälsa", "Obedömd"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ALL),
        ("q=ramavtal", {"Inköp 100% fel"}),
        ("q=åtgärder", {"Åtgärder uteblir"}),
        ("q=ÅTGÄRDER", {"Åtgärder uteblir"}),
        ("q=inköp FEL", {"Inköp 100% fel"}),
        ("q=100%25", {"Inköp 100% fel"}),
        ("q=inköp löner", set()),
        ("q=_", set()),
        ("q=3", {"Löner"}),
        ("q=2025-01", {"Åtgärder uteblir", "Elevhälsa"}),
        ("q=2024-01", set()),
        ("q=[å(", set()),
        ("placed=placed", {"Åtgärder uteblir", "Inköp 100% fel", "Löner"}),
        ("placed=not_placed", {"Elevhälsa"}),
        ("placed=not_scored", {"Obedömd"}),
        ("wide=yes", {"Löner"}),
        ("wide=no", ALL - {"Löner"}),
        ("likelihood=2", {"Inköp 100% fel"}),
        ("impact=2", {"Åtgärder uteblir", "Inköp 100% fel"}),
        ("likelihood=2&impact=2", {"Inköp 100% fel"}),
        ("score=6", {"Elevhälsa"}),
        ("band=Låg", {"Åtgärder uteblir"}),
        ("band=Bevaka", {"Inköp 100% fel"}),
        ("band=Medel", {"Elevhälsa"}),
        ("band=Hög", {"Löner"}),
        ("year=2025", ALL),
        ("year=all", ALL),
    ],
)
def test_each_filter_lets_through_what_it_says(some_risks: Cast, query: str, expected: set[str]) -> None:
    assert titles(some_risks, query) == expected


def test_units_people_categories_and_plans_filter_by_themselves(some_risks: Cast) -> None:
    cast = some_risks
    category = RiskCategory.objects.get(name="Ekonomi")
    assert titles(cast, f"category={category.pk}") == {"Åtgärder uteblir"}
    assert titles(cast, f"owner={cast.johan.pk}") == {"Åtgärder uteblir"}
    assert titles(cast, f"plan={cast.school_plan.pk}") == {"Elevhälsa", "Obedömd"}
    assert titles(cast, f"unit={cast.central_office.pk}") == {"Löner"}
    assert titles(cast, f"unit={cast.board.pk}") == {"Åtgärder uteblir", "Inköp 100% fel", "Löner"}
    assert titles(cast, f"unit={cast.municipality.pk}") == ALL


def test_a_band_is_asked_of_each_risks_own_matrix(some_risks: Cast) -> None:
    cast = some_risks
    other = make_matrix(cast.municipality, name="Skolans matris")
    RiskBand.objects.filter(matrix=other, name="Hög").update(from_score=5)
    RiskBand.objects.filter(matrix=other, name="Medel").update(from_score=16)
    ControlPlan.objects.filter(pk=cast.school_plan.pk).update(matrix=other)
    assert titles(cast, "band=Hög") == {"Löner", "Elevhälsa"}
    assert titles(cast, f"matrix={other.pk}") == {"Elevhälsa", "Obedömd"}


NONSENSE = [
    "year=x", "year=1999", "unit=0", "unit=abc", "unit=99999999999999999999",
    "category=-1", "owner=x", "band=Blå", "likelihood=99",
    "impact=0.5", "score=abc", "score=0", "score=9999999999999999999", "placed=ja", "wide=1", "matrix=0", "plan=²", "plan=x",
    "method=magi", "conclusion=bra", "closing=0", "performer=x", "q=" + "x" * 201,
]  # fmt: skip


@pytest.mark.parametrize("query", NONSENSE)
@pytest.mark.parametrize("page", ["heatmap", "risks"])
def test_nonsense_gets_a_message_that_names_the_filter_and_shows_no_risks(
    client: Client, some_risks: Cast, page: str, query: str
) -> None:
    client.force_login(some_risks.eva)
    answer = client.get(f"{reverse(page)}?{query}")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert 'class="error-summary"' in text
    assert "Löner" not in text.split("</form>")[-1]
    name = query.split("=", maxsplit=1)[0]
    assert name in answer.context["filter"].form.errors


@pytest.mark.parametrize("query", NONSENSE)
def test_nonsense_never_breaks_the_file(client: Client, some_risks: Cast, query: str) -> None:
    client.force_login(some_risks.eva)
    assert client.get(f"{reverse('heatmap_svg')}?{query}").status_code == 404


def offered(user: User) -> dict[str, set[str]]:
    return {name: {label.strip() for _value, label in options} for name, options in through(user).offered.items()}


def test_the_choices_hold_only_what_the_person_can_see(some_risks: Cast) -> None:
    bo = offered(some_risks.bo)
    assert bo["unit"] == {"Barn- och utbildningsnämnden", "Utbildningsförvaltningen", offered_everything(bo)}
    assert bo["plan"] == {"2025 Barn- och utbildningsnämnden", offered_everything(bo)}
    assert bo["owner"] == {offered_everything(bo)}
    assert "Johan Berg" in offered(some_risks.karin)["owner"]


def offered_everything(choices: dict[str, set[str]]) -> str:
    [everything] = choices["owner"]
    return everything


def test_the_owner_of_confidential_risks_alone_is_not_offered_to_those_who_do_not_see_them(cast: Cast) -> None:
    make_risk(cast.plan, "Hot", owner=cast.johan, is_confidential=True, confidentiality_section="OSL 18:8")
    assert "Johan Berg" not in offered(cast.karin)["owner"]
    assert "Johan Berg" in offered(cast.eva)["owner"]


def test_units_are_a_tree_in_swedish_order(cast: Cast) -> None:
    for name in ("Östra enheten", "Ängens enhet", "Årsta enhet", "Zonen"):
        Unit.objects.create(name=name, kind="department", parent=cast.school_office)
    units = [(unit.name, unit.depth) for unit in choices_for(cast.eva).units]
    assert units == [
        ("Lillköpings kommun", 0),
        ("Barn- och utbildningsnämnden", 1),
        ("Utbildningsförvaltningen", 2),
        ("Zonen", 3),
        ("Årsta enhet", 3),
        ("Ängens enhet", 3),
        ("Östra enheten", 3),
        ("Kommunstyrelsen", 1),
        ("Kommunledningskontoret", 2),
        ("Löneenheten", 3),
    ]


def test_people_are_offered_in_swedish_order(cast: Cast) -> None:
    for name in ("Östen Alm", "Ärla Alm", "Åsa Alm", "Zoe Alm"):
        make_risk(cast.plan, name, owner=make_user(name))
    assert [label for _value, label in choices_for(cast.eva).named("owner")] == ["Zoe Alm", "Åsa Alm", "Ärla Alm", "Östen Alm"]


def test_all_choices_cost_one_query(some_risks: Cast, django_assert_num_queries: Any) -> None:
    from riskreg.access.grants import grants_of

    grants_of(some_risks.eva)
    with django_assert_num_queries(1):
        choices = choices_for(some_risks.eva)
        assert choices.matrices[some_risks.matrix.pk].band_of(6).name == "Medel"  # type: ignore[union-attr]
        assert len(choices.units) == 6
