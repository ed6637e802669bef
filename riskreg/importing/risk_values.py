"""Numbers as plans write them: a level, a score, or all three in a sentence. Pure.

A value is never guessed: what can be read in two ways is refused with the reason's code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

_ABSENT = frozenset({"", "-", "–", "—", "?", "saknas", "ej bedömd", "ej bedömt", "inte bedömd", "ej aktuellt", "n/a"})
_WHOLE = re.compile(r"\d{1,4}(?:[.,]0+)?")
_NUMBER = re.compile(r"(?<![\d.,])\d+(?:[.,]\d+)?(?![\d])")
_PRODUCT = re.compile(r"(\d{1,2})\s*[x×*·]\s*(\d{1,2})(?:\s*=\s*(\d{1,4}))?", re.IGNORECASE)
_SCORE_OF_PRODUCT = re.compile(r"(\d{1,4})\s*[(=]\s*(\d{1,2})\s*[x×*·]\s*(\d{1,2})\s*\)?", re.IGNORECASE)
_LETTERS = re.compile(r"\bs\s*[:=]?\s*(\d{1,2})\W+(?:och\s+)?[kv]\s*[:=]?\s*(\d{1,2})\b", re.IGNORECASE)
_SCORE_WORD = r"(?:riskvärde|risktal|riskpoäng|risk score|risk value)"
_LIKELIHOOD_WORD = r"(?:sannolikhet|likelihood|probability)"
_IMPACT_WORD = r"(?:konsekvens|väsentlighet|impact|consequence)"
_IS = r"\s*(?:[:=]|är|på|is|of)?\s*"
# "Riskvärde: 6 (Sannolikhet: 3, Konsekvens: 2)", the parts in any company of punctuation.
_STATEMENT = re.compile(
    rf"\(?\b(?:{_SCORE_WORD}{_IS}(?P<score>\d{{1,4}}(?:[.,]\d+)?)\W*)?"
    rf"\b{_LIKELIHOOD_WORD}{_IS}(?P<likelihood>\d{{1,2}})\b(?:\s*[-–]\s*\w+)?[\s,;/x×*)(.|]*(?:(?:och|and)\s+)?"
    rf"\b{_IMPACT_WORD}{_IS}(?P<impact>\d{{1,2}})\b(?:\s*[-–]\s*\w+)?\s*(?:=\s*(?P<product>\d{{1,4}}))?\)?\.?",
    re.IGNORECASE,
)
_LONE_SCORE = re.compile(rf"\(?\b{_SCORE_WORD}\s*[:=]\s*(?P<score>\d{{1,4}}(?:[.,]\d+)?)\b\)?\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stated:
    """The values of a risk that a text states; `problem` is a code when they cannot be taken."""

    score: int | None = None
    likelihood: int | None = None
    impact: int | None = None
    problem: str | None = None


def is_absent(text: str) -> bool:
    """Return whether the text says that there is no value ("-", "saknas")."""
    return text.casefold().strip(" .") in _ABSENT


def _whole(text: str | None) -> int | None:
    return int(re.split("[.,]", text)[0]) if text and _WHOLE.fullmatch(text) else None


def read_score(text: str) -> Stated:
    """Read a score cell.

    `12`, `12,0`, `Hög (12)`, `3 x 4 = 12`, `S3 K4`, `Riskvärde: 6 (Sannolikhet: 3, Konsekvens: 2)`.
    """
    text = text.strip()
    if is_absent(text):
        return Stated()
    if _WHOLE.fullmatch(text):
        return Stated(score=_whole(text))
    if match := _PRODUCT.fullmatch(text):
        return Stated(_whole(match[3]) or int(match[1]) * int(match[2]), int(match[1]), int(match[2]))
    if match := _SCORE_OF_PRODUCT.fullmatch(text):
        return Stated(int(match[1]), int(match[2]), int(match[3]))
    if match := _STATEMENT.search(text):
        stated = _of_statement(match)
        outside = _NUMBER.findall(text[: match.start()] + " " + text[match.end() :])
        if stated.score is None and len(outside) == 1:
            return Stated(_whole(outside[0]), stated.likelihood, stated.impact, None if _whole(outside[0]) else "not_whole")
        return stated
    if match := _LETTERS.search(text):
        outside = _NUMBER.findall(text[: match.start()] + " " + text[match.end() :])
        score = _whole(outside[0]) if len(outside) == 1 else int(match[1]) * int(match[2])
        return Stated(score, int(match[1]), int(match[2]))
    return _only_number(text)


_DOUBT = re.compile(
    r"[<>≤≥~≈?¹²³⁴-⁹*†‡]|\b(?:ca|cirka|minst|högst|drygt|knappt|under|över|about|at least|at most)\b", re.IGNORECASE
)


def doubtful_number(text: str) -> str | None:
    """Return the number of a text that says something beside it which may mean another value: `<6`, `≥ 9`, `8?`, `6¹`.

    None for every other text.
    """
    if is_absent(text) or not _DOUBT.search(text) or _PRODUCT.search(text):
        return None
    numbers = _NUMBER.findall(text)
    return numbers[0] if len(numbers) == 1 and _whole(numbers[0]) is not None else None


def _only_number(text: str) -> Stated:
    numbers = _NUMBER.findall(text)
    if re.match(r"[-−–]\s*\d", text) or len(numbers) != 1:
        return Stated(problem="not_a_number" if len(numbers) != 1 else "not_whole")
    number = _whole(numbers[0])
    return Stated(problem="not_whole") if number is None else Stated(score=number)


def _of_statement(match: re.Match[str]) -> Stated:
    score = match["score"] or match["product"]
    if score and _whole(score) is None:
        return Stated(problem="not_whole")
    return Stated(_whole(score), int(match["likelihood"]), int(match["impact"]))


_OF_STATEMENT = re.compile(
    rf"{_SCORE_WORD}|{_LIKELIHOOD_WORD}|{_IMPACT_WORD}|[xs×kv]|och|and|är|is|på|of", re.IGNORECASE
)  # fmt: skip


def surplus_words(text: str, labels: Iterable[str] = ()) -> frozenset[str]:
    """Return the words of a score's or level's cell that are no number, no label of a level, and no name of a value."""
    known = {word for label in labels for word in _label_key(str(label)).split()}
    found = set()
    for word in text.split():
        bare = _label_key(word)
        says_something = bool(bare) and not any(character.isdigit() for character in bare)
        if says_something and bare not in known and not _OF_STATEMENT.fullmatch(bare):
            found.add(word)
    return frozenset(found)


def statement_within(text: str) -> tuple[Stated, str]:
    """Return the values that running text states, and the text without that statement."""
    match = _STATEMENT.search(text)
    stated = _of_statement(match) if match else None
    if match is None and (match := _LONE_SCORE.search(text)):
        score = _whole(match["score"])
        stated = Stated(score=score, problem=None if score is not None else "not_whole")
    if match is None or stated is None:
        return Stated(), text
    before, after = text[: match.start()].rstrip(" "), text[match.end() :].lstrip(" ")
    at_line_end = before.endswith("\n") or after.startswith("\n")
    return stated, (before + ("" if at_line_end else " ") + after).strip()


@dataclass(frozen=True, slots=True)
class Level:
    """`contradicted` is the level the stated word belongs to, when the stated number is another."""

    level: int | None = None
    problem: str | None = None
    contradicted: int | None = None


def read_level(text: str, levels: Mapping[int, str]) -> Level:
    """Read a level cell: `3`, `3 - Möjlig`, `Möjlig (3)`, `3. Möjlig`, `S3`, or the label alone.

    Problems: `not_a_number`, `not_whole`, `unknown_label`, `not_on_scale`.
    """
    text = text.strip()
    if is_absent(text):
        return Level()
    by_label = _by_label(tuple((number, str(label)) for number, label in levels.items()))
    same = by_label.get(_label_key(text))
    if same and len(same) == 1:
        return Level(same[0])
    numbers = _NUMBER.findall(re.sub(r"(?<=[A-Za-zÅÄÖåäö])(?=\d)", " ", text))
    if not numbers:
        return Level(problem="unknown_label")
    stated = _only_number(" ".join(numbers)) if len(numbers) > 1 else _only_number(text)
    if stated.score is None:
        return Level(problem=stated.problem)
    if levels and stated.score not in levels:
        return Level(problem="not_on_scale")
    word = _label_key(_NUMBER.sub(" ", text))
    named = by_label.get(word, [])
    contradicted = named[0] if len(named) == 1 and named[0] != stated.score else None
    return Level(stated.score, contradicted=contradicted)


@lru_cache(maxsize=64)
def _by_label(levels: tuple[tuple[int, str], ...]) -> dict[str, list[int]]:
    numbers: dict[str, list[int]] = {}
    for number, label in levels:
        numbers.setdefault(_label_key(label), []).append(number)
    return numbers


def _label_key(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", " ", text.casefold()).split())
