"""The account of an import is drawn up before anything is locked, and holds what the lock found."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from controls.importing import plan, session
from controls.importing.reading import Reading
from controls.importing.stored_account import unpacked
from controls.models import PlanImport
from riskreg.importing.account import Account
from riskreg.models import Risk
from tests.cast import Cast, make_risk

from .test_import_pages import PLAN, act, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def eva(cast: Cast, client: Client) -> Client:
    client.force_login(cast.eva)
    return client


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done when an import is confirmed, in its order."""
    order: list[str] = []

    def noted(name: str, of: Any, attribute: str) -> None:
        work = getattr(of, attribute)

        def note(*args: Any, **options: Any) -> Any:
            order.append("lock" if options.get("locked") else name)
            return work(*args, **options)

        monkeypatch.setattr(of, attribute, note)

    noted("look", session, "_waiting")
    noted("unfold", session, "content_of")
    noted("account", Reading, "account")
    noted("write", session, "import_rows")
    return order


def stored() -> Account:
    return unpacked(PlanImport.objects.get().account)


def test_no_account_is_drawn_up_under_the_lock(eva: Client, cast: Cast, done: list[str]) -> None:
    plan_import = upload(eva, cast, PLAN)
    done.clear()
    act(eva, plan_import, "_confirm")
    assert done[-2:] == ["lock", "write"]
    assert {"unfold", "account"} <= set(done[:-2])
    keys = {entry.risk for entry in stored().entries if entry.risk is not None}
    assert keys == set(Risk.objects.values_list("pk", flat=True))


def test_what_changed_just_before_the_lock_is_accounted_for(
    eva: Client, cast: Cast, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody makes a risk of the file's number meanwhile: the number is left out."""
    plan_import = upload(eva, cast, "Nr;Identifierad risk;Riskvärde\n1;Brand;8\n")
    lock = plan._lock_what_is_compared

    def make_one_first(target: Any) -> None:
        make_risk(cast.plan, "Stöld", risk_score=4, number=1)
        lock(target)

    monkeypatch.setattr(plan, "_lock_what_is_compared", make_one_first)
    done.clear()
    act(eva, plan_import, "_confirm")
    assert done[-3:] == ["lock", "write", "account"]
    (number,) = [entry for entry in stored().entries if entry.text == "1"]
    assert number.settlement.reason == "number_taken"
    assert number.risk == Risk.objects.get(title="Brand").pk
