"""What a workbook's number format shows of a value: 0.91 as "91 %", 1 as "Ja", 45000 as a month. Pure.

Only what says something else than the plain value is of interest: a unit, a percentage, grouped or fixed digits, a word for
a number, a month without its day, or nothing at all. Decimals are written with a comma, months and weekdays in Swedish
unless the format names English.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne

PLAIN = frozenset({"", "general", "standard", "@"})
"""Formats that show a value as it is."""
BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: '#,##0 "kr"', 6: '#,##0 "kr"', 7: '#,##0.00 "kr"', 8: '#,##0.00 "kr"',
    9: "0%", 10: "0.00%", 14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM",
    20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm", 37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00",
    41: "#,##0", 42: '#,##0 "kr"', 43: "#,##0.00", 44: '#,##0.00 "kr"', 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss",
}  # fmt: skip
"""The formats that a workbook names by number alone; those of money are the reader's country's."""
_LONGEST = 255
_MOST_DECIMALS = 30
_PART = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_(?P<space>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<general>general|standard)|(?P<noon>AM/PM|A/P)|(?P<day>[yY]+|[mM]+|[dD]+|[hH]+|[sS]+)|(?P<digit>[0#?])|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:[.,]\d+)?)")
_COLOUR = re.compile(r"black|blue|cyan|green|magenta|red|white|yellow|color\s*\d+|svart|blå|grön|röd|vit|gul", re.IGNORECASE)
_MONTHS = {
    "sv": ("januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november",
           "december"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December"),
}  # fmt: skip
_DAYS = {
    "sv": ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_ENGLISH = re.compile(r"-?[0-9a-f]*[048]09\b", re.IGNORECASE)

_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,30})(?:,\d{1,30})?")

Token = tuple[str, str]
"""A kind (literal, digit, point, comma, percent, general, text, date, elapsed, noon), and what it is."""


@dataclass(frozen=True, slots=True)
class _Section:
    tokens: tuple[Token, ...]
    condition: tuple[str, Decimal] | None = None
    language: str = "sv"

    def has(self, *kinds: str) -> bool:
        return any(kind in kinds for kind, _said in self.tokens)


def is_number_of(seen: str, value: str) -> bool:
    """Return whether what is shown is the number itself, with other decimals at most: 12,00 of 12."""
    return bool(_NUMBER.fullmatch(seen) and _NUMBER.fullmatch(value)) and _decimal(seen) == _decimal(value)


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


def shown(value: object, code: str) -> str | None:
    """Return what a cell with the format `code` shows of its value; None where that is the plain value, or not known."""
    if code.casefold() in PLAIN or len(code) > _LONGEST:
        return None
    sections = _sections(code)
    if isinstance(value, str):
        return _text(value, sections)
    if isinstance(value, bool) or not sections:
        return None
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return _moment(value, sections[0])
    if isinstance(value, int | float):
        return _number(Decimal(repr(value)), sections)
    return None


def _text(value: str, sections: tuple[_Section, ...]) -> str | None:
    section = sections[3] if len(sections) > 3 else next((one for one in sections if one.has("text")), None)
    if section is None:
        return None
    said = "".join(value if kind == "text" else text for kind, text in section.tokens if kind in {"text", "literal"})
    return said if said != value else None


@lru_cache(maxsize=512)
def _sections(code: str) -> tuple[_Section, ...]:
    """Take a format apart: at most one section each for positive, negative and zero numbers, and for text."""
    made: list[_Section] = []
    tokens: list[Token] = []
    condition: tuple[str, Decimal] | None = None
    language = "sv"
    for found in _PART.finditer(code):
        kind, said = found.lastgroup or "other", found[found.lastgroup or 0]
        if kind == "other" and said == ";":
            made.append(_Section(tuple(tokens), condition, language))
            tokens, condition = [], None
        elif kind == "bracket":
            if match := _CONDITION.fullmatch(said.strip()):
                condition = match[1], Decimal(match[2].replace(",", "."))
            elif said.startswith("$"):
                sign, _dash, place = said[1:].partition("-")
                tokens.append(("literal", sign))
                language = "en" if _ENGLISH.fullmatch(place) else language
            elif re.fullmatch("h+|m+|s+", said, re.IGNORECASE):
                tokens.append(("elapsed", said.casefold()))
            elif not _COLOUR.fullmatch(said.strip()):
                tokens.append(("literal", f"[{said}]"))
        elif kind in {"quoted", "escaped"}:
            tokens.append(("literal", said))
        elif kind == "space":
            tokens.append(("literal", " "))
        elif kind == "day":
            tokens.append(("date", said.casefold()))
        elif kind in {"digit", "general", "noon"}:
            tokens.append((kind, said))
        elif kind == "other":
            named = {".": "point", ",": "comma", "%": "percent", "@": "text", "/": "slash"}.get(said, "literal")
            tokens.append((named, said))
    return (*made, _Section(tuple(tokens), condition, language))


# Numbers


def _number(value: Decimal, sections: tuple[_Section, ...]) -> str | None:
    section, is_signed = _section_for(value, sections[:3])
    if section is None or section.has("date", "elapsed", "noon", "slash") or _is_scientific(section):
        return None
    if section.has("text") and not section.has("digit", "general"):
        return None
    body = _digits(abs(value), section)
    return f"-{body}" if is_signed and value < 0 and re.search("[1-9]", body) else body


def _section_for(value: Decimal, sections: tuple[_Section, ...]) -> tuple[_Section | None, bool]:
    """Return the section that a number is shown by, and whether a minus stands before it."""
    if any(section.condition for section in sections):
        for section in sections:
            if section.condition is None or _holds(value, *section.condition):
                return section, True
        return None, True
    if value < 0 and len(sections) > 1:
        return sections[1], False
    if value == 0 and len(sections) > 2:
        return sections[2], False
    return sections[0], True


def _holds(value: Decimal, sign: str, limit: Decimal) -> bool:
    compare: dict[str, Callable[[Decimal, Decimal], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq, "<>": ne}
    return compare[sign](value, limit)


def _is_scientific(section: _Section) -> bool:
    said = "".join(text for _kind, text in section.tokens)
    return bool(re.search(r"[0#?]E[+-]", said, re.IGNORECASE))


def _digits(value: Decimal, section: _Section) -> str:
    tokens = list(section.tokens)
    value *= 100 ** sum(kind == "percent" for kind, _said in tokens)
    point = next((at for at, (kind, _said) in enumerate(tokens) if kind == "point"), len(tokens))
    whole = [at for at, (kind, _said) in enumerate(tokens[:point]) if kind == "digit"]
    decimals = [at for at in range(point + 1, len(tokens)) if tokens[at][0] == "digit"][:_MOST_DECIMALS]
    last = (decimals or whole or [len(tokens)])[-1]
    scale = 0
    while last + 1 + scale < len(tokens) and tokens[last + 1 + scale][0] == "comma":
        scale += 1
    value /= Decimal(1000) ** scale
    is_grouped = any(tokens[at][0] == "comma" for at in range(whole[0], whole[-1])) if whole else False
    text = format(value.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP), "f")
    before, _point, after = text.partition(".")
    before = before.lstrip("0")
    parts = dict(zip(decimals, after, strict=False))
    for at in reversed(decimals):
        if parts[at] != "0" or tokens[at][1] == "0":
            break
        parts[at] = ""
    parts |= _whole_digits(before, whole, tokens, is_grouped=is_grouped)
    said = []
    for at, (kind, text) in enumerate(tokens):
        if kind == "digit":
            said.append(parts.get(at, ""))
        elif kind == "general":
            said.append(_plain(value))
        elif kind == "point":
            said.append("," if decimals or not any(tokens[at + 1 :]) else "")
        elif kind in {"literal", "percent"}:
            said.append(text)
    return "".join(said)


def _whole_digits(digits: str, at: list[int], tokens: list[Token], *, is_grouped: bool) -> dict[int, str]:
    """Return the digits before the decimals by the place they are shown in, the first holding all that are left over."""
    parts: dict[int, str] = {}
    written = 0
    for number, place in enumerate(reversed(at), start=1):
        is_first = number == len(at)
        taken = digits if is_first else digits[-1:]
        digits = "" if is_first else digits[:-1]
        taken = taken or {"0": "0", "?": " "}.get(tokens[place][1], "")
        said = ""
        for digit in reversed(taken):
            said = digit + ("\N{NO-BREAK SPACE}" if is_grouped and written and written % 3 == 0 and digit != " " else "") + said
            written += 1
        parts[place] = said
    return parts


def _plain(value: Decimal) -> str:
    rounded = value.quantize(Decimal("1e-10")) if value and abs(value) < Decimal("1e15") else value
    text = format(rounded, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")


# Days and hours


def _moment(value: datetime.date | datetime.time | datetime.timedelta, section: _Section) -> str | None:
    """Return a moment as shown; None where the plain value says it: a day, a time of day."""
    if not section.tokens:
        return ""
    if not section.has("date", "elapsed"):
        return None
    if isinstance(value, datetime.date) and any(kind == "date" and said in {"d", "dd"} for kind, said in section.tokens):
        has_hour = any(said[0] in "hs" for kind, said in section.tokens if kind in {"date", "elapsed"})
        if not isinstance(value, datetime.datetime) or value.time() == datetime.time():
            return None
        return value.isoformat(" ", "minutes") if has_hour else value.date().isoformat()
    said = []
    before = ""
    is_half_day = section.has("noon")
    for at, (kind, text) in enumerate(section.tokens):
        if kind == "date":
            after = next((said for kind, said in section.tokens[at + 1 :] if kind in {"date", "elapsed"}), "")
            is_minute = text[0] == "m" and len(text) < 3 and (before[:1] == "h" or after[:1] == "s")
            part = _part(value, text, section.language, is_minute=is_minute, is_half_day=is_half_day)
            if part is None:
                return None
            said.append(part)
            before = text
        elif kind == "elapsed":
            said.append(_elapsed(value, text))
            before = text
        elif kind == "noon":
            said.append("AM" if _seconds(value) % 86_400 < 43_200 else "PM")
        elif kind in {"literal", "slash", "comma"}:
            said.append(text)
        elif kind == "point":
            said.append(".")
    return "".join(said)


def _part(value: object, code: str, language: str, *, is_minute: bool, is_half_day: bool) -> str | None:
    letter, width = code[0], len(code)
    if letter in "hs" or is_minute:
        seconds = _seconds(value)
        number = {"h": seconds // 3600 % 24, "s": seconds % 60}.get(letter, seconds // 60 % 60)
        if letter == "h" and is_half_day:
            number = number % 12 or 12
        return f"{number:0{min(width, 2)}d}"
    if not isinstance(value, datetime.date):
        return None
    if letter == "y":
        return f"{value.year % 100:02d}" if width < 3 else str(value.year)
    if letter == "d":
        name = _DAYS[language][value.weekday()]
        return name if width > 3 else name[:3]
    name = _MONTHS[language][value.month - 1]
    return f"{value.month:0{width}d}" if width < 3 else name[:3] if width == 3 else name[:1] if width == 5 else name


def _seconds(value: object) -> int:
    if isinstance(value, datetime.timedelta):
        return int(value.total_seconds())
    if isinstance(value, datetime.datetime | datetime.time):
        return value.hour * 3600 + value.minute * 60 + value.second
    return 0


def _elapsed(value: object, code: str) -> str:
    seconds = _seconds(value)
    number = {"h": seconds // 3600, "m": seconds // 60}.get(code[0], seconds)
    return f"{number:0{len(code)}d}"
