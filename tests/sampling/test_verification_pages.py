"""Verifications as runs: a large one is the worker's, what it found is kept, and only those who may verify read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controls import tasks
from controls.data_files.table import content_sha256
from controls.models import Population, Sample, SampleItem, SamplingRun
from controls.sampling import runs, work
from controls.sampling.drawing import verbs
from controls.sampling.drawing import verification as sample_verification
from controls.sampling.drawing.picking import Picked, pick_smallest
from controls.sampling.drawing.verification import Verdict, ask_for, of_outcome, verify
from controls.sampling.populations.weeding import weed_due
from riskreg import work_queue
from riskreg.access.verbs import NotPermitted
from riskreg.models.author import Author
from riskreg.verbs.errors import Refused
from tests.cast import Cast, make_user
from tests.data_files.files import csv_bytes, invoices
from tests.sampling.scene import SEED, a_control, designed, drawn, locked
from tests.sampling.shown import page_of
from tests.sampling.test_verification import LATER

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today"), pytest.mark.one_engine]
VERDICTS = 'class="rows verdicts"'


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every verification is a large one; the runs that were handed to the worker."""
    ids: list[int] = []
    monkeypatch.setattr(runs, "SMALL_ROWS", 10)
    monkeypatch.setattr(sample_verification, "SMALL_ROWS", 10)
    monkeypatch.setattr(tasks.perform_sampling_run, "delay_on_commit", ids.append)
    return ids


def address_of(sample: Sample) -> str:
    return reverse("sample_verify", args=[sample.pk])


def done(sample: Sample, by: Any) -> SamplingRun:
    run = ask_for(sample, by=by)
    assert work.perform(run.pk)
    run.refresh_from_db()
    assert run.state == "done", run.problem
    return run


def test_a_large_one_is_asked_for_by_a_button_and_handed_to_the_worker(
    client: Client, cast: Cast, sample: Sample, handed: list[int]
) -> None:
    page = page_of(client, cast.ake, address_of(sample))
    assert VERDICTS not in page
    assert '<button type="submit" class="btn primary">' in page
    assert not SamplingRun.objects.verifications().exists()
    client.post(address_of(sample))
    run = SamplingRun.objects.verifications().get()
    assert (handed, run.asked_by, run.sample, run.state) == ([run.pk], cast.ake, sample, "waiting")
    page = page_of(client, cast.ake, address_of(sample))
    assert VERDICTS not in page
    assert f'data-verification="{reverse("sampling_run", args=[run.pk])}"' in page
    assert "<progress" in page
    assert "riskreg/js/verification.js" in page
    assert reverse("sampling_run_cancel", args=[run.pk]) in page
    work.perform(run.pk)
    page = page_of(client, cast.ake, address_of(sample))
    assert VERDICTS in page
    assert "<progress" not in page
    assert sample.population.sha256 in page
    assert "Verifiera igen" in page


def test_a_small_one_is_made_anew_each_time_and_kept_when_asked(client: Client, cast: Cast, sample: Sample) -> None:
    page = page_of(client, cast.ake, address_of(sample))
    assert VERDICTS in page
    assert "?run=" not in page
    client.post(address_of(sample))
    run = SamplingRun.objects.verifications().get()
    assert (run.state, run.asked_by) == ("done", cast.ake)
    SampleItem.objects.filter(sample=sample, position=1).update(key="F000199")
    page = page_of(client, cast.ake, address_of(sample))
    assert "note critical" in page
    assert f"?run={run.pk}" in page
    kept = page_of(client, cast.ake, f"{address_of(sample)}?run={run.pk}")
    assert "note critical" not in kept
    assert "Åke" in kept


def test_what_is_kept_is_what_was_found_then_in_the_words_of_who_asked(
    client: Client, cast: Cast, sample: Sample, handed: list[int]
) -> None:
    first = done(sample, cast.ake)
    assert first.outcome["language"] == "sv"
    with_sv = of_outcome(first.outcome)
    assert [one.verdict for one in with_sv] == [one.verdict for one in verify(Sample.objects.get(pk=sample.pk))]
    Sample.objects.filter(pk=sample.pk).update(seed=SEED[::-1])
    second = done(sample, cast.eva)
    assert sample_verification.is_contradicted(of_outcome(second.outcome))
    cast.ake.language = "en"
    cast.ake.save()
    page = page_of(client, cast.ake, address_of(sample))
    assert "note critical" in page
    assert f"?run={first.pk}" in page
    assert '<ul class="rows verdicts" lang="sv">' in page
    assert client.get(f"{address_of(sample)}?run=987654").status_code == 404


def test_an_outcome_of_another_sample_is_not_found_beside_this_one(client: Client, cast: Cast, sample: Sample) -> None:
    other = drawn(cast, locked(cast, csv_bytes(invoices(30)), control=a_control(cast, "En annan risk")), 3)
    run = done(other, cast.ake)
    client.force_login(cast.ake)
    assert client.get(f"{address_of(other)}?run={run.pk}").status_code == 200
    assert client.get(f"{address_of(sample)}?run={run.pk}").status_code == 404


def test_its_outcome_is_for_who_may_verify_its_progress_for_who_sees_the_sample(
    client: Client, cast: Cast, sample: Sample, handed: list[int]
) -> None:
    run = ask_for(sample, by=cast.ake)
    progress = reverse("sampling_run", args=[run.pk])
    assert progress in page_of(client, cast.karin, sample.get_absolute_url())
    assert client.get(progress).json()["is_open"]
    work.perform(run.pk)
    digest = sample_verification.of_outcome(SamplingRun.objects.get(pk=run.pk).outcome)[0].text
    for person in (cast.karin, cast.johan, cast.siv):
        client.force_login(person)
        assert client.get(address_of(sample)).status_code == 403
        assert client.get(f"{address_of(sample)}?run={run.pk}").status_code == 403
        assert client.post(address_of(sample)).status_code == 403
        for address in (progress, sample.get_absolute_url(), sample.population.get_absolute_url()):
            assert digest not in client.get(address).content.decode()
    for person in (cast.ake, cast.eva):
        assert digest in page_of(client, person, address_of(sample))
    assert SamplingRun.objects.verifications().count() == 1


def test_it_is_cancelled_by_who_asked_and_by_who_prepares_and_by_nobody_else(
    client: Client, cast: Cast, sample: Sample, handed: list[int]
) -> None:
    another = make_user("Revisor Två", cast.board, "auditor")
    for person, may in ((another, False), (cast.siv, False), (cast.ake, True), (cast.karin, True), (cast.eva, True)):
        run = SamplingRun.objects.verifications().open().first() or ask_for(sample, by=cast.ake)
        cancel = reverse("sampling_run_cancel", args=[run.pk])
        page = page_of(client, person, sample.get_absolute_url())
        assert (cancel in page) is may, person
        response = client.post(cancel)
        run.refresh_from_db()
        assert (response.status_code, run.state) == ((302, "cancelled") if may else (403, "waiting")), person
        assert not may or response.headers["Location"] == (
            sample.get_absolute_url() if person == cast.karin else address_of(sample)
        )
    assert "avbrutet" in page_of(client, cast.ake, address_of(sample)).lower()
    assert "avbrutet" not in page_of(client, cast.karin, sample.get_absolute_url()).lower()


def test_who_asked_for_something_else_does_not_cancel_it_without_the_right(cast: Cast, population: Population) -> None:
    sample = verbs.seed_from_system(designed(population), by=cast.karin)
    run = verbs.draw(sample, by=cast.karin)[1]
    SamplingRun.objects.filter(pk=run.pk).update(asked_by=cast.ake)
    run.refresh_from_db()
    with pytest.raises(NotPermitted):
        runs.cancel(run, by=cast.ake)


def test_it_waits_for_nothing_and_nothing_waits_for_it(cast: Cast, sample: Sample) -> None:
    population = sample.population
    verification = ask_for(sample, by=cast.ake)
    assert len(verbs.extend(sample, by=cast.karin, count=2, reason="Mer")) == 2
    assert runs.ask(population, SamplingRun.Kind.DRAW, by=Author(cast.karin), size=1, sample=sample).is_open
    with pytest.raises(Refused):
        runs.ask(population, SamplingRun.Kind.DRAW, by=Author(cast.karin), size=1, sample=sample)
    assert work.perform(verification.pk)
    verification.refresh_from_db()
    assert verification.state == "done"
    assert not sample_verification.is_contradicted(of_outcome(verification.outcome))


def test_a_sample_is_verified_once_at_a_time_and_never_before_it_is_drawn(cast: Cast, sample: Sample) -> None:
    ask_for(sample, by=cast.ake)
    with pytest.raises(Refused, match="verifieras"):
        ask_for(sample, by=cast.eva)
    begun = designed(locked(cast, csv_bytes(invoices(30)), control=a_control(cast, "En annan risk")), 3)
    with pytest.raises(Refused):
        ask_for(begun, by=cast.ake)
    for person in (cast.karin, cast.johan, cast.siv):
        with pytest.raises(NotPermitted):
            ask_for(sample, by=person)
    run = SamplingRun.objects.verifications().get()
    with pytest.raises(IntegrityError), transaction.atomic():
        SamplingRun.objects.filter(pk=run.pk).update(sample=None)


def test_nothing_is_weeded_while_it_reads(cast: Cast, sample: Sample) -> None:
    run = ask_for(sample, by=cast.ake)
    assert weed_due(LATER) == 0
    runs.cancel(run, by=cast.ake)
    assert weed_due(LATER) == 1


# How far it has come


def test_it_tells_how_far_it_has_come_and_what_tells_ends_it(cast: Cast, sample: Sample) -> None:
    told: list[float] = []
    proven = verify(sample, tell=told.append)
    assert [one.verdict for one in proven] == [one.verdict for one in verify(sample)]
    assert told
    assert all(0 <= share <= 1 for share in told)
    assert max(told) >= 0.5

    def end(share: float) -> None:
        raise work_queue.TakenOver

    before = files()
    with pytest.raises(work_queue.TakenOver):
        verify(sample, tell=end)
    assert files() == before


def files() -> set[Path]:
    return set((Path(settings.MEDIA_ROOT) / "populations").rglob("*"))


def test_cancelled_on_its_way_it_leaves_nothing(cast: Cast, sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    run = ask_for(sample, by=cast.ake)
    before = files()

    def cancelled_meanwhile(*args: Any, **kwargs: Any) -> list[Picked]:
        assert any(runs.WORKSHOP.folder_of(run).iterdir())
        runs.cancel(run, by=cast.ake)
        monkeypatch.setattr(work_queue, "TELL_SECONDS", 0)
        return pick_smallest(*args, **kwargs)

    monkeypatch.setattr(sample_verification, "pick_smallest", cancelled_meanwhile)
    assert not work.perform(run.pk)
    run.refresh_from_db()
    assert (run.state, run.outcome) == ("cancelled", {})
    assert files() - before <= {runs.WORKSHOP.folder_of(run).parent}


def test_items_examined_while_it_scans_contradict_nothing(cast: Cast, sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    def examined_meanwhile(*args: Any, **kwargs: Any) -> str:
        item = sample.items.get(position=1)
        item.outcome, item.examined_by, item.examined_at = "ok", cast.karin, sample.drawn_at
        item.save()
        return content_sha256(*args, **kwargs)

    monkeypatch.setattr(sample_verification, "content_sha256", examined_meanwhile)
    assert not sample_verification.is_contradicted(verify(sample))


# Who did it


def test_it_names_who_locked_set_the_seed_and_drew_and_when(client: Client, cast: Cast, sample: Sample) -> None:
    page = page_of(client, cast.ake, address_of(sample))
    told = [one for one in verify(sample) if one.about == "people"]
    assert [one.verdict for one in told] == [Verdict.PROVEN] * 3
    for one in told:
        assert one.text in page
        assert "Karin Lindqvist" in one.text
        assert "8 september 2025" in one.text
    assert "Tärningar kastade" in told[1].text


@pytest.mark.parametrize("change", ["locked_by", "seed_set_by", "drawn_by"])
def test_another_name_than_the_trail_s_is_seen(cast: Cast, sample: Sample, change: str) -> None:
    rows = Population.objects.filter(pk=sample.population_id) if change == "locked_by" else Sample.objects.filter(pk=sample.pk)
    rows.update(**{change: cast.eva})
    told = [one.verdict for one in verify(Sample.objects.get(pk=sample.pk)) if one.about == "people"]
    place = ["locked_by", "seed_set_by", "drawn_by"].index(change)
    assert [verdict == Verdict.CONTRADICTED for verdict in told] == [number == place for number in range(3)]


# The database


def test_the_page_asks_the_same_for_one_kept_verification_and_for_ten(
    client: Client, cast: Cast, sample: Sample, handed: list[int]
) -> None:
    client.force_login(cast.ake)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address_of(sample)).status_code == 200
        return len(asked)

    done(sample, cast.ake)
    queries()
    few = queries()
    for _number in range(9):
        done(sample, cast.ake)
    assert queries() == few <= 10
