"""The alerts of a follow-up's period become a population: the same columns, only what its readers may read, and a sample."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from controls.data_files.table import first_rows
from controls.models import Alert, FollowUp, Population, SampleItem, Watch
from controls.monitoring.behind_follow_ups.as_file import alerts_file
from controls.sampling.populations import verbs
from controls.sampling.populations.stored_file import path_of
from controls.sampling.runs import WORKSHOP
from controls.sampling.work import perform
from tests.cast import Cast
from tests.follow_ups.follow_ups import fresh
from tests.monitoring.behind_follow_ups.scene import chosen, confirmed, explained, followed_up, watched_operations
from tests.monitoring.registers.scene import AUGUST, a_register
from tests.monitoring.watching.scene import HOME_CARE, SCHOOL, WATER, came, let_the_worker_run, watched
from tests.sampling.scene import drawn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
COLUMNS = [
    *("Larm", "Regel", "Register", "Gäller", "Namn", "Organisationsnummer", "Kom", "Status i perioden"),
    *("Status nu", "Skäl", "Antal återkomster", "Belopp", "Fakta"),
]


@pytest.fixture
def follow_up(cast: Cast) -> FollowUp:
    found = followed_up(cast, watched_operations(cast)[1])
    explained("Hemtjänst", by=cast.karin)
    confirmed("Vatten", by=cast.karin)
    return found


def address(follow_up: FollowUp) -> str:
    return reverse("alerts_population", args=[follow_up.control_id, follow_up.pk])


def rows_of(population: Population) -> list[list[Any]]:
    with WORKSHOP.scratch_engine() as engine:
        return [cells for _number, cells in first_rows(engine, path_of(population), population.columns)]


def test_the_alerts_of_the_period_are_a_draft_with_its_columns_chosen(client: Client, cast: Cast, follow_up: FollowUp) -> None:
    client.force_login(cast.karin)
    page = reverse("control_watches", args=[follow_up.control_id])
    assert address(follow_up) in client.get(page).content.decode()
    response = client.post(address(follow_up))
    made = Population.objects.get()
    assert (response.status_code, response["Location"]) == (302, made.get_absolute_url())
    assert made.columns == COLUMNS
    assert (made.unit, made.control_id, made.state) == (follow_up.unit, follow_up.control_id, "draft")
    assert (made.key_columns, made.stratum_column, made.personal_columns) == (["Larm"], "Regel", ["Namn", "Skäl", "Fakta"])
    found = {row[4]: (row[7], row[8], row[9]) for row in rows_of(made)}
    assert found == {
        "Hemtjänst": ("Förklarat", "Förklarat", "Planen finns, listan var gammal"),
        "Vatten": ("Bekräftad avvikelse", "Bekräftad avvikelse", "Planen saknas"),
    }


def test_a_sample_of_them_is_drawn_as_of_any_population(client: Client, cast: Cast, follow_up: FollowUp) -> None:
    client.force_login(cast.karin)
    client.post(address(follow_up))
    locked, run = verbs.lock(Population.objects.get(), by=cast.karin)
    assert perform(run.pk)
    locked.refresh_from_db()
    assert (locked.state, locked.row_count) == ("locked", 2)
    drawn(cast, locked, 1)
    assert {item.key for item in SampleItem.objects.all()} <= {str(pk) for pk in Alert.objects.values_list("pk", flat=True)}


def test_the_columns_are_the_same_whatever_the_readers_language(cast: Cast, follow_up: FollowUp) -> None:
    with translation.override("en"):
        in_english = alerts_file(fresh(follow_up), cast.karin)
    assert in_english == alerts_file(fresh(follow_up), cast.karin)
    assert in_english.content.decode("utf-8-sig").splitlines()[0].split(";") == COLUMNS


def test_what_returned_after_the_period_is_told_beside_how_it_was(cast: Cast, follow_up: FollowUp) -> None:
    register = Watch.objects.get().register
    came(register, cast.karin, HOME_CARE, SCHOOL, ("Vatten", "Teknik", "nej", "", "Nya Ek"), as_of=date(2025, 9, 5))
    let_the_worker_run()
    text = alerts_file(fresh(follow_up), cast.karin).content.decode("utf-8-sig")
    [line] = [line for line in text.splitlines() if "Vatten" in line]
    assert ";Bekräftad avvikelse;Nytt;" in line


def test_alerts_that_the_populations_readers_may_not_read_are_left_out_and_counted(
    client: Client, cast: Cast, follow_up: FollowUp
) -> None:
    above = a_register(cast.municipality, cast.eva, kind="operations", name="Kommunens lista")
    came(above, cast.eva, HOME_CARE, WATER, as_of=AUGUST)
    chosen(follow_up, *Watch.objects.all(), watched(above, cast.eva), by=cast.eva)
    let_the_worker_run()
    # Eva may read both registers. Who works with the board's population may not.
    client.force_login(cast.eva)
    client.post(address(follow_up))
    made = Population.objects.get()
    assert len(rows_of(made)) == 2
    assert made.source_system == "Riskreg, larm från kontrollmomentets bevakade regler; 2 larm utelämnade"


def test_who_may_not_prepare_a_sample_makes_none(client: Client, cast: Cast, follow_up: FollowUp) -> None:
    client.force_login(cast.siv)
    assert client.post(address(follow_up)).status_code in {403, 404}
    assert client.get(address(follow_up)).status_code == 405
    assert not Population.objects.exists()


def test_without_alerts_there_is_nothing_to_draw_from_and_it_is_said(client: Client, cast: Cast) -> None:
    bare = followed_up(cast, watched_operations(cast, ("Skola", "Barn", "ja", "2025-01-10", "Ulla Ek"))[1])
    client.force_login(cast.karin)
    page = client.post(address(bare), follow=True).content.decode()
    assert "Det finns inga larm i perioden att dra ett urval ur." in page
    assert not Population.objects.exists()
