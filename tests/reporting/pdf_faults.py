"""What PDF/UA-1 and PDF/A-2a ask that can be read off the file itself: each breach in words. Knows nothing of the writer."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

STANDARD = re.compile(
    "Document|Part|Art|Sect|Div|BlockQuote|Caption|TOCI?|Index|NonStruct|Private|P|H[1-6]?|L|LI|Lbl|LBody|Table|TR|TH|TD|THead|"
    "TBody|TFoot|Span|Quote|Note|Reference|BibEntry|Code|Link|Annot|Ruby|Warichu|RB|RT|RP|WT|WP|Figure|Formula|Form"
)
FORBIDDEN = {"/JavaScript", "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/LZWDecode"}
_LETTERS = {"Tj", "TJ", "'", '"'}


def pdf_faults(content: bytes) -> list[str]:
    with pikepdf.open(io.BytesIO(content)) as file:
        return [
            *file.check_pdf_syntax(),
            *_document(file),
            *_metadata(file),
            *_structure(file),
            *_pages(file),
            *_fonts(file),
        ]


def _document(file: pikepdf.Pdf) -> Iterator[str]:
    root: Any = file.Root
    if not root.get("/MarkInfo", {}).get("/Marked", False) or root.MarkInfo.get("/Suspects", False):
        yield "not marked, or marked as suspect"
    if not re.fullmatch(r"[a-z]{2}-[A-Z]{2}", str(root.get("/Lang", ""))):
        yield "no language"
    if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle", False):
        yield "the window does not show the title"
    if "/Outlines" not in root:
        yield "no bookmarks"
    intents = [one for one in root.get("/OutputIntents", []) if str(one.S) == "/GTS_PDFA1" and "/DestOutputProfile" in one]
    if len(intents) != 1:
        yield "no colour profile"
    if file.is_encrypted or "/ID" not in file.trailer or file.attachments:
        yield "encrypted, without an identity, or with files inside"
    for key in ("/OpenAction", "/AA", "/AcroForm"):
        if key in root:
            yield f"{key} in the catalogue"
    for one in file.objects:
        if isinstance(one, Dictionary | pikepdf.Stream):
            used = {str(value) for key, value in one.items() if key in {"/S", "/Filter"} and isinstance(value, Name)}
            yield from (f"{each} is used" for each in used & FORBIDDEN)


def _metadata(file: pikepdf.Pdf) -> Iterator[str]:
    with file.open_metadata() as told:
        if (told.get("pdfaid:part"), told.get("pdfaid:conformance"), told.get("pdfuaid:part")) != ("2", "A", "1"):
            yield "does not say that it is PDF/A-2a and PDF/UA-1"
        if not told.get("dc:title") or told.get("dc:title") != str(file.docinfo.get("/Title", "")):
            yield "no title, or another one than in its information"


def _kids(node: Any) -> list[Any]:
    kids = node.get("/K", [])
    return list(kids) if isinstance(kids, Array) else [kids]


def _elements(node: Any) -> list[Any]:
    return [kid for kid in _kids(node) if isinstance(kid, Dictionary) and "/S" in kid]


def _walk(node: Any) -> Iterator[Any]:
    for kid in _elements(node):
        yield kid
        yield from _walk(kid)


def _attributes(node: Any) -> dict[str, Any]:
    given = node.get("/A", [])
    return {key: value for one in (given if isinstance(given, Array) else [given]) for key, value in one.items()}


def _structure(file: pikepdf.Pdf) -> Iterator[str]:
    tree = file.Root.get("/StructTreeRoot")
    if tree is None or "/ParentTree" not in tree:
        yield "no structure"
        return
    roles = {key[1:]: str(value)[1:] for key, value in tree.get("/RoleMap", {}).items()}
    level = 0
    for node in _walk(tree):
        kind = str(node.S)[1:]
        meant = kind if STANDARD.fullmatch(kind) else roles.get(kind, "")
        if not STANDARD.fullmatch(meant):
            yield f"{kind} is no standard type and mapped to none"
        if meant in {"Figure", "Formula"} and not str(node.get("/Alt", "")).strip():
            yield f"a {meant} without a text alternative"
        if re.fullmatch(r"H[1-6]", meant):
            if int(meant[1]) > level + 1:
                yield f"{meant} after level {level}"
            level = int(meant[1])
        if meant == "Table":
            yield from _table(node)


def _table(table: Any) -> Iterator[str]:
    """Every cell in its place: rows of cells, headings with their scope, and no gap or overlap in the grid."""
    rows: list[Any] = []
    for part in _elements(table):
        rows += _elements(part) if part.S in {Name.THead, Name.TBody, Name.TFoot} else [part]
    reaching: list[int] = []  # rows that each cell from above still fills
    widths = set()
    for row in rows:
        if row.S != Name.TR or any(cell.S not in {Name.TH, Name.TD} for cell in _elements(row)):
            yield "a table holds something else than rows of cells"
        width = len(reaching)
        reaching = [left - 1 for left in reaching if left > 1]
        for cell in _elements(row):
            told = _attributes(cell)
            if cell.S == Name.TH and told.get("/Scope") not in {Name.Row, Name.Column, Name.Both}:
                yield "a heading cell without scope"
            width += int(told.get("/ColSpan", 1))
            if (rows_high := int(told.get("/RowSpan", 1))) > 1:
                reaching += [rows_high - 1] * int(told.get("/ColSpan", 1))
        widths.add(width)
    if len(widths) > 1:
        yield f"a table with rows of {sorted(widths)} columns"


def _pages(file: pikepdf.Pdf) -> Iterator[str]:
    parents = _numbers(file.Root.StructTreeRoot.ParentTree) if "/StructTreeRoot" in file.Root else {}
    for number, page in enumerate(file.pages, 1):
        if "/Annots" in page and page.get("/Tabs") != Name.S:
            yield f"page {number}: the tab order is not that of the structure"
        elements = parents.get(int(page.get("/StructParents", -1)), [])
        for mark, letters in _marked(page):
            if mark == "artifact":
                continue
            if mark is None or not isinstance(mark, int):
                if letters:
                    yield f"page {number}: letters that are neither tagged nor an artifact"
            elif mark >= len(elements) or not isinstance(elements[mark], Dictionary):
                yield f"page {number}: marked content {mark} belongs to no element"


def _numbers(node: Any) -> dict[int, Any]:
    found = {}
    given = node.get("/Nums", [])
    for index in range(0, len(given), 2):
        found[int(given[index])] = given[index + 1]
    for kid in node.get("/Kids", []):
        found |= _numbers(kid)
    return found


def _marked(page: Any) -> Iterator[tuple[Any, bool]]:
    """(the mark that counts, whether it holds letters) for each operator that shows or draws something."""
    marks: list[Any] = []
    for told in pikepdf.parse_content_stream(page):
        operands: Any = told.operands
        word = str(told.operator)
        if word in {"BDC", "BMC"}:
            given: Any = operands[1] if len(operands) > 1 and isinstance(operands[1], Dictionary) else {}
            own = "artifact" if operands[0] == Name.Artifact else int(given["/MCID"]) if "/MCID" in given else None
            marks.append(own if own is not None else (marks[-1] if marks else None))
        elif word == "EMC":
            marks.pop()
        elif word in _LETTERS or word == "Do":
            yield marks[-1] if marks else None, word in _LETTERS


def _fonts(file: pikepdf.Pdf) -> Iterator[str]:
    for one in file.objects:
        if not isinstance(one, Dictionary) or one.get("/Type") != Name.Font:
            continue
        name = str(one.get("/BaseFont", one.get("/Name", "")))
        if one.Subtype == Name.Type0:
            if "/ToUnicode" not in one:
                yield f"{name}: no way back to letters"
            continue
        described: Any = one.get("/FontDescriptor", {})
        if not any(key in described for key in ("/FontFile", "/FontFile2", "/FontFile3")):
            yield f"{name} is not embedded"
        if not re.fullmatch(r"/[A-Z]{6}\+(RiskregSans|DejaVuSans).*", name):
            yield f"{name} is none of the shipped fonts"
