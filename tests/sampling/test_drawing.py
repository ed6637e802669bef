"""The draw as a verb: only after the lock, once, by a seed that is known for what it is; and what follows by the next tickets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from controls.models import Population, Sample, SampleItem
from controls.sampling import work
from controls.sampling.drawing import record, verbs
from controls.sampling.drawing.tickets import by_amount, leaf, reserves_for, smallest, ticket, units
from riskreg.access.verbs import NotPermitted
from riskreg.verbs.errors import NotInThisState, ReasonNeeded, Refused
from tests.cast import Cast
from tests.data_files.files import csv_bytes, invoices, xlsx_bytes
from tests.sampling.scene import EVENT, SEED, a_control, a_follow_up, designed, drawn, locked, read_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
KEYS = [row[0] for row in invoices(200)]
AMOUNTS = {row[0]: units(Decimal(row[2].replace(",", "."))) for row in invoices(200)}


def keys_of(sample: Sample, *kinds: str) -> list[str]:
    return list(sample.items.filter(kind__in=kinds or ["drawn"]).order_by("position").values_list("key", flat=True))


def test_the_sample_is_the_smallest_tickets_with_reserves_after_it(sample: Sample) -> None:
    expected = smallest(SEED, KEYS, 20 + reserves_for(20))
    assert keys_of(sample) == expected[:20]
    assert keys_of(sample, "reserve") == expected[20:]
    assert list(sample.items.values_list("position", flat=True)) == list(range(1, 26))


def test_each_item_has_its_row_its_ticket_and_its_leaf(sample: Sample) -> None:
    for item in sample.items.all():
        row = invoices(200)[(item.row_number or 0) - 2]
        assert list(item.cells.values()) == list(row)
        assert item.ticket == ticket(SEED, item.key)
        assert item.leaf == leaf(item.salt, item.ticket, item.key)
        assert item.history.get().history_user_name == "Karin Lindqvist"


def test_the_record_says_what_the_draw_was_made_of(sample: Sample) -> None:
    head = sample.record
    assert head["population"]["sha256"] == sample.population.sha256
    assert (head["seed"], head["seed_event"], head["size"], head["method"]) == (SEED, EVENT, 20, "random")
    assert head["seed_set_at"] > head["population"]["locked_at"]
    assert sample.record_sha256 == record.hash_of(head, sample.items.all())
    assert "F000" not in record.as_text(head)


def test_the_system_s_seed_has_at_least_128_bits_of_digits(cast: Cast, population: Population) -> None:
    sample = verbs.seed_from_system(designed(population), by=cast.karin)
    assert sample.seed.isdigit()
    assert 10 ** len(sample.seed) >= 2**128
    assert sample.seed_origin == "system"


def test_there_is_no_seed_before_the_lock(cast: Cast) -> None:
    sample = designed(read_in(cast))
    with pytest.raises(NotInThisState):
        verbs.seed_from_system(sample, by=cast.karin)
    with pytest.raises(IntegrityError), transaction.atomic():
        Sample.objects.filter(pk=sample.pk).update(
            seed=SEED, seed_origin="system", state="seeded", seed_set_by=cast.karin, seed_set_at="2025-09-08T10:00:00Z"
        )


def test_a_seed_is_set_once(cast: Cast, population: Population) -> None:
    sample = verbs.seed_from_system(designed(population), by=cast.karin)
    with pytest.raises(NotInThisState):
        verbs.seed_from_event(sample, by=cast.karin, digits=SEED, event=EVENT)
    assert Sample.objects.get(pk=sample.pk).seed == sample.seed


@pytest.mark.parametrize(
    ("digits", "event", "fields"),
    [("abc" * 10, EVENT, ["seed"]), ("123", EVENT, ["seed"]), (SEED, " ", ["event"]), ("", "", ["seed", "event"])],
)
def test_a_typed_seed_that_is_none_is_refused_by_field(
    cast: Cast, population: Population, digits: str, event: str, fields: list[str]
) -> None:
    sample = designed(population)
    with pytest.raises(ValidationError) as caught:
        verbs.seed_from_event(sample, by=cast.karin, digits=digits, event=event)
    assert list(caught.value.message_dict) == fields
    assert Sample.objects.get(pk=sample.pk).seed == ""


@pytest.mark.parametrize("size", [None, 201])
def test_a_sample_without_a_size_or_larger_than_its_population_gets_no_seed(
    cast: Cast, population: Population, size: int | None
) -> None:
    sample = designed(population)
    Sample.objects.filter(pk=sample.pk).update(size=size)
    with pytest.raises(Refused):
        verbs.seed_from_system(sample, by=cast.karin)


def test_the_whole_population_can_be_drawn_and_a_population_of_one(cast: Cast) -> None:
    assert keys_of(drawn(cast, size=200)) == smallest(SEED, KEYS, 200)
    alone = locked(cast, csv_bytes(invoices(1)), control=a_control(cast, "En annan risk"))
    assert keys_of(drawn(cast, alone, 1)) == ["F000001"]


def test_a_census_takes_everybody(cast: Cast) -> None:
    assert sorted(keys_of(drawn(cast, size=200, method="census"))) == KEYS


def test_groups_have_the_sizes_of_the_design(cast: Cast) -> None:
    population = locked(cast, stratum="Konto")
    sample = drawn(cast, population, 7, method="stratified", design={"strata": {"4000": 4, "4001": 3}})
    assert sorted(sample.items.filter(kind="drawn").values_list("stratum", flat=True)) == ["4000"] * 4 + ["4001"] * 3


def test_a_draw_by_amount_takes_the_largest_whole(cast: Cast) -> None:
    rows = [*invoices(200), ("STOR", "a", "900 000,00", "4000"), ("KREDIT", "a", "-500,00", "4000"), ("NOLL", "a", "0", "4000")]
    sample = drawn(cast, locked(cast, csv_bytes(rows)), 30, method="monetary")
    expected = by_amount(SEED, {**AMOUNTS, "STOR": units(Decimal(900_000)), "KREDIT": -1, "NOLL": 0}, 30)
    assert keys_of(sample, "whole") == list(expected.whole) == ["STOR"]
    assert keys_of(sample) == list(expected.hit)


def test_items_from_an_amount_are_taken_whole(cast: Cast) -> None:
    sample = drawn(cast, size=10, design={"whole_from": "990"})
    large = [key for key, amount in AMOUNTS.items() if amount >= units(Decimal(990))]
    assert sorted(keys_of(sample, "whole")) == sorted(large)
    assert len(keys_of(sample)) == 10


def test_a_group_smaller_than_its_sample_is_named_and_nothing_is_drawn(cast: Cast) -> None:
    sample = designed(locked(cast, stratum="Konto"), 100, method="stratified", design={"strata": {"4000": 100}})
    verbs.seed_from_system(sample, by=cast.karin)
    _, run = verbs.draw(sample, by=cast.karin)
    work.perform(run.pk)
    run.refresh_from_db()
    assert run.state == "failed"
    assert "4000" in run.problem
    assert not SampleItem.objects.exists()
    assert Sample.objects.get(pk=sample.pk).state == "seeded"


def test_a_population_changed_after_the_lock_is_not_drawn_from(cast: Cast, population: Population) -> None:
    sample = verbs.seed_from_system(designed(population), by=cast.karin)
    path = Path(population.file.path)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    _, run = verbs.draw(sample, by=cast.karin)
    work.perform(run.pk)
    run.refresh_from_db()
    assert run.state == "failed"
    assert not SampleItem.objects.exists()


def test_drawing_twice_is_refused(cast: Cast, sample: Sample) -> None:
    with pytest.raises(NotInThisState):
        verbs.draw(sample, by=cast.karin)


# Nobody shops for a seed


def test_a_second_sample_for_the_same_check_is_refused_by_the_database(sample: Sample) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        designed(sample.population)


def test_the_same_content_uploaded_again_is_not_drawn_from_for_the_same_check(cast: Cast) -> None:
    control = a_control(cast)
    follow_up = a_follow_up(cast, control)
    first = drawn(cast, locked(cast, control=control), follow_up=follow_up)
    again = locked(cast, xlsx_bytes(invoices(200)), control=control, filename="igen.xlsx")
    assert list(verbs.earlier_draws(again)) == [first]
    # Half past ten by UTC is the next day here.
    late = datetime(2030, 6, 30, 22, 30, tzinfo=UTC)
    Sample.objects.filter(pk=first.pk).update(seed_set_at=late, drawn_at=late + timedelta(minutes=1))
    with pytest.raises(Refused, match="2030-07-01"):
        verbs.seed_from_system(designed(again, follow_up=follow_up), by=cast.karin)


def test_for_another_check_it_is_drawn_from_and_the_earlier_draw_is_shown(cast: Cast) -> None:
    control = a_control(cast)
    first = drawn(cast, locked(cast, control=control))
    again = locked(cast, control=control)
    second = drawn(cast, again, follow_up=a_follow_up(cast, control), seed=SEED[::-1])
    assert list(verbs.earlier_draws(again)) == [first, second]


# Replacement and extension


def test_a_replacement_is_the_next_ticket(cast: Cast, sample: Sample) -> None:
    gone = sample.items.get(position=3)
    new = verbs.replace(gone, by=cast.karin, reason="Underlaget är förstört")
    assert new.key == smallest(SEED, KEYS, 21)[20]
    assert (new.kind, new.replaces) == ("replacement", gone)
    gone.refresh_from_db()
    assert (gone.outcome, gone.note, gone.examined_by) == ("not_examined", "Underlaget är förstört", cast.karin)
    assert gone not in sample.items.in_sample()
    assert sample.items.in_sample().count() == 20


def test_replacements_go_on_when_the_reserves_are_used_up(cast: Cast) -> None:
    sample = drawn(cast, size=3)
    for item in list(sample.items.in_sample()):
        verbs.replace(item, by=cast.karin, reason="Saknas")
    for item in list(sample.items.in_sample()):
        verbs.replace(item, by=cast.karin, reason="Saknas")
    assert sorted(sample.items.in_sample().values_list("key", flat=True)) == sorted(smallest(SEED, KEYS, 9)[6:])


def test_an_extension_keeps_the_prefix_and_the_record_tells(cast: Cast, sample: Sample) -> None:
    before = sample.record_sha256
    new = verbs.extend(sample, by=cast.karin, count=15, reason="En avvikelse hittades")
    assert [item.key for item in new] == smallest(SEED, KEYS, 35)[20:]
    sample.refresh_from_db()
    assert sample.record["changes"][0]["reason"] == "En avvikelse hittades"
    assert sample.record_sha256 == record.hash_of(sample.record, sample.items.all()) != before
    assert sample.items.in_sample().count() == 35


def test_an_extension_says_whether_anything_was_examined_before_it(cast: Cast, sample: Sample) -> None:
    assert {item.extension_round for item in verbs.extend(sample, by=cast.karin, count=2, reason="Större")} == {0}
    item = sample.items.get(position=1)
    item.outcome, item.examined_by, item.examined_at = "deviation", cast.karin, sample.drawn_at
    item.save()
    assert {item.extension_round for item in verbs.extend(sample, by=cast.karin, count=2, reason="Avvikelse")} == {1}
    assert {item.extension_round for item in verbs.extend(sample, by=cast.karin, count=2, reason="En till")} == {2}


def test_an_extension_of_groups_is_of_one_group(cast: Cast) -> None:
    population = locked(cast, stratum="Konto")
    sample = drawn(cast, population, 7, method="stratified", design={"strata": {"4000": 4, "4001": 3}})
    with pytest.raises(ValidationError):
        verbs.extend(sample, by=cast.karin, count=1, reason="Mer")
    new = verbs.extend(sample, by=cast.karin, count=6, reason="Mer", stratum="4001")
    expected = smallest(SEED, [row[0] for row in invoices(200) if row[3] == "4001"], 9)
    assert [item.key for item in new] == expected[3:]


@pytest.mark.parametrize("method", ["monetary", "census"])
def test_where_no_ticket_is_next_nothing_is_replaced_or_added(cast: Cast, method: str) -> None:
    sample = drawn(cast, size=200 if method == "census" else 20, method=method)
    with pytest.raises(Refused):
        verbs.replace(sample.items.filter(kind="drawn").first(), by=cast.karin, reason="Saknas")  # type: ignore[arg-type]
    with pytest.raises(Refused):
        verbs.extend(sample, by=cast.karin, count=1, reason="Mer")


def test_nothing_is_added_beyond_the_population(cast: Cast) -> None:
    sample = drawn(cast, size=199)
    with pytest.raises(Refused):
        verbs.extend(sample, by=cast.karin, count=2, reason="Mer")
    assert sample.items.in_sample().count() == 199


def test_reserves_and_replaced_items_are_not_replaced(cast: Cast, sample: Sample) -> None:
    gone = sample.items.get(position=1)
    verbs.replace(gone, by=cast.karin, reason="Saknas")
    for item in (gone, sample.items.get(position=25)):
        with pytest.raises(Refused):
            verbs.replace(item, by=cast.karin, reason="Igen")


@pytest.mark.parametrize("outcome", ["ok", "deviation"])
def test_an_item_with_an_outcome_is_not_replaced(cast: Cast, sample: Sample, outcome: str) -> None:
    item = sample.items.get(position=1)
    item.outcome, item.examined_by, item.examined_at = outcome, cast.karin, item.sample.drawn_at
    item.save()
    with pytest.raises(Refused):
        verbs.replace(item, by=cast.karin, reason="Passar inte")


def test_replacing_and_extending_need_a_reason(cast: Cast, sample: Sample) -> None:
    with pytest.raises(ReasonNeeded):
        verbs.replace(sample.items.get(position=1), by=cast.karin, reason=" ")
    with pytest.raises(ReasonNeeded):
        verbs.extend(sample, by=cast.karin, count=1, reason="")


def test_a_sample_is_closed_when_everything_is_examined_and_reopened_with_a_reason(cast: Cast, today: Any) -> None:
    sample = drawn(cast, size=2)
    with pytest.raises(Refused):
        verbs.close(sample, by=cast.karin)
    for item in sample.items.in_sample():
        item.outcome, item.examined_by, item.examined_at = "ok", cast.karin, sample.drawn_at
        item.save()
    assert verbs.close(sample, by=cast.karin).state == "closed"
    with pytest.raises(NotInThisState):
        verbs.extend(sample, by=cast.karin, count=1, reason="Mer")
    assert verbs.reopen(sample, by=cast.karin, reason="En post till").state == "drawn"


# Rights


def test_who_only_reads_neither_seeds_nor_draws(cast: Cast, population: Population) -> None:
    sample = designed(population)
    for person in (cast.ake, cast.siv, cast.bo, cast.nils):
        with pytest.raises(NotPermitted):
            verbs.seed_from_system(sample, by=person)
    verbs.seed_from_system(sample, by=cast.karin)
    for person in (cast.ake, cast.siv, cast.bo, cast.nils):
        with pytest.raises(NotPermitted):
            verbs.draw(sample, by=person)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": ""},
        {"seed_set_at": None},
        {"population_locked_at": None},
        {"population_sha256": ""},
        {"record_sha256": ""},
        {"drawn_by": None},
        {"drawn_by_itself": True},
        {"seed_set_by": None},
        {"seed_set_by_itself": True},
        {"seed_set_by": None, "seed_set_by_itself": True},
        {"size": None},
        {"seed_event": ""},
        {"population_locked_at": "2035-01-01T00:00:00Z"},
    ],
)
def test_the_database_refuses_a_drawn_sample_that_contradicts_itself(sample: Sample, change: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Sample.objects.filter(pk=sample.pk).update(**change)


def test_what_others_see(cast: Cast, sample: Sample) -> None:
    assert Sample.objects.visible_to(cast.ake).get() == sample
    assert SampleItem.objects.visible_to(cast.ake).count() == 25
    assert not Sample.objects.visible_to(cast.bo).exists()
    assert not Population.objects.visible_to(cast.nils).exists()
