"""The guide to a sample's size."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from controls.models import Sample
from controls.sampling.samples import planning
from controls.sampling.statistics.design import asked_of
from controls.sampling.words import design
from controls.views.sampling.design_form import DesignForm, initial_of, presets_prove
from controls.views.sampling.seen import crumbs_of, seen_population, seen_sample
from riskreg.access.grants import may
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import User
from riskreg.verbs.concurrency import version_of
from riskreg.web.asking import REFUSALS, add_refusal, press


@require_POST
def sample_begin(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Begin the sample of a locked population, or redirect to the existing one."""
    user = cast(User, request.user)
    population = seen_population(user, pk)
    return press(
        request,
        lambda: planning.begin(population, by=user),
        back=population,
        goes_to=lambda sample: reverse("sample_design", args=[sample.pk]),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def sample_design(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the guide; POST act=preview shows the result of the inputs and writes nothing, act=keep saves them.

    A preview asked for by the page's script (X-Fragment) is answered by that part of the page alone.
    """
    user = cast(User, request.user)
    # The guide names the groups, which may be names of people.
    sample = seen_sample(user, pk, right=Verb.READ_POPULATION)
    may_prepare = may(user, Verb.PREPARE_SAMPLE, sample.population.unit)
    frame = planning.frame_of(sample.population)
    asked = asked_of(sample.design)
    status = 200
    if request.method == "POST":
        if not may_prepare:
            raise NotPermitted(Verb.PREPARE_SAMPLE)
        form = DesignForm(request.POST, frame=frame)
        if form.is_valid() and request.POST.get("act") == "keep" and form.design is not None:
            try:
                planning.keep_design(sample, by=user, asked=form.design.asked, version=form.cleaned_data["version"])
            except REFUSALS as refusal:
                status = add_refusal(form, refusal)
            else:
                messages.success(request, _("The plan for the sample is kept. Next comes the draw."))
                return redirect(sample)
    else:
        # The kept inputs, or the usual ones, are calculated at once: the page opens with an answer.
        initial = {**initial_of(asked, frame), "version": version_of(sample)}
        form = DesignForm(initial, frame=frame)
        form.is_valid()
    context: dict[str, Any] = {
        "title": _("How many items?"),
        "crumbs": crumbs_of(sample),
        "sample": sample,
        "form": form,
        "may_change": may_prepare and sample.state == Sample.State.DESIGNED,
        "shown": design.describe_design(form.design) if form.design is not None else None,
        "presets": presets_prove(),
        "is_checked": request.method == "POST",
    }
    if request.headers.get("X-Fragment"):
        return TemplateResponse(request, "controls/sample/size.html", context)
    return TemplateResponse(request, "controls/sample/design.html", context, status=status)
