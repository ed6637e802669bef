"""The page of a check: what to do, by when, and one form for the result."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from controls.checks.verbs import CHECKS, VERB_LABELS, complete
from controls.follow_ups.backing import starting_links, works_on
from controls.models import Check, Evidence, LatePerformance
from controls.scheduling.due_in_words import due_in_words
from controls.views.checks.ask import VERBS, seen_check
from controls.views.checks.evidence import keep_files
from controls.views.checks.outcome_form import CompleteForm
from riskreg import clock
from riskreg.access.verbs import NotPermitted
from riskreg.models import User
from riskreg.web.asking import REFUSALS, add_refusal

BEFORE_SHOWN = 6


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show the check (GET); store its files, and record its result unless only files were sent (POST)."""
    user = cast(User, request.user)
    found = seen_check(user, pk)
    refusal = CHECKS.why_not(found, "complete", user)
    if request.method == "POST" and isinstance(refusal, NotPermitted):
        raise refusal
    if request.method != "POST":
        return TemplateResponse(request, "controls/check.html", _context(found, user, _form(found, user), refusal))
    form = _form(found, user, request.POST.copy(), request.FILES)
    form.full_clean()
    files, status = form.cleaned_data.get("evidence", []), 200
    try:
        version = keep_files(request, found, files, by=user, version=form.cleaned_data.get("version"))
        cast(Any, form.data)["version"] = str(version or "")
        if "_attach" in request.POST:
            form = _only_files(form, any_chosen=bool(files))
        elif form.is_valid():
            done = complete(
                found,
                by=user,
                conclusion=form.cleaned_data["conclusion"],
                note=form.cleaned_data["note"],
                performed_on=form.cleaned_data["performed_on"],
                version=version,
            )
            said = _("Recorded: %(control)s. It is locked from now on.") % {"control": done.control}
            messages.success(request, said)
            return redirect(done)
    except REFUSALS as wrong:
        status = add_refusal(form, wrong)
    return TemplateResponse(request, "controls/check.html", _context(seen_check(user, pk), user, form, refusal), status=status)


def _form(found: Check, user: User, *sent: Any, **how: Any) -> CompleteForm:
    return CompleteForm(*sent, subject=found, by=user, verb="complete", **how)


def _only_files(form: CompleteForm, *, any_chosen: bool) -> CompleteForm:
    """Return the form as it was typed, keeping only the errors of the files: the result is not recorded yet."""
    wrong = form.errors.get("evidence")
    if wrong is None and any_chosen:
        typed = {name: form.data.get(name) for name in ("conclusion", "note", "performed_on", "version")}
        return _form(form.subject, form.by, initial=typed)
    form.errors.clear()
    form.add_error("evidence", wrong or _("Choose the files first."))
    return form


def _context(found: Check, user: User, form: CompleteForm, refusal: Exception | None) -> dict[str, Any]:
    today = clock.today()
    around = Check.objects.visible_to(user).filter(~Q(pk=found.pk), control=found.control, unit=found.unit).order_by("-due_on")
    files = Evidence.objects.visible_to(user).filter(occasion=found)
    verbs = CHECKS.verbs_open_to(found, user)
    late = LatePerformance.objects.filter(missed_check=found).select_related("recorded_by").first()
    if late is not None:
        verbs = [verb for verb in verbs if verb != "perform_late"]
    return {
        "title": found.control.risk.title,
        "check": found,
        "risk": found.control.risk,
        "words": due_in_words(found.due_on, today),
        "is_late": found.is_late(today),
        "form": form if refusal is None else None,
        "refusal": refusal if found.is_open else None,
        "verbs": [(verb, VERB_LABELS[verb]()) for verb in verbs if VERBS.get(verb, VERBS["start"]).form is not None],
        "late": late,
        "may_start": "start" in verbs,
        "around": around[:BEFORE_SHOWN],
        "files": files.select_related("uploaded_by").order_by("uploaded_at", "pk"),
        "can_detach": "detach" in verbs,
        "works": works_on(found, user),
        "starting_links": starting_links(found.control, check=found),
        "today": today,
    }
