"""A municipality's own Word template: what is wrong with one is said at upload, naming the tag and the place."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import docx
import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import translation

from controls.models import ReportTemplate
from controls.reporting.writers.word import own_template
from controls.reporting.writers.word.confined_template import check_confined
from controls.reporting.writers.word.default_template import pack
from controls.reporting.writers.word.frame import check_template
from controls.reporting.writers.word.own_template import set_in_use, template_for, upload_template
from controls.reporting.writers.word.template_words import TemplateFault
from riskreg.access.verbs import NotPermitted
from riskreg.importing.confined import Limits
from riskreg.models import User
from tests.cast import Cast, make_control, make_risk
from tests.reporting.subjects import HOW, paper

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]


def template(*paragraphs: str, header: str = "") -> bytes:
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    if header:
        document.sections[0].header.paragraphs[0].text = header
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


GOOD = template("Tjänsteskrivelse {{ registry_number }}", "{{ heading }}", "{{ content }}", header="{{ organisation }}")


def test_the_products_own_template_is_in_order() -> None:
    check_template(pack())
    check_template(GOOD)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (template("{{ headng }}", "{{ content }}"), "paragraph 1 of the page: the tag {{ headng }} names “headng”"),
        (template("x", "{{ content }}", header="{{ kommun }}"), "the header of section 1: the tag {{ kommun }}"),
        (template("{{ heading", "{{ content }}"), "paragraph 1 of the page a tag is not whole"),
        (template("{{ heading..x }}", "{{ content }}"), "paragraph 1 of the page: the tag {{ heading..x }} cannot be read"),
        (template("{% include 'x' %}", "{{ content }}"), "the tag {% include 'x' %} is not allowed"),
        (template("Inget"), "0 paragraphs with the tag {{ content }}"),
        (template("{{ content }}", "{{ content }}"), "2 paragraphs with the tag {{ content }}"),
        (template("Här: {{ content }}"), "must stand alone in its paragraph"),
        (template("{%p for fact in facts %}", "{{ fact }}", "{{ content }}"), "could not be filled in"),
        (
            template("{{ heading.__class__.__mro__ }}", "{{ content }}"),
            "paragraph 1 of the page: the tag {{ heading.__class__.__mro__ }} is not allowed: “.__mro__” reaches beyond",
        ),
        (template("{{ ''.__class__ }}", "{{ content }}"), "paragraph 1 of the page: the tag {{ ''.__class__ }} is not allowed"),
        (b"not a file", "not a Word document"),
    ],
)
def test_a_faulty_template_is_refused_naming_tag_and_place(content: bytes, told: str) -> None:
    with pytest.raises(TemplateFault) as refusal:
        check_template(content)
    assert told in str(refusal.value)


def test_macros_and_bombs_are_refused() -> None:
    with_macros = io.BytesIO(GOOD)
    with zipfile.ZipFile(with_macros, "a") as package:
        package.writestr("word/vbaProject.bin", b"x")
    with pytest.raises(TemplateFault, match="macros"):
        check_template(with_macros.getvalue())
    bomb = io.BytesIO(GOOD)
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/media/x.bin", b"0" * 61 * 1024 * 1024)
    with pytest.raises(TemplateFault, match="60 MB"):
        check_template(bomb.getvalue())


def test_a_template_that_takes_too_long_is_refused_with_advice_and_the_process_that_opened_it_ended() -> None:
    heavy = template(*["{{ heading }}"] * 20_000, "{{ content }}")
    assert len(heavy) < 1_000_000
    with translation.override("sv"), pytest.raises(TemplateFault, match="för mycket tid eller minne"):
        check_confined(heavy, Limits(seconds=2))


@pytest.mark.parametrize(("language", "told"), [("sv", "I stycke 1 på sidan"), ("en", "In paragraph 1 of the page")])
def test_the_process_that_opens_it_says_what_is_wrong_in_the_reader_s_language(language: str, told: str) -> None:
    check_confined(GOOD)
    with translation.override(language), pytest.raises(TemplateFault, match=told):
        check_confined(template("{{ headng }}", "{{ content }}"))
    with translation.override(language), pytest.raises(TemplateFault, match=r"\.docx"):
        check_confined(b"not a file")


def uploaded(cast: Cast, content: bytes = GOOD, unit: Any = None) -> ReportTemplate:
    return upload_template(unit or cast.board, SimpleUploadedFile("mall.docx", content), by=cast.siv)


def test_a_new_upload_is_a_new_version_and_the_nearest_unit_applies(cast: Cast) -> None:
    uploaded(cast, unit=cast.municipality)
    assert template_for(cast.board) == GOOD
    second = template("Egen", "{{ content }}")
    kept = uploaded(cast, second)
    third = uploaded(cast, GOOD)
    assert [kept.version, third.version] == [1, 2]
    set_in_use(third, False, by=cast.siv)
    assert template_for(cast.board) == second
    assert template_for(cast.school_board) == GOOD
    assert third.history.count() == 2


def test_only_an_administrator_uploads(cast: Cast) -> None:
    for user in (cast.eva, cast.johan, cast.karin, cast.ake):
        with pytest.raises(NotPermitted):
            upload_template(cast.board, SimpleUploadedFile("mall.docx", GOOD), by=user)
    with pytest.raises(ValidationError):
        uploaded(cast, template("Inget"))
    assert not ReportTemplate.objects.exists()


def test_the_administration_tells_the_fault_and_keeps_nothing(cast: Cast) -> None:
    User.objects.update(language="en")
    client = Client()
    client.force_login(cast.siv)
    url = reverse("admin:controls_reporttemplate_add")
    form = {"unit": cast.board.pk, "note": ""}
    bad = SimpleUploadedFile("mall.docx", template("{{ headng }}", "{{ content }}"))
    page = client.post(url, {**form, "file": bad}).content.decode()
    assert "paragraph 1 of the page: the tag {{ headng }} names" in page
    assert not ReportTemplate.objects.exists()
    assert client.post(url, {**form, "file": SimpleUploadedFile("mall.docx", GOOD)}).status_code == 302
    assert ReportTemplate.objects.get().version == 1


def test_a_template_is_read_once_and_before_the_transaction(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite nobody else can save while a transaction is open, and Django's administration opens one for the form."""
    depths: list[int] = []
    look = check_confined

    def noted(content: bytes) -> None:
        depths.append(len(connection.savepoint_ids))
        look(content)

    monkeypatch.setattr(own_template, "check_confined", noted)
    client = Client()
    client.force_login(cast.siv)
    before = len(connection.savepoint_ids)
    form = {"unit": cast.board.pk, "note": "", "file": SimpleUploadedFile("mall.docx", GOOD)}
    assert client.post(reverse("admin:controls_reporttemplate_add"), form).status_code == 302
    assert depths == [before]
    depths.clear()
    client.force_login(cast.karin)
    client.post(reverse("admin:controls_reporttemplate_add"), {**form, "file": SimpleUploadedFile("mall.docx", GOOD)})
    assert depths == [], "who may not upload one is not read"


def test_users_texts_are_never_read_as_a_template(cast: Cast) -> None:
    from controls.reporting.writers.word.docx import write_docx

    name = "{{ 7*7 }}{% for x in y %}{{ content }}"
    make_control(make_risk(cast.plan, name))
    cast.plan.registry_number = name
    content = write_docx(paper(cast), author=name, made_at=HOW.made_at, template=GOOD)
    document = docx.Document(io.BytesIO(content))
    assert document.paragraphs[0].text == f"Tjänsteskrivelse {name}"
