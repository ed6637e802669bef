"""The page of what could not be saved, by the engine's own errors: another process holds the database, or the disk is full."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from riskreg.models import RiskCategory
from tests.cast import Cast, make_cast

# The embedded database alone: PostgreSQL's disk is not ours to fill, and its locks are waited for.
pytestmark = pytest.mark.one_engine
ADDRESS, FORM = "admin:riskreg_riskcategory_add", {"name": "Säkerhet och beredskap " + "x" * 20}


@pytest.fixture
def people(transactional_db: None) -> Cast:
    return make_cast()


@pytest.fixture
def eva(people: Cast) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(people.eva)
    return client


def pragma(name: str, value: int | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {name}" if value is None else f"PRAGMA {name} = {value}")
        return int(cursor.fetchone()[0])


@pytest.fixture
def impatient(people: Cast) -> Iterator[None]:
    before = pragma("busy_timeout")
    pragma("busy_timeout", 50)
    yield
    pragma("busy_timeout", before)


@pytest.mark.usefixtures("impatient")
def test_a_database_that_another_process_holds(eva: Client) -> None:
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = eva.post(reverse(ADDRESS), FORM)
    other.execute("ROLLBACK")
    other.close()
    assert answer.status_code == 503
    assert f"{FORM['name']}</textarea>" in answer.content.decode()
    assert not RiskCategory.objects.exists()
    assert eva.post(reverse(ADDRESS), FORM).status_code == 302


def fill_the_disk() -> None:
    """Let the database grow no more: pages that earlier tests left free would take what this one writes, so they go first."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
    assert pragma("freelist_count") == 0
    pragma("max_page_count", pragma("page_count"))


def leave_pages_free() -> None:
    """Write 2,000 rows and delete them, as the tests before this one may have."""
    RiskCategory.objects.bulk_create(RiskCategory(name=f"{number} " + "x" * 70) for number in range(2_000))
    RiskCategory.objects.all()._raw_delete(connection.alias)
    assert pragma("freelist_count") > 10


def test_a_full_disk(eva: Client) -> None:
    leave_pages_free()
    before = pragma("max_page_count")
    fill_the_disk()
    try:
        answers = (eva.post(reverse(ADDRESS), {"name": f"{number} " + "x" * 70}) for number in range(400))
        refused = next(answer for answer in answers if answer.status_code != 302)
    finally:
        pragma("max_page_count", before)
    assert refused.status_code == 507
    assert "x</textarea>" in refused.content.decode()
    assert eva.post(reverse(ADDRESS), FORM).status_code == 302
