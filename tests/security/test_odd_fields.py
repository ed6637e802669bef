"""Every field of every form, and every word of a page's address, filled with nonsense: refused or ignored, never a crash."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.architecture.access_table import BLOCKS
from tests.architecture.addresses import addresses
from tests.architecture.scene import Scene
from tests.architecture.walking import same_session, tried, undone
from tests.second_engine import SECOND_ENGINE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("people_read_once")]

ODD = tried(["x", "-1", "9" * 25, "9" * 4301, "²", ""], reaching=["9" * 25])

LATER_ROW = re.compile(r"-[1-9][0-9]*-")
"""A field of a formset's second or later row: the first row's fields are the same, and are the ones filled."""


def forms(scene: Scene, names: list[str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(address, field, form with that field's value odd) at these addresses; files are left as they are."""
    book = addresses(scene, scene.own)
    for name, asked in ((name, book[name]) for name in names if name in book):
        address, form = asked()
        for field, value in form.items():
            if LATER_ROW.sub("-0-", field) in form.keys() - {field}:
                continue
            if isinstance(value, (str, int, list, tuple)) and reaches_as_a_number(value):
                for odd in odd_instead_of(value):
                    yield f"{name} {field}={odd[:10]}", address, {**asked()[1], field: odd}


def odd_instead_of(value: object) -> list[str]:
    """What is tried in this value's place. Where words or choices stand, `x` and -1 are as good as any others, so not tried."""
    values = value if isinstance(value, (list, tuple)) else [value]
    is_words = all(isinstance(each, str) and any(map(str.isalpha, each)) for each in values)
    return [odd for odd in ODD if odd not in {"x", "-1"}] if is_words and values else ODD


def reaches_as_a_number(value: object) -> bool:
    """Whether what stands in this field's place is a number to the database. The second engine is asked those alone."""
    values = value if isinstance(value, (list, tuple)) else [value]
    return SECOND_ENGINE not in os.environ or all(str(each).isdigit() for each in values)


@pytest.mark.usefixtures("unwritten")
@pytest.mark.parametrize("names", BLOCKS, ids=lambda names: names[0])
def test_no_field_of_a_form_crashes_it(scene: Scene, names: list[str]) -> None:
    crashed = []
    for what, address, form in forms(scene, names):
        letter = "s" if "/user/" in address else "e"
        try:
            with undone(), same_session(scene.clients[letter]):
                status = scene.clients[letter].post(address, form).status_code
        except Exception as error:
            crashed.append(f"{what}: {type(error).__name__} {str(error)[:100]}")
        else:
            if status >= 500:
                crashed.append(f"{what}: {status}")
    assert crashed == []


WORDS = {
    "population_add": ["check", "follow_up"],
    "year": ["year", "unit"],
    "year_closings": ["year", "unit"],
    "checks": ["page", "unit", "state", "performer", "month"],
    "trend": ["year", "unit", "plan", "matrix"],
    "follow_ups_in_time": ["page", "closing", "came", "unit", "plan", "year"],
    "heatmap_history": ["day", "and", "year", "unit", "plan", "years"],
    "admin:controls_digest_person": ["person"],
    "alerts": ["q", "rule", "state", "unit", "age", "whose", "order", "page"],
    "supplier_scores": ["page"],
    "inquiries": ["q", "state", "kind", "unit", "page"],
    "alerts_explain": ["alert", "back"],
    "register_changes": ["what", "field", "page"],
    "register_snapshot": ["q", "page"],
}
"""What these pages read of their addresses."""


@pytest.mark.usefixtures("unwritten")
@pytest.mark.parametrize("name", WORDS)
def test_no_word_of_a_pages_address_crashes_it(scene: Scene, name: str) -> None:
    address = addresses(scene, scene.own)[name]()[0].split("?")[0]
    for word in WORDS[name]:
        for odd in ODD:
            with undone(), same_session(scene.clients["e"]):
                assert scene.clients["e"].get(address, {word: odd}).status_code < 500, f"{word}={odd[:10]}"


@pytest.mark.parametrize("odd", ODD)
def test_an_exception_that_is_none_is_not_found(scene: Scene, odd: str) -> None:
    address = addresses(scene, scene.own)["control_schedule"]()[0]
    with undone(), same_session(scene.clients["e"]):
        assert scene.clients["e"].post(address, {"restore": odd}).status_code == 404
    with undone(), same_session(scene.clients["e"]):
        assert scene.clients["e"].get(address, {"restore": odd}).status_code == 200
