"""Comparison of the actions that a follow-up's rows state with those it has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from controls.importing.changes import ActionChange, Effect, FieldChange
from controls.importing.findings import Findings
from controls.importing.words import action_kind, name_key
from controls.models import Action, FollowUp
from riskreg.importing.columns import ImportRow
from riskreg.importing.fields import Field
from riskreg.importing.own_cells import codes_of_action_kinds
from riskreg.models import User

Named = Callable[[str], User | None]


def compare_actions(
    rows: Sequence[ImportRow], existing: FollowUp | None, conclusion: str, named: Named, findings: Findings
) -> list[ActionChange]:
    """Return the changes of the actions that the rows state, in their order.

    An action is known by its text. In a file that the product wrote itself, one whose text was changed is the one that is left
    over; in another it is a new one.
    """
    stated = [row for row in rows if row.action or row.action_kind]
    known = list(existing.actions.all()) if existing else []
    meant: dict[int, Action] = {}
    for row in stated:
        found = next((action for action in known if _key(action) == _stated_key(row)), None)
        if found is not None:
            known.remove(found)
            meant[id(row)] = found
    rest = [row for row in stated if id(row) not in meant]
    if len(rest) == len(known) and all(row.is_own for row in rest):
        meant |= {id(row): action for row, action in zip(rest, known, strict=True)}
    return [_Comparing(row, conclusion, named, findings).change(meant.get(id(row))) for row in stated]


def _key(action: Action) -> str:
    return name_key(action.description or action.get_kind_display())


def _stated_key(row: ImportRow) -> str:
    return name_key(row.action or row.action_kind)


class _Comparing:
    def __init__(self, row: ImportRow, conclusion: str, named: Named, findings: Findings) -> None:
        self.row, self.conclusion, self.named, self.findings = row, conclusion, named, findings

    def change(self, existing: Action | None) -> ActionChange:
        kind = self._kind(existing)
        values: dict[str, Any] = {}
        if existing is None or kind != existing.kind:
            values["kind"] = kind
        if self.row.action and (existing is None or name_key(self.row.action) != _key(existing)):
            values["description"] = self.row.action
        values |= self._of_measure(existing, kind)
        self._settle_outcome(existing)
        effect = Effect.NEW if existing is None else Effect.CHANGED if values else Effect.SAME
        return ActionChange(effect, values, existing, self._fields(existing, values))

    def _kind(self, existing: Action | None) -> str:
        stated = codes_of_action_kinds().get(name_key(self.row.action_kind))
        if stated:
            return stated
        if existing is not None:
            return existing.kind
        return action_kind(self.row.action, self.conclusion)

    def _of_measure(self, existing: Action | None, kind: str) -> dict[str, Any]:
        row = self.row
        if kind != Action.Kind.MEASURE:
            self.findings.leave_out(row, (Field.RESPONSIBLE, Field.DUE), "not_a_measure")
            return {}
        values: dict[str, Any] = {}
        was = existing.responsible.name if existing is not None and existing.responsible else ""
        if row.responsible and name_key(row.responsible) != name_key(was):
            user = self.named(row.responsible)
            if user is not None:
                values["responsible"] = user
            else:
                self.findings.leave_out(row, (Field.RESPONSIBLE,), "no_such_user")
                message = _("No user is called “%(name)s”: choose who is responsible at the follow-up.")
                said = message % {"name": row.responsible}
                self.findings.report("warning", row, Field.RESPONSIBLE, row.responsible, said)
        if row.due_on is not None and (existing is None or row.due_on != existing.due_on):
            values["due_on"] = row.due_on
        return values

    def _settle_outcome(self, existing: Action | None) -> None:
        """Leave out what a file says otherwise of what became of an action: that is noted at the action."""
        row = self.row
        if row.done_on is not None and (existing is None or row.done_on != existing.done_on):
            self.findings.leave_out(row, (Field.DONE,), "at_the_action")
        if row.effect and (existing is None or row.effect.split() != existing.effect.split()):
            self.findings.leave_out(row, (Field.EFFECT,), "at_the_action")

    def _fields(self, existing: Action | None, values: dict[str, Any]) -> list[FieldChange]:
        found = []
        for name, value in values.items():
            if name == "kind" and existing is None:
                continue
            model_field = Action._meta.get_field(name)
            label = Action._meta.verbose_name if name == "description" else model_field.verbose_name  # type: ignore[union-attr]
            old = getattr(existing, name) if existing is not None else None
            found.append(FieldChange("action" if name == "description" else name, str(label), _shown(old), _shown(value)))
        return found


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, User):
        return value.name
    return str(dict(Action.Kind.choices).get(value, value))
