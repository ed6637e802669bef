"""Name somebody for work: an account that is closed at this moment is waited for, and then is found closed.

An account is closed with its row locked, when nothing is the person's any more (riskreg.people.leaving). Who gives them something
meanwhile must hold that row, too, until what is given is written: else both succeed, and a closed account owns it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from riskreg.models.user import User
from riskreg.verbs.errors import Refused


def open_accounts(people: Iterable[User | int | None]) -> set[int]:
    """Hold these people's accounts until the transaction ends; return the keys of those that are open.

    Others may name the same people, and they themselves may sign in; nobody closes the account meanwhile. On SQLite the
    transaction itself holds everything.
    """
    keys = sorted({one.pk if isinstance(one, User) else one for one in people if one is not None})
    if not keys:
        return set()
    if connection.vendor != "postgresql":
        return set(User.objects.filter(pk__in=keys, is_active=True).values_list("pk", flat=True))
    if not connection.in_atomic_block:
        raise RuntimeError("open_accounts must be called in the transaction that names the people.")
    with connection.cursor() as cursor:
        # Stands against the lock of the whole row alone, which is what closing takes; the ORM knows no such lock.
        cursor.execute("SELECT id FROM riskreg_user WHERE id = ANY(%s) AND is_active ORDER BY id FOR KEY SHARE", [keys])
        return {int(key) for (key,) in cursor.fetchall()}


def require_open_accounts(people: Iterable[User | int | None]) -> None:
    """Hold these people's accounts until the transaction ends. Raises Refused, with the names, when one is closed."""
    wanted: set[Any] = {one.pk if isinstance(one, User) else one for one in people if one is not None}
    closed = wanted - open_accounts(wanted)
    if closed:
        names = ", ".join(User.objects.filter(pk__in=closed).order_by("name_sort").values_list("name", flat=True))
        raise Refused(_("The account of %(names)s is closed: choose somebody else.") % {"names": names})
