"""A full disk and a busy database: a page that says so, with what was typed, and neither a password nor a file in it."""

from __future__ import annotations

import errno
import sqlite3
from typing import Any

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, OperationalError
from django.test import Client
from django.urls import reverse

from riskreg.database.troubles import TRIES, Trouble, once_more, trouble_of
from riskreg.models import ControlPlan, RiskCategory
from tests.cast import PASSWORD, Cast

pytestmark = pytest.mark.one_engine


def sqlite(code: int) -> Exception:
    error = sqlite3.OperationalError("as the engine says it")
    error.sqlite_errorcode = code
    return caused(OperationalError("as the engine says it"), error)


def postgresql(state: str) -> Exception:
    error = Exception("as the engine says it")
    error.sqlstate = state  # type: ignore[attr-defined]
    return caused(OperationalError("as the engine says it"), error)


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (sqlite(sqlite3.SQLITE_BUSY), Trouble.BUSY),
        (sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), Trouble.BUSY),
        (sqlite(sqlite3.SQLITE_FULL), Trouble.FULL),
        (sqlite(sqlite3.SQLITE_IOERR_WRITE), Trouble.FULL),
        (sqlite(sqlite3.SQLITE_CONSTRAINT_UNIQUE), Trouble.LOST_RACE),
        (sqlite(sqlite3.SQLITE_CONSTRAINT_CHECK), None),
        (sqlite(sqlite3.SQLITE_CONSTRAINT_NOTNULL), None),
        (postgresql("23505"), Trouble.LOST_RACE),
        (postgresql("40P01"), Trouble.LOST_RACE),
        (postgresql("53100"), Trouble.FULL),
        (postgresql("55P03"), Trouble.BUSY),
        (postgresql("23514"), None),
        (OSError(errno.ENOSPC, "No space left on device"), Trouble.FULL),
        (OSError(errno.ENOENT, "No such file"), None),
        (ValueError("a fault of ours"), None),
        (None, None),
    ],
)
def test_what_the_engines_say_becomes_one_word(error: Exception | None, trouble: Trouble | None) -> None:
    assert trouble_of(error) is trouble


@pytest.fixture
def eva(cast: Cast, client: Client) -> Client:
    client.force_login(cast.eva)
    client.raise_request_exception = False
    return client


def fail(monkeypatch: pytest.MonkeyPatch, model: Any, error: Exception) -> None:
    def save(self: Any, *args: Any, **kwargs: Any) -> None:
        raise error

    monkeypatch.setattr(model, "save", save)


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (sqlite(sqlite3.SQLITE_FULL), 507, "Disken"),
        (OSError(errno.ENOSPC, "No space left on device"), 507, "Disken"),
        (sqlite(sqlite3.SQLITE_BUSY), 503, "upptagen"),
    ],
)
def test_the_page_says_what_happened_and_shows_what_was_typed(
    eva: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, words: str
) -> None:
    fail(monkeypatch, RiskCategory, error)
    answer = eva.post(reverse("admin:riskreg_riskcategory_add"), {"name": "Säkerhet <b> & beredskap", "_save": "Spara"})
    page = answer.content.decode()
    assert answer.status_code == status
    assert words in page
    assert "Säkerhet &lt;b&gt; &amp; beredskap</textarea>" in page
    assert ">Namn</label>" in page
    assert "Spara" not in page
    assert "no-store" in answer.headers["Cache-Control"]
    assert not RiskCategory.objects.exists()


def test_another_fault_gets_the_page_it_always_got(eva: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(monkeypatch, RiskCategory, ValueError("a fault of ours"))
    answer = eva.post(reverse("admin:riskreg_riskcategory_add"), {"name": "Säkerhet"})
    assert answer.status_code == 500
    assert "<textarea" not in answer.content.decode()


def test_a_page_that_cannot_be_read_says_so_without_a_form(eva: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*args: Any) -> Any:
        raise sqlite(sqlite3.SQLITE_BUSY)

    monkeypatch.setattr(type(admin.site._registry[RiskCategory]), "get_queryset", nobody)
    answer = eva.get(reverse("admin:riskreg_riskcategory_changelist"))
    assert answer.status_code == 503
    assert "<textarea" not in answer.content.decode()


def test_no_password_is_ever_shown(cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.raise_request_exception = False

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise sqlite(sqlite3.SQLITE_BUSY)

    monkeypatch.setattr("django.contrib.auth.views.auth_login", refuse)
    answer = client.post("/konto/logga-in/", {"username": cast.eva.email, "password": PASSWORD})
    page = answer.content.decode()
    assert answer.status_code == 503
    assert cast.eva.email in page
    assert PASSWORD not in page


def test_files_have_to_be_chosen_again(cast: Cast, eva: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise sqlite(sqlite3.SQLITE_FULL)

    monkeypatch.setattr("controls.models.PlanImport.save", refuse)
    upload = SimpleUploadedFile("plan.csv", "Identifierad risk;Riskvärde\nHemlig rad;8\n".encode())
    form = {"file": upload, "unit": cast.board.pk, "year": 2029, "closing": "", "matrix": cast.matrix.pk}
    answer = eva.post(reverse("admin:controls_planimport_add"), form)
    page = answer.content.decode()
    assert answer.status_code == 507
    assert "Filer måste väljas igen" in page
    assert "Hemlig rad" not in page


def test_a_race_that_is_lost_again_says_so(eva: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(monkeypatch, RiskCategory, caused(IntegrityError("as the engine says it"), sqlite(sqlite3.SQLITE_CONSTRAINT_UNIQUE)))
    answer = eva.post(reverse("admin:riskreg_riskcategory_add"), {"name": "Beredskap"})
    assert answer.status_code == 409
    assert "Beredskap</textarea>" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_lost_race_is_run_again_and_gives_up_in_the_end() -> None:
    ran: list[int] = []

    def lose() -> None:
        ran.append(1)
        raise caused(IntegrityError("lost"), sqlite(sqlite3.SQLITE_CONSTRAINT_UNIQUE))

    with pytest.raises(DatabaseError):
        once_more(lose)
    assert len(ran) == TRIES
    assert not ControlPlan.objects.exists()
