"""Every field of every tracked record, changed past the product, is found and named; so is a row inserted or deleted."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, models
from django.utils import timezone

from controls.models import (
    Control,
    ControlSchedule,
    ControlSeries,
    ControlUnit,
    ControlWatch,
    FollowUp,
    HandedInFile,
    HandedInReport,
    KeptIndicators,
    KeptWatching,
    ScheduleException,
)
from riskreg import clock
from riskreg.trail import live, outcome
from riskreg.trail.findings import Finding
from riskreg.trail.left_out import LEFT_OUT
from riskreg.trail.seals import seal
from riskreg.trail.tables import TrailTable, trail_tables
from riskreg.trail.verification import verify
from tests.architecture.scene import Scene
from tests.trail.past_the_product import delete, insert_like, other_value, set_columns, undone, without_constraints

FORGED = 9_876_543


@pytest.fixture
def whole(scene: Scene) -> Scene:
    """The scene, and a record of those kinds that it lacks."""
    control = Control.objects.order_by("pk")[0]
    ControlSchedule.objects.create(control=control, anchor_on=date(2025, 1, 31))
    ScheduleException.objects.create(control=control, nominal_on=date(2025, 7, 31), kind="skip", reason="Semester")
    ControlUnit.objects.create(control=control, unit=scene.cast.board)
    ControlWatch.objects.create(control=control, watch=scene.own.watch)
    KeptWatching.objects.create(follow_up=FollowUp.objects.order_by("pk")[0], kept_at=clock.now(), figures={})
    ControlSeries.objects.create(control=control, series=scene.own.series)
    KeptIndicators.objects.create(follow_up=FollowUp.objects.order_by("pk")[0], kept_at=clock.now(), figures=[])
    report = HandedInReport.objects.order_by("pk")[0]
    HandedInFile(
        report=report, ending="csv", is_public=True, file="reports/one.csv", name="one.csv", size=3, sha256="0" * 64
    ).save()
    return scene


def _tracked() -> list[tuple[TrailTable, type[models.Model]]]:
    return [(table, table.tracked) for table in trail_tables().values() if table.tracked is not None]


def _a_row(model: type[models.Model]) -> Any:
    row = model._base_manager.order_by("pk").first()
    assert row is not None, f"The scene has no {model._meta.label}: give it one, so that its fields are tried here."
    return row


def _found(table: TrailTable) -> list[Finding]:
    def nothing(label: str, history_id: int) -> bool:
        return False

    return [*live.settle(live.suspects_of(table), nothing), *live.altered_long_values(table, nothing)]


def _others(row: Any, model: type[models.Model]) -> dict[str, Any]:
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    return {str(field.column): other_value(field, getattr(row, field.attname)) for field in fields}


def _is_compared(table: TrailTable, column: str) -> bool:
    left_out = LEFT_OUT.get((table.label, column))
    return left_out is None or bool(left_out.hash_column)


def test_the_scene_as_the_product_wrote_it_has_no_finding(scene: Scene) -> None:
    outcome = verify(with_files=True)
    assert outcome.is_intact, outcome.findings
    assert outcome.files >= 8
    assert outcome.compared == sum(model._base_manager.count() for _table, model in _tracked())


def _found_of_one(table: TrailTable, model: type[models.Model], field: models.Field[Any, Any]) -> tuple[str, list[Any]]:
    """Changes the field in the first row where no constraint of uniqueness refuses it."""
    for row in model._base_manager.order_by("-pk")[:6]:
        try:
            with undone():
                set_columns(model, row.pk, {str(field.column): other_value(field, getattr(row, field.attname))})
                return str(row.pk), [(one.kind, one.record, one.column) for one in _found(table)]
        except IntegrityError:
            continue
    raise AssertionError(f"{table.label}.{field.column} could be changed in none of the rows.")


def test_each_field_changed_by_itself_is_the_one_that_is_found(whole: Scene) -> None:
    unlike: list[str] = []
    with without_constraints(*(model._meta.db_table for _table, model in _tracked())):
        for table, model in _tracked():
            for field in model._meta.concrete_fields:
                if field.primary_key:
                    continue
                record, found = _found_of_one(table, model, field)
                wanted = [("live_changed", record, field.column)] if _is_compared(table, str(field.column)) else []
                if found != wanted:
                    unlike.append(f"{table.label}.{field.column}: {found}")
    assert not unlike, "Changed past the product, and not found as that:\n" + "\n".join(unlike)


@pytest.mark.parametrize("is_sealed", [True, False], ids=["sealed", "not sealed yet"])
def test_all_of_them_are_named_in_one_verification(whole: Scene, monkeypatch: pytest.MonkeyPatch, is_sealed: bool) -> None:
    monkeypatch.setattr(outcome, "MOST_FINDINGS", 5_000)
    if is_sealed:
        seal(timezone.now())
    wanted = set()
    with without_constraints(*(model._meta.db_table for _table, model in _tracked())):
        for table, model in _tracked():
            row = _a_row(model)
            others = _others(row, model)
            set_columns(model, row.pk, others)
            wanted |= {(table.label, str(row.pk), column) for column in others if _is_compared(table, column)}
        found = {(one.model, one.record, one.column) for one in verify().findings if one.kind == "live_changed"}
    assert found == wanted


def test_a_row_inserted_or_deleted_in_any_of_the_tables_is_named(whole: Scene) -> None:
    seal(timezone.now())
    unlike: list[str] = []
    with without_constraints(*(model._meta.db_table for _table, model in _tracked())):
        for table, model in _tracked():
            row = _a_row(model)
            with undone():
                insert_like(model, row.pk, FORGED, _others(row, model))
                if (found := [(one.kind, one.record) for one in _found(table)]) != [("live_added", str(FORGED))]:
                    unlike.append(f"{table.label}, inserted: {found}")
            with undone():
                delete(model, row.pk)
                if (found := [(one.kind, one.record) for one in _found(table)]) != [("live_deleted", str(row.pk))]:
                    unlike.append(f"{table.label}, deleted: {found}")
    assert not unlike, "\n".join(unlike)


def test_every_column_that_the_history_lacks_is_listed_with_its_reason() -> None:
    lacking = {
        (table.label, str(field.column))
        for table, model in _tracked()
        for field in model._meta.concrete_fields
        if field.column not in table.attributes()
    }
    assert lacking == set(LEFT_OUT)
    assert all(left_out.why for left_out in LEFT_OUT.values())
