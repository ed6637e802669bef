"""The frame of a Word document: the template's tags, their words, and the faults of a template.

The template language runs in a sandbox with the words of the neighbour `template_words` and nothing else;
`template_content` lists what the file may hold beside them. What people typed is put in as text, never read as a
template.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import docx
from django.utils.translation import gettext as _
from docx.oxml.ns import qn
from docxtpl import DocxTemplate
from jinja2 import TemplateError, meta

from controls.reporting.paper import Paper
from controls.reporting.writers.word import wordml
from controls.reporting.writers.word.template_content import check_content, no_document
from controls.reporting.writers.word.template_words import TAG, TAGS, NotAllowed, TemplateFault, parse_tag, restricted_environment
from riskreg.importing import archive
from riskreg.importing.unreadable import UnreadableFile

DEFAULT_TEMPLATE = Path(__file__).resolve().parent / "templates" / "follow-up.docx"
LANGUAGES = {"sv": "sv-SE", "en": "en-GB"}
LARGEST = 10 * 1024 * 1024
LARGEST_UNPACKED = 60 * 1024 * 1024


@contextmanager
def refuse_faulty() -> Iterator[None]:
    """Turn every error of the template language into a TemplateFault."""
    try:
        yield
    except TemplateError as fault:
        raise TemplateFault(_("The Word template could not be filled in: %(fault)s.") % {"fault": fault}) from None


def frame_words(paper: Paper) -> dict[str, Any]:
    """Return the words of every tag but `content`."""
    before, between, after = (_("Page %(page)s of %(pages)s") % {"page": "\0", "pages": "\0"}).split("\0")
    return {
        "organisation": wordml.one_line(paper.organisation),
        "unit": wordml.one_line(paper.unit),
        "heading": wordml.one_line(paper.heading),
        "subtitle": wordml.one_line(paper.subtitle),
        "facts": [wordml.one_line(fact) for fact in paper.facts],
        "notes": [wordml.one_line(note) for note in paper.notes],
        "seal": wordml.one_line(paper.seal),
        "registry_number": wordml.one_line(paper.registry_number),
        "drawn_up_on": paper.drawn_up_on.isoformat(),
        "page_before": before,
        "page_between": between,
        "page_after": after,
    }


def check_template(content: bytes) -> None:
    """Check that the template can be filled in. Raises TemplateFault.

    Its tags must be known and unbroken, with one {{ content }} in a paragraph of its own in the document's body.
    """
    _check_package(content)
    try:
        document = docx.Document(io.BytesIO(content))
    except Exception:
        raise TemplateFault(no_document()) from None
    for place, text in _places(document):
        _check_text(place, text)
    own = [p for p in document.element.body.iter(qn("w:p")) if re.search(r"\{\{\s*content\s*\}\}", _text_of(p))]
    if len(own) != 1:
        raise TemplateFault(
            _("The template has %(count)d paragraphs with the tag {{ content }}; it must stand in one, where the rows belong.")
            % {"count": len(own)}
        )
    if _text_of(own[0]).strip() != re.search(r"\{\{\s*content\s*\}\}", _text_of(own[0])).group():  # type: ignore[union-attr]
        raise TemplateFault(
            _("{{ content }} must stand alone in its paragraph. It stands in: “%(text)s”.") % {"text": _text_of(own[0])[:120]}
        )
    if own[0].getparent().tag != qn("w:body"):
        raise TemplateFault(_("{{ content }} stands in a table or a text box. Put it in a paragraph of the page itself."))
    _try_it(content)


def _check_package(content: bytes) -> None:
    if len(content) > LARGEST:
        raise TemplateFault(_("The template is larger than 10 MB."))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            unpacked = sum(entry.file_size for entry in package.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise TemplateFault(no_document()) from None
    if unpacked > LARGEST_UNPACKED:
        raise TemplateFault(_("The template is larger than 60 MB when unpacked."))
    try:
        with archive.open_checked(content) as package:
            check_content(package)
    except UnreadableFile:
        raise TemplateFault(no_document()) from None


def _text_of(paragraph: Any) -> str:
    return "".join(text.text or "" for text in paragraph.iter(qn("w:t")))


def _places(document: Any) -> Iterator[tuple[str, str]]:
    """Yield (where, text) of every paragraph with a tag."""
    for number, paragraph in enumerate(document.element.body.iter(qn("w:p")), 1):
        yield _("paragraph %(number)d of the page") % {"number": number}, _text_of(paragraph)
    for index, section in enumerate(document.sections, 1):
        for words, part in (
            (_("the header of section %(number)d"), section.header),
            (_("the footer of section %(number)d"), section.footer),
            (_("the first page's header of section %(number)d"), section.first_page_header),
            (_("the first page's footer of section %(number)d"), section.first_page_footer),
        ):
            for paragraph in part._element.iter(qn("w:p")):
                yield words % {"number": index}, _text_of(paragraph)


def _check_text(place: str, text: str) -> None:
    rest = TAG.sub("", text)
    for broken in ("{{", "}}", "{%", "%}"):
        if broken in rest:
            raise TemplateFault(
                _("In %(place)s a tag is not whole: “%(text)s”. Write it again in one piece, like {{ heading }}.")
                % {"place": place, "text": text.strip()[:120]}
            )
    for tag in TAG.findall(text):
        said = re.sub(r"^\{%(p|tr|tc|r)\s", "{% ", tag)
        said = re.sub(r"^\{\{(p|tr|tc|r)\s", "{{ ", said)
        if re.match(r"\{%-?\s*(for|if)\b", said):
            said += "{% endfor %}" if "for" in said.split()[1] else "{% endif %}"
        elif re.match(r"\{%-?\s*(endfor|endif|else|elif)\b", said):
            continue
        elif said.startswith("{%"):
            raise TemplateFault(
                _("In %(place)s: the tag %(tag)s is not allowed. Allowed are for and if.") % {"place": place, "tag": tag}
            )
        try:
            tree = parse_tag(said)
        except NotAllowed as fault:
            raise TemplateFault(
                _("In %(place)s: the tag %(tag)s is not allowed: %(what)s.") % {"place": place, "tag": tag, "what": fault.what}
            ) from None
        except TemplateError as fault:
            raise TemplateFault(
                _("In %(place)s: the tag %(tag)s cannot be read (%(fault)s).") % {"place": place, "tag": tag, "fault": fault}
            ) from None
        unknown = sorted(meta.find_undeclared_variables(tree) - {*TAGS, "fact", "note", "loop", "one", "item"})
        if unknown:
            raise TemplateFault(
                _("In %(place)s: the tag %(tag)s names “%(name)s”, which there is not. There are: %(tags)s.")
                % {"place": place, "tag": tag, "name": unknown[0], "tags": ", ".join(TAGS)}
            )


def _try_it(content: bytes) -> None:
    sample = Paper(
        kind="follow_up",
        organisation="A",
        unit="B",
        heading="C",
        subtitle="D",
        language="sv",
        drawn_up_on=date(2025, 1, 1),
        facts=("E",),
        notes=("F",),
    )
    with refuse_faulty():
        try:
            DocxTemplate(io.BytesIO(content)).render(
                frame_words(sample) | {"content": "content"}, jinja_env=restricted_environment(), autoescape=True
            )
        except (TemplateError, TemplateFault):
            raise
        except Exception as fault:
            raise TemplateFault(_("The Word template could not be filled in: %(fault)s.") % {"fault": fault}) from None
