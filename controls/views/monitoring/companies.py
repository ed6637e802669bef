"""The page of one company, and that of one row: what every register that the user may read says."""

from __future__ import annotations

from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from controls.monitoring.identities import Bearer, masked, read_identity
from controls.monitoring.kinds import KINDS
from controls.monitoring.registers.companies import Company, find_company
from controls.monitoring.registers.rows import Rows, columns_of
from controls.monitoring.registers.runs import WORKSHOP
from controls.monitoring.registers.stored_file import path_of
from controls.monitoring.snapshots.parts import split_row
from controls.monitoring.watching.scoring import score_company
from controls.monitoring.watching.signals import subject_key
from controls.views.monitoring.alert_page import alerts_about
from controls.views.monitoring.inquiry_rows import inquiries_about
from controls.views.monitoring.scores import in_words
from controls.views.monitoring.seen import crumbs_of, reading, seen_snapshot
from riskreg import clock
from riskreg.access.grants import may, require
from riskreg.access.verbs import Verb
from riskreg.models import User


@require_safe
def company(request: HttpRequest, identity: str) -> HttpResponse:
    """Show all that is said of an organisation number. A person is reached by a row: their number stands in no address."""
    user = cast(User, request.user)
    require(user, Verb.READ_REGISTER)
    known = organisation_number(identity)
    if known != identity:
        return redirect("company", known)
    with WORKSHOP.scratch_engine() as engine:
        found = find_company(engine, user, identity)
    context = {"crumbs": crumbs_of(), **company_context(found, user)}
    return render(request, "controls/registers/company.html", {**context, "title": found.name or masked(identity)})


def company_context(found: Company, user: User) -> dict[str, Any]:
    """Return what the page shows of the company."""
    years = sorted({one.year for one in found.paid}, reverse=True)
    by_year = [(year, [one for one in found.paid if one.year == year]) for year in years]
    return {
        "company": found,
        "alerts": alerts_about(user, key=subject_key(found.identity)),
        "score": in_words(scored) if (scored := score_company(user, found.identity)) is not None else None,
        "inquiries": inquiries_about(found.identity, user),
        "may_ask": may(user, Verb.WEIGH_ALERT) and _is_organisation(found.identity),
        "number": masked(found.identity),
        "paid": [(year, sum(one.amount for one in listed), listed) for year, listed in by_year],
        "shown": [(one, [list(zip(one.columns, cells, strict=True)) for cells in one.rows]) for one in found.registers],
    }


def organisation_number(text: str) -> str:
    """Return the organisation number in its one form. Raises Http404 for anything else, a personal number too."""
    read = read_identity(text, on=clock.today())
    if read.bearer != Bearer.ORGANISATION:
        raise Http404(_("This is no organisation number."))
    return read.text


def _is_organisation(identity: str) -> bool:
    return read_identity(identity, on=clock.today()).bearer == Bearer.ORGANISATION


@require_safe
def register_row(request: HttpRequest, pk: int, snapshot: int, row: int) -> HttpResponse:
    """Show a whole row, and all that the registers say of the one it is about."""
    user = cast(User, request.user)
    snapshot, row = split_row(row, snapshot)
    found = seen_snapshot(user, pk, snapshot, right=Verb.READ_REGISTER)
    if not found.is_read:
        raise Http404(_("The snapshot's file is missing. Restore it from the backup."))
    columns = columns_of(found)
    with reading(found), WORKSHOP.scratch_engine() as engine:
        rows = Rows(engine, found, path_of(found))
        shown = rows.one(row, columns)
        if shown is None:
            raise Http404(_("The snapshot has no such row."))
        identity = rows.identity_of(row) if KINDS[found.register.kind].has_identity else ""
        about = find_company(engine, user, identity) if identity else None
    context = {
        "title": _("Row %(number)d") % {"number": row},
        "crumbs": crumbs_of(snapshot=found),
        "snapshot": found,
        "register": found.register,
        "cells": list(zip(columns, shown.cells, strict=True)),
        **(company_context(about, user) if about is not None else {}),
    }
    return render(request, "controls/registers/row.html", context)
