"""Ways to alter a register past the product, each with what a verification must say of it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from django.apps import apps
from django.conf import settings
from django.db import models

from riskreg import clock
from riskreg.trail import canonical, runs
from riskreg.trail.tables import trail_tables
from tests.architecture.scene import Scene
from tests.trail import tampering
from tests.trail.past_the_product import delete, insert_like, set_columns
from tests.trail.tampering import sql

FORGED = 9_876_543
NOBODY = 987_654


class Wanted(NamedTuple):
    """What a finding must say; an empty column or record: any."""

    kind: str
    model: str = ""
    record: str = ""
    column: str = ""


Alteration = Callable[[Scene], Wanted]


def model(label: str) -> type[models.Model]:
    return apps.get_model(label)


def columns(label: str, pick: Callable[[Scene], Any], /, **values: Any) -> Alteration:
    """Other values in some columns of a record; the first of them is the one that must be named."""

    def alter(scene: Scene) -> Wanted:
        record = pick(scene)
        set_columns(model(label), record.pk, values)
        return Wanted("live_changed", label, str(record.pk), next(iter(values)))

    return alter


def first(label: str, **where: Any) -> Callable[[Scene], Any]:
    return lambda scene: model(label)._base_manager.filter(**where).order_by("pk")[0]


def gone(label: str, pick: Callable[[Scene], Any]) -> Alteration:
    def alter(scene: Scene) -> Wanted:
        record = pick(scene)
        delete(model(label), record.pk)
        return Wanted("live_deleted", label, str(record.pk))

    return alter


def inserted(label: str, like: Callable[[Scene], Any], **values: Any) -> Alteration:
    def alter(scene: Scene) -> Wanted:
        given = {name: value(scene) if callable(value) else value for name, value in values.items()}
        insert_like(model(label), like(scene).pk, FORGED, given)
        return Wanted("live_added", label, str(FORGED))

    return alter


def content_of(label: str, pick: Callable[[Scene], Any], column: str, hash_column: str, *, with_hash: bool) -> Alteration:
    """Another content, with its hash made again or not."""

    def alter(scene: Scene) -> Wanted:
        record = pick(scene)
        content = {**getattr(record, column), "forged": True}
        values = {column: json.dumps(content)}
        if with_hash:
            values[hash_column] = canonical.digest(canonical.canonical(content))
        set_columns(model(label), record.pk, values)
        return Wanted("live_changed", label, str(record.pk), column)

    return alter


def follow_up(scene: Scene) -> Any:
    return scene.own.follow_ups["approved"]


def path_of(record: Any, column: str = "file") -> Path:
    return Path(getattr(record, column).path)


def file_changed(label: str, pick: Callable[[Scene], Any], column: str = "file", hash_column: str = "") -> Alteration:
    """Other bytes; with `hash_column` the record's hash goes along."""

    def alter(scene: Scene) -> Wanted:
        record = pick(scene)
        path = path_of(record, column)
        path.write_bytes(path.read_bytes()[:-1] + b"?")
        if hash_column:
            set_columns(model(label), record.pk, {hash_column: hashlib.sha256(path.read_bytes()).hexdigest()})
        return Wanted("file_changed", label, str(record.pk))

    return alter


def file_gone(label: str, pick: Callable[[Scene], Any], column: str = "file") -> Alteration:
    def alter(scene: Scene) -> Wanted:
        record = pick(scene)
        path_of(record, column).unlink()
        return Wanted("file_missing", label, str(record.pk))

    return alter


def files_swapped(scene: Scene) -> Wanted:
    one, other = model("controls.handedinfile")._base_manager.filter(report=scene.own.handed_in).order_by("pk")
    first_bytes, other_bytes = path_of(one).read_bytes(), path_of(other).read_bytes()
    path_of(one).write_bytes(other_bytes)
    path_of(other).write_bytes(first_bytes)
    return Wanted("file_swapped", "controls.handedinfile", str(one.pk))


def an_outcome(scene: Scene) -> Any:
    return model("controls.watchoutcome")._base_manager.order_by("pk")[0]


def a_confirmation(scene: Scene) -> Any:
    return model("controls.snapshotconfirmation")._base_manager.order_by("pk")[0]


def snapshots_swapped(scene: Scene) -> Wanted:
    later = scene.own.snapshot
    earlier = model("controls.registersnapshot")._base_manager.filter(register=later.register, as_of__lt=later.as_of)[0]
    path_of(later).write_bytes(path_of(earlier).read_bytes())
    return Wanted("file_swapped", "controls.registersnapshot", str(later.pk))


def file_added(folder: str) -> Alteration:
    def alter(scene: Scene) -> Wanted:
        path = Path(settings.MEDIA_ROOT) / folder / "insmugglad.parquet"
        path.write_bytes(b"?")
        os.utime(path, (1_500_000_000, 1_500_000_000))
        return Wanted("file_extra")

    return alter


def history(label: str, column: str, value: Any) -> Alteration:
    def alter(scene: Scene) -> Wanted:
        rows: Any = trail_tables()[label].rows
        row = rows.objects.order_by("pk")[0]
        sql(f"UPDATE {rows._meta.db_table} SET {column} = %s WHERE history_id = %s", value, row.pk)
        return Wanted("row_changed", label, str(row.id))

    return alter


def history_gone(scene: Scene) -> Wanted:
    row = trail_tables()["riskreg.membership"].rows._base_manager.order_by("pk")[0]
    sql("DELETE FROM riskreg_historicalmembership WHERE history_id = %s", row.pk)
    return Wanted("row_deleted", "riskreg.membership")


def last_seals_gone(scene: Scene) -> Wanted:
    for seq in (2, 1):
        tampering.delete_seal(seq)
    return Wanted("head_stated", "controls.handedinreport")


def last_seal_gone_after_a_verification(scene: Scene) -> Wanted:
    asked, _is_new = runs.ask(None, "", clock.now())
    assert runs.run(asked.pk)
    tampering.delete_seal(2)
    return Wanted("head_unknown")


def all_seals_gone(scene: Scene) -> Wanted:
    sql("DELETE FROM riskreg_sealedrow")
    sql("DELETE FROM riskreg_seal")
    return Wanted("no_seals")


def look_back(statement: str) -> Alteration:
    """What the heatmap of an earlier day reads instead of the history is changed."""

    def alter(scene: Scene) -> Wanted:
        sql(f"{statement} WHERE risk_id = %s", scene.own.risk.pk)
        return Wanted("look_back", "riskreg.risk", str(scene.own.risk.pk))

    return alter


def seals_made_again(scene: Scene) -> Wanted:
    """A forger with the product's source changes a record, its history row, and every hash after it."""
    risk = scene.own.risk
    set_columns(model("riskreg.risk"), risk.pk, {"title": "Ingenting särskilt"})
    sql("UPDATE riskreg_historicalrisk SET title = %s WHERE id = %s", "Ingenting särskilt", risk.pk)
    tampering.make_seals_again()
    return Wanted("head_stated", "controls.handedinreport")


def seals_made_again_after_a_verification(scene: Scene) -> Wanted:
    asked, _is_new = runs.ask(None, "", clock.now())
    assert runs.run(asked.pk)
    seals_made_again(scene)
    return Wanted("head_unknown")
