"""The words of a PDF page: whole, once each, also those that are written upwards or downwards."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..cells import Box
from .broken_words import MARK

Word = dict[str, Any]
_TOUCHING = 0.1
"""Of the letters' size: letters further apart than this do not belong to one word, when a rule stands between them."""


def words_of(page: Any) -> list[Word]:
    """Return the words of the page. Of one that is turned, `turned` says which way it is written: "up" or "down"."""
    asked = {"use_text_flow": False, "keep_blank_chars": False, "return_chars": True}
    if all(char["upright"] for char in page.chars):
        return list(page.extract_words(**asked))
    words: list[Word] = list(page.filter(_is_level).extract_words(**asked))
    for turned, is_so, direction in (("up", _is_upwards, "btt"), ("down", _is_downwards, "ttb")):
        found = page.filter(is_so).extract_words(char_dir_rotated=direction, **asked)
        words += [word | {"turned": turned} for word in found]
    return words


def _is_level(thing: Word) -> bool:
    return thing["object_type"] != "char" or bool(thing["upright"])


def _is_upwards(thing: Word) -> bool:
    return thing["object_type"] == "char" and not thing["upright"] and thing["matrix"][1] > 0


def _is_downwards(thing: Word) -> bool:
    return thing["object_type"] == "char" and not thing["upright"] and thing["matrix"][1] <= 0


def divided(words: Sequence[Word], boxes: Sequence[Box]) -> Iterator[Word]:
    """Yield the words, divided where the side of a table's cells runs between two letters that do not touch.

    A figure at the right of its cell stands so close to the next cell's text that both look like one word. A long word runs
    over the side of its cell up to the next one's text, which begins with a capital letter where others of its column do.
    """
    sides = sorted({side for box in boxes for side in (box[0], box[2])})
    starts = Counter(round(word["x0"], 1) for word in words if "turned" not in word)
    for word in words:
        crossed = sides[bisect_right(sides, word["x0"]) : bisect_right(sides, word["x1"])]
        if crossed and "turned" not in word:
            _x, y = middle(word)
            own = [box[0] for box in boxes if box[0] in crossed and box[1] <= y <= box[3]]
            yield from _divided(word, crossed, own, starts)
        else:
            yield word


def _divided(word: Word, sides: Sequence[float], own: Sequence[float], starts: Counter[float]) -> Iterator[Word]:
    """Divide a word; `own` are the sides of cells at its height, `starts` where words of the table begin."""
    letters: list[Word] = []
    for letter in word["chars"]:
        if letters:
            last = letters[-1]
            apart = letter["x0"] - last["x1"] > _TOUCHING * letter["size"]
            is_first = last["text"].islower() and letter["text"].isupper() and starts[round(letter["x0"], 1)] > 1
            if (apart and any(_centre(last) < side <= _centre(letter) for side in sides)) or (
                is_first and any(0 <= letter["x0"] - side < letter["size"] for side in own)
            ):
                yield _word(letters)
                letters = []
        letters.append(letter)
    yield _word(letters)


def divided_at(word: Word, begins: Callable[[Word], bool]) -> list[Word]:
    """Divide a word before each letter that begins something, where it does not touch the letter before."""
    parts: list[list[Word]] = [[]]
    for letter in word["chars"]:
        last = parts[-1][-1] if parts[-1] else None
        if last is not None and letter["x0"] - last["x1"] > _TOUCHING * letter["size"] and begins(letter):
            parts.append([])
        parts[-1].append(letter)
    return [word] if len(parts) == 1 else [_word(letters) for letters in parts]


def _centre(thing: Word) -> float:
    return float(thing["x0"] + thing["x1"]) / 2


def _word(letters: Sequence[Word]) -> Word:
    return {
        "text": "".join(letter["text"] for letter in letters),
        "x0": min(letter["x0"] for letter in letters),
        "x1": max(letter["x1"] for letter in letters),
        "top": min(letter["top"] for letter in letters),
        "bottom": max(letter["bottom"] for letter in letters),
        "chars": list(letters),
    }


def middle(word: Word) -> tuple[float, float]:
    """Return the middle of a word."""
    return (word["x0"] + word["x1"]) / 2, (word["top"] + word["bottom"]) / 2


def lines_of_text(words: Sequence[Word], box: Box | None = None) -> list[str]:
    """Arrange the words as lines of text, with an empty line where the gap between two lines is wide.

    Within a cell's box a line that a single word fills to the last letter ends with `MARK`.
    """
    return [text for text, _box in lines_on_page(words, box)]


def lines_on_page(words: Sequence[Word], box: Box | None = None) -> list[tuple[str, Box]]:
    """Arrange the words as `lines_of_text` does, each line with where it stands on the page."""
    turned = {way: [_levelled(word) for word in words if word.get("turned") == way] for way in ("up", "down")}
    level = [word for word in words if "turned" not in word]
    return _arranged(level, box) + _arranged(turned["up"]) + _arranged(turned["down"])


def _around(words: Sequence[Word]) -> Box:
    at = [word.get("on_page") or (word["x0"], word["top"], word["x1"], word["bottom"]) for word in words]
    return min(box[0] for box in at), min(box[1] for box in at), max(box[2] for box in at), max(box[3] for box in at)


def _levelled(word: Word) -> Word:
    """Return the word where it would stand on a page that is turned until it is level."""
    on_page = {"on_page": (word["x0"], word["top"], word["x1"], word["bottom"])}
    if word["turned"] == "up":
        return word | on_page | {"x0": -word["bottom"], "x1": -word["top"], "top": word["x0"], "bottom": word["x1"]}
    return word | on_page | {"x0": word["top"], "x1": word["bottom"], "top": -word["x1"], "bottom": -word["x0"]}


def _arranged(words: Sequence[Word], box: Box | None = None) -> list[tuple[str, Box]]:
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda w: (w["bottom"], w["x0"])):
        if lines and abs(lines[-1][0]["bottom"] - word["bottom"]) < (word["bottom"] - word["top"]) / 2:
            lines[-1].append(word)
        else:
            lines.append([word])
    texts: list[tuple[str, Box]] = []
    for number, line in enumerate(lines):
        if number and line[0]["top"] - lines[number - 1][0]["bottom"] > (line[0]["bottom"] - line[0]["top"]):
            texts.append(("", _around(line)))
        elif number and box and _is_full(lines[number - 1], line[0], box):
            texts[-1] = (texts[-1][0] + MARK, texts[-1][1])
        texts.append((" ".join(word["text"] for word in sorted(line, key=lambda w: w["x0"])), _around(line)))
    return texts


def _is_full(line: Sequence[Word], following: Word, box: Box) -> bool:
    """Return whether one word fills its line so that the next line's first letter would not have fitted."""
    word = line[0]
    if len(line) > 1 or len(word["text"]) < 4 or not following["text"][0].islower():
        return False
    padding = max(word["x0"] - box[0], 0)
    letter = following["chars"][0]
    return bool(box[2] - padding - word["x1"] < letter["x1"] - letter["x0"])
