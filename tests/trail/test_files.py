"""Files that records keep: changed, swapped, missing and extra ones are named, and altered bytes are never served."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from controls.models import Evidence, HandedInFile, Population, ReportTemplate
from riskreg.models import PlanVersion, Verification
from riskreg.trail import runs
from riskreg.trail.files import _kept
from riskreg.trail.findings import Finding, state
from riskreg.trail.verification import verify, work
from tests.architecture.scene_records import NOW, make_handed_in, make_version
from tests.cast import PASSWORD, Cast, make_control, make_follow_up, make_risk
from tests.sampling.scene import locked
from tests.trail.past_the_product import set_columns, without_triggers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@dataclass
class Kept:
    cast: Cast
    evidence: list[Evidence]
    handed_in: HandedInFile
    version: PlanVersion
    population: Population
    template: ReportTemplate


@pytest.fixture
def kept(cast: Cast) -> Kept:
    """Two files of evidence, and one of each other kind, as the product keeps them."""
    follow_up = make_follow_up(make_control(make_risk(cast.plan)), cast.interim, performer=cast.karin)
    evidence = []
    for content in (b"Attestlista januari", b"Attestlista februari"):
        one = Evidence(follow_up=follow_up, name="attest.txt", size=len(content), uploaded_by=cast.karin, uploaded_at=NOW)
        one.sha256 = hashlib.sha256(content).hexdigest()
        one.file.save(one.name, ContentFile(content), save=True)
        evidence.append(one)
    make_handed_in(cast.plan, cast.interim, cast.johan)
    version = make_version(cast.plan, cast.eva)
    template = ReportTemplate(unit=cast.board, version=1, name="mall.docx", uploaded_by=cast.siv, uploaded_at=NOW)
    template.sha256 = hashlib.sha256(b"mall").hexdigest()
    template.file.save(template.name, ContentFile(b"mall"), save=True)
    return Kept(cast, evidence, HandedInFile.objects.order_by("pk")[0], version, locked(cast), template)


def found() -> list[Finding]:
    return verify(with_files=True).findings


def kinds() -> list[tuple[str, str, str]]:
    return [(one.kind, one.model, one.record) for one in found()]


def path_of(record: Any, column: str = "file") -> Path:
    return Path(getattr(record, column).path)


def test_files_as_they_were_kept_are_no_finding_and_are_counted(kept: Kept) -> None:
    outcome = verify(with_files=True)
    assert outcome.is_intact, outcome.findings
    assert outcome.files == sum(one.records().count() for one in _kept) >= 6
    assert outcome.done == work()
    assert verify().files == 0


EACH: dict[str, Callable[[Kept], tuple[Any, str]]] = {
    "evidence": lambda kept: (kept.evidence[0], "file"),
    "a report's file": lambda kept: (kept.handed_in, "file"),
    "a decision's document": lambda kept: (kept.version, "document"),
    "a population": lambda kept: (kept.population, "file"),
    "a template": lambda kept: (kept.template, "file"),
}


@pytest.mark.parametrize("which", EACH)
def test_a_changed_file_is_named(kept: Kept, which: str) -> None:
    record, column = EACH[which](kept)
    path = path_of(record, column)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert kinds() == [("file_changed", record._meta.label_lower, str(record.pk))]


@pytest.mark.parametrize("which", EACH)
def test_a_missing_file_is_named(kept: Kept, which: str) -> None:
    record, column = EACH[which](kept)
    path_of(record, column).unlink()
    assert kinds() == [("file_missing", record._meta.label_lower, str(record.pk))]


def test_two_files_that_changed_places_are_named_as_that(kept: Kept) -> None:
    one, other = (path_of(each) for each in kept.evidence)
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    keys = [str(each.pk) for each in kept.evidence]
    assert [(each.kind, each.record, each.detail) for each in found()] == [
        ("file_swapped", keys[0], keys[1]),
        ("file_swapped", keys[1], keys[0]),
    ]


def test_a_file_changed_with_its_record_s_hash_is_named_by_the_history_s(kept: Kept) -> None:
    one = kept.evidence[0]
    path_of(one).write_bytes(b"nytt")
    set_columns(Evidence, one.pk, {"sha256": hashlib.sha256(b"nytt").hexdigest()})
    assert {kind for kind, _model, record in kinds() if record == str(one.pk)} == {"live_changed", "file_changed"}


def test_a_file_that_no_record_names_is_told_once_it_is_a_day_old(kept: Kept) -> None:
    extra = path_of(kept.evidence[0]).parent / "insmugglad.pdf"
    extra.write_bytes(b"?")
    assert found() == []
    long_ago = timezone.now().timestamp() - 3 * 365 * 24 * 3600
    os.utime(extra, (long_ago, long_ago))
    (one,) = found()
    assert (one.kind, one.detail) == ("file_extra", "evidence/insmugglad.pdf")
    with translation.override("sv"):
        assert "evidence/insmugglad.pdf" in state([one], None)[0].text


def test_a_file_removed_by_the_product_meanwhile_is_no_alteration(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    one = kept.evidence[0]
    path_of(one).unlink()

    def removed(record: Any, path: Path, tell: Any) -> str:
        Evidence.objects.filter(pk=record.pk).delete()
        raise FileNotFoundError(path)

    from riskreg.trail import files

    monkeypatch.setattr(files, "_kept", [files.KeptFiles(Evidence, "file", "sha256", "evidence", removed)])
    assert found() == []


def test_the_page_and_the_command_verify_files_and_say_how_many(kept: Kept) -> None:
    asked, _is_new = runs.ask(kept.cast.ake, "", timezone.now())
    assert runs.run(asked.pk)
    done = Verification.objects.get(pk=asked.pk)
    assert (done.files, done.found, done.checked) == (verify(with_files=True).files, 0, done.total)
    path_of(kept.evidence[0]).write_bytes(b"nytt")
    out = StringIO()
    with translation.override("sv"), pytest.raises(CommandError):
        call_command("verify_trail", stdout=out)
    assert "Filen till" in out.getvalue()
    call_command("verify_trail", no_files=True, stdout=StringIO())


# Serving


def addresses(kept: Kept) -> dict[str, tuple[Any, str, str]]:
    plan = kept.version.plan
    return {
        "evidence": (kept.evidence[0], "file", reverse("evidence", args=[kept.evidence[0].pk])),
        "a report's file": (kept.handed_in, "file", reverse("handed_in_file", args=[kept.handed_in.pk])),
        "a decision's document": (
            kept.version,
            "document",
            reverse("plan_version_document", args=[plan.pk, kept.version.number]),
        ),
        "a population": (kept.population, "file", reverse("population_file", args=[kept.population.pk])),
    }


@pytest.mark.parametrize("which", ["evidence", "a report's file", "a decision's document", "a population"])
def test_altered_bytes_are_never_served(kept: Kept, which: str) -> None:
    record, column, address = addresses(kept)[which]
    client = Client()
    assert client.login(username=kept.cast.eva.email, password=PASSWORD)
    answer = client.get(address)
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    path = path_of(record, column)
    path.write_bytes(b"HEMLIGT BYTT")
    if column == "file" and which != "a population":
        without_triggers()
        set_columns(type(record), record.pk, {"sha256": hashlib.sha256(b"HEMLIGT BYTT").hexdigest()})
    answer = client.get(address)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "HEMLIGT" not in page
    assert "säkerhetskopian" in page
