"""The forms of a register: what it is, a file for it, and which of its columns is which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controls.models import Register
from controls.models.register import LONGEST_MONTHS, default_retention
from controls.monitoring.kinds import KINDS
from controls.monitoring.registers.verbs import Described
from riskreg import clock
from riskreg.access.sight import units_where
from riskreg.access.verbs import Verb
from riskreg.models import Unit, User
from riskreg.web.asking import AskingForm
from riskreg.web.form_fields import DayField
from riskreg.web.kept_uploads import KeptUpload


def _name_field() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Name"), max_length=120, help_text=gettext_lazy("For instance: Suppliers of the municipality.")
    )


def _source_field() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Where from"),
        max_length=200,
        help_text=gettext_lazy("System, report and selection, so that somebody else could take out the same file."),
    )


def _retention_field() -> forms.IntegerField:
    return forms.IntegerField(
        label=gettext_lazy("Months that snapshots are kept"),
        min_value=1,
        max_value=LONGEST_MONTHS,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 5, "autocomplete": "off"}),
        help_text=gettext_lazy("From the day that a snapshot tells of. Then its rows are weeded; that it was there stays."),
    )


def _two_field() -> forms.BooleanField:
    return forms.BooleanField(
        label=gettext_lazy("A second person switches rules on"),
        required=False,
        help_text=gettext_lazy("Whoever proposes a watched rule, or other limits of it, does not switch it on."),
    )


def _months_field() -> forms.IntegerField:
    return forms.IntegerField(
        label=gettext_lazy("Months that are read together"),
        required=False,
        min_value=1,
        max_value=LONGEST_MONTHS,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 5, "autocomplete": "off"}),
        help_text=gettext_lazy(
            "For a supplier ledger that comes in parts, a month or a quarter in each file: how far back rules read them "
            "together, for instance 24. Empty: each file holds the whole time."
        ),
    )


class RegisterForm(forms.Form):
    """A new register."""

    unit = forms.ModelChoiceField(label=gettext_lazy("Unit"), queryset=Unit.objects.none(), empty_label=None)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=Register.Kind.choices,
        help_text=gettext_lazy("It says which columns the product knows, and which checks the register serves."),
    )
    name, source_system, retention_months = _name_field(), _source_field(), _retention_field()
    months_together, takes_two = _months_field(), _two_field()

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["unit"].queryset = Unit.objects.filter(units_where(user, Verb.KEEP_REGISTER)).order_by("path")
        self.initial.setdefault("retention_months", default_retention())

    def described(self) -> Described:
        given = self.cleaned_data
        return Described(**{name: given[name] for name in _DESCRIBED})


_DESCRIBED = ("name", "source_system", "retention_months", "takes_two", "months_together")


class ChangeForm(AskingForm):
    """What a person says of the register."""

    name, source_system, retention_months = _name_field(), _source_field(), _retention_field()
    months_together, takes_two = _months_field(), _two_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.subject.kind != Register.Kind.LEDGER:
            del self.fields["months_together"]
        for name in self.fields:
            self.initial[name] = getattr(self.subject, name)


class FileForm(forms.Form):
    """A file of the register. `kept`: one that an earlier submission stored."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "CSV, JSON or JSON Lines (also compressed, .csv.gz or .zip with one file), Excel, OpenDocument or Parquet, with a "
            "row of headings."
        ),
    )
    as_of = DayField(
        label=gettext_lazy("Day it tells of"),
        help_text=gettext_lazy("The day the file was taken out. An older file takes its place in time among the others."),
    )
    first_day = DayField(
        label=gettext_lazy("First day that it holds"),
        required=False,
        help_text=gettext_lazy("Only where the days of its rows are not to tell which month or quarter the file is about."),
    )
    last_day = DayField(label=gettext_lazy("Last day that it holds"), required=False)
    sheet = forms.CharField(
        label=gettext_lazy("Sheet"),
        max_length=100,
        required=False,
        help_text=gettext_lazy(
            "For a workbook with several sheets: the one that is read. Empty: the first that holds something."
        ),
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=500, required=False)

    def __init__(self, *args: Any, is_part: bool = False, kept: KeptUpload | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept = kept
        if not is_part:
            del self.fields["first_day"], self.fields["last_day"]
        self.initial.setdefault("as_of", clock.today())
        if kept is not None:
            fields: dict[str, Any] = self.fields
            fields["file"].required, fields["file"].label = False, _("Another file instead")


class ColumnsForm(forms.Form):
    """Which heading each known column is read from; of an own register, which columns tell the rows apart."""

    key_columns = forms.MultipleChoiceField(
        label=gettext_lazy("Key"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "The column, or columns together, that tell every row from every other, and would in the next file, too."
        ),
        error_messages={"required": gettext_lazy("Choose the column, or columns, that tell the rows apart.")},
    )

    def __init__(
        self,
        *args: Any,
        register: Register,
        columns: Sequence[str],
        mapping: Mapping[str, str],
        doubtful: Sequence[str],
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("initial", {**mapping, "key_columns": register.key_columns})
        super().__init__(*args, **kwargs)
        self.kind = KINDS[register.kind]
        fields: dict[str, Any] = self.fields
        if self.kind.code == "own":
            fields["key_columns"].choices = [(name, name) for name in columns]
        else:
            del fields["key_columns"]
        gone = [heading for heading in mapping.values() if heading and heading not in columns]
        headings = [("", _("No column")), *((name, name) for name in columns), *((name, name) for name in gone)]
        for each in self.kind.fields:
            if not each.headings:
                continue
            is_key = each.code in self.kind.key[:1]
            guessed = _("Guessed: look that it is right.") if each.code in doubtful else ""
            fields[each.code] = forms.ChoiceField(
                label=each.label,
                choices=headings,
                required=is_key,
                help_text=guessed or (_("It tells the rows apart.") if is_key else ""),
                error_messages={"required": _("Choose the column that tells the rows apart.")},
            )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        by_heading: dict[str, str] = {}
        for each in self.kind.fields:
            heading = given.get(each.code)
            if heading and heading in by_heading and not self.kind.shapes:
                self.add_error(each.code, _("“%(column)s” is chosen twice.") % {"column": heading})
            elif heading:
                by_heading[heading] = each.code
        return given

    def chosen(self) -> dict[str, Any]:
        """Return the arguments of the verb map_columns."""
        given = dict(self.cleaned_data)
        keys = given.pop("key_columns", [])
        return {"mapping": given, "key_columns": keys}
