"""How many queries a page takes, as everybody who reads it: as many in a larger register, and never more than some twenty.

A query for each row is seen here for any page, list and form of the site, also one that is added later: the addresses are
those of the access table.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from controls.models import Closing
from riskreg.models import ControlPlan, Role, Unit
from tests.architecture.access_table import ADDRESSES, BLOCKS, DOORS
from tests.architecture.addresses import addresses
from tests.architecture.scene import Place, Scene, furnish
from tests.architecture.walking import same_session
from tests.cast import make_closing, make_many_risks, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
PEOPLE = "e"
"""Who sees most: the controller of the whole municipality."""
MOST = 24
ASKS_EACH_TABLE = {"trail": 64, "sample_verify": 64, "admin:controls_digest_person": 29}
"""Of what compares with the history: as many as there are tracked tables, however many rows.
Of a person's letter: as many as there are kinds of things that one tells."""


def counted(scene: Scene, letter: str, address: str) -> int | None:
    """Return how many queries the address takes; None where it is no page for that person."""
    asked: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append(sql)
        return execute(sql, params, many, context)

    client = scene.clients[letter]
    with same_session(client), connection.execute_wrapper(note):
        response: Any = client.get(address)
    is_page = response.status_code == 200 and response.headers["Content-Type"].startswith("text/html")
    return len(asked) if is_page else None


def enlarge(scene: Scene) -> None:
    """Add a furnished committee with a year's risks, and to the own plan what a year brings."""
    cast = scene.cast
    committee = Unit.objects.create(name="Tekniska nämnden", kind=Unit.Kind.COMMITTEE, parent=cast.municipality)
    performer = make_user("Tea Teknik", committee, Role.CONTROL_OWNER)
    manager = make_user("Tor Chef", committee, Role.MANAGER)
    plan = ControlPlan.objects.create(unit=committee, year=cast.plan.year, matrix=cast.plan.matrix)
    furnish(
        Place(committee, performer, scene.own.matrix, make_closing(cast.municipality, Closing.Kind.INTERIM, 2024)),
        performer=performer,
        approver=manager,
        closing=cast.interim,
        plan=plan,
    )
    for number in range(1, 7):
        unit = Unit.objects.create(
            name=f"Avdelning {number}", kind=Unit.Kind.DEPARTMENT, parent=(committee, cast.board)[number % 2]
        )
        make_user(f"P{number} Person", unit, Role.CONTROL_OWNER)
        ControlPlan.objects.create(unit=unit, year=cast.plan.year, matrix=cast.plan.matrix)
    for one, person in ((plan, performer), (cast.plan, cast.karin)):
        make_many_risks(one, 12, closing=cast.interim, performer=person, analyze=False)


def test_no_page_takes_more_queries_in_a_larger_register(scene: Scene) -> None:
    book = addresses(scene, scene.own)
    asked = {
        (name, letter): book[name]()[0]
        for names in BLOCKS
        for name in names
        if name not in DOORS and name in book
        for letter in ADDRESSES[name].reads or ""
        if letter in PEOPLE
    }
    before = {key: counted(scene, key[1], address) for key, address in asked.items()}
    enlarge(scene)
    grown = {}
    for (name, letter), address in asked.items():
        at_first = before[name, letter]
        if at_first is not None:
            now = counted(scene, letter, address)
            if now is None or now > at_first or now > ASKS_EACH_TABLE.get(name, MOST):
                grown[name, letter] = at_first, now
    assert grown == {}
