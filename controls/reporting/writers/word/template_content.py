"""Permitted content of a Word template: text, styles and pictures of its own, and nothing that is fetched or run.

Whoever opens a report opens its template, too. So nothing in it leads out of the file but links that a reader follows, no
field fetches or computes, and there are neither macros nor embedded objects. Relationships, fields and kinds of parts are
lists of what is allowed: what is not known is refused, and named.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

from controls.reporting.writers.word.template_words import TemplateFault

RELATIONSHIPS = frozenset({
    "officeDocument", "core-properties", "extended-properties", "custom-properties", "thumbnail", "styles", "stylesWithEffects",
    "settings", "webSettings", "fontTable", "font", "theme", "numbering", "header", "footer", "footnotes", "endnotes", "image",
    "hyperlink", "comments", "commentsExtended", "commentsIds", "commentsExtensible", "people", "customXml", "customXmlProps",
    "glossaryDocument",
})  # fmt: skip
FIELDS = frozenset({
    "PAGE", "NUMPAGES", "SECTION", "SECTIONPAGES", "PAGEREF", "REF", "NOTEREF", "STYLEREF", "TOC", "TC", "SEQ", "HYPERLINK",
    "TITLE", "SUBJECT", "AUTHOR", "DOCPROPERTY", "SYMBOL",
})  # fmt: skip
"""Fields that Word computes from the document itself: a report that is handed in says the same on whatever day it is opened."""
_KINDS = frozenset({
    ".xml", ".rels", ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".emf", ".wmf", ".svg", ".odttf",
})  # fmt: skip
_OBJECTS = frozenset({"altChunk", "object", "OLEObject", "OLELink", "control", "subDoc", "mailMerge", "attachedTemplate", "movie",
                      "script", "foreignObject"})  # fmt: skip
_REACHING = frozenset({"href", "src", "link"})
_FOLLOWED = re.compile(r"(https?://|mailto:|#)", re.I)
_OUTSIDE = re.compile(r"[a-z][a-z0-9+.-]*:|//|.*\\", re.I)
"""A target that is no part of the package, whatever its mode says."""
_NESTED = "\0"
"""The mark of a nested field in the instruction of another."""
_LINK_FIELD = re.compile(r'HYPERLINK\s+(\\l\b|"?(https?://|mailto:))', re.I)


def no_document() -> str:
    """Return the message that the file is not a Word document."""
    return _("The file is not a Word document (.docx) that can be opened.")


def _embedded(part: str) -> str:
    return _("The template holds an embedded object or file (%(part)s). Remove it, or paste it as a picture.") % {"part": part}


def _extension(name: str) -> str:
    return "." + name.rpartition("/")[2].rpartition(".")[2].lower()


def check_content(package: zipfile.ZipFile) -> None:
    """Check the parts of the package. Raises TemplateFault, naming the part and what is in it.

    The package must have passed the archive's check already.
    """
    for name in package.namelist():
        kind = _extension(name)
        if "vba" in PurePosixPath(name).name.lower() or kind == ".exe":
            raise TemplateFault(_("The template holds macros. Save it as a Word document without them (.docx)."))
        if name.endswith("/"):
            continue
        if kind not in _KINDS:
            raise TemplateFault(_embedded(name))
        if kind in {".xml", ".rels", ".svg"}:
            _check_part(name, package.read(name))


def _check_part(name: str, content: bytes) -> None:
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except (etree.XMLSyntaxError, ValueError):
        raise TemplateFault(no_document()) from None
    if root.getroottree().docinfo.doctype:
        raise TemplateFault(no_document())
    if name.endswith(".rels"):
        _check_relationships(name, root)
        return
    if name == "[Content_Types].xml":
        _check_types(root)
        return
    for element in root.iter(etree.Element):
        _check_element(name, element)
    for field in _fields(root):
        _check_field(name, field)


def _check_types(root: Any) -> None:
    """Check that each part's type is what its name says: the name decides how a part is checked."""
    for one in root.iter("{*}Default", "{*}Override"):
        said, name = str(one.get("ContentType", "")).lower(), str(one.get("PartName", ""))
        if "macroenabled" in said or "vba" in said:
            raise TemplateFault(_("The template holds macros. Save it as a Word document without them (.docx)."))
        kind = _extension(name) if name else "." + str(one.get("Extension", "")).lower()
        is_markup = said.endswith("xml") and not said.startswith(("image/", "application/xhtml"))
        if kind in _KINDS and is_markup != (kind in {".xml", ".rels"}):
            raise TemplateFault(_embedded(name or kind))


def _check_relationships(name: str, root: Any) -> None:
    for one in root.iter("{*}Relationship"):
        kind = str(one.get("Type", "")).rpartition("/")[2]
        target = str(one.get("Target", ""))
        leads_out = one.get("TargetMode", "").lower() == "external"
        told = {"part": name, "kind": kind, "target": target[:200]}
        if kind == "attachedTemplate":
            raise TemplateFault(
                _(
                    "The template is attached to another one (%(target)s). In Word, choose Normal under Developer → Document "
                    "Template, and save."
                )
                % told
            )
        reaches = leads_out or _OUTSIDE.match(target)
        if kind not in RELATIONSHIPS or (reaches and (kind != "hyperlink" or not _FOLLOWED.match(target))):
            raise TemplateFault(
                _(
                    "The template holds something linked or embedded (%(kind)s: %(target)s, in %(part)s). Remove it, or insert "
                    "it as text or as a picture that is saved in the document."
                )
                % told
            )


def _check_element(name: str, element: Any) -> None:
    kind = etree.QName(element).localname
    reaching = [
        str(value)
        for attribute, value in element.attrib.items()
        if etree.QName(attribute).localname in _REACHING and not str(value).startswith(("#", "data:image/"))
    ]
    if kind in _OBJECTS or reaching:
        raise TemplateFault(
            _(
                "The template holds something linked or embedded (%(kind)s: %(target)s, in %(part)s). Remove it, or insert it "
                "as text or as a picture that is saved in the document."
            )
            % {"kind": kind, "target": (reaching or ["–"])[0][:200], "part": name}
        )


def _fields(root: Any) -> Iterator[str]:
    """Yield every field's instruction, put together from its pieces.

    A nested field counts in both, behind a mark in the outer one: what a field does must be stated in its own words,
    never be fetched by another.
    """
    open_: list[list[str]] = []
    for element in root.iter("{*}fldSimple", "{*}fldChar", "{*}instrText", "{*}delInstrText", "{*}ffData"):
        kind = etree.QName(element).localname
        if kind == "fldSimple":
            for pieces in open_:
                pieces.append(_NESTED)
            yield _attribute(element, "instr")
        elif kind == "ffData":
            # What a form's field runs, by name.
            yield from ("MACRO" for _one in element.iter("{*}entryMacro", "{*}exitMacro"))
        elif kind != "fldChar":
            for pieces in open_:
                pieces.append(element.text or "")
            if not open_:
                yield element.text or ""
        elif _attribute(element, "fldCharType") == "begin":
            for pieces in open_:
                pieces.append(_NESTED)
            open_.append([])
        elif _attribute(element, "fldCharType") == "end" and open_:
            yield "".join(open_.pop())
    # Not ended: Word would end them with the document.
    for pieces in open_:
        yield "".join(pieces)


def _attribute(element: Any, name: str) -> str:
    return next((str(value) for key, value in element.attrib.items() if etree.QName(key).localname == name), "")


def _check_field(name: str, instruction: str) -> None:
    words = instruction.split()
    if not words:
        return
    kind = words[0].upper()
    said = instruction.replace(_NESTED, "{…}").strip()
    if kind not in FIELDS or (kind == "HYPERLINK" and not _LINK_FIELD.match(instruction.strip())):
        raise TemplateFault(
            _(
                "The template holds the field { %(field)s } (in %(part)s), which fetches, links or computes something. Allowed "
                "are %(allowed)s; the day of the report is {{ drawn_up_on }}."
            )
            % {"field": said[:120], "part": name, "allowed": ", ".join(sorted(FIELDS))}
        )
