"""What a population's file leaves open is asked on its page, keeps it from being locked, and the answers stand in the record."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from controls.data_files.content import content_hash
from controls.models import Population
from controls.sampling import work as sampling_work
from controls.sampling.drawing.verification import Verdict, verify
from controls.sampling.populations import verbs as populations
from controls.sampling.populations.stored_file import questions_of
from controls.sampling.populations.weeding import weed_population
from riskreg import clock
from riskreg.access.verbs import NotPermitted
from riskreg.verbs.errors import NotInThisState, Refused
from tests.cast import Cast
from tests.data_files.files import csv_bytes
from tests.sampling.scene import drawn, locked, read_in, with_columns

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

HEADINGS = ("Faktura", "Belopp", "Namn")
ROWS = [(f"F{i}", f"{i}.000", "Bo Ek") for i in range(1, 13)]
SUM = ("Summa", "78.000", "")
ANSWERS = {"thousands": "thousands", "total_row": "total"}


def open_population(cast: Cast) -> Population:
    return with_columns(read_in(cast, csv_bytes([*ROWS, SUM], HEADINGS)), cast.karin, amount="Belopp")


def answered(population: Population, cast: Cast, choices: dict[str, str] = ANSWERS) -> Population:
    _, run = populations.answer(population, by=cast.karin, choices=choices)
    assert sampling_work.perform(run.pk)
    return Population.objects.get(pk=population.pk)


def locked_now(population: Population, cast: Cast) -> Population:
    _, run = populations.lock(population, by=cast.karin)
    assert sampling_work.perform(run.pk)
    run.refresh_from_db()
    assert run.state == "done", run.problem
    return Population.objects.get(pk=population.pk)


def files_left() -> list[str]:
    folder = Path(django_settings.MEDIA_ROOT) / "populations"
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_it_is_not_locked_while_a_question_is_open(cast: Cast) -> None:
    population = open_population(cast)
    assert [question.code for question in questions_of(population)] == ["thousands", "total_row"]
    with pytest.raises(Refused):
        populations.lock(population, by=cast.karin)
    population = answered(population, cast, {"thousands": "thousands"})
    with pytest.raises(Refused):
        populations.lock(population, by=cast.karin)
    assert locked_now(answered(population, cast, {"total_row": "item"}), cast).row_count == 13


def test_a_lock_that_was_asked_for_before_the_question_was_known_fails_and_says_so(cast: Cast) -> None:
    population = open_population(cast)
    Population.objects.filter(pk=population.pk).update(profile={**population.profile, "checked": {}})
    _, run = populations.lock(Population.objects.get(pk=population.pk), by=cast.karin)
    sampling_work.perform(run.pk)
    run.refresh_from_db()
    population.refresh_from_db()
    assert (run.state, population.state) == ("failed", "draft")
    assert run.problem
    assert len(questions_of(population)) == 2


def test_what_is_locked_is_what_was_answered(cast: Cast, django_capture_on_commit_callbacks: Any) -> None:
    population = answered(open_population(cast), cast)
    with django_capture_on_commit_callbacks(execute=True):
        population = locked_now(population, cast)
    meant = [(key, amount.replace(".", ""), name) for key, amount, name in ROWS]
    assert population.sha256 == content_hash(HEADINGS, meant, ["Faktura"])
    assert (population.row_count, population.control_total) == (12, Decimal(78000))
    assert population.profile["rows"] == 12
    assert files_left() == [Path(str(population.file.name)).name]


def test_the_answers_stand_in_the_history_of_the_lock_and_in_the_record(cast: Cast) -> None:
    population = locked_now(answered(open_population(cast), cast), cast)
    row = population.history.filter(state="locked").first()
    assert population.sha256 in row.history_change_reason
    assert "14" in row.history_change_reason
    assert row.answers == population.answers
    assert row.answers["total_row"] == {"choice": "total", "rows": [14], "count": 1, "total": "78000.0000"}
    sample = drawn(cast, population, size=4)
    assert sample.record["population"]["answers"] == population.answers


def test_a_sample_of_an_answered_population_verifies(cast: Cast) -> None:
    sample = drawn(cast, locked_now(answered(open_population(cast), cast), cast), size=4)
    verdicts = {(each.about, each.verdict) for each in verify(sample)}
    assert {("population", Verdict.PROVEN), ("draw", Verdict.PROVEN), ("record", Verdict.PROVEN)} <= verdicts
    assert not any(verdict == Verdict.CONTRADICTED for _about, verdict in verdicts)


def test_only_what_is_asked_is_answered(cast: Cast) -> None:
    population = open_population(cast)
    for choices in ({"thousands": "item"}, {"hidden_rows": "item"}):
        with pytest.raises(ValidationError):
            populations.answer(population, by=cast.karin, choices=choices)
    with pytest.raises(NotPermitted):
        populations.answer(population, by=cast.ake, choices=ANSWERS)
    with pytest.raises(NotInThisState):
        populations.answer(locked(cast), by=cast.karin, choices={})


def test_another_amount_column_takes_back_the_answers_about_the_amounts(cast: Cast) -> None:
    population = answered(open_population(cast), cast)
    assert with_columns(population, cast.karin, amount="Belopp").answers == population.answers
    population = with_columns(population, cast.karin)
    assert population.answers == {}
    assert [question.code for question in questions_of(population)] == ["total_row"]


def test_once_weeded_nothing_of_the_questions_quotes_a_row(cast: Cast, django_capture_on_commit_callbacks: Any) -> None:
    rows = [*ROWS[:-1], ("F12", "66.000", "Ann Ek")]
    population = with_columns(read_in(cast, csv_bytes(rows, HEADINGS)), cast.karin, amount="Belopp", personal=("Namn",))
    assert "Ann Ek" in json.dumps(population.profile, ensure_ascii=False)
    population = locked_now(answered(population, cast, {"thousands": "decimals", "total_row": "item"}), cast)
    Population.objects.filter(pk=population.pk).update(retained_until="2025-01-01")
    with django_capture_on_commit_callbacks(execute=True):
        assert weed_population(population.pk, now=clock.now())
    population.refresh_from_db()
    said = json.dumps([population.profile, population.answers], ensure_ascii=False)
    assert "Ann Ek" not in said
    assert population.answers["total_row"] == {"choice": "item", "rows": [13], "count": 1}


# On the page


def page_of(client: Client, user: Any, population: Population) -> str:
    client.force_login(user)
    return client.get(population.get_absolute_url()).content.decode()


def test_the_page_asks_with_the_totals_of_both_ways_and_the_first_rows(client: Client, cast: Cast) -> None:
    population = open_population(cast)
    page = page_of(client, cast.karin, population)
    address = reverse("population_answer", args=[population.pk])
    assert f'action="{address}"' in page
    for shown in ("156\xa0000", "156", "F1", "F10", "Bo Ek"):
        assert shown in page
    assert "F12" not in page
    assert reverse("population_lock", args=[population.pk]) not in page
    refused = client.post(address, {"thousands": "thousands"})
    assert "error-summary" in refused.content.decode()
    assert Population.objects.get(pk=population.pk).answers == {}
    page = client.post(address, ANSWERS, follow=True).content.decode()
    assert reverse("population_lock", args=[population.pk]) in page
    assert ">1000<" in page


def test_the_lock_says_what_was_answered_to_the_auditor(client: Client, cast: Cast) -> None:
    population = locked_now(answered(open_population(cast), cast), cast)
    page = page_of(client, cast.ake, population)
    assert "rad 14" in page
    assert "rad 14" not in page_of(client, cast.siv, population)


def test_who_may_not_read_rows_sees_no_question_and_no_rows(client: Client, cast: Cast) -> None:
    page = page_of(client, cast.siv, open_population(cast))
    for hidden in ("78.000", "Bo Ek", "F1<"):
        assert hidden not in page


def test_the_canonical_file_of_a_draft_is_that_which_will_be_locked(client: Client, cast: Cast) -> None:
    population = answered(open_population(cast), cast)
    client.force_login(cast.karin)
    address = reverse("population_file", args=[population.pk])
    before = b"".join(client.get(address))
    population = locked_now(population, cast)
    assert b"".join(client.get(address)) == before
    assert b"Summa" not in before
