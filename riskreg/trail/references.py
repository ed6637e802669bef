"""The texts of the records that history rows refer to, read together: a query or two for each kind of record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.utils.translation import gettext as _

from riskreg.models.user import User

_related: dict[type[models.Model], tuple[str, ...]] = {}


def text_needs(model: type[models.Model], *relations: str) -> None:
    """Register the relations that the model's text (str) reads, so that many texts cost one query.

    An app calls it when it is ready.
    """
    _related[model] = relations


class References:
    """Texts of records by key; ask for everything first (`want`), then for texts."""

    def __init__(self, reader: User) -> None:
        self.reader = reader
        self.wanted: dict[type[models.Model], set[Any]] = {}
        self.found: dict[type[models.Model], dict[Any, str]] = {}

    def want(self, model: type[models.Model], keys: Iterable[Any]) -> None:
        self.wanted.setdefault(model, set()).update(key for key in keys if key is not None)

    def want_all(self, row: Any) -> None:
        """Ask for everything that a history row's foreign keys point at, and the record itself."""
        for field in row._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and field.name != "history_user":
                self.want(field.remote_field.model, [getattr(row, field.attname)])
        self.want(row.instance_type, [getattr(row, row.instance_type._meta.pk.attname)])

    def text(self, model: type[models.Model], key: Any) -> str:
        """Return the record's text; of a deleted record, the text it had; otherwise its number."""
        if model not in self.found:
            self.found[model] = self._read(model)
        return self.found[model].get(key) or _("no. %(number)s") % {"number": key}

    def title(self, row: Any) -> str:
        return self.text(row.instance_type, getattr(row, row.instance_type._meta.pk.attname))

    def _read(self, model: type[models.Model]) -> dict[Any, str]:
        wanted = self.wanted.get(model, set())
        everyone = model._default_manager.filter(pk__in=wanted)
        live = everyone.select_related(*_related[model]) if _related.get(model) else everyone
        if hasattr(live, "visible_to") and model is not User:
            # Who did what is told to whoever may read the row; what else is referred to, only to those who see it.
            live = live.visible_to(self.reader)
        texts = {one.pk: _text(one) for one in live}
        missing = wanted - texts.keys()
        if missing:
            hidden = set(everyone.filter(pk__in=missing).values_list("pk", flat=True))
            texts |= dict.fromkeys(hidden, _("(not visible to you)"))
            texts |= self._gone(model, missing - hidden)
        return texts

    def _gone(self, model: type[models.Model], keys: set[Any]) -> dict[Any, str]:
        """Return the last known texts of deleted users: a name outlives its account.

        Of other records, nothing: their visibility can no longer be asked.
        """
        if model is not User or not keys:
            return {}
        rows = User.history.filter(id__in=keys).order_by("history_date", "history_id")
        return {row.id: row.name or row.email for row in rows}


def _text(record: models.Model) -> str:
    try:
        return str(record)
    except ObjectDoesNotExist:
        return ""
