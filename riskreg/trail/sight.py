"""The rows of the trail that a reader may read in words. The hashes of all rows are open to whoever may verify.

The rule: a row is readable when the record it belongs to is visible to the reader (`visible_to`, the same condition
as everywhere else). Rows of records that no longer exist, and of kinds without that condition, take the right to
verify, and to see what is confidential, at the top of every organisation.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

from django.apps import apps
from django.db import models

from riskreg.access.confidential_times import withheld_numbers
from riskreg.access.grants import grants_of, paths_with
from riskreg.access.verbs import Verb
from riskreg.models.unit import Unit
from riskreg.models.user import User
from riskreg.trail.tables import TrailTable


def reads_whole_trail(user: User) -> bool:
    """Return whether the user verifies, and sees what is confidential, everywhere."""
    verify = paths_with(user, Verb.VERIFY)
    confidential = [grant.path for grant in grants_of(user) if grant.sees_confidential]
    roots = Unit.objects.filter(parent__isnull=True).values_list("path", flat=True)
    return bool(verify) and all(_covers(verify, root) and _covers(confidential, root) for root in roots)


def _covers(paths: Collection[str], root: str) -> bool:
    return any(root.startswith(path) for path in paths)


class Sight:
    """One reader's right to read; None reads everything (the command line, run by who runs the installation)."""

    def __init__(self, reader: User | None) -> None:
        self.reader = reader
        self.everything = reader is None or reads_whole_trail(reader)

    def readable(self, table: TrailTable, records: Collection[str]) -> set[str]:
        """Return those of the records whose rows the reader may read."""
        if self.everything:
            return set(records)
        if self.reader is None or table.tracked is None or table.record_column is None:
            return set()
        live = apps.get_model(table.label)._default_manager.all()
        if not hasattr(live, "visible_to"):
            return set()
        keys = [record for record in records if record.isdecimal()]
        seen = live.visible_to(self.reader).filter(pk__in=keys)
        if hasattr(seen, "reserved_for"):
            # A row is given whole or as its hash: so only to who may read all of it.
            seen = seen.reserved_for(self.reader)
        return {str(pk) for pk in seen.values_list("pk", flat=True)}

    def withheld(self, table: TrailTable, numbers: Collection[int]) -> set[int]:
        """Return those of the rows that were written while their risk was confidential, where that is hidden from the reader."""
        if self.everything or self.reader is None or table.tracked is None:
            return set()
        return withheld_numbers(table.rows, numbers, self.reader)


def reserved_fields(model: type[models.Model], records: Collection[Any], reader: User) -> dict[Any, frozenset[str]]:
    """Return by record the fields that are withheld from this reader, though they see the record.

    A model whose fields are not for all names them (`reserved`), and the readers of them (`reserved_for` of its
    QuerySet).
    """
    reserved: frozenset[str] = getattr(model, "reserved", frozenset())
    if not reserved:
        return {}
    told = set(cast(Any, model._default_manager.all()).reserved_for(reader).filter(pk__in=records).values_list("pk", flat=True))
    return {pk: reserved for pk in records if pk not in told}
