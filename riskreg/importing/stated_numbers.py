"""The number of a risk as people write it: `7`, `7.`, `R7`, `Risk 7`, `2025-07`; with a control's letter, `7 a`. Pure."""

from __future__ import annotations

import re

_STATED = re.compile(
    r"(?:risk(?:en)?\s*-?\s*)?(?:(?:nr|no|nummer|number)\b\.?\s*)?(?:[r#]\s*-?\s*)?(?:(?P<year>(?:19|20)\d\d)\s*[-–]\s*)?"
    r"0{0,4}(?P<number>[1-9]\d{0,4})(?:[.,]0)?(?:\s*[a-zåäö]|\.[1-9]\d?)?\s*[.):]?",
    re.IGNORECASE,
)
_OF_CONTROL = re.compile(r"(?P<risk>[^.]*\d)(?:\s*[a-zåäö]|\.(?P<figure>[1-9]\d?))\s*[.):]?", re.IGNORECASE)
_BEFORE_TITLE = re.compile(
    r"[(\[]?(?P<number>(?:risk\s*-?\s*)?(?:nr\.?\s*)?[r#]?\s?-?(?:\d{4}\s*[-–]\s*)?\d{1,5})"
    # A control's letter or figure is no word of the title.
    r"(?:[a-zåäö](?=[\s.):/–—-])|\s[a-zåäö](?=\s?[.):/–—])|\.[1-9]\d?(?=[\s):/–—]))?"
    r"[\s.):/\]–—-]+(?P<title>[^\s.):/\]–—-].*)",
    re.IGNORECASE,
)
_BESIDE_TITLE = re.compile(
    r"risk(?:en|ens)?|nr|no|nummer|number|punkt|rad|[a-zåäö]|(?:risk|nr|no|[a-zåäö])?0{0,4}(?P<number>\d{1,5})[a-zåäö]?"
)
_SAYS_RISK = re.compile(r"risk|r\s*-?\s*\d|(?:19|20)\d\d\s*[-–]\s*\d", re.IGNORECASE)


def stated_number(text: str, year: int) -> int | None:
    """Return the number of a risk of the year's plan that the text states; None where it states none, or another year's."""
    found = _found(text)
    if found is None or (found["year"] and int(found["year"]) != year):
        return None
    return int(found["number"])


def is_stated_number(text: str) -> bool:
    """Return whether the text is nothing but a number of a risk."""
    return _found(text) is not None


def are_one_risks(one: str, other: str) -> bool:
    """Return whether two numbers are of two controls of one risk: `1 a` and `1 b`, `2.1` and `2.2`."""
    first, second = _OF_CONTROL.fullmatch(one.strip()), _OF_CONTROL.fullmatch(other.strip())
    return bool(first and second and first["risk"] == second["risk"] and (first["figure"] is None) == (second["figure"] is None))


def _found(text: str) -> re.Match[str] | None:
    return _STATED.fullmatch(" ".join(text.split()))


def number_apart(title: str, year: int) -> tuple[int | None, str]:
    """Return the risk's number before its title (`1. Energibrist`, `R1: Energibrist`), and the title; (None, '') without one."""
    found = _BEFORE_TITLE.fullmatch(" ".join(title.split()))
    number = stated_number(found["number"], year) if found else None
    return (number, found["title"]) if found and number is not None else (None, "")


def is_title_with_number(text: str, title: str, number: int) -> bool:
    """Return whether the text is the title of the risk with this number, and nothing else but the number, wherever it stands.

    `Energibrist (8)`, `Riskens nr 8: Energibrist`, `8 a Energibrist`; also the title alone, set off otherwise (`Energibrist.`).
    """
    words, named = _words(text), _words(title)
    for start in range(len(words) - len(named) + 1 if named else 0):
        if words[start : start + len(named)] != named:
            continue
        rest = [_BESIDE_TITLE.fullmatch(word) for word in words[:start] + words[start + len(named) :]]
        if all(rest):
            figures = [int(found["number"]) for found in rest if found and found["number"]]
            return not figures or number in figures
    return False


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def says_risk(text: str) -> bool:
    """Return whether the text itself says that it is a risk's number: `R7`, `Risk 7`, `2025-07`."""
    return bool(_SAYS_RISK.match(text.strip()))
