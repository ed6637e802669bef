"""The guide to a size: what it answers, what it refuses at which field, who may keep what, and until when."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controls.models import FollowUp, Population, Sample
from controls.sampling.samples.planning import begin, keep_design
from controls.sampling.statistics.design import Asked, Kind, asked_of
from riskreg.access.verbs import NotPermitted
from riskreg.verbs.concurrency import Stale, version_of
from riskreg.verbs.errors import NotInThisState
from tests.cast import Cast
from tests.follow_ups.follow_ups import planned
from tests.sampling.samples import drawn_sample, locked_population

pytestmark = pytest.mark.one_engine

USUAL = {"kind": "attributes", "confidence": "95", "tolerable": "5", "division": "none"}


@pytest.fixture
def follow_up(cast: Cast, today: Any) -> FollowUp:
    return planned(cast)


@pytest.fixture
def population(follow_up: FollowUp) -> Population:
    return locked_population(follow_up, rows=12_480)


@pytest.fixture
def sample(population: Population, cast: Cast) -> Sample:
    return begin(population, by=cast.karin)


def address(sample: Sample) -> str:
    return reverse("sample_design", args=[sample.pk])


def test_a_sample_is_begun_for_the_controls_next_open_follow_up(sample: Sample, follow_up: FollowUp) -> None:
    assert (sample.follow_up, sample.state, sample.size) == (follow_up, "designed", None)


def test_beginning_twice_leads_to_the_same_sample(population: Population, cast: Cast, sample: Sample, client: Client) -> None:
    client.force_login(cast.eva)
    answer = client.post(reverse("sample_begin", args=[population.pk]))
    assert answer.headers["Location"] == address(sample)
    assert Sample.objects.count() == 1


def test_a_population_that_is_not_locked_has_no_sample(population: Population, cast: Cast) -> None:
    Population.objects.filter(pk=population.pk).update(state="draft", locked_at=None, locked_by=None, sha256="")
    with pytest.raises(NotInThisState):
        begin(population, by=cast.karin)


@pytest.mark.parametrize("who", ["ake", "siv", "bo", "nils"])
def test_only_who_prepares_samples_at_the_unit_begins_and_keeps(sample: Sample, cast: Cast, who: str) -> None:
    with pytest.raises(NotPermitted):
        begin(sample.population, by=getattr(cast, who))
    with pytest.raises(NotPermitted):
        keep_design(sample, by=getattr(cast, who), asked=Asked())


def test_the_page_opens_with_an_answer_and_writes_nothing(sample: Sample, cast: Cast, client: Client) -> None:
    client.force_login(cast.karin)
    answer = client.get(address(sample))
    assert answer.context["shown"].number == "59"
    assert Sample.objects.get(pk=sample.pk).design == {}


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ({"tolerable": "10"}, "29"),
        ({"tolerable": "2,0 %"}, "148"),
        ({"expected_rate": "1"}, "93"),
        ({"expected": "1"}, "93"),
        ({"kind": "two_stages"}, "61"),
        ({"kind": "preset", "preset": "often_45"}, "45"),
        ({"kind": "fixed", "size": "33"}, "33"),
        ({"kind": "fixed", "division": "stated", "group_0": "20", "group_1": "25"}, "45"),
        ({"kind": "discovery", "critical": "100"}, "367"),
        ({"kind": "monetary"}, "60"),
    ],
)
def test_a_preview_answers_the_number_and_writes_nothing(
    sample: Sample, cast: Cast, client: Client, typed: dict[str, str], number: str
) -> None:
    client.force_login(cast.karin)
    answer = client.post(address(sample), USUAL | typed | {"act": "preview"}, headers={"X-Fragment": "size"})
    assert answer.context["shown"].number == number
    assert b"<html" not in answer.content
    assert Sample.objects.get(pk=sample.pk).design == {}


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"confidence": "100"}, "confidence"),
        ({"confidence": "0"}, "confidence"),
        ({"confidence": "NaN"}, "confidence"),
        ({"confidence": ""}, "confidence"),
        ({"tolerable": "100"}, "tolerable"),
        ({"tolerable": "fem"}, "tolerable"),
        ({"expected": "-1"}, "expected"),
        ({"expected": "700"}, "expected"),
        ({"expected": "1", "expected_rate": "1"}, "expected_rate"),
        ({"expected_rate": "5"}, "expected_rate"),
        ({"kind": "preset"}, "preset"),
        ({"kind": "preset", "preset": "hourly"}, "preset"),
        ({"kind": "fixed"}, "size"),
        ({"kind": "fixed", "size": "0"}, "size"),
        ({"kind": "fixed", "size": "12481"}, "size"),
        ({"kind": "discovery", "critical": "0"}, "critical"),
        ({"kind": "discovery", "critical": "20000"}, "critical"),
        ({"kind": "fixed", "size": "1", "division": "proportional"}, "size"),
        ({"division": "stated", "group_0": "2", "group_1": "två"}, "group_1"),
        ({"division": "stated", "group_0": "3121", "group_1": "2"}, "division"),
        ({"division": "neyman", "group_0": "101", "group_1": "2"}, "group_0"),
        ({"division": "neyman", "group_0": "0", "group_1": "100"}, "division"),
        ({"kind": "guess"}, "kind"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_kept(
    sample: Sample, cast: Cast, client: Client, typed: dict[str, str], field: str
) -> None:
    client.force_login(cast.karin)
    answer = client.post(address(sample), USUAL | typed | {"act": "keep"})
    assert list(answer.context["form"].errors) == [field]
    assert "%(" not in answer.content.decode()
    assert Sample.objects.get(pk=sample.pk).size is None


def test_an_amount_is_drawn_by_only_where_there_are_amounts(follow_up: FollowUp, cast: Cast, client: Client) -> None:
    sample = begin(locked_population(follow_up, amount_column=""), by=cast.karin)
    client.force_login(cast.karin)
    answer = client.post(address(sample), USUAL | {"kind": "monetary", "act": "keep"})
    assert list(answer.context["form"].errors) == ["kind"]


def test_the_plan_is_kept_with_its_inputs_and_its_history(sample: Sample, cast: Cast, client: Client) -> None:
    client.force_login(cast.karin)
    form = USUAL | {"tolerable": "7,5", "expected_rate": "1", "division": "proportional", "act": "keep"}
    assert client.post(address(sample), form | {"version": version_of(sample)}).status_code == 302
    kept = Sample.objects.get(pk=sample.pk)
    assert asked_of(kept.design).tolerable == Decimal("0.075")
    assert kept.size == sum(kept.design["strata"].values())
    assert kept.history.first().history_user_name == "Karin Lindqvist"
    again = client.get(address(sample))
    assert again.context["form"]["tolerable"].value() == "7,5"


def test_the_second_of_two_designers_is_refused_and_keeps_what_was_typed(sample: Sample, cast: Cast, client: Client) -> None:
    opened = version_of(sample)
    keep_design(sample, by=cast.eva, asked=Asked(tolerable=Decimal("0.1")))
    with pytest.raises(Stale):
        keep_design(sample, by=cast.karin, asked=Asked(), version=opened)
    client.force_login(cast.karin)
    answer = client.post(address(sample), USUAL | {"tolerable": "3", "act": "keep", "version": opened})
    assert answer.status_code == 409
    assert answer.context["form"]["tolerable"].value() == "3"
    assert Sample.objects.get(pk=sample.pk).size == 29


def test_after_the_seed_the_plan_stands(follow_up: FollowUp, cast: Cast, client: Client) -> None:
    sample = drawn_sample(follow_up)
    with pytest.raises(NotInThisState):
        keep_design(sample, by=cast.karin, asked=Asked(kind=Kind.ALL))
    client.force_login(cast.karin)
    assert client.post(address(sample), USUAL | {"act": "keep"}).status_code == 409
    assert 'name="act"' not in client.get(address(sample)).content.decode()


def test_the_guide_costs_the_same_whatever_the_population(follow_up: FollowUp, cast: Cast, client: Client) -> None:
    client.force_login(cast.karin)
    counts = []
    for rows in (50, 5_000_000):
        sample = begin(locked_population(follow_up, rows=rows, name=f"{rows} rader"), by=cast.karin)
        with CaptureQueriesContext(connection) as found:
            assert client.get(address(sample)).status_code == 200
        counts.append(len(found))
    assert counts[0] == counts[1] <= 10
