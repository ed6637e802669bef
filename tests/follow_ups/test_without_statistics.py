"""The pages of follow-ups in a register that was filled this minute, before PostgreSQL has gathered its statistics."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from controls.follow_ups.opening import open_follow_ups
from controls.importing.plan import import_rows
from controls.importing.reading import read
from controls.importing.target import find_target
from controls.models import FollowUp
from riskreg.models import ControlPlan
from tests.cast import Cast, make_many_risks

SIZE = 2_000
TABLES = ["riskreg_risk", "controls_control", "controls_followup"]
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("today"),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite plans without statistics"),
]


def run(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def rows_known() -> dict[str, float]:
    """How many rows PostgreSQL takes each table for; -1 where it has never looked."""
    names = ", ".join(f"'{name}'" for name in TABLES)
    return dict(run(f"SELECT relname, reltuples FROM pg_class WHERE relname IN ({names})"))


@pytest.fixture
def empty(cast: Cast) -> Cast:
    """Tables as new: what earlier tests left in the statistics is gone, and comes back when the test is undone."""
    run("TRUNCATE riskreg_risk CASCADE")
    assert set(rows_known().values()) == {-1}
    return cast


def pages_answer(cast: Cast, client: Client, who: str) -> None:
    """Every page that lists follow-ups, with no statement above five seconds."""
    run("SET LOCAL statement_timeout = '5s'")
    client.force_login(getattr(cast, who))
    plan = ControlPlan.objects.get(unit=cast.board, year=2025)
    for address in (
        reverse("inbox"),
        reverse("admin:controls_followup_changelist"),
        reverse("admin:controls_followup_change", args=[FollowUp.objects.order_by("pk").values_list("pk", flat=True)[0]]),
        reverse("reports"),
        reverse("report", args=[plan.pk, "interim"]),
    ):
        assert client.get(address).status_code == 200, address


@pytest.mark.parametrize("who", ["karin", "johan", "ake"])
def test_pages_answer_on_tables_without_statistics(empty: Cast, client: Client, who: str) -> None:
    make_many_risks(empty.plan, SIZE, closing=empty.interim, performer=empty.karin, analyze=False)
    assert set(rows_known().values()) == {-1}
    pages_answer(empty, client, who)


def test_an_import_into_tables_that_were_taken_for_empty_makes_their_statistics(
    empty: Cast, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    """Rows that were undone leave pages behind, of which PostgreSQL says that they hold nothing; then rows come."""
    undone = transaction.savepoint()
    make_many_risks(empty.plan, SIZE, closing=empty.interim, performer=empty.karin, analyze=False)
    transaction.savepoint_rollback(undone)
    run("ANALYZE")
    assert set(rows_known().values()) == {0}
    target = find_target(empty.board, 2025, matrix=empty.matrix)
    lines = "".join(f"{n};Risk nummer {n};8;Stickprov av underlag {n}.\n" for n in range(1, SIZE + 1))
    reading = read(io.BytesIO(f"Nr;Risk;Riskvärde;Kontrollmoment\n{lines}".encode()), "plan.csv", target)
    with django_capture_on_commit_callbacks(execute=True):
        plan = import_rows(reading.rows, target, by=empty.eva, source="plan.csv").plan
    with django_capture_on_commit_callbacks(execute=True):
        open_follow_ups(plan, empty.interim, by=empty.eva)
    assert rows_known() == dict.fromkeys(TABLES, SIZE)
    pages_answer(empty, client, "eva")
