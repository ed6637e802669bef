"""Swedish order on every database."""

from __future__ import annotations

import random

import pytest

from riskreg.models import RiskCategory
from riskreg.sorting import swedish_key


def test_letters_with_rings_and_dots_come_last() -> None:
    words = ["Öl", "Zoo", "Åker", "Ängar", "Apa"]
    assert sorted(words, key=swedish_key) == ["Apa", "Zoo", "Åker", "Ängar", "Öl"]


def test_v_and_w_are_two_letters() -> None:
    assert sorted(["wa", "vb", "va"], key=swedish_key) == ["va", "vb", "wa"]


def test_case_does_not_matter() -> None:
    assert swedish_key("ÅSA") == swedish_key("åsa")


@pytest.mark.parametrize(("foreign", "beside"), [("é", "e"), ("ü", "u"), ("Æ", "ä"), ("ø", "ö"), ("ß", "ss")])
def test_foreign_letters_stand_beside_their_swedish_ones(foreign: str, beside: str) -> None:
    assert swedish_key(foreign) == swedish_key(beside)


def test_a_composed_and_a_decomposed_letter_are_the_same() -> None:
    assert swedish_key("a\u030a") == swedish_key("å")


def test_a_shorter_word_comes_before_the_longer_that_begins_with_it() -> None:
    assert swedish_key("lön") < swedish_key("löner")


def test_spaces_before_digits_before_letters() -> None:
    assert sorted(["ab", "a1", "a b"], key=swedish_key) == ["a b", "a1", "ab"]


@pytest.mark.django_db
def test_the_database_sorts_the_same() -> None:
    words = ["Öl", "öar", "Zoo", "Åker", "ängar", "Ärtor", "apa", "Élite", "Wales", "vatten", "1 a", "10 b", "2 c", "a b", "ab"]
    random.Random(3).shuffle(words)
    for word in words:
        RiskCategory.objects.create(name=word)
    assert list(RiskCategory.objects.order_by("name_sort", "pk").values_list("name", flat=True)) == sorted(words, key=swedish_key)
