"""The changes that a file's rows would make in a plan: each risk, control and follow-up new, changed by field, or the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controls.importing.findings import Findings
from controls.importing.problems import AnyProblem, errors_among
from controls.models import Action, Conclusion, Control, FollowUp, Method
from riskreg.importing.columns import ImportRow
from riskreg.importing.fields import Field
from riskreg.importing.text import plain
from riskreg.models import ControlPlan, Risk


class Effect(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(slots=True)
class FieldChange:
    name: str
    label: str
    old: str
    new: str


@dataclass(slots=True)
class ActionChange:
    effect: Effect
    values: dict[str, Any]
    existing: Action | None
    fields: list[FieldChange]


@dataclass(slots=True)
class FollowUpChange:
    row: ImportRow
    effect: Effect
    values: dict[str, Any]
    existing: FollowUp | None
    actions: list[ActionChange]
    fields: list[FieldChange]
    lacks: dict[str, list[str]] = field(default_factory=dict)
    """The parts missing in the follow-up after the import, by field, in the words of controls.follow_ups.completeness."""

    @property
    def is_written(self) -> bool:
        return self.effect is not Effect.SAME

    @property
    def is_submitted(self) -> bool:
        """True if the import submits it; an incomplete one stays in progress."""
        return self.is_written and not self.lacks

    @property
    def stays_in_progress(self) -> bool:
        return self.is_written and bool(self.lacks)


@dataclass(slots=True)
class ControlChange:
    row: ImportRow
    effect: Effect
    values: dict[str, Any]
    existing: Control | None
    fields: list[FieldChange]
    method_is_suggested: bool
    follow_up: FollowUpChange | None = None

    @property
    def description(self) -> str:
        """The control's text as it would be."""
        return str(self.values.get("description") or (self.existing.description if self.existing else ""))

    @property
    def method_label(self) -> str:
        return str(Method(self.row.method).label) if self.row.method else ""


@dataclass(slots=True)
class RiskChange:
    row: ImportRow
    effect: Effect
    values: dict[str, Any]
    """Model fields by name; `category` may hold the name of one to be made, as text."""
    existing: Risk | None
    number: int | None
    fields: list[FieldChange]
    controls: list[ControlChange] = field(default_factory=list)
    further_rows: Sequence[ImportRow] = ()
    """The rows after the first that are about the same risk."""
    found_by: Field = Field.TITLE
    """What named the risk: its title, or in rows without one its number or a control's text."""

    @property
    def title(self) -> str:
        """The risk's title as the row has it, else as it stands."""
        return self.row.title or (self.existing.title if self.existing else "")

    @property
    def how_found(self) -> str:
        """Return in words how the risk of a row without its title was found; '' for every other."""
        return {Field.NUMBER: _("found by its number"), Field.CONTROL: _("found by its control")}.get(self.found_by, "")

    @property
    def overall(self) -> Effect:
        """The effect on the risk and all below it: new, changed in itself or below it, or the same throughout."""
        if self.effect is not Effect.SAME:
            return self.effect
        below = [c.effect for c in self.controls] + [c.follow_up.effect for c in self.controls if c.follow_up]
        return Effect.CHANGED if any(effect is not Effect.SAME for effect in below) else Effect.SAME

    @property
    def is_confidential(self) -> bool:
        """Whether the risk would be confidential after the import."""
        stated = self.values.get("is_confidential")
        return bool(self.existing and self.existing.is_confidential) if stated is None else bool(stated)

    @property
    def all_fields(self) -> list[FieldChange]:
        """The changed fields of the risk, its controls and their follow-ups."""
        of_controls = [one for control in self.controls for one in control.fields]
        of_follow_ups = [one for control in self.controls if control.follow_up for one in control.follow_up.fields]
        return [*self.fields, *of_controls, *of_follow_ups]


def what_becomes_of(counts: Mapping[str, int]) -> list[str]:
    """Return in words how many of the follow-ups that are written are submitted, and how many stay in progress."""
    submitted, in_progress = counts.get("follow_ups_submitted", 0), counts.get("follow_ups_in_progress", 0)
    said = []
    if submitted:
        words = ngettext(
            "%(count)d follow-up is submitted for approval.", "%(count)d follow-ups are submitted for approval.", submitted
        )
        said.append(words % {"count": submitted})
    if in_progress:
        words = ngettext(
            "%(count)d follow-up stays in progress, as something is missing in it.",
            "%(count)d follow-ups stay in progress, as something is missing in them.",
            in_progress,
        )
        said.append(words % {"count": in_progress})
    return said


@dataclass(slots=True)
class PlanChanges:
    plan: ControlPlan | None
    risks: list[RiskChange]
    not_in_file: list[Risk]
    findings: Findings
    controls_not_in_file: list[Control] = field(default_factory=list)
    """The controls not in the file, of risks that are in it. None when no row of the file holds a control."""
    hidden_rows: frozenset[int] = frozenset()
    """The identities (`id`) of the rows about confidential risks that the user may not see; they are in nothing else here."""

    @property
    def problems(self) -> list[AnyProblem]:
        return self.findings.problems

    @property
    def changes_nothing(self) -> bool:
        return self.plan is not None and all(risk.overall is Effect.SAME for risk in self.risks)

    @property
    def errors(self) -> list[AnyProblem]:
        return errors_among(self.problems)

    def counts(self) -> dict[str, int]:
        """Return the counts `risks_new`, `risks_changed`, `risks_same`, so for controls and follow_ups, and `actions_new`."""
        counted: dict[str, int] = defaultdict(int)
        for risk in self.risks:
            counted[f"risks_{risk.effect}"] += 1
            for control in risk.controls:
                counted[f"controls_{control.effect}"] += 1
                if control.follow_up:
                    counted[f"follow_ups_{control.follow_up.effect}"] += 1
                    counted["actions_new"] += sum(one.effect is Effect.NEW for one in control.follow_up.actions)
                    counted["follow_ups_submitted"] += control.follow_up.is_submitted
                    counted["follow_ups_in_progress"] += control.follow_up.stays_in_progress
        return dict(counted)


def differences(existing: Any, values: dict[str, Any], names: Sequence[str]) -> list[FieldChange]:
    """Return the fields among `names` whose stated value differs from the existing record's.

    Fields that `values` does not state are left out; None and '' count as equal, and so do a line break and a blank.
    """
    found = []
    for name in names:
        if name not in values:
            continue
        old, new = getattr(existing, name), values[name]
        if not _is_same(old, new):
            label = str(existing._meta.get_field(name).verbose_name)
            found.append(FieldChange(name, label, _shown(name, old), _shown(name, new)))
    return found


def _is_same(old: Any, new: Any) -> bool:
    """Return whether two values say the same: white space, line breaks and what a page's lines do to a word say nothing."""
    if isinstance(old, str) and isinstance(new, str):
        return old.split() == new.split() or plain(old).split() == plain(new).split()
    return bool(old == new or (old in (None, "") and new in (None, "")))


def _shown(name: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    choices = {
        "conclusion": Conclusion.choices,
        "method": Control._meta.get_field("method").choices,
        "frequency": Control._meta.get_field("frequency").choices,
    }.get(name)
    return str(dict(choices or ()).get(value, value)) if choices else str(value)


def shorten(text: str) -> str:
    """Shorten a value to 60 characters, as a message quotes it."""
    return (text if len(text) <= 60 else f"{text[:59].rstrip()}…") or "–"
