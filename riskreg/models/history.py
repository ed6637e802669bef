"""The history of every tracked record: beyond its values the author (by name, too) and the reason."""

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
from riskreg.models.author import Author

R = TypeVar("R", bound=models.Model)


class RememberedAuthor(models.Model):
    """Columns of a history row for the author's name as text, and for whose deputy they were.

    The name outlives the account. The deputy's column is empty when the author had the right themselves.
    """

    history_user_name = models.CharField(_("changed by"), max_length=200, blank=True, default="")
    history_acting_for = models.CharField(_("as deputy for"), max_length=400, blank=True, default="")

    class Meta:
        abstract = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Rows that are made in bulk send no signal; they are made here all the same.
        author = kwargs.get("history_user")
        if author is not None:
            kwargs.setdefault("history_user_name", author.get_full_name())
        super().__init__(*args, **kwargs)


class QuickHistoryManager(HistoryManager):
    """A manager whose class is made once.

    The library makes the class anew each time a record's history is reached, so at each row it writes: an eighth of
    the time that a save takes.
    """

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
    """Return the history of a model, to be assigned to its attribute `history`."""
    records = IndexedRecords(bases=[RememberedAuthor], history_manager=QuickHistoryManager, **options)
    records.indexes = indexes
    return records


def sign(record: models.Model, *, by: Author | None, reason: str = "") -> None:
    """Attach author and reason to the history row that the next save or delete makes.

    None: nobody's, without a name.
    """
    record._history_user = by.user if by else None  # type: ignore[attr-defined]
    record._author = by  # type: ignore[attr-defined]
    record._change_reason = reason  # type: ignore[attr-defined]


def save_with_history(record: R, *, by: Author, reason: str) -> R:
    """Save a tracked record, with author and reason in its history row."""
    sign(record, by=by, reason=reason)
    record.save()
    return record


def bulk_signature(by: Author) -> dict[str, Any]:
    """Return the author as simple-history's bulk calls take it."""
    named = {"history_user_name": by.name, "history_acting_for": by.acting_for}
    return {"default_user": by.user, "custom_historical_attrs": named}


@receiver(pre_create_historical_record)
def remember_author(sender: type, **kwargs: Any) -> None:
    """Write the author's name and the absent person's into the history row (a signal's receiver)."""
    row = kwargs["history_instance"]
    signed: Author | None = getattr(kwargs.get("instance"), "_author", None)
    user = kwargs.get("history_user")
    if signed is not None and signed.user == user:
        row.history_user_name, row.history_acting_for = signed.name, signed.acting_for
    elif user is not None:
        row.history_user_name = user.get_full_name()
    if clock.pinned_day() is not None and not hasattr(kwargs.get("instance"), "_history_date"):
        row.history_date = clock.now()
