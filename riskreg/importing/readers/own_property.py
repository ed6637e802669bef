"""The mark of an own file in the properties of an Office package."""

from __future__ import annotations

import zipfile

from ..own_mark import PROPERTY, mark_in
from .xlsx_parts import parse_part

_PART = "docProps/custom.xml"


def mark_of_package(package: zipfile.ZipFile) -> str:
    """Return the mark among the document's own properties; '' where there is none."""
    properties = parse_part(package, _PART)
    for one in properties if properties is not None else ():
        if one.get("name") == PROPERTY:
            mark = mark_in("".join(str(text) for text in one.itertext()))
            return str(mark) if mark else ""
    return ""
