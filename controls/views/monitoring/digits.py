"""The first digits of a ledger's amounts beside Benford's law: an indicator with its plot and figures, never an alert."""

from __future__ import annotations

from decimal import Decimal
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from controls.data_files.engine import literal
from controls.models import Register, RegisterSnapshot
from controls.monitoring.registers.runs import WORKSHOP
from controls.monitoring.registers.stored_file import path_of
from controls.monitoring.rules.benford import FEWEST, LEAST_AMOUNT, FirstDigits, Fit, LeftOut, first_digits, left_out
from controls.views.monitoring.seen import crumbs_of, reading, seen_snapshot
from riskreg.access.verbs import Verb
from riskreg.charts import Pair, Series, paired_columns
from riskreg.charts.pairs import share_text
from riskreg.models import User
from riskreg.numbers import number_text


def has_digits(snapshot: RegisterSnapshot) -> bool:
    """Return whether the snapshot is of a ledger, has amounts and still has its rows."""
    return snapshot.register.kind == Register.Kind.LEDGER and snapshot.is_read and bool(snapshot.mapping.get("amount"))


@require_safe
def register_digits(request: HttpRequest, pk: int, snapshot: int) -> HttpResponse:
    """Show how many amounts of the snapshot begin with each digit, beside the law; and which rows are left out."""
    found = seen_snapshot(cast(User, request.user), pk, snapshot, right=Verb.READ_REGISTER)
    if not has_digits(found):
        raise Http404(_("First digits are shown of a supplier ledger with amounts, as long as its rows are kept."))
    with reading(found), WORKSHOP.scratch_engine() as engine:
        rows = f"read_parquet({literal(str(path_of(found)))})"
        digits, without = first_digits(engine, rows), left_out(engine, rows)
    counted, law = Series(_("Observed"), "ongoing", "■"), Series(_("Expected"), "none", "□")
    pairs = [Pair(str(n), *both) for n, both in enumerate(zip(digits.shares, digits.expected, strict=True), start=1)]
    chart = paired_columns(
        pairs, (counted, law), title=_("First digits of amounts"), subtitle=_("Percent of the amounts"), what=_("First digit")
    )
    context = {
        "title": _("First digits"),
        "crumbs": crumbs_of(snapshot=found),
        "snapshot": found,
        "register": found.register,
        "chart": chart if digits.total else None,
        "rows": _rows(digits),
        "digits": digits,
        "deviation": number_text(Decimal(f"{100 * digits.deviation:.2f}")),
        "reading": fit_words(digits),
        "without": _left_out_words(without),
        "left_out": without.total,
        "follows": digits.fit in (Fit.CLOSE, Fit.ACCEPTABLE),
    }
    return render(request, "controls/registers/digits.html", context)


def _rows(digits: FirstDigits) -> list[list[str]]:
    """Return a row for each digit: number and share observed, number and share expected, difference in percentage points."""
    rows = []
    for digit, (count, share, law) in enumerate(zip(digits.counts, digits.shares, digits.expected, strict=True), start=1):
        apart = Decimal(f"{100 * (share - law):+.1f}")
        difference = ("+" if apart > 0 else "") + number_text(apart)
        expected = number_text(round(digits.total * law))
        rows.append([str(digit), number_text(count), share_text(share), expected, share_text(law), difference])
    return rows


def fit_words(digits: FirstDigits) -> str:
    """Return what the mean deviation says, by Nigrini's bands."""
    said = {"digit": digits.furthest, "fewest": number_text(FEWEST), "total": number_text(digits.total)}
    words = {
        Fit.CLOSE: _("The first digits follow the law closely."),
        Fit.ACCEPTABLE: _("The first digits follow the law acceptably. Furthest from it is %(digit)d."),
        Fit.MARGINAL: _("The first digits follow the law only just. Furthest from it is %(digit)d."),
        Fit.NONE: _("The first digits do not follow the law. Furthest from it is %(digit)d: look at these amounts first."),
        Fit.TOO_FEW: _("%(total)s amounts are too few: below %(fewest)s the shares of nine digits say little."),
    }
    return words[digits.fit] % said


def _left_out_words(without: LeftOut) -> list[tuple[str, str]]:
    """Return why rows are left out, each with its number; nothing where none is."""
    small = _("Amounts below %(least)d kronor: fees and roundings, of which the law says nothing") % {"least": LEAST_AMOUNT}
    by_reason = [
        (_("Credit notes and corrections (negative amounts)"), without.negative),
        (small, without.small),
        (_("Rows without an amount that can be read"), without.without_amount),
    ]
    return [(words, number_text(count)) for words, count in by_reason if count]
