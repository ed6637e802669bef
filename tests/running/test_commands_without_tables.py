"""A command that is run before the product ever was, or while its database is away, says so: no traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import DatabaseError, OperationalError

from config import preparation, unprepared
from tests.running.test_product import manage

pytestmark = pytest.mark.one_engine


@pytest.mark.parametrize("command", ["verify_trail", "load_demo"])
def test_a_command_before_the_first_start_says_what_to_do(tmp_path: Path, command: str) -> None:
    (tmp_path / "var").mkdir()
    answer = manage(tmp_path, command)
    assert answer.returncode == unprepared.EXIT_CODE
    assert "make run" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert str(tmp_path / "var" / "riskreg.sqlite3") in answer.stderr
    assert "Traceback" in manage(tmp_path, command, "--traceback").stderr


@pytest.mark.django_db
def test_another_error_of_a_database_with_its_tables_stays_as_it_is() -> None:
    assert unprepared.explain(DatabaseError("database disk image is malformed")) is None


def test_a_database_that_does_not_answer_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> list[str]:
        raise OperationalError("connection refused")

    monkeypatch.setattr(preparation, "pending_migrations", refused)
    said = unprepared.explain(OperationalError("connection to server failed"))
    assert said is not None
    assert "connection to server failed" in said
