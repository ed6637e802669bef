"""A Word template that wants more than its words: refused at upload, and again when a report is made."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from controls.models import ReportJob, ReportTemplate
from controls.reporting.writers.word.docx import write_docx
from controls.reporting.writers.word.frame import check_template
from controls.reporting.writers.word.own_template import template_for
from controls.reporting.writers.word.template_words import TemplateFault
from riskreg import clock
from riskreg.models import User
from tests.cast import Cast
from tests.reporting.subjects import HOW, paper
from tests.reporting.test_own_template import GOOD, template

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
EXTERNAL = 'TargetMode="External"'


def with_part(name: str, content: bytes | str, base: bytes = GOOD) -> bytes:
    """The template with the part, in the place of its own of that name. Packed in haste: it is done at collecting."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(base)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry, old.read(entry), compresslevel=1)
        new.writestr(name, content, compresslevel=1)
    return target.getvalue()


def edited(name: str, change: Callable[[str], str], base: bytes = GOOD) -> bytes:
    with zipfile.ZipFile(io.BytesIO(base)) as package:
        before = package.read(name).decode()
    after = change(before)
    assert after != before
    return with_part(name, after, base)


def related(kind: str, target: str, more: str = "") -> bytes:
    one = f'<Relationship Id="rIdX" Type="{OFFICE}/{kind}" Target="{target}" {more}/>'
    return edited("word/_rels/document.xml.rels", lambda xml: xml.replace("</Relationships>", f"{one}</Relationships>"))


def in_body(xml: str) -> bytes:
    return edited("word/document.xml", lambda body: body.replace("<w:sectPr", f"{xml}<w:sectPr", 1))


def complex_field(*pieces: str) -> str:
    runs = "".join(f"<w:r><w:instrText>{piece}</w:instrText></w:r>" for piece in pieces)
    return (
        f'<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>{runs}<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        '<w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    )


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ("{{ heading.upper() }}", "nothing can be called"),
        ("{{ heading.format(heading) }}", "nothing can be called"),
        ("{{ facts.append }}", "“.append” reaches beyond"),
        ("{{ facts[0] }}", "only the tags' names"),
        ("{{ heading|attr('x') }}", "the filter “attr” is not one of"),
        ("{{ heading|center(9999) }}", "the filter “center” is not one of"),
        ("{{ facts|join(heading) }}", "the filter “join” is not one of"),
        ("{{ 'x' * 999999999 }}", "only the tags' names"),
        ("{{ 2 ** 99999999 }}", "only the tags' names"),
        ("{{ heading if unit }}", "only the tags' names"),
        ("{% for x in heading %}", "a loop is written"),
        ("{% for heading in facts %}", "a loop is written"),
        ("{% for x in facts if x %}", "a loop is written"),
        ("{% set x = 1 %}", "is not allowed"),
        ("{% macro x() %}", "is not allowed"),
        ("{% import 'x' as y %}", "is not allowed"),
    ],
)
def test_a_tag_says_what_is_listed_and_nothing_else(tag: str, told: str) -> None:
    with pytest.raises(TemplateFault) as refusal:
        check_template(template("Rubrik", tag, "{{ content }}"))
    assert "paragraph 2 of the page" in str(refusal.value)
    assert tag in str(refusal.value)
    assert told in str(refusal.value)


def test_what_is_documented_is_accepted() -> None:
    check_template(
        template(
            "{{ heading|upper }} {{ unit|default('–') }} {{ facts|join(', ') }} {{ facts|length }}",
            "{%p for fact in facts %}",
            "{{ loop.index }} {% if loop.first and not loop.last %}av {{ loop.length }}{% endif %} {{ fact }}",
            "{%p endfor %}",
            "{% if registry_number == '' %}–{% elif seal %}{{ seal }}{% else %}x{% endif %}",
            "{{ content }}",
        )
    )


def test_a_loop_in_a_loop_is_refused() -> None:
    loops = [f"{{%p for x{number} in facts %}}" for number in range(3)]
    with pytest.raises(TemplateFault, match="a loop cannot stand in a loop"):
        check_template(template(*loops, "x", *["{%p endfor %}"] * 3, "{{ content }}"))


@pytest.mark.parametrize(
    "content",
    [
        edited("docProps/core.xml", lambda xml: xml.replace("<dc:title/>", "<dc:title>{{ heading.upper() }}</dc:title>", 1)),
        in_body('<w:p><w:bookmarkStart w:id="7" w:name="{{ heading.upper() }}"/><w:bookmarkEnd w:id="7"/></w:p>'),
        in_body("<w:p><w:r><w:delText>{{ heading.upper() }}</w:delText></w:r></w:p>"),
        in_body("<w:p><w:r><w:t>{% if heading %}{% elif heading.upper() %}{% endif %}</w:t></w:r></w:p>"),
    ],
    ids=["property", "attribute", "deleted", "elif"],
)
def test_a_tag_hidden_beside_the_text_is_refused_too(content: bytes) -> None:
    with pytest.raises(TemplateFault, match="nothing can be called") as refusal:
        check_template(content)
    assert "heading.upper()" in str(refusal.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (related("attachedTemplate", "file:///C:/mall.dotm", EXTERNAL), "attached to another one"),
        (related("image", "https://tracker.example/x.png", EXTERNAL), "image: https://tracker.example/x.png"),
        (related("image", "file://server/x.png", EXTERNAL), "image: file://server"),
        (related("oleObject", "embeddings/x.xml"), "oleObject"),
        (related("aFChunk", "chunk.xml"), "aFChunk"),
        (related("subDocument", "https://x.example/x.docx", EXTERNAL), "subDocument"),
        (related("hyperlink", "javascript:alert(1)", EXTERNAL), "hyperlink: javascript"),
        (related("hyperlink", "file://server/share", EXTERNAL), "hyperlink: file"),
        (related("frame", "https://x.example/", EXTERNAL), "frame: https"),
        (related("customUI", "x.xml"), "customUI"),
        (with_part("word/embeddings/oleObject1.bin", b"\xd0\xcf"), "word/embeddings/oleObject1.bin"),
        (with_part("word/embeddings/book.xlsx", b"PK"), "word/embeddings/book.xlsx"),
        (with_part("word/chunk.html", b"<script>"), "word/chunk.html"),
        (with_part("word/activeX/activeX1.bin", b"x"), "word/activeX/activeX1.bin"),
        (with_part("word/vbaData.xml", b"<x/>"), "macros"),
        (
            with_part("word/media/x.svg", "<svg xmlns='http://www.w3.org/2000/svg'><image href='https://x.example/'/></svg>"),
            "https://x",
        ),
        (with_part("word/media/x.svg", "<svg xmlns='http://www.w3.org/2000/svg'><script>x</script></svg>"), "script"),
        (with_part("word/x.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), "not a Word document"),
        (with_part("word/media/x.svg", "<!DOCTYPE a [<!ENTITY b 'c'>]><svg>&b;</svg>"), "not a Word document"),
        (
            edited("[Content_Types].xml", lambda xml: xml.replace("wordprocessingml.document.main", "macroEnabled.main")),
            "macros",
        ),
        (
            edited(
                "[Content_Types].xml",
                lambda xml: xml.replace("</Types>", '<Override PartName="/word/x.png" ContentType="application/x+xml"/></Types>'),
            ),
            "/word/x.png",
        ),
        (in_body('<w:altChunk xmlns:q="urn:q" q:id="rId1"/>'), "altChunk"),
        (in_body("<w:p><w:r><w:object/></w:r></w:p>"), "object"),
        (
            in_body(
                '<w:p><w:r><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:imagedata src="http://x.example/"/>'
                "</v:shape></w:pict></w:r></w:p>"
            ),
            "http://x.example/",
        ),
    ],
)
def test_nothing_linked_embedded_or_run_is_accepted(content: bytes, told: str) -> None:
    with pytest.raises(TemplateFault) as refusal:
        check_template(content)
    assert told in str(refusal.value)


@pytest.mark.parametrize(
    "field",
    [
        'INCLUDETEXT "https://x.example/x.docx"',
        'INCLUDEPICTURE "https://x.example/x.png" \\d',
        "DDE excel x y",
        'DDEAUTO c:\\windows\\system32\\cmd.exe "/k calc"',
        "LINK Excel.Sheet.8 x",
        "MACROBUTTON x y",
        "= 2 + 2",
        "DATE",
        "TIME",
        "FILENAME \\p",
        "IF 1 = 1 a b",
        "QUOTE 68 68 69",
        "IMPORT x",
        "DATABASE x",
        "FILLIN x",
        'HYPERLINK "file://server/x"',
        "unheard-of",
    ],
)
def test_a_field_that_fetches_or_computes_is_refused(field: str) -> None:
    quoted = field.replace('"', "&quot;")
    ways = {
        "simple": f'<w:p><w:fldSimple w:instr=" {quoted} "><w:r><w:t>1</w:t></w:r></w:fldSimple></w:p>',
        "complex": complex_field(quoted),
        "in pieces": complex_field(quoted[:1], quoted[1:3], quoted[3:]),
        "in another": complex_field("PAGEREF x").replace(
            "</w:instrText>", f"</w:instrText></w:r>{complex_field(quoted)[5:-6]}<w:r><w:instrText/>"
        ),
    }
    for way, xml in ways.items():
        with pytest.raises(TemplateFault) as refusal:
            check_template(in_body(xml))
        assert "fetches, links or computes" in str(refusal.value), way


@pytest.mark.parametrize("named_by", ["REF verb", "DOCPROPERTY verb"])
def test_a_field_whose_kind_another_field_says_is_refused(named_by: str) -> None:
    """What the bookmark or the property holds, DDEAUTO for one, is then what Word does."""
    outer = complex_field(" ", ' c:\\windows\\system32\\cmd.exe "/k calc"'.replace('"', "&quot;"))
    inner = complex_field(named_by)[5:-6]
    for before in ("", "PAGE"):
        field = outer.replace("> </w:instrText></w:r>", f">{before}</w:instrText></w:r>{inner}", 1)
        assert named_by in field
        with pytest.raises(TemplateFault, match="fetches, links or computes"):
            check_template(in_body(field))
    check_template(in_body(outer.replace("> </w:instrText></w:r>", f">PAGEREF </w:instrText></w:r>{inner}", 1)))


@pytest.mark.parametrize("target", ["https://x.example/x.png", "//server/x.png", "\\\\server\\x.png", "file:///C:/x.png"])
def test_a_target_outside_the_document_is_refused_whatever_its_mode_says(target: str) -> None:
    with pytest.raises(TemplateFault, match="linked or embedded"):
        check_template(related("image", target))


def test_page_numbers_and_links_that_a_reader_follows_are_accepted() -> None:
    check_template(in_body(complex_field("PA", "GE") + complex_field(' HYPERLINK "https://kommun.se" \\o "x"')))
    check_template(related("hyperlink", "https://kommun.se/", EXTERNAL))
    check_template(related("hyperlink", "mailto:registrator@kommun.se", EXTERNAL))


# Stored before it was asked for


def stored_before(cast: Cast, content: bytes) -> ReportTemplate:
    """As an earlier version of the product accepted it."""
    kept = ReportTemplate(
        unit=cast.board,
        version=1,
        name="gammal.docx",
        sha256=hashlib.sha256(content).hexdigest(),
        uploaded_by=cast.siv,
        uploaded_at=clock.now(),
    )
    kept.file.save("gammal.docx", ContentFile(content), save=False)
    kept.save()
    return kept


HOSTILE = in_body(complex_field('INCLUDETEXT "https://x.example/x.docx"'))


def test_a_template_from_before_is_checked_again_and_the_refusal_names_it(cast: Cast) -> None:
    stored_before(cast, HOSTILE)
    with pytest.raises(TemplateFault) as refusal:
        template_for(cast.board)
    for words in ("gammal.docx, version 1", "Kommunstyrelsen", "INCLUDETEXT", "administrator"):
        assert words in str(refusal.value)


def test_a_template_that_was_replaced_on_the_disk_or_is_gone_is_not_used(cast: Cast) -> None:
    kept = stored_before(cast, GOOD)
    assert template_for(cast.board) == GOOD
    # With the record's hash: the history says which file was uploaded.
    other = with_part("docProps/other.txt", b"x")
    Path(kept.file.path).write_bytes(other)
    ReportTemplate.objects.update(sha256=hashlib.sha256(other).hexdigest())
    with pytest.raises(TemplateFault, match="not the one that was uploaded"):
        template_for(cast.board)
    assert kept.file.name
    kept.file.storage.delete(kept.file.name)
    with pytest.raises(TemplateFault, match="not there"):
        template_for(cast.board)


def test_the_pages_say_so_and_other_formats_are_not_kept_back(cast: Cast, today: Any) -> None:
    User.objects.update(language="en")
    stored_before(cast, HOSTILE)
    client = Client()
    client.force_login(cast.eva)
    address = ["follow_up", cast.plan.pk, cast.interim.kind]
    for answer in (
        client.get(reverse("report_file", args=[*address, "docx"]), follow=True),
        client.post(reverse("report_order", args=[*address, "docx"]), follow=True),
    ):
        assert answer.redirect_chain, answer
        assert "INCLUDETEXT" in answer.content.decode()
    assert not ReportJob.objects.exists()
    assert client.get(reverse("report_file", args=[*address, "xlsx"])).status_code == 200


def test_the_language_is_confined_also_where_nothing_was_checked(cast: Cast) -> None:
    with pytest.raises(TemplateFault, match="nothing can be called"):
        write_docx(paper(cast), author="Eva", made_at=HOW.made_at, template=template("{{ heading.upper() }}", "{{ content }}"))
