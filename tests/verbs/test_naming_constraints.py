"""What the database refuses is said in the record's words; what no constraint of the record explains is raised as it is."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from riskreg.models import Risk
from riskreg.verbs.saving import naming_constraints
from tests.cast import Cast, make_risk

pytestmark = pytest.mark.django_db


def test_a_constraint_that_is_not_met_is_named_and_nothing_is_written(cast: Cast) -> None:
    risk = make_risk(cast.plan, "Betalning dubbelt")
    risk.is_confidential, risk.title = True, "En annan"
    with transaction.atomic():
        with pytest.raises(ValidationError, match="a_confidential_risk_names_the_section_of_the_law"), naming_constraints(risk):
            risk.save()
        assert Risk.objects.get(pk=risk.pk).title == "Betalning dubbelt"  # the transaction goes on


def test_a_number_that_is_taken_is_named(cast: Cast) -> None:
    there = make_risk(cast.plan)
    risk = Risk(plan=cast.plan, unit=cast.board, title="En till", number=there.number)
    with pytest.raises(ValidationError), naming_constraints(risk):
        risk.save()
    assert Risk.objects.count() == 1


def test_what_none_of_them_explains_is_raised_as_it_is(cast: Cast) -> None:
    risk = make_risk(cast.plan)
    with pytest.raises(IntegrityError), naming_constraints(risk):
        Risk.objects.filter(pk=risk.pk).update(risk_score=None)


def test_what_is_met_asks_nothing(cast: Cast, django_assert_num_queries: object) -> None:
    risk = make_risk(cast.plan)
    with django_assert_num_queries(2), naming_constraints(risk):  # type: ignore[operator]  # a savepoint and its release
        pass
