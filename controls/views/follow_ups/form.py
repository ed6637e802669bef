"""The form of a follow-up: result, conclusion, action, evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from controls.evidence.field import EvidenceField
from controls.follow_ups.draft import Decision, Draft, Measure
from controls.models import Action, Conclusion, FollowUp
from controls.templatetags.conclusions import conclusion_choices
from riskreg import clock
from riskreg.access.verbs import ROLES_OF_VERB, Verb
from riskreg.database.compiled import rows_once_compiled
from riskreg.models import Membership, User
from riskreg.verbs.concurrency import Change, VersionField, version_of
from riskreg.web.form_fields import DayField

MAX_MEASURES = 30


class FollowUpForm(forms.ModelForm):
    conclusion = forms.ChoiceField(label=_("Conclusion"), required=False, widget=forms.RadioSelect(attrs={"class": "choice"}))
    decision = forms.ChoiceField(
        label=_("Action"), required=False, widget=forms.RadioSelect(attrs={"class": "choice", "data-decision": ""})
    )
    decision_text = forms.CharField(
        label=_("What goes on, or why nothing more is needed"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "cols": 60}),
    )
    evidence = EvidenceField(label=_("Add files"), required=False)
    version = VersionField(required=False)
    conflict: Sequence[Change] = ()
    """The changes by somebody else since it was opened (riskreg.web.asking.add_refusal)."""

    class Meta:
        model = FollowUp
        fields = ["result", "conclusion", "conclusion_reason", "performed_otherwise"]
        widgets = {"result": forms.Textarea(attrs={"rows": 6, "cols": 60})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("result", "conclusion", "decision"):
            # Not needed for a draft, and yet not optional.
            self.fields[name].sometimes_demanded = True  # type: ignore[attr-defined]
        self._shown_choices()
        self.initial["version"] = version_of(self.instance)
        stored = Decision.of(self.instance.actions.all())
        self.initial["decision"] = stored.kind if stored else ""
        self.initial["decision_text"] = stored.text if stored else ""

    def _shown_choices(self) -> None:
        choices: Any = conclusion_choices()
        self.fields["conclusion"].choices = choices  # type: ignore[attr-defined]
        self.fields["decision"].choices = [  # type: ignore[attr-defined]
            (Action.Kind.CONTINUES, _("Goes on until the next closing")),
            (Action.Kind.MEASURE, _("New action")),
            (Action.Kind.NONE_NEEDED, Action.Kind.NONE_NEEDED.label),
        ]

    def _post_clean(self) -> None:
        """Leave the instance as it was read: the verb writes the row, not the form."""

    def say(self, errors: dict[str, list[str]]) -> None:
        """Show errors on a form that was not sent: what is missing before it can be submitted."""
        self.full_clean()
        self.cleaned_data = {}
        for field, messages in errors.items():
            for message in messages:
                self.add_error(field, message)

    def as_draft(self, measures: list[Measure]) -> Draft:
        values = self.cleaned_data
        kind = values["decision"] or (Action.Kind.MEASURE if measures else "")
        return Draft(
            result=values["result"],
            conclusion=values["conclusion"],
            conclusion_reason=values["conclusion_reason"],
            performed_otherwise=values["performed_otherwise"],
            decision=Decision(kind, tuple(measures), values["decision_text"]),
        )

    def as_typed(self, measures: list[Measure]) -> dict[str, str]:
        """Return the values by field, worded as the stored ones, to compare with what somebody else saved."""
        values = self.cleaned_data
        conclusion = values["conclusion"]
        lines = [f"{measure.description}" for measure in measures]
        if values["decision"] and values["decision"] != Action.Kind.MEASURE:
            lines.append(f"{Action.Kind(values['decision']).label}: {values['decision_text']}")
        return {
            "result": values["result"],
            "conclusion": str(Conclusion(conclusion).label) if conclusion else "",
            "conclusion_reason": values["conclusion_reason"],
            "performed_otherwise": values["performed_otherwise"],
            "decision": "\n".join(lines),
        }


class MeasureForm(forms.Form):
    """One measure: what, who, by when."""

    action_id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    description = forms.CharField(
        label=_("What is to be done"), required=False, widget=forms.Textarea(attrs={"rows": 2, "cols": 40})
    )
    responsible = forms.ModelChoiceField(label=_("Who"), queryset=User.objects.none(), required=False, empty_label=_("Choose"))
    due_on = DayField(label=_("By when"), required=False)

    def __init__(self, *args: Any, people: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        responsible = self.fields["responsible"]
        assert isinstance(responsible, forms.ModelChoiceField)
        responsible.queryset = User.objects.filter(pk__in=[pk for pk, _name in people])
        # The rows share one list of people: a query each would make the page slower with every action.
        responsible.widget.choices = [("", gettext("Choose")), *people]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        asked_for = values.get("due_on") or values.get("responsible")
        if asked_for and not (values.get("description") or "").strip() and not values.get("DELETE"):
            self.add_error("description", gettext("Write what is to be done."))
        return values

    def as_measure(self) -> Measure | None:
        """Return the measure; None for an empty row and one ticked for removal."""
        values = self.cleaned_data
        if values.get("DELETE") or not values.get("description", "").strip():
            return None
        responsible: User | None = values.get("responsible")
        return Measure(
            values["description"], responsible.pk if responsible else None, values.get("due_on"), values.get("action_id")
        )


class MeasureFormSet(forms.BaseFormSet):
    def measures(self) -> list[Measure]:
        return [measure for form in self.forms if (measure := form.as_measure()) is not None]


def measure_forms(follow_up: FollowUp, data: Any = None) -> MeasureFormSet:
    """Return the rows of the open measures, with an empty one to fill in."""
    factory: Any = forms.formset_factory(
        MeasureForm, formset=MeasureFormSet, extra=1, can_delete=True, max_num=MAX_MEASURES, absolute_max=MAX_MEASURES + 10
    )
    stored = Decision.of(follow_up.actions.all())
    initial = [
        {"action_id": one.action_id, "description": one.description, "responsible": one.responsible_id, "due_on": one.due_on}
        for one in (stored.measures if stored else ())
    ]
    people = people_of(follow_up)
    formset: MeasureFormSet = factory(data, prefix="measures", initial=initial, form_kwargs={"people": people})
    return formset


def people_of(follow_up: FollowUp) -> list[tuple[int, str]]:
    """Return the people who can be made responsible, and the one who is already.

    They work with controls at the unit, from above or below it.
    """
    named = [action.responsible_id for action in follow_up.actions.all() if action.responsible_id]
    path, today = follow_up.unit.path, clock.today()

    def people(*named: int) -> models.QuerySet[User]:
        return _people_at(path, today, named)

    if len(named) > MOST_NAMED:
        found = list(people(*named))
    else:
        found = rows_once_compiled(("people at", path, today, len(named)), people, *named)
    return [(user.pk, str(user)) for user in found]


MOST_NAMED = 8
"""So many actions of one follow-up are usual."""


def _people_at(path: str, today: date, named: Sequence[int]) -> models.QuerySet[User]:
    above = [path[: end + 1] for end, letter in enumerate(path) if letter == "/" and end]
    working = (
        Membership.objects.filter(role__in=ROLES_OF_VERB[Verb.LOG_FOLLOW_UP])
        .filter(Q(unit__path__in=above) | Q(unit__path__startswith=path))
        .valid_on(today)
    )
    people: models.QuerySet[User] = User.objects.filter(Q(pk__in=named) | Q(is_active=True, pk__in=working.values("user")))
    return people.order_by("name_sort")
