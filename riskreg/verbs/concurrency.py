"""Two people at once: a form carries the version it was opened with, and a save on top of another's is refused.

Use, in a form's page and in the verb it calls:

    form = RiskForm(request.POST, initial={"version": version_of(risk)})     # a hidden VersionField
    change_risk(risk, by=user, version=form.cleaned_data["version"], …)      # the verb locks the row, then calls
        refuse_if_changed(locked, version)                                   # → raises Stale

    except Stale as stale:
        stale.rows(mine=form.data_as_typed)    # field, when you opened it, as saved by the other, yours
        # show the form again as typed; its version is now stale.current_version, so that saving once more is a decision

The version is the record's newest history row, so every saved change makes a new one and nothing has to be stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django import forms
from django.db import models
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from riskreg.access.confidential_times import withheld_numbers
from riskreg.database.compiled import rows_once_compiled
from riskreg.models.user import User
from riskreg.verbs.errors import Refused


def version_of(record: models.Model) -> int:
    """Return the record's version: the number of its newest history row; 0 before there is one."""
    if record.pk is None:
        return 0
    model: Any = type(record)

    def newest(pk: int) -> Any:
        rows = model.history.filter(**{record._meta.pk.attname: pk}).order_by("-history_id")
        return rows.values_list("history_id", flat=True)[:1]

    return next(iter(rows_once_compiled(("version", model), newest, record.pk)), 0)


def history_of(record: models.Model) -> Any:
    """Return the history rows of one record."""
    model: Any = type(record)
    return model.history.filter(**{record._meta.pk.attname: record.pk})


@dataclass(frozen=True, slots=True)
class Change:
    """One field that somebody else changed meanwhile; values are worded for people."""

    field: str
    label: str
    opened: str
    theirs: str
    mine: str = ""


class Stale(Refused):
    """Somebody else saved the record after the form was opened. Nothing was written."""

    def __init__(self, record: models.Model, *, author: str, at: datetime, current_version: int, changes: list[Change]) -> None:
        self.record, self.author, self.at = record, author, at
        self.current_version, self.changes = current_version, changes
        super().__init__(
            _(
                "%(who)s saved this %(when)s, after you opened it, so yours was not saved. "
                "What you wrote is still here. Compare below, adjust, and save again."
            )
            % {"who": author or _("Somebody else"), "when": formats.date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")}
        )

    def rows(self, mine: Mapping[str, Any]) -> list[Change]:
        """Return the changes beside what the user has typed.

        `mine` by field name, already in words where needed.
        """
        return [
            Change(change.field, change.label, change.opened, change.theirs, _words_of(mine.get(change.field)))
            for change in self.changes
        ]


def refuse_if_changed(
    record: models.Model,
    version: int | None,
    *,
    by: User | None = None,
    related: Callable[[datetime], list[Change]] | None = None,
) -> None:
    """Raise Stale when the record has a newer version than the given one.

    A version of None means that the caller opened no form. Which one it was is the browser's word, so the version may be of a
    time when the risk was confidential: what it said then is not shown to a user `by` who may not see such risks.

    `record` is the row as it is now, locked. `related`, called only then, returns what changed since the given moment
    in rows of other tables that belong to the record.
    """
    if version is None:
        return
    newest = history_of(record).order_by("-history_id").first()
    if newest is None or newest.history_id == version:
        return
    opened = history_of(record).filter(history_id=version).first()
    changes = [] if opened is None else _list_changes(opened, newest)
    if opened is not None and related is not None:
        changes += related(opened.history_date)
    if opened is not None and by is not None and withheld_numbers(type(opened), [opened.pk], by):
        changes = [replace(change, opened=_("not shown to you")) for change in changes]
    raise Stale(
        record,
        author=newest.history_user_name or str(newest.history_user or ""),
        at=newest.history_date,
        current_version=newest.history_id,
        changes=changes,
    )


def _list_changes(opened: Any, newest: Any) -> list[Change]:
    """Return the changes of what a person may have had before them: the editable fields, and the state."""
    changes = []
    for field in newest.tracked_fields:
        if not (field.editable or field.name == "state") or getattr(opened, field.attname) == getattr(newest, field.attname):
            continue
        label = capfirst(str(field.verbose_name))
        changes.append(Change(field.name, label, _words_of_field(field, opened), _words_of_field(field, newest)))
    return changes


def _words_of_field(field: Any, row: Any) -> str:
    """Return a stored value as the form words it.

    A choice by its label, another record by its name, a date as dates are written.
    """
    value = getattr(row, field.attname)
    if value is not None and field.is_relation:
        related = field.remote_field.model._default_manager.filter(pk=value).first()
        return str(related or value)
    if getattr(field, "choices", None):
        value = dict(field.flatchoices).get(value, value)
    return _words_of(value)


def _words_of(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return formats.date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    return str(formats.localize(value))


class VersionField(forms.IntegerField):
    """The version a form was opened with, carried through the browser."""

    widget = forms.HiddenInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", 0)
        super().__init__(**kwargs)
        self.localize = False


class VersionedModelForm(forms.ModelForm):
    """The form of a record that carries the version it was opened with."""

    version = VersionField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["version"].initial = version_of(self.instance)


class UntouchedModelForm(VersionedModelForm):
    """One that leaves the instance as it was read: the verb compares what is stored with what was typed."""

    def _post_clean(self) -> None:
        pass
