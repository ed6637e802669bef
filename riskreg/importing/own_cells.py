"""The cells of the product's own pages (Word, PDF), taken apart into what they say.

A page puts several things into one cell, each in a paragraph that begins with its own words ("Responsible: …"). Those
words are the product's messages, read in the language of the file. Every word of a cell ends in exactly one piece.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from .fields import Field
from .own_mark import PLAN
from .problems import CODE_NAMES
from .recognition import CONCLUSIONS
from .text import WRAPPED, unwrapped

OWN_WORDS = ""
"""The key of a piece that the product says of itself: nothing is read of it."""
CONFIDENTIAL = "confidential"
ACTION_KINDS = {
    "measure": lambda: _("Measure"),
    "continues": lambda: _("Goes on, reported at the next closing"),
    "none_needed": lambda: _("No further action needed"),
}
_PLACE = re.compile(r"%\(\w+\)([sd])")
_IN_PLACES = {"d": r"\d+", "s": r"[^\n]+?(?:\n[^\n]+?){0,3}?"}
"""What stands in a message's place: a number, or words on at most four lines of a narrow page.

Without those bounds a text of other words is tried from each of its lines to its end.
"""
_NUMBER = re.compile(r"(?P<title>.*\S)\s+(?P<number>(?:19|20)\d\d-\d{2,5})(?P<rest>(?:\s.*)?)", re.DOTALL)
_SYMBOL = r"[^\w\s]?\s*"
_NAMES = frozenset({CONFIDENTIAL, Field.OWNER, Field.RESPONSIBLE, Field.FOLLOW_UP_UNIT})
_WORDING = re.compile(r"(?P<name>[^(]*\S)\s+(?P<wording>\(.*\))", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a cell. `text` are its words in the file, `value` what they say; `ordinal` counts actions from 0."""

    key: str
    text: str
    value: str
    ordinal: int = 0


@cache
def codes_of_action_kinds() -> dict[str, str]:
    """Return the code of each kind of action by its name, in every language of the product."""
    found: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found |= {" ".join(name().split()).casefold(): code for code, name in ACTION_KINDS.items()}
    return found


def sections_marked(text: str) -> list[str]:
    """Return the sections in lines that mark a risk as confidential as the product writes it, in any of its languages."""
    return [found["section"].strip() for found in _marking_line().finditer(text)]


@cache
def _marking_line() -> re.Pattern[str]:
    words = set()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            words.add(_all_labels(language)["confidential"][0][1])
    return re.compile(rf"^(?:{'|'.join(sorted(words))})(?P<section>.+)", re.MULTILINE)


Label = tuple[str, str]
"""The key of a piece, and the pattern of the words that it begins with."""
Reader = Callable[[str], list[Piece]]


def pieces_of(kind: str, column: str, text: str, language: str, *, by_paragraph: bool) -> list[Piece]:
    """Take a cell apart: `kind` of report, `column` of its page, `language` of the file.

    `by_paragraph`: a blank line begins each paragraph, so that a typed line is none; a PDF knows lines only.
    """
    if not text:
        return []
    with translation.override(language):
        readers = _Cells(by_paragraph=by_paragraph).readers(kind)
        found = [piece for piece in readers[column](text) if piece.text]
    if WRAPPED in text:
        found = [replace(piece, text=piece.text.replace(WRAPPED, ""), value=unwrapped(piece.value)) for piece in found]
    if text.endswith("\n") and found:
        found[-1] = replace(found[-1], value=f"{found[-1].value}\n")
    return found


def page_columns(kind: str) -> dict[str, str]:
    """Return the headings of the pages' main table in the active language, by the key of the column."""
    of_risk = {"risk": _("Identified risk"), "description": _("Risk description"), "score": _("Risk score")}
    if kind == PLAN:
        rest = {"since": _("Since last year"), "control": _("Control"), "method": _("Method"), "frequency": _("How often")}
        return of_risk | rest | {"performer": _("Performed by")}
    rest = {"control": _("Follow-up"), "result": _("Result"), "conclusion": _("Conclusion")}
    return of_risk | rest | {"action": pgettext("column of the report", "Action")}


def _whole(key: str, text: str) -> Piece:
    return Piece(key, text.strip(), text.strip())


def _own_words(text: str) -> list[Piece]:
    return [Piece(OWN_WORDS, text.strip(), "")]


def _in_full(text: str, key: Field, wording: Field) -> list[Piece]:
    """Take "Sampling (20 salaries in March)" apart."""
    found = _WORDING.fullmatch(text.strip())
    if found is None or " ".join(found["name"].split()).casefold() not in _names(translation.get_language() or "sv"):
        return [_whole(key, text)]
    said = found["wording"].strip()
    return [_whole(key, found["name"]), Piece(wording, said, said[1:-1].strip())]


@cache
def _names(_language: str) -> frozenset[str]:
    return frozenset(str(name).casefold() for name in CODE_NAMES.values())


class _Cells:
    """The readers of cells; `start` is the pattern of where a paragraph begins."""

    def __init__(self, *, by_paragraph: bool) -> None:
        self.by_paragraph = by_paragraph
        self.start = r"(?:\A|(?<=\n\n))" if by_paragraph else "^"

    def readers(self, kind: str) -> dict[str, Reader]:
        if kind == PLAN:
            return {
                "risk": self.risk,
                "description": lambda text: self.labelled(text, Field.DESCRIPTION, _labels("owner")),
                "score": self.score,
                "since": _own_words,
                "control": lambda text: self.labelled(text, Field.CONTROL, _labels("target", "missing")),
                "method": lambda text: _in_full(text, Field.METHOD, Field.METHOD_WORDING),
                "frequency": lambda text: _in_full(text, Field.FREQUENCY, Field.FREQUENCY_WORDING),
                "performer": lambda text: [_whole(Field.PERFORMER, text)],
            }
        return {
            "risk": self.risk,
            "description": lambda text: [_whole(Field.DESCRIPTION, text)],
            "score": self.score,
            "control": self.control,
            "result": lambda text: self.labelled(text, Field.RESULT, _labels("unit", "otherwise", "missing")),
            "conclusion": self.conclusion,
            "action": self.actions,
        }

    def risk(self, text: str) -> list[Piece]:
        found = _NUMBER.fullmatch(text)
        if found is None:
            return self.title(text)
        pieces = [*self.title(found["title"]), _whole(Field.NUMBER, found["number"])]
        rest = found["rest"].strip()
        if rest:
            pieces += self.labelled(rest, OWN_WORDS, _labels("confidential"))
        return pieces

    def title(self, text: str) -> list[Piece]:
        """Take a title and its mark of confidentiality apart; a mark alone may be a risk's title, and is one."""
        first, *rest = self.labelled(text, Field.TITLE, _labels("confidential")) or [_whole(Field.TITLE, text)]
        is_alone = first.key == CONFIDENTIAL and not rest
        return [_whole(Field.TITLE, text)] if is_alone else [first, *rest]

    def score(self, text: str) -> list[Piece]:
        found = re.match(r"\s*(\d+)(?=\s|$)", text)
        rest = text[found.end() :] if found else text
        pieces = [Piece(Field.SCORE, found[1], found[1])] if found else []
        factors = _factors(translation.get_language() or "sv").search(rest)
        if factors is None:
            return [*pieces, *_own_words(rest)]
        pieces += _own_words(rest[: factors.start()])
        pieces.append(Piece(Field.LIKELIHOOD, factors["first"].strip(), factors["likelihood"]))
        pieces.append(Piece(Field.IMPACT, factors["second"].strip(), factors["impact"]))
        return [*pieces, *_own_words(rest[factors.end() :])]

    def control(self, text: str) -> list[Piece]:
        found = []
        for piece in self.labelled(text, Field.CONTROL, _labels("method", "target", "together", "missing")):
            if piece.key == Field.METHOD:
                label = piece.text[: len(piece.text) - len(piece.value)]
                name, *wording = _in_full(piece.value, Field.METHOD, Field.METHOD_WORDING)
                found += [Piece(Field.METHOD, label + name.text, name.value), *wording]
            else:
                found.append(piece)
        return found

    def conclusion(self, text: str) -> list[Piece]:
        found = []
        for piece in self.labelled(text, Field.CONCLUSION, _labels("reason", "before", "missing")):
            if piece.key != Field.CONCLUSION:
                found.append(piece)
                continue
            named = _conclusion_names(translation.get_language() or "sv").match(piece.text)
            if named is None:
                found.append(piece)
                continue
            found.append(Piece(Field.CONCLUSION, named[0].strip(), named["name"]))
            found.append(_whole(Field.CONCLUSION_WORDING, piece.text[named.end() :]))
        return found

    def actions(self, text: str) -> list[Piece]:
        """Take the actions apart; several stand below headings of their own, "Action 1", "Action 2"."""
        parts = self.numbered(text)
        found = []
        for ordinal, (heading, part) in enumerate(parts):
            if heading:
                found.append(Piece(OWN_WORDS, heading, "", ordinal))
            labels = _labels("kind", "responsible", "due", "done", "effect", "missing")
            found += [Piece(one.key, one.text, one.value, ordinal) for one in self.labelled(part, Field.ACTION, labels)]
        return found

    def numbered(self, text: str) -> list[tuple[str, str]]:
        """Return the heading and the text of each action; on a PDF's page the first may be the rest of one before."""
        before, _place, after = _("Action %(number)d").partition("%(number)d")
        pattern = re.compile(rf"{self.start}{_spaced(before)}\s*(?P<number>\d+){_spaced(after)}$", re.MULTILINE)
        found = list(pattern.finditer(text))
        first = int(found[0]["number"]) if found else 0
        is_whole = first == 1 and not text[: found[0].start()].strip()
        if not found or not (is_whole or (first > 1 and not self.by_paragraph)):
            return [("", text)]
        counted = [one for number, one in enumerate(found, start=first) if int(one["number"]) == number]
        parts = [("", text[: found[0].start()])] if first > 1 else []
        ends = [*(one.start() for one in counted[1:]), len(text)]
        return parts + [(one[0], text[one.end() : end]) for one, end in zip(counted, ends, strict=True)]

    def labelled(self, text: str, main: str, labels: Sequence[Label]) -> list[Piece]:
        """Cut the text where a label stands at the beginning of a line; what is before the first is the `main` part."""
        starts: list[tuple[int, str, re.Match[str]]] = []
        at = 0
        for key, pattern in labels:
            found = re.compile(self.start + pattern, re.MULTILINE).search(text, at)
            if found is not None:
                starts.append((found.start(), key, found))
                at = found.end()
        pieces = [_whole(main, text[: starts[0][0] if starts else len(text)])]
        ends = [*(start for start, _key, _found in starts[1:]), len(text)]
        for (start, key, found), end in zip(starts, ends, strict=False):
            close = found.end() if found.lastgroup else self.end_of_value(key, text, found.end(), end)
            value = found["value"] if found.lastgroup else text[found.end() : close]
            pieces.append(Piece(key, text[start:close].strip(), "" if key == OWN_WORDS else value.strip()))
            # What is written below belongs to the text above.
            pieces.append(_whole(main, text[close:end]))
        return [piece for piece in pieces if piece.text]

    def end_of_value(self, key: str, text: str, start: int, end: int) -> int:
        """Return where the value ends that begins at `start`: a name takes one paragraph, other values all of them."""
        divider = "\n\n" if self.by_paragraph else "\n" if key == Field.FOLLOW_UP_UNIT else ""
        at = text.find(divider, start, end) if divider and key in _NAMES else -1
        while at >= 0 and text.startswith(WRAPPED, at + 1):
            at = text.find(divider, at + 1, end)
        return end if at < 0 else at


def _labels(*names: str) -> list[Label]:
    made = _all_labels(translation.get_language() or "sv")
    return [label for name in names for label in made[name]]


@cache
def _all_labels(_language: str) -> dict[str, list[Label]]:
    """Return the labels that begin a paragraph of a cell, as patterns in the active language."""
    kinds = "|".join(_spaced(name()) for code, name in ACTION_KINDS.items() if code != "measure")
    missing = [
        _("Missing: risk score"), _("Missing: control"), _("Missing: follow-up"), _("Missing: result"), _("Missing: conclusion"),
        _("Missing: action"), _("Not submitted"), _("Not approved"),
    ]  # fmt: skip
    before = _("At the closing before (%(closing)s): %(conclusion)s")
    together = (ngettext("%(reported)d of %(total)d unit has reported.", "%(reported)d of %(total)d units have reported.", number)
                for number in (1, 2))  # fmt: skip
    return {
        "confidential": [_before(CONFIDENTIAL, _("Confidential, %(section)s"))],
        "owner": [_before(Field.OWNER, _("Owner: %(name)s"))],
        "method": [_before(Field.METHOD, _("Method: %(method)s"))],
        "target": [_before(Field.TARGET, _("Acceptable level: %(target)s"))],
        "together": [(OWN_WORDS, rf"{_filled(one)}") for one in together],
        "unit": [_before(Field.FOLLOW_UP_UNIT, _("Unit: %(unit)s"))],
        "otherwise": [_before(Field.PERFORMED_OTHERWISE, _("Performed in another way than planned: %(how)s"))],
        "reason": [_before(Field.CONCLUSION_REASON, _("Reason: %(reason)s"))],
        "before": [(OWN_WORDS, rf"{_filled(before)}$")],
        "kind": [(Field.ACTION_KIND, rf"(?P<value>{kinds})\.?$")],
        "responsible": [_before(Field.RESPONSIBLE, _("Responsible: %(name)s"))],
        "due": [_dated(Field.DUE, _("Due on %(date)s"))],
        "done": [_dated(Field.DONE, _("Done on %(date)s"))],
        "effect": [_before(Field.EFFECT, _("Effect: %(effect)s"))],
        "missing": [(OWN_WORDS, rf"□\s*(?:{'|'.join(map(_spaced, missing))})$")],
    }


def _before(key: str, template: str) -> Label:
    """Return the label of a message whose value stands last."""
    return key, rf"{_spaced(template[: template.index('%(')].strip())}\s+"


def _dated(key: str, template: str) -> Label:
    return key, rf"{_spaced(template[: template.index('%(')].strip())}\s+(?P<value>{_day_pattern()})$"


def _day_pattern() -> str:
    return r"\d{4}-\d\d-\d\d|\d{1,2}\s+\w+\s+\d{4}|\w+\s+\d{1,2},\s+\d{4}"


def _filled(template: str) -> str:
    """Return the pattern of a message with what may stand in its places."""
    return r"\s+".join(map(_filled_word, template.split()))


def _filled_word(word: str) -> str:
    return "".join(_IN_PLACES[part] if at % 2 else re.escape(part) for at, part in enumerate(_PLACE.split(word)))


def _spaced(words: str) -> str:
    """Return the pattern of words whose blanks may be line ends of a narrow page."""
    return r"\s+".join(map(re.escape, words.split()))


@cache
def _factors(_language: str) -> re.Pattern[str]:
    template = _("Likelihood %(likelihood)d × impact %(impact)d")
    before, between, after = _PLACE.sub("\0", template).split("\0")
    return re.compile(
        rf"(?P<first>{_spaced(before)}\s*(?P<likelihood>\d+))(?P<second>\s*{_spaced(between)}\s*(?P<impact>\d+){_spaced(after)})"
    )


@cache
def _conclusion_names(_language: str) -> re.Pattern[str]:
    names = sorted((str(CODE_NAMES[code]) for code in CONCLUSIONS), key=len, reverse=True)
    return re.compile(rf"\s*{_SYMBOL}(?P<name>{'|'.join(map(_spaced, names))})(?=\s|$)")
