"""The mark of an own file in the properties of an Office or OpenDocument package."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable

from lxml import etree

from ..own_mark import PROPERTY, mark_in
from .xlsx_parts import parse_part

_PART = "docProps/custom.xml"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"


def mark_of_package(package: zipfile.ZipFile) -> str:
    """Return the mark among the document's own properties; '' where there is none."""
    properties = parse_part(package, _PART)
    return _mark_among(properties if properties is not None else (), "name")


def mark_of_open_document(package: zipfile.ZipFile) -> str:
    """Return the mark that an office program kept when it saved the file as OpenDocument; '' where there is none."""
    properties = parse_part(package, "meta.xml")
    return _mark_among(properties.iter(f"{_META}user-defined") if properties is not None else (), f"{_META}name")


def _mark_among(properties: Iterable[etree._Element], name: str) -> str:
    for one in properties:
        if one.get(name) == PROPERTY:
            mark = mark_in("".join(str(text) for text in one.itertext()))
            return str(mark) if mark else ""
    return ""
