"""The words of a design's choices: how the size is decided, by which custom, how it is divided, and what it is calculated as."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from controls.sampling.statistics.design import Division, Kind
from controls.sampling.statistics.size import Model

KIND_LABELS = {
    Kind.ATTRIBUTES: _("Calculated: how sure, and how much is acceptable"),
    Kind.TWO_STAGES: _("In two stages: more only if a deviation turns up"),
    Kind.PRESET: _("By custom, from how often the control is performed"),
    Kind.DISCOVERY: _("To find at least one of a few critical items"),
    Kind.MONETARY: _("By amount: every krona has the same chance"),
    Kind.FIXED: _("A number of your own"),
    Kind.ALL: _("Every item"),
}
PRESET_LABELS = {
    "yearly": _("Once a year: 1 of 1"),
    "quarterly": _("Every quarter: 2 of 4"),
    "monthly": _("Every month: 2 of 12"),
    "weekly": _("Every week: 15 of 52"),
    "daily_25": _("Every day: 25"),
    "often_45": _("Many times a day: 45"),
    "often_60": _("Many times a day, larger risk: 60"),
}
DIVISION_LABELS = {
    Division.NONE: _("Not divided"),
    Division.PROPORTIONAL: _("As the population is divided"),
    Division.NEYMAN: _("More where more is uncertain (state the share of deviations you know from before)"),
    Division.STATED: _("As stated for each group"),
}
MODEL_LABELS = {
    Model.BINOMIAL.value: _("a draw from a large population (binomial)"),
    Model.HYPERGEOMETRIC.value: _("a draw from a population of known size (hypergeometric)"),
    Model.POISSON.value: _("a draw by amount (Poisson)"),
}
