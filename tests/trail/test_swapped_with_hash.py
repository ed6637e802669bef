"""A file swapped in the store together with its hash in the database, of every kind: refused where it is used, and named."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.db import connection, models
from django.test import Client
from django.urls import reverse

from controls.data_files.long_work import Failed
from controls.models import (
    Evidence,
    FollowUp,
    HandedInFile,
    Population,
    RegisterRun,
    RegisterSnapshot,
    ReportTemplate,
    SamplingRun,
)
from controls.monitoring.registers import verbs as register_verbs
from controls.monitoring.registers import work as register_work
from controls.monitoring.registers.runs import WORKSHOP as REGISTER_WORKSHOP
from controls.monitoring.registers.stored_file import path_of as snapshot_path
from controls.reporting.writers.word.own_template import template_for
from controls.reporting.writers.word.template_words import TemplateFault
from controls.sampling import work as sampling_work
from controls.sampling.drawing.verification import Verdict
from controls.sampling.drawing.verification import verify as verify_sample
from controls.sampling.populations.stored_file import path_of
from controls.sampling.runs import WORKSHOP
from riskreg.trail.files import _kept
from riskreg.trail.verification import verify
from tests.architecture.scene_records import NOW, make_handed_in, make_version
from tests.cast import PASSWORD, Cast, make_control, make_follow_up, make_risk
from tests.monitoring.registers.scene import JULY, SUPPLIERS, a_file, a_register, fed
from tests.sampling.scene import a_control, drawn, locked, read_in, uploaded
from tests.trail.past_the_product import set_columns, without_triggers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

FORGED = b"PK\x03\x04 SOMETHING ELSE"


@dataclass(frozen=True)
class Kind:
    """How a record of the kind is made, its columns, and what must refuse its file."""

    make: Callable[[Cast], Any]
    refuses: Callable[[Cast, Any], bool]
    file: str = "file"
    hash_column: str = "sha256"


def _follow_up(cast: Cast) -> FollowUp:
    return make_follow_up(make_control(make_risk(cast.plan)), cast.interim, performer=cast.karin)


def _evidence(cast: Cast) -> Evidence:
    one = Evidence(follow_up=_follow_up(cast), name="attest.txt", size=6, uploaded_by=cast.karin, uploaded_at=NOW)
    one.sha256 = hashlib.sha256(b"Attest").hexdigest()
    one.file.save(one.name, ContentFile(b"Attest"), save=True)
    return one


def _handed_in(cast: Cast) -> HandedInFile:
    _follow_up(cast)
    make_handed_in(cast.plan, cast.interim, cast.johan)
    return HandedInFile.objects.order_by("pk")[0]


def _template(cast: Cast) -> ReportTemplate:
    template = ReportTemplate(unit=cast.board, version=1, name="mall.docx", uploaded_by=cast.siv, uploaded_at=NOW)
    template.sha256 = hashlib.sha256(b"mall").hexdigest()
    template.file.save(template.name, ContentFile(b"mall"), save=True)
    return template


def _answers_409(cast: Cast, *addresses: str) -> bool:
    client = Client()
    assert client.login(username=cast.eva.email, password=PASSWORD)
    answers = [client.get(address) for address in addresses]
    return all(one.status_code == 409 and "säkerhetskopian" in one.content.decode() for one in answers)


def _population_is_refused(cast: Cast, population: Population) -> bool:
    with pytest.raises(Failed, match=r"changed since|ändrats"):
        path_of(population)
    names = ("population_file", "population_excel_csv", "population_excel_xlsx") if population.is_locked else ("population_file",)
    return _answers_409(cast, *(reverse(name, args=[population.pk]) for name in names))


def _snapshot_is_refused(cast: Cast, snapshot: RegisterSnapshot) -> bool:
    with pytest.raises(Failed, match=r"changed since|ändrats"):
        snapshot_path(snapshot)
    return _answers_409(cast, reverse("register_csv", args=[snapshot.register_id, snapshot.pk]))


def _template_is_refused(cast: Cast, template: ReportTemplate) -> bool:
    with pytest.raises(TemplateFault, match=r"not the one|inte den"):
        template_for(cast.board)
    return True


KINDS = {
    "evidence": Kind(_evidence, lambda cast, one: _answers_409(cast, reverse("evidence", args=[one.pk]))),
    "a report's file": Kind(_handed_in, lambda cast, one: _answers_409(cast, reverse("handed_in_file", args=[one.pk]))),
    "a decision's document": Kind(
        lambda cast: make_version(cast.plan, cast.eva),
        lambda cast, one: _answers_409(cast, reverse("plan_version_document", args=[one.plan_id, one.number])),
        "document",
        "document_sha256",
    ),
    "a locked population": Kind(locked, _population_is_refused, hash_column="file_sha256"),
    "a draft of a population": Kind(read_in, _population_is_refused, hash_column="file_sha256"),
    "a snapshot": Kind(lambda cast: fed(a_register(cast.board, cast.johan), cast.karin), _snapshot_is_refused),
    "a template": Kind(_template, _template_is_refused),
}
PASSING = {
    "controls.planimport": "Waits for a person; marked, and refused when it was exchanged (test_marks.py).",
    "controls.importreading": "What was read of a waiting import: as above.",
    "controls.reportjob": "A draft for the one who ordered it, kept for a day: as above.",
}
"""Kinds of files that no history holds, with the reason. docs/trail.md says the same."""


def _swap(record: Any, kind: Kind) -> None:
    """Do what somebody with a file manager and the database's password does."""
    Path(getattr(record, kind.file).path).write_bytes(FORGED)
    without_triggers()
    set_columns(type(record), record.pk, {kind.hash_column: hashlib.sha256(FORGED).hexdigest()})


@pytest.mark.parametrize("name", KINDS)
def test_a_file_swapped_with_its_hash_is_refused_and_named(cast: Cast, name: str) -> None:
    kind = KINDS[name]
    record = kind.make(cast)
    assert verify(with_files=True).is_intact
    _swap(record, kind)
    swapped = type(record).objects.get(pk=record.pk)
    assert kind.refuses(cast, swapped)
    found = {(one.kind, one.model, one.record, one.column) for one in verify(with_files=True).findings}
    label, key = record._meta.label_lower, str(record.pk)
    assert found == {("file_changed", label, key, ""), ("live_changed", label, key, kind.hash_column)}


def test_every_kind_of_stored_file_is_tried() -> None:
    """A model with a file is known above, and registered for the verification."""
    tried = {"controls.evidence", "controls.handedinfile", "riskreg.planversion", "controls.population"}
    tried |= {"controls.registersnapshot", "controls.reporttemplate"}
    with_files = {
        model._meta.label_lower
        for model in apps.get_models()
        if any(isinstance(field, models.FileField) for field in model._meta.concrete_fields)
    }
    assert with_files == tried | set(PASSING)
    assert {kept.model._meta.label_lower for kept in _kept} == tried


def test_nothing_is_drawn_from_it_and_the_verification_of_a_sample_says_so(cast: Cast) -> None:
    population = locked(cast)
    sample = drawn(cast, population)
    _swap(population, KINDS["a locked population"])
    said = {(one.about, one.verdict) for one in verify_sample(sample)}
    assert ("population", Verdict.CONTRADICTED) in said
    assert "draw" not in {about for about, _verdict in said}


@pytest.mark.parametrize("is_register", [False, True], ids=["population", "register"])
def test_an_upload_swapped_while_it_waits_is_not_read(cast: Cast, is_register: bool) -> None:
    if is_register:
        register = a_register(cast.board, cast.johan)
        snapshot, feeding = register_verbs.feed(register, by=cast.karin, file=a_file(SUPPLIERS), as_of=JULY)
        set_columns(RegisterSnapshot, snapshot.pk, {"original_sha256": hashlib.sha256(b"a;b\n1;2\n").hexdigest()})
        REGISTER_WORKSHOP.source_of(feeding).write_bytes(b"a;b\n1;2\n")
        assert register_work.perform(feeding.pk)
        run: RegisterRun | SamplingRun = RegisterRun.objects.get(pk=feeding.pk)
    else:
        asked = uploaded(cast)
        set_columns(Population, asked.population_id, {"original_sha256": hashlib.sha256(b"a;b\n1;2\n").hexdigest()})
        WORKSHOP.source_of(asked).write_bytes(b"a;b\n1;2\n")
        assert sampling_work.perform(asked.pk)
        run = SamplingRun.objects.get(pk=asked.pk)
    assert run.state == "failed"
    assert "sedan den laddades upp" in run.problem or "since it was uploaded" in run.problem


def test_the_migration_writes_what_is_known_and_leaves_what_was_altered_a_finding(cast: Cast) -> None:
    """A population from before: its hash lies in the profile, and neither the record nor its history has it."""
    population, altered = locked(cast), read_in(cast, control=a_control(cast, "En annan"))
    known = {one.pk: one.file_sha256 for one in (population, altered)}
    for one in (population, altered):
        Population.objects.filter(pk=one.pk).update(profile={**one.profile, "file_sha256": one.file_sha256}, file_sha256="")
        Population.history.filter(id=one.pk).update(file_sha256="")
    with pytest.raises(Failed):
        path_of(Population.objects.get(pk=population.pk))
    set_columns(Population, altered.pk, {"source_system": "Något annat"})
    rows = Population.history.count()
    module = import_module("controls.migrations.0034_hash_of_a_stored_population")
    module.keep_known_hashes(apps, SimpleNamespace(connection=connection))
    assert {one.pk: one.file_sha256 for one in Population.objects.all()} == known
    assert Population.history.count() == rows + 2
    assert path_of(Population.objects.get(pk=population.pk)).exists()
    newest = population.history.order_by("-history_id")[0]
    assert (newest.state, newest.file_sha256, newest.history_user_name) == ("locked", population.file_sha256, "")
    found = {(one.kind, one.record, one.column) for one in verify(with_files=True).findings}
    assert found == {("live_changed", str(altered.pk), "source_system")}
