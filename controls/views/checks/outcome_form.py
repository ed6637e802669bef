"""The forms that ask what a check came to: in time, and afterwards."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controls.evidence.field import EvidenceField
from controls.models.check import CONCLUSIONS
from controls.templatetags.conclusions import conclusion_choices
from riskreg import clock
from riskreg.verbs.concurrency import VersionField
from riskreg.web.asking import AskingForm
from riskreg.web.form_fields import DayField


class OutcomeForm(AskingForm):
    """Ask what a check came to."""

    conclusion = forms.ChoiceField(label=gettext_lazy("Conclusion"), widget=forms.RadioSelect(attrs={"class": "choice"}))
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("What was examined and what it showed. Needed where there was a deviation."),
    )
    performed_on = DayField(label=gettext_lazy("Performed on"))
    version = VersionField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("performed_on", clock.today())
        known = {one.value for one in CONCLUSIONS}
        cast(forms.ChoiceField, self.fields["conclusion"]).choices = [
            (value, label) for value, label in conclusion_choices() if value in known
        ]


class CompleteForm(OutcomeForm):
    evidence = EvidenceField(label=gettext_lazy("Add files"), required=False)


class LateForm(OutcomeForm):
    note = forms.CharField(
        label=gettext_lazy("Note"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Why it was performed so late, what was examined and what it showed."),
    )
    evidence = EvidenceField(label=gettext_lazy("Add files"), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors and given.get("evidence"):
            # A browser does not send them again by itself.
            self.add_error("evidence", _("Nothing is recorded yet, and no file kept: choose the files again."))
        return given
