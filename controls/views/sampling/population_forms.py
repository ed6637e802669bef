"""The forms of a population: the file, and the meaning of its columns."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controls.data_files.personal import REASONS
from controls.data_files.questions import Question
from controls.models import Check, Control, Population, PopulationSource
from controls.models.control_unit import possible_units
from controls.sampling.populations.verbs import Columns, why_no_groups
from riskreg.access.sight import units_where
from riskreg.access.verbs import Verb
from riskreg.models import Unit, User
from riskreg.web.kept_uploads import KeptUpload


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "CSV, JSON or JSON Lines (also compressed, .csv.gz or .zip with one file), Excel, OpenDocument or Parquet. A row of "
            "headings, then a row for each item; in JSON a list of records, in JSON Lines a record a line."
        ),
    )
    sheet = forms.CharField(
        label=gettext_lazy("Sheet"),
        max_length=100,
        required=False,
        help_text=gettext_lazy(
            "For a workbook with several sheets: which one is read, hidden or not. Empty: the first one that is shown and holds "
            "something."
        ),
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For instance: Supplier invoices January–August. Empty: the file's name."),
    )
    source = forms.ModelChoiceField(
        label=gettext_lazy("Saved source"),
        queryset=PopulationSource.objects.none(),
        required=False,
        empty_label=gettext_lazy("None: I choose the columns"),
        help_text=gettext_lazy("The columns are then chosen as last time."),
    )
    source_system = forms.CharField(
        label=gettext_lazy("Where from"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("System, report and selection, so that somebody else could take out the same file."),
        error_messages={
            "required": gettext_lazy(
                "Say which system the file was taken from, and how. For instance: Raindance, report of supplier invoices, "
                "January–August, all accounts."
            )
        },
    )
    occasion = forms.ModelChoiceField(
        label=gettext_lazy("Check"), queryset=Check.objects.none(), required=False, empty_label=gettext_lazy("None in particular")
    )
    unit = forms.ModelChoiceField(label=gettext_lazy("Unit"), queryset=Unit.objects.none(), empty_label=None)

    def __init__(self, *args: Any, control: Control, user: User, kept: KeptUpload | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        self.kept = kept
        if kept is not None:
            fields["file"].required, fields["file"].label = False, _("Another file instead")
        prepared = Unit.objects.filter(units_where(user, Verb.PREPARE_SAMPLE))
        units = prepared.filter(pk=control.risk.unit_id)
        if control.risk.is_municipality_wide:
            units = units | prepared.filter(pk__in=possible_units(control.risk.plan.unit.root_path).values("pk"))
        fields["unit"].queryset = units.distinct()
        fields["source"].queryset = PopulationSource.objects.visible_to(user)
        fields["occasion"].queryset = Check.objects.visible_to(user).filter(control=control)
        if len(fields["unit"].queryset) == 1:
            self.initial["unit"] = fields["unit"].queryset[0].pk
            fields["unit"].widget = forms.HiddenInput()
        for optional in ("source", "occasion"):
            if not fields[optional].queryset.exists():
                del fields[optional]
        fields["source_system"].required = "source" not in fields
        fields["source_system"].sometimes_demanded = True

    def clean(self) -> dict[str, Any]:
        given, fields = super().clean() or {}, self.fields
        if "source" in fields and not given.get("source_system", "").strip() and not given.get("source"):
            self.add_error("source_system", fields["source_system"].error_messages["required"])
        return given


class SheetForm(forms.Form):
    """The sheets of a workbook that were not read; `hidden` are those among them that the file does not show."""

    sheet = forms.ChoiceField(label=gettext_lazy("Sheet"))

    def __init__(self, *args: Any, sheets: Sequence[str], hidden: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        labels = [(name, _("%(sheet)s (hidden in the file)") % {"sheet": name} if name in hidden else name) for name in sheets]
        fields["sheet"].choices = [("", _("Choose a sheet")), *labels]


class ColumnsForm(forms.Form):
    key = forms.MultipleChoiceField(
        label=gettext_lazy("Key"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "The column, or columns together, that tell every item from every other, and would year after year."
        ),
        error_messages={"required": gettext_lazy("Choose the column, or columns, that tell the items apart.")},
    )
    amount = forms.ChoiceField(
        label=gettext_lazy("Amount"),
        required=False,
        help_text=gettext_lazy("For sums, for a draw by amount, and for large items taken whole."),
    )
    stratum = forms.ChoiceField(
        label=gettext_lazy("Groups"),
        required=False,
        help_text=gettext_lazy("For a draw divided among departments, types of purchase and the like. Not personal data."),
    )
    personal = forms.MultipleChoiceField(
        label=gettext_lazy("Personal data"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "These columns are weeded from the sampled items when the retention time is over. Proposed are those that seem to "
            "hold personal data, with why; correct the choice."
        ),
    )

    def __init__(self, *args: Any, population: Population, **kwargs: Any) -> None:
        kwargs.setdefault(
            "initial",
            {
                "key": population.key_columns,
                "amount": population.amount_column,
                "stratum": population.stratum_column,
                "personal": population.personal_columns,
            },
        )
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        names = [(name, name) for name in population.columns]
        fields["key"].choices = names
        seems = {name: str(REASONS[code]) for name, code in population.profile.get("personal", {}).items()}
        fields["personal"].choices = [(name, f"{name} ({seems[name]})" if name in seems else name) for name, _name in names]
        rows, described = (
            population.profile.get("rows", 0),
            {each["name"]: each for each in population.profile.get("columns", [])},
        )
        numbers = [(name, name) for name, _name in names if described[name]["numbers"] >= 0.5 * rows]
        groups = [(name, name) for name, _name in names if described[name]["distinct"] <= 250]
        fields["amount"].choices = [("", _("No amounts")), *_with(numbers, population.amount_column)]
        fields["stratum"].choices = [("", _("No groups")), *_with(groups, population.stratum_column)]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        refusal = why_no_groups(given.get("stratum", ""), given.get("personal", []))
        if refusal:
            self.add_error("stratum", refusal)
        return given

    def columns(self) -> Columns:
        given = self.cleaned_data
        return Columns(tuple(given["key"]), given["amount"], given["stratum"], tuple(given["personal"]))


class QuestionsForm(forms.Form):
    """What the file leaves open: a question a field, each with its choices and what they give."""

    def __init__(self, *args: Any, questions: Sequence[Question], **kwargs: Any) -> None:
        kwargs.setdefault("initial", {question.code: question.choice for question in questions})
        super().__init__(*args, **kwargs)
        for question in questions:
            self.fields[question.code] = forms.ChoiceField(
                label=question.message,
                choices=[(choice, question.option(choice)) for choice in question.choices],
                widget=forms.RadioSelect,
                error_messages={"required": _("Choose an answer.")},
            )


def _with(choices: list[tuple[str, str]], chosen: str) -> list[tuple[str, str]]:
    """Return the choices with the chosen one among them."""
    return choices if not chosen or (chosen, chosen) in choices else [*choices, (chosen, chosen)]
