"""The parts of a workbook's package: how one is parsed, and to which others it is related."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator

from lxml import etree

from ..unreadable import UnreadableFile

_RELATION_ID = re.compile(r"\{[^}]*/relationships\}id")


def parse_part(package: zipfile.ZipFile, part: str) -> etree._Element | None:
    """Parse a part of the package; None when it is not there."""
    names = {name.casefold(): name for name in package.namelist()}
    name = names.get(part.casefold())
    # The archive's gate has refused every document type: there are no entities to resolve.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    return etree.fromstring(package.read(name), parser) if name else None


def sheet_parts(package: zipfile.ZipFile) -> dict[str, str]:
    """Return the part of each sheet by the sheet's name. Raises `UnreadableFile`."""
    workbook = parse_part(package, "xl/workbook.xml")
    relations = parse_part(package, "xl/_rels/workbook.xml.rels")
    if workbook is None or relations is None:
        raise UnreadableFile("damaged", detail="workbook.xml")
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    parts: dict[str, str] = {}
    for sheet in workbook.iterfind("{*}sheets/{*}sheet"):
        relation_id = next((value for key, value in sheet.attrib.items() if _RELATION_ID.fullmatch(key)), None)
        if target := targets.get(relation_id, ""):
            parts[sheet.get("name", "")] = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
    return parts


def related(package: zipfile.ZipFile, part: str) -> Iterator[tuple[str, str]]:
    """Yield the kind (the last word of the relation) and the name of each part that a part is related to."""
    folder, name = posixpath.split(part)
    relations = parse_part(package, f"{folder}/_rels/{name}.rels")
    for relation in relations if relations is not None else ():
        if relation.get("TargetMode") != "External" and isinstance(relation.tag, str):
            target = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", ""))).lstrip("/")
            yield relation.get("Type", "").rsplit("/", 1)[-1], target
