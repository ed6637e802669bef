"""Draws from the same content are told of, so that nobody tries seeds out unseen; whose they are, only where one sees them."""

from __future__ import annotations

import pytest
from django.urls import reverse

from controls.models import Sample
from riskreg.models import Risk, User
from tests.architecture.scene import Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def twins(scene: Scene) -> tuple[Sample, Sample]:
    """The board's sample, and the school's from the same content."""
    own, other = scene.own.drawn, scene.other.drawn
    assert own.population.sha256 == other.population.sha256
    type(other.population).objects.filter(pk=other.population_id).update(name="Skolans hemliga urval")
    User.objects.update(language="en")
    return own, other


@pytest.mark.parametrize("letter", ["o", "m", "c", "a"])
def test_another_units_draws_are_counted_and_not_named(scene: Scene, twins: tuple[Sample, Sample], letter: str) -> None:
    own, other = twins
    for address in (reverse("sample", args=[own.pk]), reverse("population", args=[own.population_id])):
        page = scene.clients[letter].get(address).content.decode()
        assert "Skolans hemliga urval" not in page
        assert reverse("sample", args=[other.pk]) not in page
        assert scene.cast.bo.name not in page
        assert "which you may not see" in page


def test_who_sees_the_other_unit_is_told_whose_they_are(scene: Scene, twins: tuple[Sample, Sample]) -> None:
    own, other = twins
    page = scene.clients["e"].get(reverse("sample", args=[own.pk])).content.decode()
    assert reverse("sample", args=[other.pk]) in page
    assert "which you may not see" not in page


def test_a_confidential_risks_draw_is_counted_and_not_named(scene: Scene, twins: tuple[Sample, Sample]) -> None:
    own, other = twins
    risk = other.population.control.risk
    Risk.objects.filter(pk=risk.pk).update(unit=scene.own.unit, is_confidential=True, confidentiality_section="OSL 19:3")
    type(other.population).objects.filter(pk=other.population_id).update(unit=scene.own.unit)
    page = scene.clients["c"].get(reverse("sample", args=[own.pk])).content.decode()
    assert "Skolans hemliga urval" not in page
    assert reverse("sample", args=[other.pk]) not in page
