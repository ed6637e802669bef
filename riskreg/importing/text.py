"""Text as a person wrote it, out of text as a page broke it. Pure.

The page's accidents go (line ends, hyphens that only divide a word, non-breaking spaces); what the writer meant
stays (paragraphs, list items, the hyphens of `on- och offboarding`, `IT-system` and `2024-2025`).
"""

from __future__ import annotations

import itertools
import re
import unicodedata

WRAPPED = "\u205f"
"""A blank after a line end that is the page's, in the text of a page of which this is known."""
_SPACES = re.compile("[ \t\f\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_CONTROL = r"\x00-\x08\x0e-\x1f\ud800-\udfff"
"""What no database keeps and no page shows: control characters, and halves of characters."""
UNKEPT = re.compile(f"[{_CONTROL}]")
_INVISIBLE = re.compile(f"[{_CONTROL}\x7f\u200b\u200c\u2060\ufeff]")
_SOFT_HYPHEN = re.compile("\u00ad(?: *\n *)?")
_NEWLINES = re.compile("\r\n|[\r\x0b\x85\u2028]")
_STEM = re.compile(r"(\w+)-$")
_WORD = re.compile(r"\w+")
_ITEM = re.compile(r"(?:[•·▪◦‣*–—-]|\d{1,2}[.)]|[a-zåäö]\))\s+\S")
_POINT = re.compile(r"\.\s+(?=\S)")
_ABBREVIATED = re.compile(
    r"(?:\b(?:\w{1,2}\.)+\w{1,2}|\b(?:ca|enl|ev|exkl|fr|inkl|jfr|kap|kl|kr|mom|nr|obs|prop|resp|s|st|tel|tex|tom|vol|vs))\.$",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?:;…][\"”’)\]]*$")

# After these a hyphen stands for the rest of a word: "el- och energiavbrott".
_SUSPENDED_BEFORE = frozenset({"och", "eller", "samt", "respektive", "resp", "till", "alternativt", "and", "or", "to"})
# These keep their hyphen wherever the line ends.
_HYPHENATED = frozenset({"icke", "ex", "non"})


def ends_sentence(text: str) -> bool:
    """Return whether the text ends like a sentence."""
    return bool(_SENTENCE_END.search(text))


def first_sentence(text: str) -> str:
    """Return the text up to the point that ends its first sentence: none of an abbreviation (p.g.a., t.ex., nr.)."""
    for found in _POINT.finditer(text):
        before = _ABBREVIATED.search(text[: found.start() + 1])
        if not before and not text[found.end()].islower():
            return text[: found.start()]
    return text


def hyphen_replacement(first: str, second: str) -> str | None:
    """Return what joins `first` and `second` when a word is divided by the hyphen at the end of `first`.

    The answer ("", "-" or "- ") replaces that hyphen; None if no word is divided.
    """
    stem_match, word_match = _STEM.search(first), _WORD.match(second)
    if not stem_match or not word_match:
        return None
    stem, word = stem_match[1], word_match[0]
    if word.casefold() in _SUSPENDED_BEFORE:
        return "- "
    if stem[-1].isdigit() or word[0].isdigit():
        return "-"
    if word[0].isupper():
        shouting = stem.isupper() and word.isupper() and len(stem) > 4 and len(word) > 1
        return "" if shouting else "-"
    if len(stem) == 1 or stem.isupper() or stem.casefold() in _HYPHENATED or any(letter.isdigit() for letter in stem):
        return "-"
    return ""


def cut_short(first: str, second: str) -> bool:
    """Return whether `second` continues `first` in the middle of a word or a sentence."""
    if not first or not second:
        return False
    return hyphen_replacement(first, second) is not None or (second[0].islower() and not ends_sentence(first))


def join_texts(first: str, second: str, *, otherwise: str = " ") -> str:
    """Join two texts: a divided word is made whole, a sentence continues, else `otherwise` stands between them."""
    if not first or not second:
        return first or second
    between = hyphen_replacement(first, second)
    if between is not None:
        return first[:-1] + between + second
    return first + (" " if cut_short(first, second) else otherwise) + second


def unwrapped(text: str) -> str:
    """Return the text without the line ends that are known to be the page's."""
    first, *rest = text.split(f"\n{WRAPPED}")
    for line in rest:
        between = hyphen_replacement(first, line)
        first = f"{first} {line}" if between is None else first[:-1] + between + line
    return first.replace(WRAPPED, "")


def plain(text: str) -> str:
    """Return the text on one line: ordinary spaces, nothing invisible, words whole."""
    return tidy(text).replace("\n", " ")


def typed(text: str) -> str:
    """Return the text as it was typed: its own line ends, nothing joined; without blanks at the ends of lines."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return "\n".join(line.rstrip() for line in _NEWLINES.sub("\n", UNKEPT.sub("", text)).split("\n")).strip()


def tidy(text: str) -> str:
    """Return the text as paragraphs, one per line, without the page's line ends.

    A blank line divides paragraphs, unless the sentence plainly goes on. A single line end is a space, unless a list
    item follows or a sentence ended where the next word would have found room on the line.
    """
    if not text:
        return ""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = unicodedata.normalize("NFC", _NEWLINES.sub("\n", text).replace("\u2029", "\n\n"))
    text = _INVISIBLE.sub("", _SPACES.sub(" ", text).replace("\u2011", "-"))
    text = _SOFT_HYPHEN.sub("", text)
    lines: list[tuple[str, bool]] = []
    gap = False
    for line in text.split("\n"):
        stripped = line.strip()
        if stripped:
            lines.append((stripped, gap))
        gap = not stripped
    if not lines:
        return ""
    widest = max(len(line) for line, _ in lines)
    typed = all(ends_sentence(line) for line, _ in lines[:-1])
    parts = [lines[0][0]]
    for (previous, _), (line, after_gap) in itertools.pairwise(lines):
        between = hyphen_replacement(previous, line)
        if between is not None:
            parts[-1] = parts[-1][:-1]
            parts += [between, line]
        elif _starts_paragraph(previous, line, after_gap=after_gap, widest=widest, typed=typed):
            parts += ["\n", line]
        else:
            parts += [" ", line]
    return "".join(parts)


def _starts_paragraph(previous: str, line: str, *, after_gap: bool, widest: int, typed: bool) -> bool:
    if _ITEM.match(line):
        return True
    if after_gap:
        return not cut_short(previous, line)
    if line[0].islower() or not ends_sentence(previous):
        return False
    # Letters differ in width: a word that would have filled the line exactly may not have fitted.
    had_room = len(previous) + 1 + len(line.split(" ", 1)[0]) < widest
    return typed or had_room
