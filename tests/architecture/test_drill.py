"""The drill: what somebody with the database's password and the file store may do to what people see, and that each is named.

Each alteration is made alone in a sealed register of every kind of record. What is done to the history and its seals alone is
in tests/trail/test_tampering.py; every single field in test_live_walk.py.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import models

from controls.models import HandedInReport
from riskreg import clock
from riskreg.trail import canonical, runs
from riskreg.trail.findings import Finding, state
from riskreg.trail.seals import head, seal
from riskreg.trail.tables import trail_tables
from riskreg.trail.verification import verify
from tests.architecture.scene import Scene
from tests.trail import tampering
from tests.trail.past_the_product import delete, insert_like, set_columns, undone, without_constraints, without_triggers
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


@pytest.fixture
def register(scene: Scene) -> Scene:
    """The scene sealed, with a confidential risk, and a report that states a head."""
    risk = scene.own.dropped_risk
    risk.is_confidential, risk.confidentiality_section = True, "OSL 18:8"
    risk.save()
    seal(clock.now())
    # As the product does: sealed first, then handed in with the head.
    report = scene.own.handed_in
    without_triggers()
    set_columns(HandedInReport, report.pk, {"trail_head": str(head())})
    row = HandedInReport.history.filter(id=report.pk).latest()
    row.pk, row.trail_head = None, str(head())
    row.save()
    seal(clock.now())
    return scene


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


RISK, FOLLOW_UP, CHECK = "riskreg.risk", "controls.followup", "controls.check"
DRILL: dict[str, Alteration] = {
    "a risk's title": columns(RISK, lambda scene: scene.own.risk, title="Ingenting särskilt"),
    "a risk's score": columns(RISK, lambda scene: scene.own.risk, risk_score=1),
    "a risk's likelihood": columns(RISK, lambda scene: scene.own.risk, likelihood=1),
    "a risk opened": columns(RISK, lambda scene: scene.own.dropped_risk, is_confidential=False),
    "a risk made confidential": columns(RISK, lambda scene: scene.own.risk, is_confidential=True),
    "a risk moved to another unit": columns(RISK, lambda scene: scene.own.risk, unit_id=NOBODY),
    "a risk's owner": columns(RISK, lambda scene: scene.own.risk, owner_text="Ingen"),
    "a risk as it looked back then": look_back("UPDATE riskreg_riskspan SET likelihood = 1, impact = 1"),
    "a risk that was not there back then": look_back("DELETE FROM riskreg_riskspan"),
    "a risk deleted": gone(RISK, lambda scene: scene.own.risk),
    "a risk inserted": inserted(RISK, lambda scene: scene.own.risk, number=77),
    "a result": columns(FOLLOW_UP, follow_up, result="Allt är bra."),
    "a conclusion": columns(FOLLOW_UP, follow_up, conclusion="major_deviations"),
    "an approval taken away": columns(FOLLOW_UP, follow_up, state="submitted"),
    "an approval given": columns(FOLLOW_UP, lambda scene: scene.own.follow_ups["submitted"], state="approved"),
    "an approval in another's name": columns(FOLLOW_UP, follow_up, approved_by_id=NOBODY),
    "who submitted": columns(FOLLOW_UP, follow_up, submitted_by_id=NOBODY),
    "when a follow-up is due": columns(FOLLOW_UP, follow_up, due_on="2026-12-31"),
    "a follow-up deleted": gone(FOLLOW_UP, follow_up),
    "a missed check made done": columns(CHECK, lambda scene: scene.own.missed_check, state="done"),
    "the day of a check": columns(CHECK, lambda scene: scene.own.check, due_on="2026-12-31"),
    "a check deleted": gone(CHECK, lambda scene: scene.own.missed_check),
    "a check inserted": inserted(CHECK, lambda scene: scene.own.check, nominal_on="2024-01-31"),
    "a late performance rewritten": columns("controls.lateperformance", lambda scene: scene.own.late, note="I tid."),
    "a late performance removed": gone("controls.lateperformance", lambda scene: scene.own.late),
    "an action done": columns("controls.action", lambda scene: scene.own.action, done_on="2025-09-01"),
    "an action put off": columns("controls.action", lambda scene: scene.own.action, due_on="2030-01-01"),
    "an action deleted": gone("controls.action", lambda scene: scene.own.action),
    "a control's performer": columns("controls.control", lambda scene: scene.own.control, performer_id=NOBODY),
    "a control dropped": columns("controls.control", lambda scene: scene.own.control, is_dropped=True),
    "a control's frequency": columns("controls.control", lambda scene: scene.own.control, frequency="yearly"),
    "a control inserted": inserted("controls.control", lambda scene: scene.own.control, position=77),
    "a membership inserted": inserted("riskreg.membership", first("riskreg.membership"), role="administrator", user_id=NOBODY),
    "a role changed": columns("riskreg.membership", first("riskreg.membership", role="auditor"), role="controller"),
    "sight of confidential risks given": columns(
        "riskreg.membership", first("riskreg.membership", sees_confidential=False), sees_confidential=True
    ),
    "a membership that ended": columns("riskreg.membership", first("riskreg.membership"), valid_to="2030-01-01"),
    "a membership deleted": gone("riskreg.membership", first("riskreg.membership")),
    "a deputyship inserted": inserted("riskreg.deputyship", lambda scene: scene.own.deputyship, first_day="2020-01-01"),
    "a deputyship made longer": columns("riskreg.deputyship", lambda scene: scene.own.deputyship, last_day="2035-01-01"),
    "an operator made": columns("riskreg.user", lambda scene: scene.cast.nils, is_superuser=True),
    "an account opened again": columns("riskreg.user", lambda scene: scene.users["x"], is_active=True),
    "an account's address": columns("riskreg.user", lambda scene: scene.cast.eva, email="annan@lillkoping.example"),
    "an account inserted": inserted("riskreg.user", lambda scene: scene.cast.eva, email="ny@lillkoping.example"),
    "a band's limit": columns("riskreg.riskband", first("riskreg.riskband"), from_score=99),
    "a level's name": columns("riskreg.likelihoodlevel", first("riskreg.likelihoodlevel"), label="Aldrig"),
    "a matrix's first day": columns("riskreg.riskmatrix", first("riskreg.riskmatrix"), valid_from="2020-01-01"),
    "a closing's cut-off": columns("controls.closing", lambda scene: scene.own.closing, cut_off="2025-12-31"),
    "a closing's day for reports": columns("controls.closing", lambda scene: scene.own.closing, report_due="2026-12-31"),
    "a unit's place in the tree": columns("riskreg.unit", lambda scene: scene.own.unit, path="/annan/"),
    "a plan's decision": columns("riskreg.controlplan", first("riskreg.controlplan", state="adopted"), adopted_paragraph="§ 1"),
    "a plan's state": columns("riskreg.controlplan", first("riskreg.controlplan", state="adopted"), state="draft"),
    "an adopted version's content": content_of(
        "riskreg.planversion", first("riskreg.planversion"), "content", "content_sha256", with_hash=False
    ),
    "an adopted version's content and hash": content_of(
        "riskreg.planversion", first("riskreg.planversion"), "content", "content_sha256", with_hash=True
    ),
    "an adopted version's paragraph": columns("riskreg.planversion", first("riskreg.planversion"), paragraph="§ 1"),
    "a report's content": content_of(
        "controls.handedinreport", lambda scene: scene.own.handed_in, "content", "content_sha256", with_hash=False
    ),
    "a report's content and hash": content_of(
        "controls.handedinreport", lambda scene: scene.own.handed_in, "content", "content_sha256", with_hash=True
    ),
    "a report's public content and hash": content_of(
        "controls.handedinreport", lambda scene: scene.own.handed_in, "public_content", "public_sha256", with_hash=True
    ),
    "a report taken up": columns("controls.handedinreport", lambda scene: scene.own.handed_in, state="taken_up"),
    "a report deleted": gone("controls.handedinreport", lambda scene: scene.own.handed_in),
    "a report's file's hash": columns("controls.handedinfile", first("controls.handedinfile"), sha256="0" * 64),
    "a report's file's record deleted": gone("controls.handedinfile", first("controls.handedinfile")),
    "evidence's hash": columns("controls.evidence", lambda scene: scene.own.evidence, sha256="0" * 64),
    "evidence put behind another follow-up": columns("controls.evidence", lambda scene: scene.own.evidence, follow_up_id=NOBODY),
    "evidence deleted": gone("controls.evidence", lambda scene: scene.own.evidence),
    "a design": columns("controls.sample", lambda scene: scene.own.drawn, design=json.dumps({"tolerable_rate": "0.5"})),
    "a record of a draw": columns("controls.sample", lambda scene: scene.own.drawn, record=json.dumps({"size": 1})),
    "a seed": columns("controls.sample", lambda scene: scene.own.drawn, seed="123"),
    "an item's amount": columns("controls.sampleitem", first("controls.sampleitem"), amount="1"),
    "an item's cells": columns("controls.sampleitem", first("controls.sampleitem"), values=json.dumps({"Belopp": "1"})),
    "an item's outcome": columns("controls.sampleitem", first("controls.sampleitem", outcome="pending"), outcome="ok"),
    "who examined an item": columns(
        "controls.sampleitem", first("controls.sampleitem", examined_by__isnull=False), examined_by_id=NOBODY
    ),
    "an item deleted": gone("controls.sampleitem", first("controls.sampleitem")),
    "a population's rows": columns("controls.population", lambda scene: scene.own.drawn.population, row_count=1),
    "a population's hash": columns("controls.population", lambda scene: scene.own.drawn.population, sha256="0" * 64),
    "a legal hold lifted": columns("controls.population", lambda scene: scene.own.unsampled, is_held=False),
    "a snapshot's day": columns("controls.registersnapshot", lambda scene: scene.own.snapshot, as_of="2020-01-01"),
    "a snapshot's hash": columns("controls.registersnapshot", lambda scene: scene.own.snapshot, sha256="0" * 64),
    "a waiting snapshot taken": columns("controls.registersnapshot", lambda scene: scene.own.draft_snapshot, state="taken"),
    "a snapshot deleted": gone("controls.registersnapshot", lambda scene: scene.own.draft_snapshot),
    "a snapshot inserted": inserted(
        "controls.registersnapshot", lambda scene: scene.own.snapshot, as_of="2024-01-01", original_sha256="1" * 64
    ),
    "a register moved to another unit": columns("controls.register", lambda scene: scene.own.register, unit_id=NOBODY),
    "a closed register opened": columns("controls.register", lambda scene: scene.own.closed_register, state="in_use"),
    "how long snapshots are kept": columns("controls.register", lambda scene: scene.own.register, retention_months=1),
    "a register deleted": gone("controls.register", lambda scene: scene.own.closed_register),
    "a snapshot's rows": columns("controls.registersnapshot", lambda scene: scene.own.snapshot, row_count=1),
    "a watched rule's limit": columns("controls.watch", lambda scene: scene.own.watch, most_alerts=4_999),
    "a watched rule switched off": columns("controls.watch", lambda scene: scene.own.watch, state="off"),
    "what became of an alert": columns("controls.alert", lambda scene: scene.own.settled_alert, state="false_alarm"),
    "an alert's facts": columns("controls.alert", lambda scene: scene.own.alert, facts=json.dumps([])),
    "an alert deleted": gone("controls.alert", lambda scene: scene.own.alert),
    "how many hits a watched rule gave": columns("controls.watchoutcome", an_outcome, hits=77),
    "what a watched rule was run on": columns("controls.watchoutcome", an_outcome, snapshots=json.dumps({})),
    "the day when a register was unchanged": columns("controls.snapshotconfirmation", a_confirmation, unchanged_on="2025-12-24"),
    "a day when a register was unchanged, removed": gone("controls.snapshotconfirmation", a_confirmation),
    "what a watched rule gave, removed": gone("controls.watchoutcome", an_outcome),
    "what a watched rule never gave": inserted("controls.watchoutcome", an_outcome, watch_id=NOBODY),
    "who sees a rule's alerts": columns("controls.watch", lambda scene: scene.own.watch, seen_at_id=NOBODY),
    "the limits of a watched rule": columns("controls.watch", lambda scene: scene.own.watch, parameters=json.dumps({"x": "1"})),
    "an alert given to somebody else": columns("controls.alert", lambda scene: scene.own.alert, assignee_id=NOBODY),
    "the reason of a settled alert": columns("controls.alert", lambda scene: scene.own.settled_alert, reason="Inget fel"),
    "an alert inserted": inserted("controls.alert", lambda scene: scene.own.alert, subject_key="1" * 64),
    "a register's columns": columns("controls.register", lambda scene: scene.own.register, mapping=json.dumps({"name": "Ort"})),
    "a template taken out of use": columns("controls.reporttemplate", lambda scene: scene.own.report_template, is_active=False),
    "when the manager is told": columns("controls.reminderstages", lambda scene: scene.own.stages, manager_after=90),
    "an author in the history": history("riskreg.risk", "history_user_name", "Karin Lindqvist"),
    "a reason in the history": history("riskreg.risk", "history_change_reason", "Enligt beslut"),
    "a value in the history": history("riskreg.unit", "name", "En annan nämnd"),
    "a history row deleted": history_gone,
    "the last seals deleted, found by a report": last_seals_gone,
    "the last seal deleted, found by a verification": last_seal_gone_after_a_verification,
    "all seals deleted": all_seals_gone,
    "all seals made again, found by a report": seals_made_again,
    "all seals made again, found by a verification": seals_made_again_after_a_verification,
}
FILE_DRILL: dict[str, Alteration] = {
    "evidence's bytes": file_changed("controls.evidence", lambda scene: scene.own.evidence),
    "evidence's bytes and hash": file_changed("controls.evidence", lambda scene: scene.own.evidence, hash_column="sha256"),
    "evidence's file removed": file_gone("controls.evidence", lambda scene: scene.own.evidence),
    "a decision's document": file_changed("riskreg.planversion", first("riskreg.planversion"), "document"),
    "a decision's document removed": file_gone("riskreg.planversion", first("riskreg.planversion"), "document"),
    "a report's file": file_changed("controls.handedinfile", first("controls.handedinfile")),
    "a report's file and hash": file_changed("controls.handedinfile", first("controls.handedinfile"), hash_column="sha256"),
    "a report's file removed": file_gone("controls.handedinfile", first("controls.handedinfile")),
    "the whole report's file in the public one's place": files_swapped,
    "a population's file": file_changed("controls.population", lambda scene: scene.own.drawn.population),
    "a population's file removed": file_gone("controls.population", lambda scene: scene.own.drawn.population),
    "a snapshot's file": file_changed("controls.registersnapshot", lambda scene: scene.own.snapshot),
    "a snapshot's file and hash": file_changed(
        "controls.registersnapshot", lambda scene: scene.own.snapshot, hash_column="sha256"
    ),
    "a snapshot's file removed": file_gone("controls.registersnapshot", lambda scene: scene.own.snapshot),
    "an earlier snapshot's file in a later one's place": snapshots_swapped,
    "a template's file": file_changed("controls.reporttemplate", lambda scene: scene.own.report_template),
    "a file among the evidence": file_added("evidence"),
    "a file among the reports": file_added("reports"),
    "a file among the populations": file_added("populations"),
    "a file among the registers": file_added("registers"),
}


def is_it(found: Finding, wanted: Wanted) -> bool:
    said = Wanted(found.kind, found.model, found.record, found.column)
    return all(not want or want == have for want, have in zip(wanted, said, strict=True))


def missed(register: Scene, what: str, *, with_files: bool) -> str:
    """Alter it; return what is wrong with what is found, or nothing."""
    wanted = {**DRILL, **FILE_DRILL}[what](register)
    findings = verify(with_files=with_files).findings
    named = [found for found in findings if is_it(found, wanted)]
    if not named:
        return f"{what}: {findings}"
    text = state(named[:1], None)[0].text
    is_of_record = named[0].kind.startswith(("live", "file")) and named[0].record
    return f"{what}: {text}" if is_of_record and named[0].record not in text else ""


def test_the_drill_is_of_sixty_alterations_or_more_and_begins_with_an_intact_register(register: Scene) -> None:
    assert len(DRILL) + len(FILE_DRILL) >= 60
    outcome = verify(with_files=True)
    assert outcome.is_intact, outcome.findings
    call_command("verify_trail", stdout=StringIO())


def test_whatever_is_altered_in_the_database_is_found_and_named(register: Scene) -> None:
    tables = [each.tracked._meta.db_table for each in trail_tables().values() if each.tracked is not None]
    wrong = []
    with without_constraints(*tables):
        for what in DRILL:
            with undone():
                wrong.append(missed(register, what, with_files=False))
    assert not any(wrong), "\n".join(filter(None, wrong))


@pytest.mark.parametrize("what", FILE_DRILL)
def test_whatever_is_altered_among_the_files_is_found_and_named(
    register: Scene, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Extra files rest where the calendar is pinned, as every rule about dates does.
    monkeypatch.setattr("riskreg.trail.files.YOUNG_SECONDS", 0)
    assert not missed(register, what, with_files=True)
    with pytest.raises(CommandError):
        call_command("verify_trail", stdout=StringIO())
