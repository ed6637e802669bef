"""A sample whose population and design stand ready is drawn by the schedule, once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from controls.models import Check, Population, Sample, SampleItem, SamplingRun
from controls.sampling import work
from controls.sampling.drawing import verbs
from controls.sampling.drawing.by_itself import draw_what_is_ready
from controls.sampling.drawing.verification import is_contradicted, verify
from controls.sampling.gate import SAMPLES
from riskreg.access.verbs import NotPermitted
from riskreg.models.author import SYSTEM
from tests.cast import Cast
from tests.checks.checks import make_check
from tests.follow_ups.test_two_at_once import in_parallel
from tests.sampling.scene import EVENT, SEED, designed, locked


@pytest.fixture
def ready(cast: Cast, today: date) -> Sample:
    population = locked(cast)
    check = make_check(population.control, date(2025, 9, 15))
    sample = designed(population, 20)
    sample.occasion = check
    sample.save()
    return sample


def again(sample: Sample) -> Sample:
    return Sample.objects.get(pk=sample.pk)


def test_a_week_before_the_check_is_due_riskreg_draws_it_and_signs_it(cast: Cast, ready: Sample, client: Client) -> None:
    assert draw_what_is_ready(date(2025, 9, 7)) == []
    (run,) = draw_what_is_ready(date(2025, 9, 8))
    assert work.perform(run)
    drawn = again(ready)
    assert (drawn.state, drawn.seed_origin) == ("drawn", "system")
    assert (drawn.seed_set_by, drawn.seed_set_by_itself, drawn.drawn_by, drawn.drawn_by_itself) == (None, True, None, True)
    assert drawn.items.filter(kind="drawn").count() == 20
    signed = [(row.history_user, row.history_user_name) for row in drawn.history.filter(history_type="~")[:2]]
    assert signed == [(None, SYSTEM)] * 2
    assert set(SampleItem.history.filter(sample=drawn.pk).values_list("history_user", "history_user_name")) == {(None, SYSTEM)}
    assert (drawn.record["seed_set_by"], drawn.record["drawn_by"]) == (SYSTEM, SYSTEM)
    assert not is_contradicted(verify(drawn))
    # Whoever locked it stands as who locked it, and every page says who drew.
    assert drawn.record["population"]["locked_by"] == "Karin Lindqvist"
    client.force_login(cast.karin)
    for page, times in ((drawn.get_absolute_url(), 2), (drawn.population.get_absolute_url(), 1)):
        assert client.get(page).content.decode().count("Riskreg (automatiskt)") == times


def test_run_again_it_draws_nothing_twice(cast: Cast, ready: Sample) -> None:
    (run,) = draw_what_is_ready(date(2025, 9, 8))
    assert draw_what_is_ready(date(2025, 9, 8)) == []
    seed = again(ready).seed
    work.perform(run)
    assert draw_what_is_ready(date(2025, 9, 9)) == []
    assert again(ready).seed == seed


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (Sample, {"size": None}),
        (Sample, {"occasion": None}),
        (Check, {"state": "missed", "missed_at": "2025-09-08T00:00:00Z"}),
    ],
)
def test_what_does_not_stand_ready_waits(cast: Cast, ready: Sample, model: Any, fields: dict[str, Any]) -> None:
    model.objects.update(**fields)
    assert draw_what_is_ready(date(2025, 9, 9)) == []


def test_a_draft_population_waits(cast: Cast, ready: Sample) -> None:
    Population.objects.update(state="draft", locked_at=None, locked_by=None, sha256="")
    assert draw_what_is_ready(date(2025, 9, 9)) == []


def test_a_seed_that_a_person_set_keeps_its_author_and_riskreg_draws(cast: Cast, ready: Sample) -> None:
    verbs.seed_from_event(ready, by=cast.karin, digits=SEED, event=EVENT)
    (run,) = draw_what_is_ready(date(2025, 9, 9))
    assert work.perform(run)
    drawn = again(ready)
    assert (drawn.seed, drawn.seed_set_by, drawn.seed_set_by_itself) == (SEED, cast.karin, False)
    assert (drawn.drawn_by, drawn.drawn_by_itself) == (None, True)
    assert drawn.history.filter(state="seeded").get().history_user == cast.karin


def test_riskreg_itself_does_nothing_else_with_a_sample(cast: Cast, ready: Sample) -> None:
    for verb in ("replace", "extend", "close", "reopen"):
        with pytest.raises(NotPermitted), SAMPLES.open(ready, verb, by=None, reason="Av sig själv"):
            pytest.fail(verb)


def test_ten_schedulers_and_ten_workers_at_once_draw_it_once(transactional_db: None, request: pytest.FixtureRequest) -> None:
    ready: Sample = request.getfixturevalue("ready")
    answers = in_parallel(*[lambda: draw_what_is_ready(date(2025, 9, 8)) for _ in range(10)])
    assert [one for one in answers if isinstance(one, Exception)] == []
    runs = sorted({run for asked in answers for run in asked})
    assert len(runs) == 1
    seed = again(ready).seed
    assert seed
    done = in_parallel(*[lambda: work.perform(runs[0]) for _ in range(10)])
    assert [one for one in done if isinstance(one, Exception)] == []
    drawn = again(ready)
    assert (drawn.state, drawn.seed, drawn.items.filter(kind="drawn").count()) == ("drawn", seed, 20)
    assert SamplingRun.objects.filter(sample=ready).count() == 1
    assert draw_what_is_ready(date(2025, 9, 8)) == []
