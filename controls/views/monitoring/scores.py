"""Suppliers sorted by what the alerts tell of them, weighed; the terms of each score, and the same as a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import cast

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from controls.monitoring.identities import masked
from controls.monitoring.rules.combining import Term
from controls.monitoring.watching.scoring import Scored, score_suppliers
from controls.monitoring.watching.words import rule_label
from controls.views.monitoring.table_file import table_file
from riskreg import clock
from riskreg.access.grants import require
from riskreg.access.verbs import Verb
from riskreg.models import User
from riskreg.numbers import number_text

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class TermInWords:
    """A term of a score, as it is shown."""

    label: str
    weight: int
    signals: int
    points: str


@dataclass(frozen=True, slots=True)
class ScoreInWords:
    """A supplier's score, as it is shown."""

    scored: Scored
    number: str
    points: str
    terms: list[TermInWords]


def points_text(points: Fraction) -> str:
    """Return points, which are whole quarters, with no more decimals than they have."""
    return number_text(Decimal(points.numerator) / Decimal(points.denominator))


def _term(term: Term) -> TermInWords:
    return TermInWords(rule_label(term.rule), term.weight, term.count, points_text(term.points))


def in_words(scored: Scored) -> ScoreInWords:
    """Return the score as it is shown, term by term."""
    terms = [_term(term) for term in scored.terms]
    return ScoreInWords(scored, masked(scored.identity), points_text(scored.score), terms)


@require_safe
def supplier_scores(request: HttpRequest) -> HttpResponse:
    """Show the suppliers with alerts, the highest score first, and what each score is made of."""
    user = cast(User, request.user)
    require(user, Verb.READ_REGISTER)
    found = score_suppliers(user)
    page = Paginator(found.suppliers, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "title": _("Suppliers by score"),
        "crumbs": [(_("Alerts"), reverse("alerts"))],
        "page_obj": page,
        "rows": [in_words(one) for one in page],
        "without_number": found.without_number,
        "weights": [(rule_label(code), weight) for code, weight in found.weights.items()],
    }
    return TemplateResponse(request, "controls/alerts/scores.html", context)


@require_safe
def supplier_scores_file(request: HttpRequest, ending: str) -> HttpResponseBase:
    """Serve the scores as they are seen, all of them, with their terms in words, as CSV or XLSX."""
    user = cast(User, request.user)
    require(user, Verb.READ_REGISTER)
    found = score_suppliers(user)

    def lines() -> Iterator[list[str]]:
        yield [_("Supplier"), _("Organisation number"), _("Score"), _("Terms"), _("Alerts that count"), _("Alerts left out")]
        for one in map(in_words, found.suppliers):
            scored = one.scored
            told = "; ".join(f"{term.label}: {term.points} ({_signals(term)})" for term in one.terms)
            yield [scored.name, one.number, one.points, told, str(scored.alerts), str(scored.left_out)]

    name = _("suppliers-by-score")
    return table_file(lines(), ending, name=name, sheet=_("Suppliers by score"), keys=[1], came_at=clock.now())


def _signals(term: TermInWords) -> str:
    words = ngettext("weight %(weight)d, %(count)d signal", "weight %(weight)d, %(count)d signals", term.signals)
    return words % {"weight": term.weight, "count": term.signals}
