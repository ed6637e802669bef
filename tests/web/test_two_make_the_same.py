"""Two make the same at once, with two real connections: the second waits for the first, and gets the form's own error."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.db import models, transaction
from django.test import Client
from django.urls import reverse

from controls.importing.plan import ImportOutcome, import_rows
from controls.importing.reading import read
from controls.importing.target import find_target
from controls.models import PlanImport
from riskreg.models import ControlPlan, Risk, RiskCategory, Unit, User
from tests.architecture.address_book import formset
from tests.architecture.scene_records import make_import
from tests.beside import Beside
from tests.cast import Cast, make_cast

WITH_CATEGORY = "Identifierad risk;Riskvärde;Kategori\n{};8;Beredskap\n"


@pytest.fixture
def people(transactional_db: None, today: object) -> Cast:
    return make_cast()


def plan(cast: Cast) -> tuple[str, dict[str, Any], Callable[[], models.Model]]:
    form = {"unit": cast.board.pk, "year": 2031, "matrix": cast.matrix.pk}
    return "riskreg_controlplan", form, lambda: ControlPlan.objects.create(unit=cast.board, year=2031, matrix=cast.matrix)


def category(cast: Cast) -> tuple[str, dict[str, Any], Callable[[], models.Model]]:
    return "riskreg_riskcategory", {"name": "Beredskap"}, lambda: RiskCategory.objects.create(name="Beredskap")


def unit(cast: Cast) -> tuple[str, dict[str, Any], Callable[[], models.Model]]:
    form = {"name": "Ny enhet", "kind": "department", "parent": cast.board.pk, "is_active": "on"}
    return "riskreg_unit", form, lambda: Unit.objects.create(name="Ny enhet", kind="department", parent=cast.board)


def person(cast: Cast) -> tuple[str, dict[str, Any], Callable[[], models.Model]]:
    password = "sju-gröna-elefanter"
    form = {"email": "ny@lillkoping.example", "name": "Ny", "language": "sv", "usable_password": "true", **formset("memberships")}
    return (
        "riskreg_user",
        {**form, "password1": password, "password2": password},
        lambda: User.objects.create(email="ny@lillkoping.example", name="Ny"),
    )


@pytest.mark.parametrize("make", [plan, category, unit, person])
def test_the_second_gets_the_forms_own_error(people: Cast, make: Any) -> None:
    name, form, save = make(people)
    client = Client()
    client.force_login(people.eva if name in {"riskreg_controlplan", "riskreg_riskcategory"} else people.siv)
    other = Beside(lambda: client.post(reverse(f"admin:{name}_add"), form))
    with transaction.atomic():
        made = save()
        other.begin()
    answer = other.end()
    assert answer.status_code == 200, answer
    assert "errorlist" in answer.content.decode()
    assert type(made)._base_manager.filter(pk__gte=made.pk).count() == 1


def test_two_imports_that_bring_the_same_category_both_succeed(people: Cast) -> None:
    plan_import = make_import(people.board, people.plan, people.eva, WITH_CATEGORY.format("Energibrist"))
    client = Client()
    client.force_login(people.eva)
    address = reverse("admin:controls_planimport_change", args=[plan_import.pk])
    other = Beside(lambda: client.post(address, {"_confirm": "1"}))
    with transaction.atomic():
        theirs = RiskCategory.objects.create(name="Beredskap")
        other.begin()
    assert other.end().status_code == 302
    assert PlanImport.objects.get().state == "confirmed"
    assert Risk.objects.get().category == theirs


def test_an_import_by_the_command_is_run_again_too(people: Cast) -> None:
    target = find_target(people.board, 2025)
    rows = read(io.BytesIO(WITH_CATEGORY.format("Energibrist").encode()), "plan.csv", target).rows
    other = Beside(lambda: import_rows(rows, target, by=User.objects.get(pk=people.eva.pk), source="plan.csv"))
    with transaction.atomic():
        theirs = RiskCategory.objects.create(name="Beredskap")
        other.begin()
    outcome = other.end()
    assert isinstance(outcome, ImportOutcome), outcome
    assert Risk.objects.get().category == theirs
