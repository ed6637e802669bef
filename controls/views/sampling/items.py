"""The items of a sample: the list, one item's outcome, and the evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods, require_safe

from controls.checks.evidence import attach_to_check
from controls.evidence.field import EvidenceField
from controls.follow_ups.evidence import attach
from controls.models import Check, Sample, SampleItem
from controls.sampling.samples import appraisal, appraisal_words, outcomes
from controls.sampling.samples.outcomes import Found, Taken
from controls.sampling.settled import backed_by
from controls.views.sampling.seen import crumbs_below, seen_sample
from riskreg.access.grants import may
from riskreg.access.verbs import Verb
from riskreg.models import User
from riskreg.templatetags.presentation import mark
from riskreg.web.asking import REFUSALS, add_refusal, words_of
from riskreg.web.number_field import NumberField

PER_PAGE = 100
CELLS_SHOWN = 4
MARKS = {
    SampleItem.Outcome.PENDING: ("none", "○"),
    SampleItem.Outcome.OK: ("low", "✓"),
    SampleItem.Outcome.DEVIATION: ("critical", "✕"),
    SampleItem.Outcome.NOT_EXAMINED: ("guard", "–"),
}


class OutcomeForm(forms.Form):
    """The outcome of one item."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("Outcome"), choices=SampleItem.Outcome.choices, widget=forms.RadioSelect(attrs={"class": "choice"})
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=outcomes.MAX_NOTE,
        help_text=gettext_lazy("What deviates, or why it could not be examined."),
        widget=forms.Textarea(attrs={"rows": 3, "cols": 40}),
    )
    correct_amount = NumberField(
        unit="kr", size=12, label=gettext_lazy("Correct amount"), required=False, max_digits=20, decimal_places=4
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    evidence = EvidenceField(label=gettext_lazy("Add files"), required=False)

    def found(self) -> Found:
        values = self.cleaned_data
        return Found(values["outcome"], values["note"], values["correct_amount"])


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item as a row of the list."""

    item: SampleItem
    cells: list[tuple[str, str]]
    more: list[tuple[str, str]]
    tone: str
    symbol: str


def _rows(items: Sequence[SampleItem], sample: Sample) -> list[ItemRow]:
    """Return the rows of the list; for a draw by amount the amount comes first, as the correct one is compared with it."""
    keys, first = set(sample.population.key_columns), ""
    if sample.method == Sample.Method.MONETARY:
        first = sample.population.amount_column
    rows = []
    for item in items:
        cells = [(name, value) for name, value in item.cells.items() if value and not (name in keys and len(keys) == 1)]
        cells.sort(key=lambda cell: cell[0] != first)
        tone, symbol = MARKS[SampleItem.Outcome(item.outcome)]
        rows.append(ItemRow(item, cells[:CELLS_SHOWN], cells[CELLS_SHOWN:], tone, symbol))
    return rows


@require_safe
def sample_items(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the items in the order they were drawn, with their outcomes, and the evaluation."""
    user = cast(User, request.user)
    sample = seen_sample(user, pk, right=Verb.READ_POPULATION)
    every = list(
        SampleItem.objects.filter(sample=sample)
        .exclude(kind=SampleItem.Kind.RESERVE)
        .select_related("examined_by", "replaces")
        .order_by("position")
    )
    gone = {item.replaces_id for item in every if item.replaces_id}
    listed = [item for item in every if item.pk not in gone]
    only = request.GET.get("show", "")
    if only in SampleItem.Outcome.values:
        listed = [item for item in listed if item.outcome == only]
    page = Paginator(listed, PER_PAGE).get_page(request.GET.get("page"))
    seen = appraisal.appraise(sample, every)
    context = {
        **_evaluation_context(seen),
        "title": sample.population.name,
        "crumbs": crumbs_below(sample),
        "sample": sample,
        "page_obj": page,
        "rows": _rows(list(page), sample),
        "only": only,
        "shows": [("", _("All")), *SampleItem.Outcome.choices],
        "may_log": outcomes.may_log(sample, user),
        "may_verify": may(user, Verb.VERIFY, sample.population.unit),
        "may_prepare": may(user, Verb.PREPARE_SAMPLE, sample.population.unit),
        "backed": backed_by(sample),
        "by_amount": sample.method == Sample.Method.MONETARY,
        "outcomes": [
            (SampleItem.Outcome.OK, SampleItem.Outcome.OK.label, pgettext("key", "O")),
            (SampleItem.Outcome.DEVIATION, SampleItem.Outcome.DEVIATION.label, pgettext("key", "D")),
            (SampleItem.Outcome.NOT_EXAMINED, _("Could not"), pgettext("key", "C")),
        ],
        "keys": {"next": pgettext("key", "N"), "note": pgettext("key", "T"), "evidence": pgettext("key", "E")},
    }
    return TemplateResponse(request, "controls/sample/items.html", context)


def _evaluation_context(seen: appraisal.Appraisal) -> dict[str, Any]:
    """Return the context of the evaluation's part of a page."""
    title, sentence = appraisal_words.verdict(seen)
    tone, symbol = appraisal_words.tone(seen)
    return {
        "seen": seen,
        "verdict": title,
        "sentence": sentence,
        "tone": tone,
        "symbol": symbol,
        "facts": appraisal_words.facts(seen),
        "remarks": appraisal_words.remarks(seen),
        "plot": appraisal_words.LimitPlot.of(seen),
    }


@require_safe
def sample_evaluation(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the evaluation: as a fragment for the list's script (X-Fragment), else as a page of its own."""
    sample = seen_sample(cast(User, request.user), pk, right=Verb.READ_POPULATION)
    context = _evaluation_context(appraisal.appraise(sample))
    if request.headers.get("X-Fragment"):
        return TemplateResponse(request, "controls/sample/evaluation.html", context)
    crumbs = [*crumbs_below(sample), (_("Items"), reverse("sample_items", args=[sample.pk]))]
    page = {"title": _("What the sample shows"), "crumbs": crumbs, "sample": sample, **context}
    return TemplateResponse(request, "controls/sample/evaluation_page.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
def sample_item(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Show one item with all its columns and its form (GET), or save its outcome (POST).

    The list's script asks for JSON: the saved outcome and the progress, or the refusal with what the other wrote. Without
    it the page answers, and leads on to the next item that is not examined.
    """
    user = cast(User, request.user)
    if request.method == "POST":
        return _log(request, user, pk, number)
    sample = seen_sample(cast(User, request.user), pk, right=Verb.READ_POPULATION)
    item = _item(sample, number)
    form = OutcomeForm(
        initial={
            "outcome": item.outcome,
            "note": item.note,
            "version": item.version,
            "correct_amount": None if item.correct_amount is None else item.correct_amount.normalize(),
        }
    )
    return _item_page(request, sample, item, form)


def _item(sample: Sample, number: int) -> SampleItem:
    items = SampleItem.objects.filter(sample=sample).exclude(kind=SampleItem.Kind.RESERVE)
    item = get_object_or_404(items.select_related("examined_by", "replaces", "replaced_by"), position=number)
    item.sample = sample
    return item


def _item_page(
    request: HttpRequest, sample: Sample, item: SampleItem, form: OutcomeForm, *, taken: Taken | None = None, status: int = 200
) -> HttpResponse:
    user = cast(User, request.user)
    is_current = not hasattr(item, "replaced_by")
    context = {
        "title": _("Item %(number)d: %(key)s") % {"number": item.position, "key": item.key or item.leaf[:12]},
        "crumbs": [*crumbs_below(sample), (_("Items"), reverse("sample_items", args=[sample.pk]))],
        "sample": sample,
        "item": item,
        "row": _rows([item], sample)[0],
        "cells": list(item.cells.items()),
        "form": form,
        "conflict": taken.rows() if taken else [],
        "may_log": is_current and outcomes.may_log(sample, user),
        "may_prepare": is_current and may(user, Verb.PREPARE_SAMPLE, sample.population.unit),
        "has_amount": item.amount is not None,
        "files": item.evidence.visible_to(user),
        "may_attach": backed_by(sample) is not None,
    }
    return TemplateResponse(request, "controls/sample/item.html", context, status=status)


def _log(request: HttpRequest, user: User, pk: int, number: int) -> HttpResponse:
    wants_json = "application/json" in request.headers.get("Accept", "")
    related = ("sample__population__unit", "sample__population__control__risk", "sample__follow_up__closing", "examined_by")
    items = SampleItem.objects.visible_to(user).exclude(kind=SampleItem.Kind.RESERVE).select_related(*related)
    item = get_object_or_404(items, sample=pk, position=number)
    form = OutcomeForm(request.POST, request.FILES)
    if not form.is_valid():
        return _refusal_json(form) if wants_json else _item_page(request, item.sample, item, form, status=400)
    try:
        saved = outcomes.log(item, by=user, found=form.found(), version=form.cleaned_data["version"])
    except Taken as taken:
        if wants_json:
            return _taken_json(taken)
        form.data = form.data.copy()  # type: ignore[attr-defined]
        form.data["version"] = str(taken.item.version)  # type: ignore[index]
        form.add_error(None, str(taken))
        return _item_page(request, item.sample, taken.item, form, taken=taken, status=409)
    except REFUSALS as refusal:
        status = add_refusal(form, refusal)
        if isinstance(refusal, ValidationError):
            return _refusal_json(form) if wants_json else _item_page(request, item.sample, item, form, status=400)
        if wants_json:
            return JsonResponse({"errors": [str(refusal)]}, status=status)
        return _item_page(request, item.sample, item, form, status=status)
    _attach_all(request, saved, user, form.cleaned_data["evidence"])
    if wants_json:
        return _saved_json(saved)
    pending = SampleItem.objects.filter(sample=item.sample_id, outcome=SampleItem.Outcome.PENDING).in_sample()
    following = pending.order_by("position").first()
    messages.success(
        request, _("Item %(number)d is saved: %(outcome)s.") % {"number": saved.position, "outcome": saved.get_outcome_display()}
    )
    if following is None:
        return redirect("sample_items", item.sample_id)
    return redirect("sample_item", item.sample_id, following.position)


def _attach_all(request: HttpRequest, item: SampleItem, user: User, files: list[Any]) -> None:
    backed = backed_by(item.sample) if files else None
    for file in files:
        try:
            if isinstance(backed, Check):
                attach_to_check(backed, by=user, file=file, item=item)
            elif backed is not None:
                attach(backed, by=user, file=file, item=item)
        except REFUSALS as refusal:
            messages.warning(request, words_of(refusal))


def _saved_json(item: SampleItem) -> JsonResponse:
    progress = outcomes.progress_of(item.sample)
    tone, symbol = MARKS[SampleItem.Outcome(item.outcome)]
    return JsonResponse(
        {
            "number": item.position,
            "version": item.version,
            "outcome": item.outcome,
            "tag": mark(tone, symbol, item.get_outcome_display()),
            "who": str(item.examined_by or ""),
            "said": _("Item %(number)d: %(outcome)s. %(examined)d of %(total)d examined.")
            % {
                "number": item.position,
                "outcome": item.get_outcome_display(),
                "examined": progress.examined,
                "total": progress.total,
            },
            "examined": progress.examined,
            "total": progress.total,
        }
    )


def _refusal_json(form: forms.Form) -> JsonResponse:
    errors = [
        message if field == "__all__" else f"{form.fields[field].label}: {message}"
        for field, found in form.errors.items()
        for message in found
    ]
    return JsonResponse({"errors": errors}, status=400)


def _taken_json(taken: Taken) -> JsonResponse:
    table = render_to_string("components/conflict.html", {"conflict": taken.rows()})
    return JsonResponse({"errors": [str(taken)], "conflict": table, "version": taken.item.version}, status=409)
