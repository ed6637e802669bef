"""Words a narrow column broke without a hyphen, and words that only filled their line."""

from __future__ import annotations

import pytest

from riskreg.importing.readers.broken_words import MARK, mend_words, vocabulary

WORDS = vocabulary(["Kommunledningskontoret granskar energiavbrott och verksamheter", f"larm{MARK} tyst"])


@pytest.mark.parametrize(
    ("marked", "text"),
    [
        (f"Kommunledningskonto{MARK} ret granskar", "Kommunledningskontoret granskar"),
        (f"personalregis{MARK} tret", "personalregistret"),
        (f"energiavbrott{MARK} stoppar", "energiavbrott stoppar"),
        (f"omständigheter{MARK} och annat", "omständigheter och annat"),
        (f"omständigheter{MARK} påverkar", "omständigheter påverkar"),
        *(
            (f"Risk att handläggning{MARK} {word} 4", f"Risk att handläggning {word} 4")
            for word in ("nr", "ca", "mer", "ofta", "fel")
        ),
        (f"Enhets{MARK} chef", "Enhetschef"),
        ("inget märke", "inget märke"),
        (f"sist{MARK}", "sist"),
    ],
)
def test_halves_are_joined_only_when_the_document_shows_they_are_one_word(marked, text):
    assert mend_words(marked, WORDS) == text


def test_halves_at_a_mark_are_no_words_of_the_document():
    assert not {"larm", "tyst"} & WORDS
