"""The auditor's page of a sample: what can be proven of it, and what is needed to prove it without the product."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from controls import draw_record, sample_verification
from controls.models import Sample
from controls.sample_verification import Statement, Verdict
from controls.sampling import verify_script
from controls.sampling.verify_script import COMPLETE, SHORT
from controls.views.sample import crumbs, seen_sample
from riskreg.access import Verb, may, require
from riskreg.models import User

ALGORITHM = Path("docs/sampling.md")
LARGE = 1_000_000
"""From so many rows the scan takes seconds (ten million: half a minute), and a page says so meanwhile."""
_SIGNS = {Verdict.PROVEN: ("low", "✓"), Verdict.CONTRADICTED: ("critical", "✕"), Verdict.NOT_PROVABLE: ("none", "–")}


@require_safe
def sample_verify(request: HttpRequest, pk: int) -> HttpResponse:
    """Verifies at once: a scan of the population. Of a large one a page comes first that says so and asks for this one."""
    user = cast(User, request.user)
    found = seen_sample(user, pk)
    require(user, Verb.VERIFY, found.population.unit)
    if not found.is_drawn:
        messages.info(request, _("Nothing is drawn yet: there is nothing to verify."))
        return redirect(found)
    rows = found.population.row_count or 0
    if rows >= LARGE and found.population.file and "now" not in request.GET:
        title = _("Verifying …")
        return render(request, "controls/sample/verifying.html", {"title": title, "crumbs": _crumbs(found), "rows": rows})
    statements = sample_verification.verify(found)
    context = {
        "title": _("Verification"),
        "crumbs": _crumbs(found),
        "sample": found,
        "parts": _parts(statements),
        "is_contradicted": sample_verification.is_contradicted(statements),
        "is_whole": all(each.verdict == Verdict.PROVEN for each in statements),
        "may_read": may(user, Verb.READ_POPULATION, found.population.unit),
        "sql": verify_script.duckdb_sql(found),
        "postgresql": verify_script.postgresql_sql(found),
        **scripts(found),
    }
    return render(request, "controls/sample/verify.html", context)


def _crumbs(sample: Sample) -> list[tuple[str, str | None]]:
    return [*crumbs(sample), (_("Sample"), sample.get_absolute_url())]


def scripts(sample: Sample) -> dict[str, object]:
    """Which of the shipped scripts fits the sample, and why not the short one."""
    is_short = verify_script.is_short_enough(sample)
    why = ""
    if not verify_script.is_plain(sample):
        why = _("The draw is not a plain random one: %(method)s.") % {"method": _method(sample)}
    elif not is_short:
        why = _("The population's file or the keys were weeded.")
    return {"is_short_enough": is_short, "why_complete": why, "script": (SHORT if is_short else COMPLETE).name}


def _method(sample: Sample) -> str:
    if sample.method == Sample.Method.RANDOM:
        amount = number_format(Decimal(sample.design["whole_from"]), force_grouping=True)
        return _("items from %(amount)s upwards are taken whole") % {"amount": amount}
    return str(sample.get_method_display()).lower()


def _parts(statements: list[Statement]) -> list[tuple[str, list[tuple[str, str, str, str]]]]:
    """By what they are about, each with tone, symbol, word and text."""
    names = {
        "population": _("The population"), "lock": _("The lock before the seed"), "seed": _("The seed"), "draw": _("The draw"),
        "record": _("The record"), "outcomes": _("The outcomes"),
    }  # fmt: skip
    words = {
        Verdict.PROVEN: _("Proven"), Verdict.CONTRADICTED: _("Contradicted"), Verdict.NOT_PROVABLE: _("Cannot be proven here"),
    }  # fmt: skip
    return [
        (name, [(*_SIGNS[one.verdict], words[one.verdict], one.text) for one in statements if one.about == about])
        for about, name in names.items()
        if any(one.about == about for one in statements)
    ]


@require_safe
def sample_record(request: HttpRequest, pk: int) -> HttpResponse:
    """The record as JSON, to be kept elsewhere."""
    user = cast(User, request.user)
    found = seen_sample(user, pk)
    require(user, Verb.READ_POPULATION, found.population.unit)
    if not found.is_drawn:
        raise Http404
    text = draw_record.as_text(draw_record.whole(found, found.items.all()))
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="record-{found.pk}.json"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_safe
def sample_verifier(request: HttpRequest, extent: str = "complete") -> HttpResponseBase:
    """The scripts that verify a record and a population by themselves: `complete`, or `short` for plain random samples."""
    require(cast(User, request.user), Verb.VIEW)
    return _attached({"complete": COMPLETE, "short": SHORT}[extent], "text/x-python; charset=utf-8")


@require_safe
def sample_algorithm(request: HttpRequest) -> HttpResponseBase:
    require(cast(User, request.user), Verb.VIEW)
    return _attached(settings.BASE_DIR / ALGORITHM, "text/markdown; charset=utf-8")


def _attached(path: Path, content_type: str) -> FileResponse:
    if not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=path.name, content_type=content_type)
