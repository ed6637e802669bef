"""Make the people of the load in the running product's database: `python -m tests.benchmarks.load.people FILE`.

They share out the made-up committees (`make seed`) among them. FILE tells what each does: session, role, and the numbers of the
risks that they read and of the follow-ups that they write. They are signed in already: a session lasts a working day, and
checking a password is made to take its time.
"""

from __future__ import annotations

import json
import os
import sys
from itertools import cycle
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.test import Client

OF_EACH = {"control_owner": 130, "manager": 40, "controller": 20, "auditor": 6, "administrator": 4}
"""How many people have which role: 200 in all."""
WRITTEN_BY_EACH = 12
READ_BY_EACH = 40


def make_people(into: Path) -> None:
    """Save the people and what each of them does."""
    from controls.demo.people import MUNICIPALITY
    from controls.demo.register import REASON
    from controls.models import Control, FollowUp
    from riskreg.models import Membership, Risk, Unit, User

    municipality = Unit.objects.get(name=MUNICIPALITY, parent__isnull=True)
    made_up = Risk.objects.filter(plan__source=REASON, is_confidential=False)
    newest = made_up.order_by("-plan__year").values_list("plan__year", flat=True)[0]
    # Some committees have confidential risks alone.
    committees = cycle(Unit.objects.filter(pk__in=made_up.filter(plan__year=newest).values("plan__unit")).order_by("name"))
    people = []
    for role, count in OF_EACH.items():
        for number in range(count):
            name = f"{role}.{number:03d}@last.example"
            user = User.objects.create(email=name, name=f"Last {role} {number:03d}")
            unit = municipality if role in {"auditor", "administrator"} else next(committees)
            Membership.objects.create(user=user, unit=unit, role=role)
            people.append((user, role, unit))
    reads: dict[int, list[int]] = {}
    told: list[dict[str, Any]] = []
    for user, role, unit in people:
        of_unit = made_up.filter(plan__year=newest)
        if role not in {"auditor", "administrator"}:
            of_unit = of_unit.filter(plan__unit=unit)
        if unit.pk not in reads:
            reads[unit.pk] = list(of_unit.order_by("pk").values_list("pk", flat=True)[:READ_BY_EACH])
        told.append({"session": _session(user), "role": role, "year": newest, "risks": reads[unit.pk], "follow_ups": []})
    owners = [(user, unit, one) for (user, role, unit), one in zip(people, told, strict=True) if role == "control_owner"]
    for unit_pk in {unit.pk for _, unit, _ in owners}:
        together = [(user, one) for user, unit, one in owners if unit.pk == unit_pk]
        free = FollowUp.objects.filter(
            control__risk__plan__source=REASON, unit_id=unit_pk, closing__year=newest, control__risk__is_confidential=False
        ).order_by("-closing__cut_off", "pk")
        found = list(free.values_list("pk", "control")[: WRITTEN_BY_EACH * len(together)])
        for place, (user, one) in enumerate(together):
            mine = found[place :: len(together)]
            FollowUp.objects.filter(pk__in=[pk for pk, _ in mine]).update(performer=user)
            Control.objects.filter(pk__in=[control for _, control in mine]).update(performer=user)
            one["follow_ups"] = [pk for pk, _ in mine]
    # They come in one after the other: as the whole is made up, so are the first ten of them.
    in_turn = sorted(range(len(told)), key=lambda place: _share(people, place))
    into.write_text(
        json.dumps({"cookie": settings.SESSION_COOKIE_NAME, "people": [told[place] for place in in_turn]}), encoding="utf-8"
    )


def _session(user: Any) -> str:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _share(people: list[Any], place: int) -> float:
    """Return which share of the people of the same role come before this one."""
    role = people[place][1]
    before = sum(one[1] == role for one in people[:place])
    return (before + 0.5) / OF_EACH[role]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    make_people(Path(sys.argv[1]))
