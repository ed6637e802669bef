"""A check's page, the list, and the start page's part of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controls.checks import verbs
from controls.models import Check, LatePerformance, Method, Sample
from riskreg.verbs.concurrency import version_of
from tests.cast import Cast, make_follow_up
from tests.checks.checks import make_check, monthly
from tests.sampling.samples import drawn_sample


@pytest.fixture
def check(cast: Cast, today: date) -> Check:
    return make_check(monthly(cast), date(2025, 9, 30))


def signed_in(client: Client, user: Any) -> Client:
    client.force_login(user)
    return client


def test_the_start_page_shows_what_to_perform_and_leads_there(cast: Cast, check: Check, client: Client) -> None:
    page = signed_in(client, cast.karin).get(reverse("inbox")).content.decode()
    assert check.get_absolute_url() in page
    assert "Kontroller att utföra" in page
    assert "1 väntar på dig" in page


def test_what_is_far_ahead_or_somebody_else_s_is_not_on_the_start_page(cast: Cast, check: Check, client: Client) -> None:
    far = make_check(check.control, date(2025, 12, 30))
    others = make_check(monthly(cast, school=True), date(2025, 9, 30))
    page = signed_in(client, cast.karin).get(reverse("inbox")).content.decode()
    assert far.get_absolute_url() not in page
    assert others.get_absolute_url() not in page


def test_the_start_page_counts_the_late_ones_also_those_it_does_not_show(cast: Cast, check: Check, client: Client) -> None:
    signed_in(client, cast.karin)
    assert client.get(reverse("inbox")).context["checks"].late == 0
    for day in range(1, 11):
        make_check(check.control, date(2025, 8, day))
    page = client.get(reverse("inbox"))
    assert (page.context["checks"].total, page.context["checks"].late, len(page.context["checks"].rows)) == (11, 10, 8)
    assert "sena kontrolltillfällen" in page.content.decode()
    late = client.get(reverse("checks") + "?whose=mine&state=late").content.decode()
    assert late.count("/kontrolltillfallen/") >= 10
    assert check.get_absolute_url() not in late


def test_in_two_presses_it_is_done(cast: Cast, check: Check, client: Client) -> None:
    client = signed_in(client, cast.karin)
    form = client.get(check.get_absolute_url()).context["form"]
    sent = {
        "conclusion": "no_deviations",
        "note": "",
        "performed_on": form.initial["performed_on"].isoformat(),
        "version": form.initial["version"],
    }
    answer = client.post(check.get_absolute_url(), sent, follow=True)
    assert "låst" in answer.content.decode()
    check.refresh_from_db()
    assert (check.state, check.performed_by) == ("done", cast.karin)
    assert answer.context["form"] is None


def test_files_are_kept_alone_or_with_what_it_came_to_and_shown_on_the_follow_ups_page(
    cast: Cast, check: Check, client: Client
) -> None:
    client, page = signed_in(client, cast.karin), check.get_absolute_url()
    typed = {"conclusion": "minor_deviations", "note": "", "performed_on": "2025-09-05", "version": version_of(check)}
    kept = client.post(page, typed | {"_attach": "1", "evidence": SimpleUploadedFile("lista.csv", b"a;b\n")})
    assert (kept.context["form"].initial["conclusion"], kept.context["form"].errors) == ("minor_deviations", {})
    assert Check.objects.get().state == "in_progress"
    # Without a note it is not recorded, but the file that came along is kept, and the next save is not taken for a conflict.
    typed |= {"version": kept.context["form"].initial["version"]}
    again = client.post(page, typed | {"evidence": SimpleUploadedFile("bild.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 20)})
    assert again.context["form"].errors.keys() == {"note"}
    refused = client.post(page, typed | {"evidence": SimpleUploadedFile("virus.exe", b"MZ")})
    assert "virus.exe" in str(refused.context["form"].errors)
    first, second = check.evidence.order_by("pk")
    removal = reverse("check_evidence_remove", args=[check.pk, first.pk])
    assert removal in again.content.decode()
    assert "lista.csv" in client.get(removal).content.decode()
    assert client.post(removal, {"reason": "Fel lista"}).status_code == 302
    done = client.get(page).context["form"].initial["version"]
    client.post(page, typed | {"note": "En fattas", "version": done})
    assert (Check.objects.get().state, list(check.evidence.all())) == ("done", [second])
    assert client.get(reverse("check_evidence_remove", args=[check.pk, second.pk])).status_code == 302
    gone: dict[str, Any] = {"state": "missed", "missed_at": "2026-01-14T00:00:00Z", "nominal_on": date(2025, 12, 31)}
    missed = make_check(check.control, date(2025, 12, 30), **gone)
    make_check(check.control, date(2025, 8, 29))
    late = reverse("check_verb", args=[missed.pk, "perform_late"])
    assert late in client.get(missed.get_absolute_url()).content.decode()
    client.post(late, {"conclusion": "no_deviations", "note": "Gjordes efter helgen.", "performed_on": "2025-09-05"})
    page = client.get(missed.get_absolute_url()).content.decode()
    assert "Gjordes efter helgen." in page
    assert late not in page
    shown = client.get(make_follow_up(check.control, cast.annual, unit=check.unit, performer=cast.karin).get_absolute_url())
    assert shown.context["period"].checks == [check, missed]
    assert reverse("evidence", args=[second.pk]) in shown.content.decode()


def test_a_late_performance_takes_files_too_and_keeps_all_or_none(cast: Cast, check: Check, client: Client) -> None:
    gone: dict[str, Any] = {"state": "missed", "missed_at": "2025-09-01T00:00:00Z", "nominal_on": date(2025, 7, 31)}
    missed = make_check(check.control, date(2025, 7, 31), **gone)
    late = reverse("check_verb", args=[missed.pk, "perform_late"])
    page = signed_in(client, cast.karin).get(late).content.decode()
    assert 'enctype="multipart/form-data"' in page
    assert '<button type="submit" class="btn primary">Registrera</button>' in page
    typed = {"conclusion": "no_deviations", "note": "", "performed_on": "2025-09-05"}

    def files(*contents: bytes) -> dict[str, Any]:
        return {"evidence": [SimpleUploadedFile(f"lista{number}.csv", one) for number, one in enumerate(contents)]}

    stored = set(evidence_files())
    refused = client.post(late, typed | files(b"a;b\n"))
    assert refused.context["form"].errors.keys() == {"note", "evidence"}
    typed["note"] = "Gjordes efter semestern."
    for wrong in ({"evidence": SimpleUploadedFile("virus.exe", b"MZ")}, files(b"a;b\n", b"a;b\n")):
        assert client.post(late, typed | wrong).context["form"].errors.keys() == {"evidence"}
    assert not missed.evidence.exists()
    assert not LatePerformance.objects.exists()
    assert set(evidence_files()) == stored
    answer = client.post(late, typed | files(b"a;b\n", b"c;d\n"), follow=True)
    assert [one.name for one in missed.evidence.order_by("pk")] == ["lista0.csv", "lista1.csv"]
    assert {one.history.get().history_change_reason for one in missed.evidence.all()} == {"Genomfört i efterhand"}
    page = answer.content.decode()
    for one in missed.evidence.all():
        assert reverse("evidence", args=[one.pk]) in page
        assert reverse("check_evidence_remove", args=[missed.pk, one.pk]) not in page


def evidence_files() -> list[str]:
    folder = Path(settings.MEDIA_ROOT) / "evidence"
    return [one.name for one in folder.iterdir()] if folder.exists() else []


def test_it_leads_to_its_sample_and_to_attaching_a_population(cast: Cast, check: Check, client: Client) -> None:
    control = check.control
    control.method = Method.SAMPLING
    control.save()
    sample = drawn_sample(make_follow_up(control, cast.interim, unit=check.unit, performer=cast.karin))
    page = signed_in(client, cast.karin).get(check.get_absolute_url()).content.decode()
    attach = reverse("population_add", args=[control.pk]) + f"?check={check.pk}"
    assert attach in page
    assert reverse("sample", args=[sample.pk]) not in page
    assert client.get(attach).context["form"].initial["occasion"] == check.pk
    Sample.objects.filter(pk=sample.pk).update(follow_up=None, occasion=check)
    assert reverse("sample", args=[sample.pk]) in client.get(check.get_absolute_url()).content.decode()


def test_a_deviation_without_a_note_comes_back_with_what_was_typed(cast: Cast, check: Check, client: Client) -> None:
    sent = {"conclusion": "minor_deviations", "note": "", "performed_on": "2025-09-05"}
    answer = signed_in(client, cast.karin).post(check.get_absolute_url(), sent)
    assert answer.context["form"].errors.keys() == {"note"}
    assert answer.context["form"]["conclusion"].value() == "minor_deviations"
    assert Check.objects.get().state == "planned"


def test_saved_by_another_meanwhile_it_says_so_and_can_be_saved_again(cast: Cast, check: Check, client: Client) -> None:
    opened = version_of(check)
    verbs.start(check, by=cast.johan)
    sent = {"conclusion": "no_deviations", "note": "Allt rätt", "performed_on": "2025-09-05", "version": opened}
    answer = signed_in(client, cast.karin).post(check.get_absolute_url(), sent)
    assert "Johan Berg" in answer.content.decode()
    again = sent | {"version": answer.context["form"]["version"].value()}
    client.post(check.get_absolute_url(), again)
    assert Check.objects.get().state == "done"


@pytest.mark.parametrize("verb", ["mark_missed", "move", "assign"])
def test_a_verb_asks_and_a_refusal_stays_in_the_form(cast: Cast, check: Check, client: Client, verb: str) -> None:
    address = reverse("check_verb", args=[check.pk, verb])
    client = signed_in(client, cast.eva)
    assert client.get(address).status_code == 200
    assert client.post(address, {}).context["form"].errors
    assert Check.objects.get().state == "planned"


def test_an_unknown_verb_is_not_found(cast: Cast, check: Check, client: Client) -> None:
    assert signed_in(client, cast.karin).get(reverse("check_verb", args=[check.pk, "complete"])).status_code == 404


def test_the_list_is_narrowed_by_whose_state_unit_and_year(cast: Cast, check: Check, client: Client) -> None:
    make_check(monthly(cast), date(2025, 8, 29), state="missed", missed_at="2025-09-01T00:00:00Z")
    nobodys = make_check(check.control, date(2025, 9, 1), performer=None)
    school = make_check(monthly(cast, school=True), date(2025, 9, 30))
    client = signed_in(client, cast.eva)

    def found(**query: Any) -> set[int]:
        return {row.check.pk for row in client.get(reverse("checks"), query).context["rows"]}

    assert len(found()) == 4
    assert found(whose="nobody") == {nobodys.pk}
    assert found(state="late") == {nobodys.pk}
    assert found(unit=cast.school_board.pk) == {school.pk}
    assert found(year=2024) == set()
    assert found(state="nonsense") == set()
    assert found(state="open", whose="mine") == set()


@pytest.mark.parametrize("page", ["inbox", "checks"])
def test_a_page_costs_the_same_few_queries_with_5_checks_and_with_500(cast: Cast, today: date, client: Client, page: str) -> None:
    client = signed_in(client, cast.karin)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(page)).status_code == 200
        return len(queries)

    for _number in range(5):
        make_check(monthly(cast), date(2025, 9, 10))
    few = cost()
    control = monthly(cast)
    for day in range(500):
        due = date.fromordinal(date(2025, 1, 1).toordinal() + day)
        make_check(control, due)
    assert cost() == few <= 8
