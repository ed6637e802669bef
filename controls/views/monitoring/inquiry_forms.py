"""The forms of inquiries: what was asked, what came of it, and how long it is waited for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from controls.evidence.field import EvidenceField
from controls.follow_ups.people import performers_at
from controls.models import Inquiry
from controls.monitoring.inquiries.verbs import USUAL_DAYS
from riskreg import clock
from riskreg.access.sight import units_where
from riskreg.access.verbs import Verb
from riskreg.models import Unit, User
from riskreg.verbs.concurrency import VersionField
from riskreg.web.asking import AskingForm, VersionedReasonForm
from riskreg.web.form_fields import DayField


def convictions_words() -> str:
    """Return what every form about inquiries says of convictions."""
    return _(
        "Never write about convictions or suspicions of crime, and keep no file that tells of them. Of an extract of criminal "
        "records only that it was asked for, and what came of it."
    )


class AskForm(AskingForm):
    """What was asked, of whom, and when."""

    kind = forms.ChoiceField(label=gettext_lazy("What is asked"), choices=[("", "–"), *Inquiry.Kind.choices])
    asked_of = forms.ChoiceField(label=gettext_lazy("Asked of"), choices=[("", "–"), *Inquiry.AskedOf.choices])
    asked_name = forms.CharField(
        label=gettext_lazy("Who, more precisely"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Authority, company or person that was asked. No personal number."),
    )
    question = forms.CharField(
        label=pgettext_lazy("inquiry", "The question"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 50}),
        help_text=gettext_lazy("What is to be found out, and how it was asked: by e-mail, telephone, letter."),
    )
    asked_on = DayField(label=pgettext_lazy("inquiry", "Asked"))
    due_on = DayField(
        label=gettext_lazy("Answer expected"), help_text=gettext_lazy("After that day whoever waits for it is reminded.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = clock.today()
        self.initial["asked_on"], self.initial["due_on"] = today, today + timedelta(USUAL_DAYS)

    def remarks(self) -> list[str]:
        sent = _("Nothing is sent from here: record the question that you have put.")
        return [sent, convictions_words()]


class CompanyAskForm(AskForm):
    """The same about a company, at one of the units where the user weighs alerts."""

    unit = forms.ModelChoiceField(
        label=gettext_lazy("Unit"),
        queryset=Unit.objects.none(),
        empty_label=None,
        help_text=gettext_lazy("Whoever may read the unit's registers reads the inquiry."),
    )
    field_order = ("unit",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["unit"].queryset = Unit.objects.filter(units_where(self.by, Verb.WEIGH_ALERT)).order_by("path")


class ConcludeForm(AskingForm):
    """What came of the question. Of criminal records there is no room for words and files."""

    outcome = forms.ChoiceField(label=gettext_lazy("Outcome"), widget=forms.RadioSelect)
    answered_on = DayField(
        label=gettext_lazy("Answered"), help_text=gettext_lazy("Without an answer: the day on which you stopped waiting.")
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 50}),
        help_text=gettext_lazy("What the answer says of what was asked. No personal number."),
    )
    evidence = EvidenceField(label=gettext_lazy("The answer as a file"), required=False)
    version = VersionField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        outcomes = Inquiry.Outcome.choices
        if not self.subject.takes_words:
            left_out = (Inquiry.Outcome.UNCLEAR, Inquiry.Outcome.NOT_GIVEN)
            outcomes = [choice for choice in outcomes if choice[0] not in left_out]
            del fields["note"], fields["evidence"]
        fields["outcome"].choices = outcomes
        self.initial["answered_on"] = clock.today()

    def remarks(self) -> list[str]:
        return [convictions_words()]


class WaitForm(AskingForm):
    due_on = DayField(label=gettext_lazy("Answer expected"))
    version = VersionField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["due_on"] = max(clock.today(), self.subject.due_on) + timedelta(USUAL_DAYS)

    def remarks(self) -> list[str]:
        return [_("Remind whoever was asked first: nothing is sent from here.")]


class WaiterForm(AskingForm):
    responsible = forms.ModelChoiceField(label=gettext_lazy("Waits for it"), queryset=User.objects.none())
    version = VersionField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["responsible"].queryset = performers_at(self.subject.unit)
        self.initial["responsible"] = self.subject.responsible_id


class ReopenForm(VersionedReasonForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.subject.takes_words:
            del self.fields["reason"]

    def remarks(self) -> list[str]:
        return [_("The outcome is emptied; the history keeps what it was.")]


def recorded_words(_subject: Any, inquiry: Inquiry) -> str:
    """Return what is told when an inquiry is recorded."""
    return _("Recorded: %(inquiry)s. Asked: %(whom)s.") % {"inquiry": inquiry, "whom": inquiry.whom}
