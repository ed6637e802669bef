"""A sample's page: from the design to the draw, its record and its items; and the verbs of the draw."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from controls.models import Sample, SampleItem, SamplingRun
from controls.sampling.drawing import verbs as drawing
from controls.sampling.drawing.shipped import verify_script
from controls.sampling.gate import UNSETTLED
from controls.sampling.samples import outcomes
from controls.sampling.settled import is_settled
from controls.transitions import SAMPLE
from controls.views.sampling.items import MARKS
from controls.views.sampling.population import run_context, start
from riskreg.access.grants import may
from riskreg.access.verbs import Verb
from riskreg.models import User
from riskreg.verbs.errors import Refused
from riskreg.web.asking import press
from riskreg.work_queue import OPEN

ITEMS_SHOWN = 200


@require_safe
def sample(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the sample."""
    user = cast(User, request.user)
    found = seen_sample(user, pk)
    return render(request, "controls/sample/page.html", _context(found, user))


def _context(found: Sample, user: User, **given: Any) -> dict[str, Any]:
    population = found.population
    prepares, reads = may(user, Verb.PREPARE_SAMPLE, population.unit), may(user, Verb.READ_POPULATION, population.unit)
    runs = list(found.runs.filter(~Q(kind="verify") | Q(state__in=OPEN)).select_related("asked_by"))
    # What was done last with it, and a verification that is under way; whoever asked reads its outcome on its own page.
    run = next((one for one in runs if one.is_open), None) or next((one for one in runs if one.kind != "verify"), None)
    earlier = drawing.earlier_draws(population).exclude(pk=found.pk)
    items = found.items.select_related("replaces", "replaced_by")
    counts = items.aggregate(
        examined=Count("pk", filter=~Q(outcome="pending") & Q(replaced_by__isnull=True)),
        sampled=Count("pk", filter=~Q(kind="reserve") & Q(replaced_by__isnull=True)),
        reserves=Count("pk", filter=Q(kind="reserve")),
        all=Count("pk"),
    )
    columns = [name for name in population.columns if name not in population.key_columns]
    shown = [
        (item, *MARKS[SampleItem.Outcome(item.outcome)], [item.cells.get(name, "–") for name in columns])
        for item in (items[:ITEMS_SHOWN] if reads else ())
    ]
    refused = UNSETTLED if is_settled(found) else frozenset()
    return {
        "title": str(population.name),
        "crumbs": crumbs(found),
        "sample": found,
        "population": population,
        **run_context(run, user, population.unit),
        "steps": _steps(found),
        "columns": columns,
        "items": shown,
        "reads": reads,
        "counts": counts,
        "unshown": counts["all"] - len(shown),
        "earlier": drawing.earlier_draws_for(user, earlier, population.unit),
        "verbs": [verb for verb in SAMPLE.verbs_from(found.state) if verb not in refused] if prepares else [],
        "may_log": found.is_drawn and outcomes.may_log(found, user),
        "may_verify": may(user, Verb.VERIFY, population.unit),
        "is_short_enough": found.is_drawn and reads and verify_script.is_short_enough(found),
        "by_ticket": found.method in {Sample.Method.RANDOM, Sample.Method.STRATIFIED},
        "strata": list(found.design.get("strata", {})) if found.method == Sample.Method.STRATIFIED else [],
        "seed": "",
        "event": "",
        "errors": {},
        **given,
    }


def _steps(found: Sample) -> list[tuple[str, str]]:
    order = [Sample.State.DESIGNED, Sample.State.SEEDED, Sample.State.DRAWN, Sample.State.CLOSED]
    at = order.index(Sample.State(found.state)) + (1 if found.size else 0)
    words = [_("Plan the size"), _("Set the seed"), _("Draw"), _("Examine"), _("Closed")]
    return [(word, "done" if i < at else "current" if i == at else "later") for i, word in enumerate(words)]


@require_POST
def sample_seed(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Set the seed: origin=system takes the system's and draws at once; origin=event takes typed digits."""
    user = cast(User, request.user)
    found = seen_sample(user, pk)
    try:
        if request.POST.get("origin") == "event":
            digits, event = request.POST.get("seed", ""), request.POST.get("event", "")
            found = drawing.seed_from_event(found, by=user, digits=digits, event=event)
        else:
            found = drawing.seed_from_system(found, by=user)
    except ValidationError as error:
        typed = {"seed": request.POST.get("seed", ""), "event": request.POST.get("event", ""), "errors": error.message_dict}
        return render(request, "controls/sample/page.html", _context(found, user, **typed), status=422)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(found)
    messages.success(request, _("The seed is set. It is never changed."))
    return _draw(request, found, user)


@require_POST
def sample_draw(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Draw the sample."""
    user = cast(User, request.user)
    return _draw(request, seen_sample(user, pk), user)


def _draw(request: HttpRequest, found: Sample, user: User) -> HttpResponseBase:
    def said(run: SamplingRun) -> str:
        if run.state != SamplingRun.State.DONE:
            return ""
        count = found.items.in_sample().count()
        return ngettext("%(count)d item is drawn.", "%(count)d items are drawn.", count) % {"count": count}

    return press(request, lambda: start(drawing.draw(found, by=user)[1]), back=found, said=said)


@require_POST
def sample_extend(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Draw `count` more items (of the group `stratum`), with the reason."""
    user = cast(User, request.user)
    found = seen_sample(user, pk)
    typed = request.POST.get("count", "").strip()
    count = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else 0

    def extend() -> int:
        reason, stratum = request.POST.get("reason", ""), request.POST.get("stratum", "")
        return len(drawing.extend(found, by=user, count=count, reason=reason, stratum=stratum))

    def said(new: int) -> str:
        words = ngettext("%(count)d item was added, the next in turn.", "%(count)d items were added, the next in turn.", new)
        return words % {"count": new}

    return press(request, extend, back=found, said=said)


@require_POST
def sample_replace(request: HttpRequest, pk: int, number: int) -> HttpResponseBase:
    """Replace item `number` by the next ticket, with the reason, and go on to the new item."""
    user = cast(User, request.user)
    found = seen_sample(user, pk)
    item = get_object_or_404(SampleItem, sample=found, position=number)

    def said(new: SampleItem) -> str:
        numbers = {"old": item.position, "new": new.position}
        return _("Item %(old)d is replaced by item %(new)d, the next in turn.") % numbers

    return press(request, lambda: drawing.replace(item, by=user, reason=request.POST.get("reason", "")), back=found, said=said)


@require_POST
def sample_close(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Close the sample, or reopen it with the reason, by the posted act."""
    user = cast(User, request.user)
    found = seen_sample(user, pk)
    if request.POST.get("act") == "reopen":
        return press(request, lambda: drawing.reopen(found, by=user, reason=request.POST.get("reason", "")), back=found)
    return press(request, lambda: drawing.close(found, by=user), back=found)


def seen_sample(user: User, pk: int) -> Sample:
    """Return the sample, for a user who sees it. Raises Http404."""
    related = (
        "population__unit",
        "population__control__risk__plan__unit",
        "follow_up__closing",
        "occasion",
        "seed_set_by",
        "drawn_by",
    )
    return get_object_or_404(Sample.objects.visible_to(user).select_related(*related), pk=pk)


def crumbs(found: Sample) -> list[tuple[str, str | None]]:
    """Return the breadcrumbs of the sample's page."""
    risk = found.population.control.risk
    trail: list[tuple[str, str | None]] = [(risk.title, risk.get_absolute_url())]
    if found.follow_up is not None:
        trail.append((str(found.follow_up.closing), found.follow_up.get_absolute_url()))
    return [*trail, (str(found.population), found.population.get_absolute_url())]
