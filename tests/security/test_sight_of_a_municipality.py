"""Who reaches whole municipalities sees what belongs to their risks, and nothing of another municipality's.

Where there is no other, the database is asked so once, and what is counted needs no look at its risk.
"""

from __future__ import annotations

from datetime import date
from functools import reduce
from operator import or_
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from controls.models import Action, Check, Control, FollowUp
from riskreg.access.sight import parts_of_sight, units_around, units_where
from riskreg.access.verbs import Verb
from riskreg.models import ControlPlan, Risk, Role, Unit
from tests.cast import Cast, make_closing, make_control, make_follow_up, make_matrix, make_risk, make_user
from tests.checks.checks import make_check

pytestmark = pytest.mark.django_db
KINDS: list[Any] = [Control, FollowUp, Action, Check]


def furnish(plan: ControlPlan, closing: Any, performer: Any, **fields: Any) -> list[Any]:
    control = make_control(make_risk(plan, unit=plan.unit, **fields), performer=performer)
    follow_up = make_follow_up(control, closing)
    action = Action.objects.create(follow_up=follow_up, description="Rätta")
    return [control, follow_up, action, make_check(control, date(2025, 9, 30))]


def seen(user: Any) -> list[Any]:
    return [one for kind in KINDS for one in kind.objects.visible_to(user)]


@pytest.fixture
def two(cast: Cast) -> tuple[list[Any], list[Any], Unit]:
    """What belongs to the own municipality's risks, what to another's, and that other."""
    own = furnish(cast.plan, cast.interim, cast.karin)
    other = Unit.objects.create(name="Storköping", kind=Unit.Kind.MUNICIPALITY)
    board = Unit.objects.create(name="Storköpings kommunstyrelse", kind=Unit.Kind.COMMITTEE, parent=other)
    plan = ControlPlan.objects.create(unit=board, year=2025, matrix=make_matrix(other))
    performer = make_user("Stor Ek", board, Role.CONTROL_OWNER)
    return own, furnish(plan, make_closing(other, "interim"), performer), other


def test_each_municipality_is_its_own(cast: Cast, two: tuple[list[Any], list[Any], Unit]) -> None:
    own, others, other = two
    controller = make_user("Stina Stor", other, Role.CONTROLLER, sees_confidential=True)
    both = make_user("Båda Två", other, Role.CONTROLLER, sees_confidential=True)
    both.memberships.create(unit=cast.municipality, role=Role.AUDITOR, sees_confidential=True)
    assert seen(cast.eva) == own
    assert seen(controller) == others
    assert sorted(map(repr, seen(both))) == sorted(map(repr, own + others))


def test_a_unit_that_moves_to_another_takes_its_own_along(cast: Cast, two: tuple[list[Any], list[Any], Unit]) -> None:
    own, _others, other = two
    assert seen(cast.eva) == own
    cast.plan.unit.parent = other
    cast.plan.unit.save()
    assert seen(cast.eva) == []


def test_what_is_counted_for_a_whole_municipality_needs_no_look_at_its_risk(cast: Cast) -> None:
    for kind in KINDS:
        with CaptureQueriesContext(connection) as asked:
            kind.objects.visible_to(cast.eva).count()
        read = asked[0]["sql"].partition(" WHERE ")[0]
        assert "riskreg_risk" not in read, read


WAYS: dict[Any, str] = {Control: "risk", FollowUp: "control__risk", Action: "follow_up__control__risk", Check: "control__risk"}


def test_everybody_sees_what_belongs_to_the_risks_they_see(cast: Cast, two: tuple[list[Any], list[Any], Unit]) -> None:
    hidden = {"is_confidential": True, "confidentiality_section": "OSL 18:8"}
    for plan, fields in (
        (cast.plan, {"is_municipality_wide": True}),
        (cast.plan, hidden),
        (cast.plan, hidden | {"is_municipality_wide": True}),
        (cast.school_plan, hidden | {"owner": cast.ake}),
        (cast.school_plan, hidden | {"is_municipality_wide": True}),
    ):
        furnish(plan, cast.interim, cast.karin, **fields)
    furnish(cast.school_plan, cast.interim, cast.siv, **hidden)
    numbers = {}
    for user in (*cast.by_role().values(), cast.bo, cast.ulla, cast.nils):
        risks = Risk.objects.visible_to(user)
        parts = parts_of_sight(user)
        if parts:
            assert set(Risk.objects.filter(reduce(or_, parts))) == set(risks), user
        for kind, way in WAYS.items():
            its = kind.objects.filter(**{f"{way}__in": risks})
            around = units_around(user)
            if kind is not Control and around is not None:
                of = {FollowUp: "", Check: "", Action: "follow_up__"}[kind]
                its = its.filter(
                    Q(**{f"{way}__is_municipality_wide": False})
                    | Q(units_where(user, Verb.VIEW, f"{way}__unit"))
                    | Q(**{f"{of}unit__in": around})
                )
            assert set(kind.objects.visible_to(user)) == set(its), (user, kind)
            if kind in (FollowUp, Check):
                assert set(kind.objects.all_visible_to(user)) == set(its), (user, kind)
            numbers[user.name, kind] = its.count()
    assert len(set(numbers.values())) > 4
