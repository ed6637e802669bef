"""What is brought in: limited before it is kept, told by its content, kept under a name of the product's own."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from controls.models import Evidence, PlanImport
from riskreg.verbs.concurrency import version_of
from tests.architecture.address_book import formset
from tests.architecture.scene import Scene

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]


def bring(client: Client, address: str, size: int) -> Any:
    return client.post(address, {"file": SimpleUploadedFile("stor.csv", b"x" * size)})


def test_who_is_not_signed_in_brings_no_file(scene: Scene, client: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000
    assert bring(client, reverse("login"), 20_000).status_code == 400
    assert bring(Client(enforce_csrf_checks=True), reverse("login"), 20_000).status_code in {400, 403}
    assert bring(client, reverse("login"), 100).status_code == 200


def test_one_request_brings_no_more_than_the_forms_take(scene: Scene, client: Client, settings: Any) -> None:
    settings.REQUEST_MAX_BYTES = 50_000
    client.force_login(scene.cast.eva)
    assert bring(client, reverse("admin:controls_planimport_add"), 60_000).status_code == 400
    assert bring(client, reverse("admin:controls_planimport_add"), 100).status_code == 200


def attach(scene: Scene, name: str, content: bytes) -> Any:
    follow_up = scene.own.follow_ups["planned"]
    form = {"evidence": SimpleUploadedFile(name, content), "version": version_of(follow_up), **formset("measures")}
    return scene.clients["o"].post(reverse("admin:controls_followup_change", args=[follow_up.pk]), form)


@pytest.mark.parametrize(
    "name", ["../../../etc/cron.d/x.txt", "..\\..\\x.txt", "/etc/passwd.txt", "a\x00b.txt", "\u202etxt.exe.txt"]
)
def test_an_uploads_name_is_no_path(scene: Scene, name: str) -> None:
    attach(scene, name, b"Underlag")
    for evidence in Evidence.objects.exclude(pk__in=[scene.own.evidence.pk, scene.other.evidence.pk]):
        kept = Path(evidence.file.path).resolve()
        assert kept.is_relative_to(Path(django_settings.MEDIA_ROOT).resolve())
        assert kept.stem.isalnum()
        assert not set(evidence.name) & set("/\\\x00\u202e")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("sida.txt", b"<!DOCTYPE html><script>alert(1)</script>"),
        ("sida.csv", b"  <html><body onload=alert(1)>"),
        ("bild.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("bild.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("program.pdf", b"MZ\x90\x00"),
        ("sida.html", b"hej"),
        ("utan", b"hej"),
    ],
)
def test_what_a_browser_could_run_is_refused(scene: Scene, name: str, content: bytes) -> None:
    before = Evidence.objects.count()
    attach(scene, name, content)
    assert Evidence.objects.count() == before


def xlsx_with(part: bytes) -> bytes:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        archive.writestr("xl/workbook.xml", part)
    return package.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bomb.xlsx", lambda: xlsx_with(b" " * 60_000_000)),
        (
            "entiteter.xlsx",
            lambda: xlsx_with(b'<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><workbook>&b;</workbook>'),
        ),
        ("utifrån.xlsx", lambda: xlsx_with(b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><workbook>&a;</workbook>')),
    ],
    ids=["zip bomb", "entities", "external entity"],
)
def test_a_bomb_is_refused_and_nothing_of_it_kept(scene: Scene, name: str, content: Callable[[], bytes]) -> None:
    before = PlanImport.objects.count()
    form = {"file": SimpleUploadedFile(name, content()), "unit": scene.own.unit.pk, "year": 2029, "closing": "", "matrix": ""}
    response = scene.clients["m"].post(reverse("admin:controls_planimport_add"), form)
    assert response.status_code == 200
    assert PlanImport.objects.count() == before
    assert "root:" not in response.content.decode()
