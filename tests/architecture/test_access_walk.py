"""Every address and every action of the admin's lists, as everybody, in their own unit and in another.

The table of tests/architecture/access_table.py says who comes in. What is not in it fails here, so that a new address
or action cannot be forgotten.
"""

from __future__ import annotations

import pytest
from django.contrib import admin

from riskreg.admin.base import ScopedAdmin
from tests.architecture.access_table import ACTIONS, ADDRESSES, DOORS
from tests.architecture.addresses import actions, addresses
from tests.architecture.all_addresses import all_actions, all_names, all_verbs
from tests.architecture.scene import ROLES, Scene
from tests.architecture.walking import reads, walked, who, writes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unwritten")]
STRONGEST = "mdes"
"""Who is tried where nobody may: whom every right there is belongs to."""


def told(name: str, what: str, expected: str, found: str) -> list[str]:
    """What differs, in words; nothing when nothing does."""
    return [
        f"{name}: {ROLES[letter]} {'is let in but should not be' if letter in found else 'is not let in'} ({what})"
        for letter in walked("".join(ROLES))
        if (letter in expected) != (letter in found)
    ]


def test_every_address_and_verb_is_in_the_table(scene: Scene) -> None:
    named = {name.split(" ")[0] for name in ADDRESSES}
    assert all_names() - named == set()
    assert named - all_names() == set()
    assert all_verbs() - set(ADDRESSES) == set()
    assert set(addresses(scene, scene.own)) - set(ADDRESSES) == set()


def test_every_action_of_the_admins_lists_is_in_the_table(scene: Scene) -> None:
    differences: list[str] = []
    offered = {letter: all_actions([user]) for letter, user in scene.users.items() if letter != "x"}
    assert set().union(*offered.values()) == set(ACTIONS)
    for name, row in ACTIONS.items():
        found = "".join(letter for letter in walked("".join(offered)) if name in offered[letter])
        differences += told(name, "offered", row.reads, found)
    assert differences == []


def test_every_admin_is_scoped() -> None:
    assert [type(one).__name__ for one in admin.site._registry.values() if not isinstance(one, ScopedAdmin)] == []


def test_everybody_reads_what_the_table_says_and_no_reading_writes(scene: Scene) -> None:
    differences: list[str] = []
    for where, place, letters in (("own", scene.own, "".join(ROLES)), ("other", scene.other, "omcades")):
        book = addresses(scene, place)
        for name, row in ADDRESSES.items():
            expected = row.reads if where == "own" else row.reads_other
            if expected is not None:
                address, is_door = book[name]()[0], name in DOORS
                found = who(letters, lambda letter: reads(scene.clients[letter], address, is_door=is_door))  # noqa: B023
                differences += told(name, f"reads, {where} unit", expected, found)
    assert differences == []


def test_everybody_writes_what_the_table_says(scene: Scene) -> None:
    differences: list[str] = []
    for where, place, everybody in (("own", scene.own, "".join(ROLES)), ("other", scene.other, "omcades")):
        book = addresses(scene, place)
        for name, row in ADDRESSES.items():
            expected = row.writes if where == "own" else row.writes_other
            if expected is not None:
                letters = everybody if row.writes else STRONGEST
                found = who(letters, lambda letter: writes(scene.clients[letter], *book[name]()))  # noqa: B023
                differences += told(name, f"writes, {where} unit", expected, found)
    assert differences == []


def test_everybody_does_with_the_lists_actions_what_the_table_says(scene: Scene) -> None:
    differences: list[str] = []
    for where, place, letters in (("own", scene.own, "".join(ROLES)), ("other", scene.other, "omcades")):
        for name, (address, record) in actions(scene, place).items():
            form = {"action": name.split(":")[1], "_selected_action": record.pk, "reason": "Så beslutades."}
            found = who(letters, lambda letter: writes(scene.clients[letter], address, form))  # noqa: B023
            expected = ACTIONS[name].writes if where == "own" else ACTIONS[name].writes_other
            differences += told(name, f"does, {where} unit", expected or "", found)
    assert differences == []
