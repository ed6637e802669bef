"""The verbs of populations and samples that ask first: their questions and messages."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from controls.models import Sample, SampleItem
from controls.sampling.drawing.verbs import extend, reopen, replace
from controls.sampling.gate import POPULATIONS, SAMPLES, VERB_LABELS
from controls.sampling.populations.verbs import hold, release, retain, save_source
from controls.views.sampling.seen import crumbs_below, crumbs_of, seen_population, seen_sample
from riskreg.access.grants import may
from riskreg.access.verbs import Verb
from riskreg.models import User
from riskreg.web.asking import AskingForm, Place, ReasonForm, RecordVerb, ask, by_name
from riskreg.web.form_fields import DayField, ReasonField

# Populations


class HoldForm(ReasonForm):
    reason = ReasonField(help_text=gettext_lazy("A dispute, an audit, a decision: why it is kept past its time, or no longer."))


class RetainForm(ReasonForm):
    until = DayField(label=gettext_lazy("Kept until"))
    field_order = ("until", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["until"] = self.subject.retained_until


class SourceForm(AskingForm):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        help_text=gettext_lazy("The next file of this kind gets the same columns. The same name again replaces the source."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["name"] = self.subject.source


def _population_verb(name: str, act: Any, form: type[AskingForm], words: Any) -> RecordVerb:
    return RecordVerb(name, VERB_LABELS[name], act, form=form, why_not=POPULATIONS.why_not, said=words)


POPULATION_VERBS = by_name(
    _population_verb(
        "hold",
        hold,
        HoldForm,
        lambda *_both: _("The population is on legal hold: it is kept until the hold is released."),
    ),
    _population_verb("release", release, HoldForm, lambda *_both: _("The legal hold is released.")),
    _population_verb("retain", retain, RetainForm, lambda *_both: _("The population is kept until the day you chose.")),
    _population_verb(
        "save_source",
        save_source,
        SourceForm,
        lambda _asked, source: _("“%(name)s” is saved. Choose it at the next upload.") % {"name": source},
    ),
)


@require_http_methods(["GET", "HEAD", "POST"])
def population_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponseBase:
    """Hold, release or retain the population, or save the choice of its columns under a name."""
    found = seen_population(cast(User, request.user), pk)
    risk = found.control.risk
    crumbs = [(risk.title, risk.get_absolute_url()), (found.name, found.get_absolute_url())]
    return ask(request, POPULATION_VERBS[verb], found, Place(found.get_absolute_url(), found.name, crumbs))


# Samples


class EventSeedForm(AskingForm):
    """Ask for the digits of a public event, and which it was."""

    seed = forms.CharField(
        label=gettext_lazy("Digits"),
        max_length=600,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=gettext_lazy(
            "At least 20 digits, for instance from ten-sided dice thrown in front of witnesses. Spaces and dashes do not count."
        ),
    )
    event = forms.CharField(label=gettext_lazy("Event, place and witnesses"), max_length=500)


class ExtendForm(ReasonForm):
    """Ask how many items more, and of which group; groups may be names of people."""

    stratum = forms.ChoiceField(label=gettext_lazy("Group"))
    count = forms.IntegerField(
        label=gettext_lazy("Number of items"),
        min_value=1,
        max_value=999_999,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 5, "autocomplete": "off"}),
    )
    field_order = ("stratum", "count", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        by_group = self.subject.method == Sample.Method.STRATIFIED
        if by_group and may(self.by, Verb.PREPARE_SAMPLE, self.subject.population.unit):
            cast(Any, self.fields["stratum"]).choices = [(group, group) for group in self.subject.design.get("strata", {})]
        else:
            del self.fields["stratum"]

    def remarks(self) -> list[str]:
        return [
            _(
                "The next items in turn join the sample. A sample that is extended because of what it showed is evaluated as "
                "what it was planned to be, and the evaluation says so."
            )
        ]


class ReplaceForm(ReasonForm):
    def remarks(self) -> list[str]:
        return [
            _(
                "An item that does not belong to what is examined, such as a cancelled invoice, is replaced by the next in "
                "turn. An item that cannot be found is no reason: it could not be examined, and counts as a deviation."
            )
        ]


def _extension_words(_sample: Sample, items: list[SampleItem]) -> str:
    words = ngettext("%(count)d item was added, the next in turn.", "%(count)d items were added, the next in turn.", len(items))
    return words % {"count": len(items)}


def _replacement_words(old: SampleItem, new: SampleItem) -> str:
    numbers = {"old": old.position, "new": new.position}
    return _("Item %(old)d is replaced by item %(new)d, the next in turn.") % numbers


SAMPLE_VERBS = by_name(
    RecordVerb("extend", VERB_LABELS["extend"], extend, form=ExtendForm, said=_extension_words, why_not=SAMPLES.why_not),
    RecordVerb(
        "reopen",
        VERB_LABELS["reopen"],
        reopen,
        form=ReasonForm,
        why_not=SAMPLES.why_not,
        said=lambda _asked, _done: _("The sample is open again."),
    ),
)
REPLACE = RecordVerb(
    "replace",
    VERB_LABELS["replace"],
    replace,
    form=ReplaceForm,
    said=_replacement_words,
    goes_to=lambda new: reverse("sample_item", args=[new.sample_id, new.position]),
    why_not=lambda item, verb, user: SAMPLES.why_not(item.sample, verb, user),
)


@require_http_methods(["GET", "HEAD", "POST"])
def sample_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponseBase:
    """Extend the sample, or reopen it."""
    found = seen_sample(cast(User, request.user), pk)
    return ask(request, SAMPLE_VERBS[verb], found, place_of(found))


@require_http_methods(["GET", "HEAD", "POST"])
def sample_replace(request: HttpRequest, pk: int, number: int) -> HttpResponseBase:
    """Replace item `number` by the next ticket, and go on to the new item."""
    found = seen_sample(cast(User, request.user), pk)
    item = get_object_or_404(SampleItem, sample=found, position=number)
    item.sample = found
    page, subject = reverse("sample_item", args=[pk, number]), _("Item %(number)d") % {"number": number}
    return ask(request, REPLACE, item, Place(page, subject, crumbs_below(found)))


def place_of(sample: Sample) -> Place:
    """Return where a verb of the sample is asked for."""
    return Place(sample.get_absolute_url(), str(sample.population), crumbs_of(sample))
