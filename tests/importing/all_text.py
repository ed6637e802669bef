"""All letters and digits of a file, found without the product's readers, and all that the readers say."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable

from lxml import etree

from riskreg.importing.cells import Content

_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


def letters(texts: Iterable[str]) -> Counter[str]:
    return Counter(character for text in texts for character in text if character.isalnum())


def letters_read(content: Content) -> Counter[str]:
    cells = [cell.text for table in content.tables for row in table.rows for cell in row]
    return letters([*cells, *(table.heading for table in content.tables), *(piece.text for piece in content.beside)])


def letters_of_a_document(data: bytes) -> Counter[str]:
    """Every `w:t`, `w:delText` and drawn text of every part, without the second copies for older programs."""
    texts: list[str] = []
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for name in package.namelist():
            if not re.fullmatch(r"word/(?!glossary|styles|theme).*\.xml", name):
                continue
            for element in etree.fromstring(package.read(name)).iter("{*}t", "{*}delText"):
                if not any(outer.tag == _FALLBACK for outer in element.iterancestors()):
                    texts.append(element.text or "")
    return letters(texts)


def letters_of_a_workbook(data: bytes) -> Counter[str]:
    """Every value of every cell, and every comment and drawn text."""
    texts: list[str] = []
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        names = package.namelist()
        shared = []
        if "xl/sharedStrings.xml" in names:
            strings = etree.fromstring(package.read("xl/sharedStrings.xml"))
            shared = ["".join(piece.text or "" for piece in text.iter("{*}t")) for text in strings.iter("{*}si")]
        for name in names:
            if re.fullmatch(r"xl/worksheets/[^/]*\.xml", name):
                for cell in etree.fromstring(package.read(name)).iter("{*}c"):
                    value = cell.findtext("{*}v") or ""
                    texts.append(shared[int(value)] if cell.get("t") == "s" else value)
                    texts += [piece.text or "" for piece in cell.iter("{*}t")]
            elif re.search(r"comments?\d*\.xml$|/drawing\d+\.xml$", name, re.IGNORECASE):
                texts += [piece.text or "" for piece in etree.fromstring(package.read(name)).iter("{*}t", "{*}text")]
    return letters(texts)
