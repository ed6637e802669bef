"""Every address and every action of the admin's lists, as everybody, in their own unit and in another.

The table of tests/architecture/access_table.py says who comes in. What is not in it fails here, so that a new address
or action cannot be forgotten.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.contrib import admin

from riskreg.admin.base import ScopedAdmin
from tests.architecture.access_table import ACTIONS, ADDRESSES, BLOCKS, DOORS
from tests.architecture.addresses import actions, addresses
from tests.architecture.all_addresses import all_actions, all_names, all_verbs
from tests.architecture.scene import ROLES, Scene
from tests.architecture.walking import asked_of, reads, who, writes
from tests.second_engine import SECOND_ENGINE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unwritten", "people_read_once")]
STRONGEST = "mdes"
"""Who is tried where nobody may: whom every right there is belongs to."""


EVERYBODY = "".join(ROLES)
OF_ANOTHER_UNIT = "omcades"


def places(scene: Scene) -> list[tuple[str, Any, str]]:
    """Return whose records are walked over: its name in a difference, the records, and who is tried there.

    The second engine is asked for the own unit's alone: the other unit's come by the same statements.
    """
    own, other = ("own", scene.own, EVERYBODY), ("other", scene.other, OF_ANOTHER_UNIT)
    return [own] if SECOND_ENGINE in os.environ else [own, other]


def told(name: str, what: str, expected: str, found: str, asked: str) -> list[str]:
    """What differs, in words; nothing when nothing does."""
    return [
        f"{name}: {ROLES[letter]} {'is let in but should not be' if letter in found else 'is not let in'} ({what})"
        for letter in asked
        if (letter in expected) != (letter in found)
    ]


@pytest.mark.one_engine
def test_every_address_and_verb_is_in_the_table(scene: Scene) -> None:
    named = {name.split(" ")[0] for name in ADDRESSES}
    assert all_names() - named == set()
    assert named - all_names() == set()
    assert all_verbs() - set(ADDRESSES) == set()
    assert set(addresses(scene, scene.own)) - set(ADDRESSES) == set()


@pytest.mark.one_engine
def test_every_action_of_the_admins_lists_is_in_the_table(scene: Scene) -> None:
    differences: list[str] = []
    offered = {letter: all_actions([user]) for letter, user in scene.users.items() if letter != "x"}
    assert set().union(*offered.values()) == set(ACTIONS)
    for name, row in ACTIONS.items():
        found = "".join(letter for letter in offered if name in offered[letter])
        differences += told(name, "offered", row.reads, found, "".join(offered))
    assert differences == []


@pytest.mark.one_engine
def test_every_admin_is_scoped() -> None:
    assert [type(one).__name__ for one in admin.site._registry.values() if not isinstance(one, ScopedAdmin)] == []


@pytest.mark.parametrize("names", BLOCKS, ids=lambda names: names[0])
def test_everybody_reads_what_the_table_says_and_no_reading_writes(scene: Scene, names: list[str]) -> None:
    differences: list[str] = []
    for where, place, letters in places(scene):
        book = addresses(scene, place)
        for name in names:
            row = ADDRESSES[name]
            expected = row.reads if where == "own" else row.reads_other
            if expected is not None:
                address, is_door = book[name]()[0], name in DOORS
                asked = asked_of(letters, expected)
                found = who(asked, lambda letter: reads(scene.clients[letter], address, is_door=is_door))  # noqa: B023
                differences += told(name, f"reads, {where} unit", expected, found, asked)
    assert differences == []


@pytest.mark.parametrize("names", BLOCKS, ids=lambda names: names[0])
def test_everybody_writes_what_the_table_says(scene: Scene, names: list[str]) -> None:
    differences: list[str] = []
    for where, place, everybody in places(scene):
        book = addresses(scene, place)
        for name in names:
            row = ADDRESSES[name]
            expected = row.writes if where == "own" else row.writes_other
            if expected is not None:
                asked = asked_of(everybody if row.writes else STRONGEST, expected)
                found = who(asked, lambda letter: writes(scene.clients[letter], *book[name]()))  # noqa: B023
                differences += told(name, f"writes, {where} unit", expected, found, asked)
    assert differences == []


@pytest.mark.parametrize("name", ACTIONS)
def test_everybody_does_with_the_lists_actions_what_the_table_says(scene: Scene, name: str) -> None:
    differences: list[str] = []
    for where, place, letters in places(scene):
        address, record = actions(scene, place)[name]
        form = {"action": name.split(":")[1], "_selected_action": record.pk, "reason": "Så beslutades."}
        expected = (ACTIONS[name].writes if where == "own" else ACTIONS[name].writes_other) or ""
        asked = asked_of(letters, expected)
        found = who(asked, lambda letter: writes(scene.clients[letter], address, form))  # noqa: B023
        differences += told(name, f"does, {where} unit", expected, found, asked)
    assert differences == []
