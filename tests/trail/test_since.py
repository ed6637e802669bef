"""A verification since the last whole one: what it looks at, what it leaves out and says so; progress within one file."""

from __future__ import annotations

import os
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from riskreg.models import Risk, Verification
from riskreg.trail import files, runs
from riskreg.trail.seals import seal
from riskreg.trail.since import last_whole
from riskreg.trail.verification import verify, work
from tests.architecture.scene_records import TODAY
from tests.cast import PASSWORD, make_risk
from tests.trail import tampering
from tests.trail.conftest import SealedTrail
from tests.trail.past_the_product import set_columns
from tests.trail.test_files import Kept, kept, path_of

__all__ = ["kept"]
pytestmark = pytest.mark.django_db


def whole(days_ago: float = 0) -> Verification:
    asked, _is_new = runs.ask(None, "", timezone.now() - timedelta(days=days_ago))
    runs.run(asked.pk)
    asked.refresh_from_db()
    return asked


def since_last() -> Verification:
    asked, _is_new = runs.ask(None, "", timezone.now(), since_last=True)
    runs.run(asked.pk)
    asked.refresh_from_db()
    return asked


@pytest.fixture
def grown(sealed: SealedTrail) -> SealedTrail:
    """Verified whole, and gone on since: a new risk that is sealed, and one that is not."""
    assert whole().is_intact
    make_risk(sealed.cast.plan, "Ny och förseglad")
    seal(timezone.now())
    make_risk(sealed.cast.plan, "Ny och oförseglad")
    return sealed


def test_what_was_verified_from_the_command_line_can_be_gone_on_from(sealed: SealedTrail) -> None:
    with pytest.raises(CommandError):
        call_command("verify_trail", since_last=True, stdout=StringIO())
    call_command("verify_trail", no_files=True, stdout=StringIO())
    assert last_whole() is None, "files were not looked at"
    call_command("verify_trail", stdout=StringIO())
    first = last_whole()
    assert first is not None
    assert (first.asked_by, first.is_intact, first.checked_rows) == (None, True, whole().checked_rows)
    out = StringIO()
    call_command("verify_trail", since_last=True, stdout=out)
    assert Verification.objects.latest().since is not None
    client = Client()
    client.login(username=sealed.cast.ake.email, password=PASSWORD)
    assert "den som driver installationen" in client.get(reverse("trail")).content.decode()


def test_it_looks_at_later_seals_alone_and_says_what_it_left_out(grown: SealedTrail) -> None:
    first = Verification.objects.get()
    asked = since_last()
    assert asked.is_intact
    assert (asked.since, asked.rows_left) == (first, first.checked_rows)
    assert 0 < asked.checked_rows < first.checked_rows
    assert asked.compared > first.compared
    assert asked.checked == asked.total


def test_what_came_since_is_verified_as_ever(grown: SealedTrail) -> None:
    newest = Risk.history.filter(title="Ny och förseglad").latest("history_id")
    tampering.change(newest.history_id, "title", "Omskriven")
    kinds = {found["kind"] for found in since_last().findings}
    assert kinds == {"row_changed"}


def test_a_record_changed_outside_the_product_is_found_however_old_it_is(grown: SealedTrail) -> None:
    set_columns(Risk, grown.risks[0].pk, {"title": "Omskriven"})
    assert {found["kind"] for found in since_last().findings} == {"live_changed"}


def test_an_old_row_changed_with_its_seals_left_alone_is_not_looked_at_and_the_whole_finds_it(grown: SealedTrail) -> None:
    tampering.change(grown.rows[0][0], "title", "Omskriven")
    assert since_last().is_intact
    assert {found["kind"] for found in whole().findings} == {"row_changed"}


def test_an_old_seal_changed_or_gone_is_found(grown: SealedTrail) -> None:
    tampering.delete_seal(2)
    assert {"seal_missing", "seal_unlinked"} & {found["kind"] for found in since_last().findings}


def test_it_goes_on_from_a_whole_one_without_findings_only(grown: SealedTrail) -> None:
    first = Verification.objects.get()
    since_last()
    assert last_whole() == first, "not from one that left something out"
    set_columns(Risk, grown.risks[0].pk, {"title": "Omskriven"})
    assert not whole().is_intact
    assert last_whole() == first, "not from one that found something"
    tampering.delete_seal(3)
    assert last_whole() is None, "not from one whose head is gone"
    assert since_last().since is None


def backdate(paths: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel's time of change cannot be set: the look is told another one for these files."""
    old = timezone.now().timestamp() - 30 * 24 * 3600
    real, told = os.lstat, {str(path) for path in paths}

    def lstat(path: Any, **kwargs: Any) -> os.stat_result:
        found = list(real(path, **kwargs))
        if str(path) in told:
            found[8] = found[9] = int(old)
        return os.stat_result(found)

    monkeypatch.setattr(os, "lstat", lstat)


def all_paths(of: Kept) -> list[Path]:
    records = [*of.evidence, of.handed_in, of.population, of.template]
    return [*(path_of(record) for record in records), path_of(of.version, "document")]


def test_a_file_is_left_out_when_neither_its_record_nor_the_file_has_changed(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.RISKREG_TODAY = None
    seal(timezone.now())
    assert whole().is_intact
    assert since_last().files_left == 0, "the files were written a moment before that verification"
    backdate(all_paths(kept), monkeypatch)
    asked = since_last()
    assert asked.files_left >= 6
    assert asked.is_intact
    assert asked.checked == asked.total


def test_a_file_changed_since_is_hashed_and_found(kept: Kept, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.RISKREG_TODAY = None
    seal(timezone.now())
    whole()
    backdate(all_paths(kept)[1:], monkeypatch)
    path_of(kept.evidence[0]).write_bytes(b"Utbytt")
    os.utime(path_of(kept.evidence[0]), (0, 0))
    assert [found["kind"] for found in since_last().findings] == ["file_changed"], "its time of change tells, not the one it says"
    path_of(kept.evidence[1]).unlink()
    assert sorted(found["kind"] for found in since_last().findings) == ["file_changed", "file_missing"]


def test_under_a_pinned_calendar_every_file_is_hashed(kept: Kept, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.RISKREG_TODAY = TODAY
    seal(timezone.now())
    whole()
    backdate(all_paths(kept), monkeypatch)
    assert since_last().files_left == 0


@pytest.mark.usefixtures("today")
@pytest.mark.parametrize("which", ["evidence", "population"])
def test_one_long_file_tells_how_far_it_has_come(kept: Kept, which: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "BYTES_A_ROW", 1)
    monkeypatch.setattr(files, "PIECE", 4)
    told: list[int] = []
    outcome = verify(progress=told.append, with_files=True)
    assert outcome.is_intact
    assert told == sorted(told)
    assert told[-1] == outcome.done == work()
    parts: list[float] = []
    record = kept.evidence[0] if which == "evidence" else kept.population
    (one,) = [each for each in files._kept if each.model is type(record)]
    one.hash_of(record, path_of(record), parts.append)
    assert parts
    assert parts == sorted(parts)
    assert all(0 <= part <= 1 for part in parts)


def test_the_page_offers_it_once_there_is_a_whole_one_and_says_what_was_left_out(grown: SealedTrail) -> None:
    client = Client()
    client.login(username=grown.cast.ake.email, password=PASSWORD)
    assert 'name="extent" value="since"' in client.get(reverse("trail")).content.decode()
    page = client.post(reverse("trail_verify"), {"extent": "since"}, follow=True)
    assert page.context["latest"].since is not None
    assert "kontrollerades inte på nytt" in page.content.decode()
    page = client.post(reverse("trail_verify"), follow=True)
    assert page.context["latest"].since is None
    assert "kontrollerades inte på nytt" not in page.content.decode()
    Verification.objects.filter(since__isnull=False).delete()
    Verification.objects.all().delete()
    assert 'name="extent"' not in client.get(reverse("trail")).content.decode()


def test_the_command_says_what_it_left_out_and_refuses_when_there_is_nothing_to_go_on_from(grown: SealedTrail) -> None:
    out, first = StringIO(), Verification.objects.get()
    call_command("verify_trail", since_last=True, stdout=out)
    assert f"{first.checked_rows} förseglade rader" in out.getvalue()
    Verification.objects.exclude(since=None).delete()
    Verification.objects.all().delete()
    with pytest.raises(CommandError) as refused:
        call_command("verify_trail", since_last=True, stdout=out)
    assert refused.value.returncode == 2
