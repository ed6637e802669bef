"""The look of a workbook's cells as far as it says something: the fill, struck text, the format that a value is shown in."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from lxml import etree

from riskreg.web.whole_number import whole_number

from ..colours import INDEXED, apply_tint, from_hex
from ..number_formats import BUILT_IN, PLAIN
from .xlsx_parts import parse_part

T = TypeVar("T")
# The document gives the theme's colours dark before light; styles count them light before dark.
_THEME_ORDER = ("lt1", "dk1", "lt2", "dk2", *(f"accent{n}" for n in range(1, 7)), "hlink", "folHlink")


@dataclass(slots=True)
class Styles:
    """Of every cell style, by its index: its fill, whether its font is struck through, its number format; '' of a plain one."""

    fills: list[str | None] = field(default_factory=list)
    struck: list[bool] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)


def read_styles(package: zipfile.ZipFile) -> Styles:
    """Read the cell styles of a workbook."""
    styles = parse_part(package, "xl/styles.xml")
    if styles is None:
        return Styles()
    theme = _theme(package)
    fills = [_fill(element, theme) for element in styles.iterfind("{*}fills/{*}fill")]
    fonts = [is_struck(element) for element in styles.iterfind("{*}fonts/{*}font")]
    formats = list(styles.iterfind("{*}cellXfs/{*}xf"))
    codes = {one.get("numFmtId", ""): one.get("formatCode", "") for one in styles.iterfind("{*}numFmts/{*}numFmt")}
    return Styles(
        [at_index(fills, style.get("fillId", "0")) for style in formats],
        [bool(at_index(fonts, style.get("fontId", "0"))) for style in formats],
        [_number_format(style.get("numFmtId", "0"), codes) for style in formats],
    )


def _number_format(number: str, codes: dict[str, str]) -> str:
    code = codes.get(number) or BUILT_IN.get(whole_number(number) or 0, "")
    return "" if code.casefold() in PLAIN else code


def is_struck(font: etree._Element) -> bool:
    """Return whether a font, or the properties of a run of text, strike through."""
    strike = font.find("{*}strike")
    return strike is not None and strike.get("val", "1") not in {"0", "false"}


def at_index(values: Sequence[T], index: str) -> T | None:
    """Return the value at an index that is stated as text; None where it points to nothing."""
    at = whole_number(index)
    return values[at] if at is not None and at < len(values) else None


def _fill(element: etree._Element, theme: list[str | None]) -> str | None:
    pattern = element.find("{*}patternFill")
    if pattern is None or pattern.get("patternType") != "solid":
        return None
    colour = pattern.find("{*}fgColor")
    if colour is None:
        return None
    stated, index = from_hex(colour.get("rgb")), colour.get("theme") or colour.get("indexed") or ""
    if stated is None and index:
        stated = at_index(theme if colour.get("theme") else [from_hex(value) for value in INDEXED], index)
    try:
        return apply_tint(stated, float(colour.get("tint", "0")))
    except ValueError:
        return stated


def _theme(package: zipfile.ZipFile) -> list[str | None]:
    theme = parse_part(package, "xl/theme/theme1.xml")
    scheme = theme.find(".//{*}clrScheme") if theme is not None else None
    if scheme is None:
        return []
    colours: dict[str, str | None] = {}
    for named in scheme:
        for colour in named:
            # White stays: a tint below zero makes it grey.
            colours[etree.QName(named).localname] = (colour.get("lastClr") or colour.get("val") or "").upper()[-6:] or None
    return [colours.get(name) for name in _THEME_ORDER]
