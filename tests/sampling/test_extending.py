"""From a real draw on: extensions and replacements as the evaluation counts them, and money against the reference."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from controls.models import Sample, SampleItem
from controls.sampling.drawing import verbs
from controls.sampling.drawing.tickets import start_point, ticket, units
from controls.sampling.samples import outcomes
from controls.sampling.samples.appraisal import appraise
from controls.sampling.samples.outcomes import Found
from controls.sampling.statistics import monetary
from controls.sampling.statistics.evaluate import Suggestion
from tests.cast import Cast
from tests.data_files.files import invoices
from tests.sampling.scene import SEED, drawn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def log(sample: Sample, cast: Cast, found: dict[int, str]) -> None:
    for item in sample.items.in_sample().filter(outcome="pending").order_by("position"):
        outcomes.log(item, by=cast.karin, found=Found(found.get(item.position, "ok")))


def rounds(sample: Sample) -> list[int | None]:
    return list(sample.items.filter(kind="extension").order_by("position").values_list("extension_round", flat=True))


def test_an_extension_before_anything_is_examined_is_part_of_the_plan(cast: Cast, sample: Sample) -> None:
    verbs.extend(sample, by=cast.karin, count=3, reason="Fler än vi tänkte")
    log(sample, cast, {1: "deviation"})
    assert rounds(sample) == [0, 0, 0]
    assert not appraise(Sample.objects.get(pk=sample.pk)).was_extended


def test_an_extension_after_an_outcome_is_a_stage_and_the_next_another(cast: Cast, sample: Sample) -> None:
    log(sample, cast, {1: "deviation"})
    verbs.extend(sample, by=cast.karin, count=2, reason="En avvikelse")
    log(sample, cast, {})
    verbs.extend(sample, by=cast.karin, count=1, reason="Fortfarande")
    log(sample, cast, {})
    assert rounds(sample) == [1, 1, 2]
    seen = appraise(Sample.objects.get(pk=sample.pk))
    assert (seen.was_extended, seen.total, seen.found) == (True, 23, 1)


def test_a_replacement_takes_the_next_ticket_and_counts_in_the_place_of_the_replaced(cast: Cast, sample: Sample) -> None:
    log(sample, cast, {2: "not_examined"})
    assert appraise(sample).found == 1
    gone = SampleItem.objects.get(sample=sample, position=2)
    new = verbs.replace(gone, by=cast.karin, reason="Makulerad faktura")
    log(sample, cast, {})
    seen = appraise(Sample.objects.get(pk=sample.pk))
    assert (seen.total, seen.found, seen.replaced) == (20, 0, 1)
    assert new.ticket == min(item.ticket for item in sample.items.filter(position__gt=20))


def test_a_draw_by_amount_is_the_reference_selection_and_is_evaluated_by_the_same_interval(cast: Cast) -> None:
    amounts = {row[0]: Decimal(row[2].replace(",", ".")) for row in invoices(200)}
    book = sum((amount for amount in amounts.values() if amount > 0), Decimal(0))
    design = {"kind": "monetary", "confidence": "0.95", "tolerable": "0.2", "book_value": str(book)}
    sample = drawn(cast, method="monetary", size=15, design=design)
    step = monetary.interval(book, 15)
    keys = sorted(amounts, key=lambda key: (ticket(SEED, key), key))
    chosen = monetary.select_amounts([amounts[key] for key in keys], step, start_point(SEED, step))
    assert {item.key for item in sample.items.filter(kind="whole")} == {keys[i] for i in chosen.whole}
    assert {item.key for item in sample.items.filter(kind="drawn")} == {keys[i] for i in chosen.drawn}
    assert all(units(item.amount or Decimal(0)) > 0 for item in sample.items.all())
    log(sample, cast, {})
    seen = appraise(Sample.objects.get(pk=sample.pk))
    assert seen.suggestion is Suggestion.SUPPORTED
    assert seen.money is not None
    assert seen.money.upper <= Decimal("0.2") * book
    assert Fraction(seen.money.book_value) == step * 15
