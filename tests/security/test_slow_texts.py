"""Texts made to keep a machine busy: read, compared and searched in the time of any other text."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

import pytest

from riskreg.importing.fields import bare_heading, normalise_heading
from riskreg.importing.recognition import recognise_conclusion, recognise_frequency, recognise_method
from riskreg.importing.risk_values import read_score, statement_within
from riskreg.trail.differences import MOST_PAIRS, pieces
from riskreg.web import file_kinds

READERS = [read_score, statement_within, recognise_conclusion, recognise_frequency, recognise_method]
LONG = 20_000
SECONDS = 2.0
"""Generous for a busy machine; what these texts took before was minutes, or for ever."""


def quick(act: Callable[[], object]) -> None:
    began = time.process_time()
    act()
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize("start", [b"<?xml version='1.0'?>", b"<?xml " * 100, b"  "])
def test_a_file_of_comments_is_told_at_once(start: bytes) -> None:
    content = start + b"<!---->" * 580 + b"x"
    quick(lambda: file_kinds.recognise_kind("underlag.txt", io.BytesIO(content)))


def test_a_drawing_behind_comments_is_still_refused() -> None:
    content = b"<?xml version='1.0'?>\n<!-- a --> <!-- b -->\n<svg xmlns='http://www.w3.org/2000/svg'/>"
    with pytest.raises(file_kinds.NotWhatItSays):
        file_kinds.recognise_kind("underlag.txt", io.BytesIO(content))


@pytest.mark.parametrize("text", [" ", "1", "(", "(a", "[a", "1 ", "a-", "\t\n ", "/ ", "2025 ", "1-"])
def test_a_heading_of_any_length_is_read_at_once(text: str) -> None:
    quick(lambda: (normalise_heading(text * LONG), bare_heading(text * LONG)))


@pytest.mark.parametrize("text", [" ", "1", "(", "s: 1 k", "1x1=", "sannolikhet ", "risk: 1 ", "var ", "inga avvikelser "])
@pytest.mark.parametrize("read", READERS, ids=lambda one: one.__name__)
def test_a_cell_of_any_length_is_read_at_once(read: Callable[[str], object], text: str) -> None:
    quick(lambda: read(text * (LONG // len(text))))


@pytest.mark.parametrize("before", ["a ", ". ", "\n", "ord ", "å, "])
def test_a_text_that_repeats_itself_is_compared_at_once(before: str) -> None:
    quick(lambda: pieces(before * 990, f"b {before}" * 490))


def test_a_long_text_with_many_changes_is_compared_word_by_word() -> None:
    old = [f"ord{i % 300}" for i in range(900)]
    new = [word if i % 5 else f"nytt{i}" for i, word in enumerate(old)]
    quick(lambda: pieces(" ".join(old), " ".join(new)))
    assert len(pieces(" ".join(old), " ".join(new))) > 100
    assert MOST_PAIRS >= 10_000
