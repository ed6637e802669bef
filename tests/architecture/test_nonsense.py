"""What makes no sense keeps no verification from naming it: values that cannot be read, and files that are none or never end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from controls.models import Evidence, HandedInReport, Population, Sample
from riskreg import clock
from riskreg.models import Seal, Verification
from riskreg.trail import runs
from riskreg.trail.seals import seal
from riskreg.trail.verification import verify
from tests.architecture.scene import Scene
from tests.trail.past_the_product import without_triggers
from tests.trail.tampering import sql

pytestmark = pytest.mark.django_db
DEEP = "[" * 3_000 + "]" * 3_000
HALF_A_PAIR = r'{"a": "\ud800"}'
"""JSON that SQLite takes and UTF-8 cannot hold; PostgreSQL refuses it."""
NESTED_AND_HALF = [
    DEEP,
    pytest.param(HALF_A_PAIR, marks=pytest.mark.skipif(connection.vendor == "postgresql", reason="it refuses that")),
]


@pytest.fixture
def register(scene: Scene) -> Iterator[Scene]:
    seal(clock.now())
    without_triggers()
    if connection.vendor == "sqlite":
        sql("PRAGMA ignore_check_constraints = ON")
    yield scene
    if connection.vendor == "sqlite":
        sql("PRAGMA ignore_check_constraints = OFF")


def named() -> set[tuple[str, str, str]]:
    """Verify by the command and on the page's way, neither of which may fail; return kind, model and column of what is found."""
    out = TextIOWrapper(BytesIO(), encoding="utf-8")
    with pytest.raises(CommandError):
        call_command("verify_trail", stdout=out)
    out.flush()
    asked, _is_new = runs.ask(None, "", clock.now())
    assert runs.run(asked.pk)
    assert Verification.objects.get(pk=asked.pk).state == "done"
    return {(one.kind, one.model, one.column) for one in verify(with_files=True).findings}


@pytest.mark.parametrize("value", NESTED_AND_HALF, ids=["nested", "half a pair"])
@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE controls_sample SET design = %s", ("live_changed", "controls.sample", "design")),
        ("UPDATE controls_historicalsample SET design = %s", ("row_changed", "controls.sample", "")),
        ("UPDATE controls_handedinreport SET content = %s", ("live_changed", "controls.handedinreport", "content")),
        ("UPDATE riskreg_planversion SET content = %s", ("live_changed", "riskreg.planversion", "content")),
        ("UPDATE riskreg_seal SET contents = %s", ("seal_changed", "", "")),
    ],
    ids=["a record", "its history", "a report", "an adopted version", "a seal"],
)
def test_json_that_cannot_be_read_is_named(register: Scene, statement: str, found: tuple[str, str, str], value: str) -> None:
    assert Sample.objects.exists()
    assert HandedInReport.objects.exists()
    sql(statement, value)
    assert found in named()


@pytest.mark.parametrize("value", NESTED_AND_HALF, ids=["nested", "half a pair"])
def test_a_history_row_that_cannot_be_read_keeps_no_other_row_from_its_seal(register: Scene, value: str) -> None:
    sample = Sample.objects.order_by("pk")[0]
    sample.save()
    row = sample.history.order_by("-history_id")[0]
    sql("UPDATE controls_historicalsample SET design = %s WHERE history_id = %s", value, row.pk)
    register.own.risk.save()
    made = seal(clock.now())
    assert made is not None
    assert "riskreg.risk" in Seal.objects.get(pk=made.pk).contents
    assert ("row_changed", "controls.sample", "") in named()


def test_a_file_whose_record_cannot_be_read_is_named(register: Scene) -> None:
    """The profile is not compared: it can be made again from the file."""
    population = Population.objects.exclude(file="").order_by("pk")[0]
    sql("UPDATE controls_population SET profile = %s WHERE id = %s", DEEP, population.pk)
    assert ("file_changed", "controls.population", "") in named()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def loop(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize("put", [pipe, device, loop, Path.mkdir])
@pytest.mark.parametrize("model", [Evidence, Population])
def test_what_is_no_file_is_named_and_not_handed_out(
    register: Scene, client: Client, model: type[Evidence | Population], put: Callable[[Path], None]
) -> None:
    record = model._base_manager.exclude(file="").order_by("pk")[0]
    path = Path(record.file.path)
    path.unlink()
    put(path)
    assert {kind for kind, label, _column in named() if label == record._meta.label_lower} <= {"file_changed", "file_missing"}
    if model is Evidence and put is not loop:
        client.force_login(register.cast.siv)
        client.force_login(register.users["s"])
        assert client.get(reverse("evidence", args=[record.pk])).status_code == 409


def unknown_files() -> set[str]:
    return {one.detail.rpartition("/")[2] for one in verify(with_files=True).findings if one.kind == "file_extra"}


def test_a_file_that_nobody_knows_is_named_whatever_it_is_called_and_however_young_it_says_it_is(
    register: Scene, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.RISKREG_TODAY = None  # where the calendar is pinned, such files rest
    monkeypatch.setattr("riskreg.trail.files.YOUNG_SECONDS", -10)
    # Tests of the same scene that ran before in this worker may have left files whose rows were rolled back.
    before = unknown_files()
    folder = Path(Evidence.objects.order_by("pk")[0].file.path).parent
    (folder / "imorgon.pdf").write_bytes(b"?")
    os.utime(folder / "imorgon.pdf", (4_000_000_000, 4_000_000_000))
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.pdf")).write_bytes(b"?")
    device(folder / "lank.pdf")
    pipe(folder / "ror.pdf")
    assert unknown_files() - before == {"imorgon.pdf", "\\xff.pdf", "lank.pdf", "ror.pdf"}
