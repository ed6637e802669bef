"""A sample's page: from the design to the draw, its record and its items; and the verbs of the draw."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from controls.models import Sample, SampleItem, SamplingRun
from controls.sampling.drawing import verbs
from controls.sampling.drawing.shipped import verify_script
from controls.sampling.gate import SAMPLES, UNSETTLED
from controls.sampling.samples import outcomes
from controls.sampling.settled import backed_by, is_settled
from controls.transitions import SAMPLE
from controls.views.sampling.ask import EventSeedForm, place_of
from controls.views.sampling.items import MARKS
from controls.views.sampling.population import run_context, start
from controls.views.sampling.seen import crumbs_of, seen_sample
from riskreg.access.grants import may
from riskreg.access.verbs import Verb
from riskreg.models import User
from riskreg.verbs.errors import Refused
from riskreg.web.asking import RecordVerb, ask, press, words_of
from riskreg.work_queue import OPEN

ITEMS_SHOWN = 200


@require_safe
def sample(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the sample."""
    user = cast(User, request.user)
    found = seen_sample(user, pk)
    return render(request, "controls/sample/page.html", _context(found, user))


def _context(found: Sample, user: User) -> dict[str, Any]:
    population = found.population
    prepares, reads = may(user, Verb.PREPARE_SAMPLE, population.unit), may(user, Verb.READ_POPULATION, population.unit)
    runs = list(found.runs.filter(~Q(kind="verify") | Q(state__in=OPEN)).select_related("asked_by"))
    # What was done last with it, and a verification that is under way; whoever asked reads its outcome on its own page.
    run = next((one for one in runs if one.is_open), None) or next((one for one in runs if one.kind != "verify"), None)
    earlier = verbs.earlier_draws(population).exclude(pk=found.pk)
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
        "crumbs": crumbs_of(found),
        "sample": found,
        "population": population,
        **run_context(run, user, population.unit),
        "steps": _steps(found),
        "columns": columns,
        "items": shown,
        "reads": reads,
        "counts": counts,
        "unshown": counts["all"] - len(shown),
        "earlier": verbs.earlier_draws_for(user, earlier, population.unit),
        "verbs": [verb for verb in SAMPLE.verbs_from(found.state) if verb not in refused] if prepares else [],
        "may_log": found.is_drawn and outcomes.may_log(found, user),
        "may_verify": may(user, Verb.VERIFY, population.unit),
        "is_short_enough": found.is_drawn and reads and verify_script.is_short_enough(found),
        "by_ticket": found.method in {Sample.Method.RANDOM, Sample.Method.STRATIFIED},
    }


def _steps(found: Sample) -> list[tuple[str, str]]:
    order = [Sample.State.DESIGNED, Sample.State.SEEDED, Sample.State.DRAWN, Sample.State.CLOSED]
    at = order.index(Sample.State(found.state)) + (1 if found.size else 0)
    words = [_("Plan the size"), _("Set the seed"), _("Draw"), _("Examine"), _("Closed")]
    return [(word, "done" if i < at else "current" if i == at else "later") for i, word in enumerate(words)]


@require_POST
def sample_seed(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Set the system's seed, and draw at once."""
    user = cast(User, request.user)
    found = seen_sample(user, pk)
    try:
        seeded = verbs.seed_from_system(found, by=user)
    except (Refused, ValidationError) as refusal:
        messages.error(request, words_of(refusal))
        return redirect(found)
    return _draw_seeded(request, seeded, user)


@require_http_methods(["GET", "HEAD", "POST"])
def sample_seed_event(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask for the digits of a public event, set them as the seed, and draw at once."""

    def act(sample: Sample, *, by: User, seed: str, event: str) -> None:
        _draw_seeded(request, verbs.seed_from_event(sample, by=by, digits=seed, event=event), by)

    found = seen_sample(cast(User, request.user), pk)
    verb = RecordVerb(
        "seed",
        lambda: _("Use digits from a public event"),
        act,
        form=EventSeedForm,
        said=lambda *_both: "",
        why_not=SAMPLES.why_not,
        button=lambda: _("Set this seed, and draw"),
    )
    return ask(request, verb, found, place_of(found))


def _draw_seeded(request: HttpRequest, found: Sample, user: User) -> HttpResponseBase:
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

    return press(request, lambda: start(verbs.draw(found, by=user)[1]), back=found, said=said)


@require_POST
def sample_close(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Close the sample; `to` says that the way goes on to what stands on it."""
    user = cast(User, request.user)
    found = seen_sample(user, pk)
    return press(
        request,
        lambda: verbs.close(found, by=user),
        back=found,
        said=_("The sample is closed: its outcomes stand."),
        goes_to=lambda closed: (backed_by(closed) if request.POST.get("to") == "backed" else None) or closed,
    )
