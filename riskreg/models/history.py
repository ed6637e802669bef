"""What every tracked record's history remembers beyond its values: who (by name, too) and why."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from django.db import models
from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _
from simple_history.manager import HistoryManager
from simple_history.models import HistoricalRecords
from simple_history.signals import pre_create_historical_record

from riskreg import clock

R = TypeVar("R", bound=models.Model)
SYSTEM = "Riskreg"
"""Who did what nobody asked for: the schedule, at night."""


class RememberedAuthor(models.Model):
    """A history row keeps the author's name as text, so that it outlives the account; and whose deputy the author was
    in this, when it was not by their own right."""

    history_user_name = models.CharField(_("changed by"), max_length=200, blank=True, default="")
    history_acting_for = models.CharField(_("as deputy for"), max_length=400, blank=True, default="")

    class Meta:
        abstract = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Rows that are made in bulk send no signal; they are made here all the same.
        author = kwargs.get("history_user")
        if author is not None:
            kwargs.setdefault("history_user_name", author.get_full_name())
            kwargs.setdefault("history_acting_for", acting_for(author))
        super().__init__(*args, **kwargs)


def acting_for(author: Any) -> str:
    """Names, as many as the column holds."""
    return str(getattr(author, "acting_for", ""))[:400]


class QuickHistoryManager(HistoryManager):
    """The library makes a class anew each time that a record's history is reached for, so at each row it writes: an eighth of
    the time that a save takes. It is the same class each time."""

    @classmethod
    @cache
    def from_queryset(cls, queryset_class: type[models.QuerySet[Any]], class_name: str | None = None) -> Any:
        return super().from_queryset(queryset_class, class_name)


class IndexedRecords(HistoricalRecords):
    """History with indexes of its own, beside the library's."""

    indexes: tuple[models.Index, ...] = ()

    def get_meta_options(self, model: type[models.Model]) -> dict[str, Any]:
        options: dict[str, Any] = super().get_meta_options(model)
        if self.indexes:
            options["indexes"] = [*options.get("indexes", ()), *self.indexes]
        return options


def tracked(indexes: tuple[models.Index, ...] = (), **options: Any) -> HistoricalRecords:
    """History for a model: `history = tracked()`."""
    records = IndexedRecords(bases=[RememberedAuthor], history_manager=QuickHistoryManager, **options)
    records.indexes = indexes
    return records


def sign(record: models.Model, *, by: models.Model | None, reason: str = "") -> None:
    """Says who and why before a save, for the history row that the save makes."""
    record._history_user = by  # type: ignore[attr-defined]
    record._change_reason = reason  # type: ignore[attr-defined]


def stored(record: R, *, by: models.Model, reason: str) -> R:
    """Saves a tracked record with the history's who and why."""
    sign(record, by=by, reason=reason)
    record.save()
    return record


def stored_by_system(record: R, *, reason: str) -> R:
    """Saves a tracked record that the product changed by itself: the history says so by name."""
    record._by_system = True  # type: ignore[attr-defined]
    sign(record, by=None, reason=reason)
    record.save()
    return record


def stored_as(record: R, *, by: models.Model | None, reason: str) -> R:
    """Saves a tracked record that a person changed, or the product by itself (None)."""
    return stored_by_system(record, reason=reason) if by is None else stored(record, by=by, reason=reason)


def bulk_signature(by: Any) -> dict[str, Any]:
    """What simple-history's bulk calls take to say who: a person, or None for the product itself."""
    return {"default_user": by, "custom_historical_attrs": {"history_user_name": by.get_full_name() if by else SYSTEM}}


@receiver(pre_create_historical_record)
def remember_author(sender: type, **kwargs: Any) -> None:
    row = kwargs["history_instance"]
    author = kwargs.get("history_user")
    if author is not None and hasattr(row, "history_user_name"):
        row.history_user_name = author.get_full_name()
        row.history_acting_for = acting_for(author)
    elif author is None and getattr(kwargs.get("instance"), "_by_system", False):
        row.history_user_name = SYSTEM
    if clock.pinned_day() is not None and not hasattr(kwargs.get("instance"), "_history_date"):
        row.history_date = clock.now()
