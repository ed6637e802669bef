"""The form in which a rule is composed: it reads as a sentence, a select or an answer for each of its parts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controls.models import Register
from controls.monitoring.kinds import KINDS
from controls.monitoring.rules.composed.definition import (
    DIFFERENCES,
    LONGEST_NAME,
    WITH,
    WITHOUT,
    Comparison,
    Condition,
    Definition,
    field_label,
    field_type,
    read_amount,
    read_months,
    read_value,
    require_fit,
)
from controls.monitoring.rules.composed.saying import COMPARISONS, typed_value
from controls.views.monitoring.limits_form import WatchForm
from riskreg.numbers import number_text, read_number

WHERE = ("where_1", "where_2")
"""The conditions on the rows, by the beginning of their fields' names."""
_USUAL_MONTHS = 12


def _text(label: Any, size: int, **attributes: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"size": size, "autocomplete": "off", **attributes})
    return forms.CharField(label=label, required=False, widget=widget)


class ComposeForm(forms.Form):
    """What is told of which field, of which rows, and for which companies; what the register cannot be asked is not asked."""

    field = forms.ChoiceField(label=gettext_lazy("Field"))
    comparison = forms.ChoiceField(label=gettext_lazy("What is told of it"))
    value = _text(gettext_lazy("Compared with"), 20)

    def __init__(self, data: Any = None, *, register: Register, fields: list[str], standing: Definition | None = None) -> None:
        super().__init__(data)
        self.kind = KINDS[register.kind]
        named = sorted(((code, field_label(self.kind, code)) for code in fields), key=lambda pair: pair[1].lower())
        # The lines of a ledger have no key by which they could be followed.
        changes = [] if self.kind.code == "ledger" else [one for one in Comparison if one in DIFFERENCES]
        now = [(one.value, COMPARISONS[one]) for one in Comparison if one not in DIFFERENCES]
        self._choices("field", named)
        since = [(_("Since the snapshot before"), [(one.value, COMPARISONS[one]) for one in changes])] if changes else []
        self._choices("comparison", [*since, (_("As it is now"), now)])
        for number, prefix in enumerate(WHERE, start=1):
            said = {"number": number}
            label = _("Condition %(number)s: field") % said
            self.fields[f"{prefix}_field"] = forms.ChoiceField(label=label, required=False, choices=[("", "–"), *named])
            label = _("Condition %(number)s: comparison") % said
            self.fields[f"{prefix}_comparison"] = forms.ChoiceField(label=label, required=False, choices=now)
            self.fields[f"{prefix}_value"] = _text(_("Condition %(number)s: compared with") % said, 20)
        if self.kind.has_identity:
            self._ask_about_companies()
        if standing is not None:
            self.initial = _initial(standing, self)

    def _choices(self, name: str, choices: list[Any]) -> None:
        asked: Any = self.fields[name]
        asked.choices = choices

    def _ask_about_companies(self) -> None:
        if self.kind.code != "suppliers":
            label = _("Only companies that are among the suppliers in use")
            self.fields["is_supplier"] = forms.BooleanField(label=label, required=False)
        if self.kind.code != "agreements":
            choices = [
                ("", _("whether they have an agreement or not")),
                (WITH, _("that have an agreement in force")),
                (WITHOUT, _("that have no agreement in force")),
            ]
            self.fields["agreement"] = forms.ChoiceField(label=_("Only companies"), required=False, choices=choices)
        if self.kind.code != "ledger":
            label = _("Only companies that were paid more than (kronor)")
            self.fields["paid_over"] = _text(label, 10, inputmode="decimal")
            self.fields["paid_months"] = _text(_("in the last months"), 4, inputmode="numeric")
            self.initial["paid_months"] = str(_USUAL_MONTHS)

    def where(self) -> list[tuple[Any, Any, Any]]:
        """Return the fields of each condition, for the page."""
        return [(self[f"{prefix}_field"], self[f"{prefix}_comparison"], self[f"{prefix}_value"]) for prefix in WHERE]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        told = self._condition("")
        where = [self._condition(f"{prefix}_") for prefix in WHERE if given.get(f"{prefix}_field")]
        over, months = self._read("paid_over", read_amount), self._read("paid_months", read_months)
        if told is None or None in where or self.errors:
            return given
        given["definition"] = Definition(
            told,
            tuple(one for one in where if one is not None),
            given.get("agreement", ""),
            "" if over is None else str(over),
            months or _USUAL_MONTHS,
            bool(given.get("is_supplier")),
        )
        return given

    def _condition(self, prefix: str) -> Condition | None:
        """Return the condition whose fields' names begin so; None where it is wrong, which is said at its field."""
        field, comparison = (self.cleaned_data.get(f"{prefix}{name}") for name in ("field", "comparison"))
        if not field or not comparison:
            return None
        how = Comparison(comparison)
        try:
            require_fit(Condition(field, how), self.kind)
        except ValidationError as error:
            self.add_error(f"{prefix}comparison", error)
            return None
        try:
            return Condition(
                field, how, read_value(self.cleaned_data.get(f"{prefix}value", ""), how, field_type(self.kind, field))
            )
        except ValidationError as error:
            self.add_error(f"{prefix}value", error)
            return None

    def _read(self, name: str, read: Any) -> Any:
        typed = self.cleaned_data.get(name, "")
        if not typed:
            return None
        try:
            return read(typed)
        except ValidationError as error:
            self.add_error(name, error)
            return None

    def sent(self) -> list[tuple[str, str]]:
        """Return the names and values that make it what it is, for the form that saves what was tried."""
        return [(name, str(self.data.get(name, ""))) for name in self.fields if self.data.get(name)]


def _initial(standing: Definition, form: ComposeForm) -> dict[str, Any]:
    """Return what the form shows of a rule that is there."""
    found: dict[str, Any] = {}
    for prefix, one in zip(("", *(f"{prefix}_" for prefix in WHERE)), standing.conditions(), strict=False):
        found |= {
            f"{prefix}field": one.field,
            f"{prefix}comparison": one.comparison.value,
            f"{prefix}value": typed_value(one, field_type(form.kind, one.field)),
        }
    paid = read_number(standing.paid_over)
    return found | {
        "agreement": standing.agreement,
        "is_supplier": standing.is_supplier,
        "paid_over": "" if paid is None else number_text(paid),
        "paid_months": str(standing.paid_months),
    }


class SaveForm(WatchForm):
    """What the rule is called, how many alerts it may give at a time, and why. A rule that is there keeps its name."""

    name = forms.CharField(
        label=gettext_lazy("What the rule is called"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_order = ("name",)

    def __init__(self, data: Any = None, *, watch: Any = None) -> None:
        super().__init__(data, watch=watch)
        if watch is not None:
            del self.fields["name"]
