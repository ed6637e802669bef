"""The history of a sample is read in words: its design and the record of the draw."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from controls.models import Sample
from controls.sampling.statistics.design import Asked, Division, Frame, plan_sample
from riskreg.trail.structures import lines_of, unworded
from tests.cast import Cast


@pytest.mark.django_db
@pytest.mark.one_engine
@pytest.mark.usefixtures("today")
@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_history_of_a_drawn_sample_is_in_words(cast: Cast, sample: Sample, client: Client, language: str) -> None:
    for column in ("design", "record"):
        assert unworded("controls.sample", column, getattr(sample, column)) == set()
    cast.karin.language = language
    cast.karin.save()
    client.force_login(cast.karin)
    text = client.get(reverse("history", args=["controls", "sample", sample.pk])).content.decode()
    assert "schema" not in text
    assert "&quot;" not in text
    assert "{" not in text.partition("<main")[2].partition("</main>")[0]
    assert ("Population, rader: 200" if language == "sv" else "Population, rows: 200") in text


def test_a_design_is_in_words() -> None:
    frame = Frame(population=5_000, strata={"Skola": 3_000, "Vård": 2_000})
    asked = Asked(division=Division.STATED, stated={"Skola": 40, "Vård": 19}, rates={"Skola": Decimal("0.02")})
    kept = plan_sample(asked, frame).as_json()
    assert unworded("controls.sample", "design", kept) == set()
    lines = lines_of("controls.sample", "design", kept).splitlines()
    assert "Hur storleken bestämdes: Beräknat: hur säkert, och hur mycket som godtas" in lines, lines
    assert "Andel avvikelser som kan godtas: 5 %".replace(" %", "\xa0%") in lines
    assert "Poster i varje grupp, Skola: 3\xa0000" in lines
