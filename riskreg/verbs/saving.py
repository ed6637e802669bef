"""Saving a record that was checked: what the database checks by itself is asked of it, and said in the record's words."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import IntegrityError, models, transaction


@contextmanager
def naming_constraints(record: models.Model, exclude: Collection[str] = ()) -> Iterator[None]:
    """Run the block that saves the record, and say as the record does which of its constraints the database refused.

    `full_clean(validate_constraints=False)` goes before: it would ask one query a constraint, each time, of what the database
    looks at anyway. Raises ValidationError where one of the record's constraints is not met, without the fields in `exclude`;
    IntegrityError where it is none of them.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        record.validate_constraints(exclude=set(exclude))
        raise
