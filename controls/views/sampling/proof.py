"""The auditor's page of a sample: what can be proven, and what is needed to prove it without the product."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from controls.models import Sample, SamplingRun
from controls.sampling.drawing import record, verification
from controls.sampling.drawing.shipped import verify_script
from controls.sampling.drawing.shipped.verify_script import COMPLETE, SHORT
from controls.sampling.drawing.verification import Statement, Verdict
from controls.views.sampling.population import run_context, start
from controls.views.sampling.seen import crumbs_below, seen_sample
from riskreg.access.grants import may, require
from riskreg.access.verbs import Verb
from riskreg.models import User
from riskreg.numbers import number_text
from riskreg.verbs.errors import Refused
from riskreg.web.downloads import attachment, shipped_file
from riskreg.web.whole_number import whole_number

ALGORITHM = Path("docs/sampling.md")
KEPT_SHOWN = 10
_SIGNS = {Verdict.PROVEN: ("low", "✓"), Verdict.CONTRADICTED: ("critical", "✕"), Verdict.NOT_PROVABLE: ("none", "–")}


@require_http_methods(["GET", "HEAD", "POST"])
def sample_verify(request: HttpRequest, pk: int) -> HttpResponse:
    """Verify a small sample at once; for a large one show the last verification that was asked for.

    POST asks for one whose outcome is stored. ?run= shows an earlier one.
    """
    user = cast(User, request.user)
    found = seen_sample(user, pk, right=Verb.VERIFY)
    if not found.is_drawn:
        messages.info(request, _("Nothing is drawn yet: there is nothing to verify."))
        return redirect(found)
    if request.method == "POST":
        try:
            run = start(verification.ask_for(found, by=user))
        except Refused as refusal:
            messages.info(request, str(refusal))
        else:
            if run.state == SamplingRun.State.DONE:
                messages.success(request, _("Verified. The outcome is kept."))
        return redirect("sample_verify", found.pk)
    runs = list(found.runs.verifications().select_related("asked_by")[: KEPT_SHOWN + 1])
    is_large = verification.is_large(found)
    kept = _stored_run(found, whole_number(request.GET.get("run", "")), runs if is_large else [])
    if kept is not None:
        statements, language = verification.of_outcome(kept.outcome), kept.outcome.get("language", "")
    else:
        statements, language = [] if is_large else verification.verify(found), ""
    context = {
        "title": _("Verification"),
        "crumbs": crumbs_below(found),
        "sample": found,
        **run_context(runs[0] if runs else None, user, found.population.unit),
        "is_large": is_large,
        "count": found.items.count(),
        "kept": kept,
        "language": language if language != get_language() else "",
        "earlier": [
            (each, *_verdict(verification.of_outcome(each.outcome)))
            for each in runs
            if each.state == SamplingRun.State.DONE and each != kept
        ],
        "parts": _parts(statements),
        "is_contradicted": verification.is_contradicted(statements),
        "is_whole": all(each.verdict == Verdict.PROVEN for each in statements),
        "may_read": may(user, Verb.READ_POPULATION, found.population.unit),
        "sql": verify_script.duckdb_sql(found),
        "postgresql": verify_script.postgresql_sql(found),
        **scripts(found),
    }
    return render(request, "controls/sample/verify.html", context)


def _stored_run(sample: Sample, wanted: int | None, runs: Sequence[SamplingRun]) -> SamplingRun | None:
    """Return the verification that is asked for; else the last of `runs` that was done."""
    if wanted is not None:
        done = sample.runs.verifications().filter(state=SamplingRun.State.DONE).select_related("asked_by")
        return get_object_or_404(done, pk=wanted)
    return next((run for run in runs if run.state == SamplingRun.State.DONE), None)


def _verdict(statements: Sequence[Statement]) -> tuple[str, str, str]:
    """Return tone, symbol and words of the whole verification."""
    if verification.is_contradicted(statements):
        return *_SIGNS[Verdict.CONTRADICTED], _("Something does not agree")
    if all(each.verdict == Verdict.PROVEN for each in statements):
        return *_SIGNS[Verdict.PROVEN], _("Everything agrees")
    return *_SIGNS[Verdict.NOT_PROVABLE], _("Nothing contradicts it")


def scripts(sample: Sample) -> dict[str, object]:
    """Return which of the shipped scripts fits the sample, and why the short one does not."""
    is_short = verify_script.is_short_enough(sample)
    why = ""
    if not verify_script.is_plain(sample):
        why = _("The draw is not a plain random one: %(method)s.") % {"method": _method(sample)}
    elif not is_short:
        why = _("The population's file or the keys were weeded.")
    return {"is_short_enough": is_short, "why_complete": why, "script": (SHORT if is_short else COMPLETE).name}


def _method(sample: Sample) -> str:
    if sample.method == Sample.Method.RANDOM:
        amount = number_text(Decimal(sample.design["whole_from"]))
        return _("items from %(amount)s upwards are taken whole") % {"amount": amount}
    return str(sample.get_method_display()).lower()


def _parts(statements: Sequence[Statement]) -> list[tuple[str, list[tuple[str, str, str, str]]]]:
    """Return the statements by subject, each with tone, symbol, word and text."""
    names = {
        "population": _("The population"),
        "people": _("Who locked, set the seed and drew"),
        "lock": _("The lock before the seed"),
        "seed": _("The seed"),
        "draw": _("The draw"),
        "record": _("The record"),
        "outcomes": _("The outcomes"),
    }
    words = {
        Verdict.PROVEN: _("Proven"),
        Verdict.CONTRADICTED: _("Contradicted"),
        Verdict.NOT_PROVABLE: _("Cannot be proven here"),
    }
    return [
        (name, [(*_SIGNS[one.verdict], words[one.verdict], one.text) for one in statements if one.about == about])
        for about, name in names.items()
        if any(one.about == about for one in statements)
    ]


@require_safe
def sample_record(request: HttpRequest, pk: int) -> HttpResponse:
    """Serve the record as JSON, to be stored elsewhere."""
    found = seen_sample(cast(User, request.user), pk, right=Verb.READ_POPULATION)
    if not found.is_drawn:
        raise Http404
    text = record.as_text(record.whole(found, found.items.all()))
    return attachment(text, "application/json; charset=utf-8", f"record-{found.pk}.json")


@require_safe
def sample_verifier(request: HttpRequest, extent: str = "complete") -> HttpResponseBase:
    """Serve the script that verifies a record and a population by itself.

    `complete`, or `short` for plain random samples.
    """
    require(cast(User, request.user), Verb.VIEW)
    return shipped_file({"complete": COMPLETE, "short": SHORT}[extent], "text/x-python; charset=utf-8")


@require_safe
def sample_algorithm(request: HttpRequest) -> HttpResponseBase:
    """Serve the description of the algorithm."""
    require(cast(User, request.user), Verb.VIEW)
    return shipped_file(settings.BASE_DIR / ALGORITHM, "text/markdown; charset=utf-8")
