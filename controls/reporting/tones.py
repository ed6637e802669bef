"""The tones' colours in files: those of the pages in daylight (static/riskreg/css/tokens.css), as Word and others want them."""

from __future__ import annotations

from typing import NamedTuple

from riskreg.charts import svg


class Tone(NamedTuple):
    """The word's colour and its ground, six hexadecimal digits each; 4.5:1 together."""

    ink: str
    ground: str


TONES = {name: Tone(ink.removeprefix("#"), ground.removeprefix("#")) for name, (ink, ground) in svg.TONES.items()}
INK, INK_SOFT, LINE, SUNKEN, ACCENT = "17202b", "4a5666", "d9dfe6", "eef1f5", "0b5a8a"
