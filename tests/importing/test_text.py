"""Text as it was written, out of text as a page broke it."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskreg.importing.text import join_texts, tidy


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("Kommunlednings-\nkontoret", "Kommunledningskontoret"),
        ("Kommunlednings- \n kontoret kommer", "Kommunledningskontoret kommer"),
        ("höja profession-\naliseringen och frigöra", "höja professionaliseringen och frigöra"),
        ("kommunled\u00adningskontoret", "kommunledningskontoret"),
        ("kommunled\u00ad\nningskontoret", "kommunledningskontoret"),
        ("RISKBE-\nSKRIVNING", "RISKBESKRIVNING"),
        ("entreprenad-\n\nupphandlare", "entreprenadupphandlare"),
    ],
)
def test_a_word_divided_at_a_line_end_is_made_whole(broken, whole):
    assert tidy(broken) == whole


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("on- och offboarding", "on- och offboarding"),
        ("planer för el-\noch energiavbrott", "planer för el- och energiavbrott"),
        ("in-\neller utbetalning", "in- eller utbetalning"),
        ("inköps-\nrespektive avtalsfrågor", "inköps- respektive avtalsfrågor"),
        ("kring IT-\nsystem", "kring IT-system"),
        ("via e-\npost", "via e-post"),
        ("under 2024-\n2025", "under 2024-2025"),
        ("Bohus-\nBjörkö", "Bohus-Björkö"),
        ("icke-\nverkställda beslut", "icke-verkställda beslut"),
        ("energibrist/\neffektbrist", "energibrist/ effektbrist"),
        ("el\u2011nät", "el-nät"),
        ("lön -\noch arvode", "lön - och arvode"),
    ],
)
def test_a_hyphen_that_belongs_to_the_word_stays(broken, whole):
    assert tidy(broken) == whole


def test_a_line_end_within_a_sentence_is_a_space():
    assert tidy("Risk att kommunens\nskattemedel går till att\nfinansiera brott.") == (
        "Risk att kommunens skattemedel går till att finansiera brott."
    )


def test_a_name_that_begins_a_line_does_not_begin_a_paragraph():
    assert tidy("Beslut fattas enligt\nKommunallagen varje år.") == "Beslut fattas enligt Kommunallagen varje år."


def test_a_paragraph_break_is_kept():
    assert tidy("Första stycket slutar här.\n\nAndra stycket.") == "Första stycket slutar här.\nAndra stycket."


def test_a_sentence_that_ended_early_on_its_line_ended_a_paragraph():
    text = "Arbetet att effektivisera\nnyttjandet av resurser\nfortsätter.\nInga ytterligare åtgärder\nerfordras."
    assert tidy(text) == ("Arbetet att effektivisera nyttjandet av resurser fortsätter.\nInga ytterligare åtgärder erfordras.")


def test_a_sentence_that_ended_where_the_line_was_full_did_not():
    text = "Målet är att antalet fel\nska vara acceptabelt här.\nChefernas ansvar är stort\noch växer."
    assert tidy(text) == "Målet är att antalet fel ska vara acceptabelt här. Chefernas ansvar är stort och växer."


def test_list_items_stand_on_lines_of_their_own():
    assert tidy("Kontrollera:\n- attest\n- belopp\n2. Rapportera") == "Kontrollera:\n- attest\n- belopp\n2. Rapportera"


def test_spaces_of_every_kind_become_ordinary_and_single():
    assert tidy("\u00a0 Samma\u00a0faktura \u202f\tbetalas\u200b  två gånger\ufeff ") == "Samma faktura betalas två gånger"


def test_letters_in_two_parts_become_one():
    assert tidy("a\u030arsbokslut") == "årsbokslut"


def test_windows_and_old_mac_line_ends_are_line_ends():
    assert tidy("en\r\nmening\rtill\x0bslut") == "en mening till slut"


def test_a_text_cut_by_a_page_is_joined_as_its_words_ask():
    assert join_texts("samhällsbyggnads-", "förvaltningen") == "samhällsbyggnadsförvaltningen"
    assert join_texts("Risk att", "någon läser") == "Risk att någon läser"
    assert join_texts("Klart.", "Nytt.", otherwise="\n") == "Klart.\nNytt."
    assert join_texts("", "Bara detta") == "Bara detta"


_LETTERS = st.text(alphabet=string.ascii_lowercase + "åäö", min_size=2, max_size=12)


@given(
    _LETTERS,
    _LETTERS.filter(lambda w: w not in {"och", "eller", "samt", "respektive", "resp", "till", "alternativt", "and", "or", "to"}),
)
def test_any_two_halves_of_a_lower_case_word_are_joined_unless_a_known_prefix(first, second):
    expected = f"{first}-{second}" if first in {"icke", "ex", "non"} else first + second
    assert tidy(f"{first}-\n{second}") == expected


@given(_LETTERS, _LETTERS, st.sampled_from(["och", "eller", "samt", "respektive"]))
def test_a_suspended_hyphen_survives_every_line_end(first, second, conjunction):
    expected = f"{first}- {conjunction} {second}"
    assert {tidy(expected), tidy(f"{first}-\n{conjunction} {second}"), tidy(f"{first}- {conjunction}\n{second}")} == {expected}


@given(st.text(max_size=200))
def test_any_text_comes_out_without_the_pages_traces(text):
    tidied = tidy(text)
    assert tidied == tidied.strip()
    assert "\u00ad" not in tidied
    assert "\u00a0" not in tidied
    assert "  " not in tidied
    assert "\n\n" not in tidied


@given(st.lists(_LETTERS, min_size=1, max_size=30), st.data())
def test_lines_broken_anywhere_between_words_make_the_same_sentence(words, data):
    sentence = " ".join(words)
    breaks = data.draw(st.lists(st.sampled_from([" ", "\n", " \n ", "\r\n"]), min_size=len(words), max_size=len(words)))
    assert tidy("".join(word + gap for word, gap in zip(words, breaks, strict=True))) == sentence
