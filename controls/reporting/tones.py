"""The tones' colours in files: those of the pages in daylight (static/riskreg/css/tokens.css), as Word and others want them."""

from __future__ import annotations

from typing import NamedTuple


class Tone(NamedTuple):
    """The word's colour and its ground, six hexadecimal digits each; 4.5:1 together."""

    ink: str
    ground: str


TONES = {
    "low": Tone("1d6b3f", "dcefe2"),
    "guard": Tone("745600", "fbf0c4"),
    "high": Tone("9a4000", "fde0c8"),
    "critical": Tone("a31621", "f9d5d5"),
    "ongoing": Tone("1f56a3", "dde9f9"),
    "none": Tone("515c6d", "e8ebf0"),
}
INK, INK_SOFT, LINE, SUNKEN, ACCENT = "17202b", "4a5666", "d9dfe6", "eef1f5", "0b5a8a"
