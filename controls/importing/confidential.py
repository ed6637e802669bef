"""A file about confidential risks that the user may not see, or that marks some: it waits, as a whole, for somebody who may.

Nothing is told row by row. A row that were left out alone would say which words it equals, and a heading that is mapped
otherwise, a comment or a column that is not taken can be about any risk of the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from django.utils.translation import gettext as _

from controls.importing.problems import PlanProblem
from controls.importing.target import Target
from controls.importing.words import name_key, number_in
from controls.models import Control, PlanImport
from riskreg.access.sight import sees_confidential_at
from riskreg.importing.cells import Content
from riskreg.importing.columns import ImportRow
from riskreg.importing.confidentiality import holds_marks
from riskreg.importing.stated_numbers import is_title_with_number, stated_number
from riskreg.models import Risk, User
from riskreg.models.risk import RiskQuerySet
from riskreg.verbs.errors import Refused


class WaitsForSomebody(Refused):
    """The file is about confidential risks that the user may not see, or may be: another person has to look at it."""

    def __init__(self) -> None:
        super().__init__(str(waits_for_somebody().message))


def refuse_to_show(plan_import: PlanImport, content: Content, rows: Sequence[ImportRow], target: Target, *, by: User) -> None:
    """Raise WaitsForSomebody where the file must not be shown to the user, or be imported by them.

    Somebody else's file is not shown at all to who may not see all risks of the plan. Their own they know; it waits when a
    text in it, wherever it stands and whatever its column was taken for, is the title of such a risk, and when a row of it is
    marked confidential, or may be.
    """
    if not sees_confidential_at(by, target.unit) and (holds_marks(content) or any(row.confidential for row in rows)):
        raise WaitsForSomebody
    hidden = _hidden(target, by)
    if hidden is None or not hidden.exists():
        return
    if plan_import.uploaded_by_id != by.pk or _names_one(content, hidden) or rows_hidden_from(by, rows, target):
        raise WaitsForSomebody


def is_shown_all_files(target: Target, *, by: User) -> bool:
    """Return whether no file of the target is kept from the user, whatever stands in it."""
    hidden = _hidden(target, by)
    return sees_confidential_at(by, target.unit) and (hidden is None or not hidden.exists())


def _names_one(content: Content, hidden: RiskQuerySet) -> bool:
    titles = {name_key(title) for title in hidden.values_list("title", flat=True)}
    return any(name_key(text) in titles for text in _texts(content))


def _texts(content: Content) -> Iterable[str]:
    for table in content.tables:
        yield from table.heading.split("\n")
        yield from (text for row in table.rows for cell in row for text in (cell.text, cell.whole) if text)
    yield from (piece.text for piece in content.beside)


def _hidden(target: Target, user: User) -> RiskQuerySet | None:
    return _of_plan(target).hidden_from(user)


def _of_plan(target: Target) -> RiskQuerySet:
    return Risk.objects.filter(plan__unit=target.unit, plan__year=target.year)


def rows_hidden_from(user: User | None, rows: Sequence[ImportRow], target: Target) -> frozenset[int]:
    """Return the identities (`id`) of the rows that are about a confidential risk of the plan which the user does not see.

    By title, or by number, a row without a title also by its control; a row that marks its risk as confidential is about one. A
    title or a control that the user does see means that one first. None sees everything.
    """
    if user is None:
        return frozenset()
    hidden = _hidden(target, user)
    marked = frozenset() if sees_confidential_at(user, target.unit) else _marked(rows)
    return marked if hidden is None else marked | _about(rows, hidden, target, user)


def _marked(rows: Sequence[ImportRow]) -> frozenset[int]:
    """Return the rows of the risks that any of their rows marks as confidential."""
    found = set()
    for group in by_risk(rows):
        if any(row.confidential for row in group):
            found |= {id(row) for row in group}
    return frozenset(found)


def _about(rows: Sequence[ImportRow], hidden: RiskQuerySet, target: Target, user: User) -> frozenset[int]:
    known = list(hidden.values_list("number", "title"))
    if not known:
        return frozenset()
    titles, numbers = {name_key(title) for _number, title in known}, {number for number, _title in known}
    seen = Counter(name_key(title) for title in _of_plan(target).visible_to(user).current().values_list("title", flat=True))
    found: set[int] = set()
    is_hidden = False
    is_of_hidden_control = _hidden_controls(rows, hidden, target, user)
    for row in rows:
        if row.is_nameless:
            # Its title is not in the file: its number, or its control's text, is that risk's.
            if stated_number(row.number, target.year) in numbers or is_of_hidden_control(row):
                found.add(id(row))
            continue
        if not row.is_continuation_control:
            key = name_key(row.title)
            if seen[key] > 0:
                seen[key] -= 1
                is_hidden = False
            else:
                is_hidden = (
                    key in titles
                    or number_in(row.number) in numbers
                    or any(is_title_with_number(row.title, title, number) for number, title in known)
                )
        if is_hidden:
            found.add(id(row))
    return frozenset(found)


def _hidden_controls(rows: Sequence[ImportRow], hidden: RiskQuerySet, target: Target, user: User) -> Callable[[ImportRow], bool]:
    """Return whether a row without a title names a control of a risk that the user does not see.

    A control of the same text that they see goes first.
    """
    if not any(row.is_nameless and row.control for row in rows):
        return lambda row: False
    controls = Control.objects.current().values_list("description", flat=True)
    names = {name_key(text) for text in controls.filter(risk__in=hidden)}
    seen = Counter(name_key(text) for text in controls.filter(risk__in=_of_plan(target).visible_to(user).current()))

    def is_of_one(row: ImportRow) -> bool:
        key = name_key(row.control)
        seen[key] -= 1
        return key in names and seen[key] < 0

    return is_of_one


def by_risk(rows: Iterable[ImportRow]) -> list[list[ImportRow]]:
    """Return the rows of each risk together: its first, and those of its further controls."""
    groups: list[list[ImportRow]] = []
    for row in rows:
        if row.is_continuation_control and groups:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def waits_for_somebody() -> PlanProblem:
    """Return what is told instead of the rows: nothing of them, only that somebody else imports the file."""
    return PlanProblem(
        _("The import waits: somebody who may see confidential risks here has to look at it and import it. Nothing was written.")
    )
