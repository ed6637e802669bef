"""The verbs of inquiries that ask first; a question about a company; and the files of an inquiry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from controls.evidence.field import RemovalForm
from controls.models import Evidence, Inquiry
from controls.monitoring.identities import masked
from controls.monitoring.inquiries import verbs
from controls.monitoring.inquiries.gate import INQUIRIES, LABELS
from controls.monitoring.registers.companies import find_company
from controls.monitoring.registers.runs import WORKSHOP
from controls.monitoring.watching.gate import ALERT_LABELS
from controls.views.monitoring.companies import organisation_number
from controls.views.monitoring.files import attach_files
from controls.views.monitoring.inquiry_forms import (
    CompanyAskForm,
    ConcludeForm,
    ReopenForm,
    WaiterForm,
    WaitForm,
    recorded_words,
)
from controls.views.monitoring.seen import crumbs_of, seen_inquiry
from riskreg.access.grants import require
from riskreg.access.verbs import Verb
from riskreg.models import Unit, User
from riskreg.web.asking import AskingForm, Button, Place, RecordVerb, ask, buttons_of, by_name

_SAID = {
    "conclude": gettext_lazy("The answer is recorded: %(inquiry)s."),
    "wait_longer": gettext_lazy("The answer is expected later: %(inquiry)s."),
    "assign": gettext_lazy("Somebody else waits for the answer: %(inquiry)s."),
    "reopen": gettext_lazy("The inquiry is taken up again: %(inquiry)s."),
}


def _verb(name: str, act: Any, form: type[AskingForm], tone: str = "") -> RecordVerb:
    return RecordVerb(
        name,
        LABELS[name],
        act,
        form=form,
        tone=tone,
        said=lambda inquiry, _done: _SAID[name] % {"inquiry": inquiry},
        open_to=lambda inquiry, user: INQUIRIES.why_not(inquiry, name, user) is None,
        why_not=INQUIRIES.why_not,
    )


VERBS = by_name(
    _verb("conclude", verbs.conclude, ConcludeForm, "primary"),
    _verb("wait_longer", verbs.wait_longer, WaitForm),
    _verb("assign", verbs.assign, WaiterForm),
    _verb("reopen", verbs.reopen, ReopenForm),
)


def buttons(inquiry: Inquiry, user: User) -> list[Button]:
    """Return the buttons of what the user can do with the inquiry now."""
    return buttons_of(VERBS.values(), inquiry, user, lambda name: reverse(f"inquiry_{name}", args=[inquiry.pk]))


def _place(inquiry: Inquiry, subject: str = "") -> Place:
    crumbs = [
        (_("Alerts"), reverse("alerts")),
        (_("Inquiries"), reverse("inquiries")),
        (str(inquiry), inquiry.get_absolute_url()),
    ]
    return Place(inquiry.get_absolute_url(), subject or str(inquiry), crumbs)


@require_http_methods(["GET", "HEAD", "POST"])
def inquiry_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponseBase:
    """Do what is asked for with the inquiry."""
    found = seen_inquiry(cast(User, request.user), pk)
    return ask(request, VERBS[verb], found, _place(found))


# About a company


@dataclass(frozen=True, slots=True)
class _Company:
    """An organisation number that a question is about."""

    identity: str

    def __str__(self) -> str:
        return masked(self.identity)


def _ask_about(company: _Company, *, by: User, unit: Unit, **given: Any) -> Inquiry:
    with WORKSHOP.scratch_engine() as engine:
        name = find_company(engine, by, company.identity).name
    asked = verbs.Asked(**given)
    return verbs.ask_about_company(unit, by=by, identity=company.identity, about=name or str(company), asked=asked)


ASK = RecordVerb("ask", ALERT_LABELS["ask"], _ask_about, form=CompanyAskForm, said=recorded_words)


@require_http_methods(["GET", "HEAD", "POST"])
def company_ask(request: HttpRequest, identity: str) -> HttpResponseBase:
    """Record a question about an organisation number."""
    require(cast(User, request.user), Verb.WEIGH_ALERT)
    company = _Company(organisation_number(identity))
    back = reverse("company", args=[company.identity])
    return ask(request, ASK, company, Place(back, str(company), [*crumbs_of(), (str(company), back)]))


# Files


@require_POST
def inquiry_attach(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Add files to the inquiry."""
    user = cast(User, request.user)
    found = seen_inquiry(user, pk)
    INQUIRIES.require_right(found, "attach", user)
    return attach_files(
        request,
        found,
        keep=lambda file: verbs.attach(found, by=user, file=file),
        said=lambda kept: ngettext(
            "%(count)d file is kept with the inquiry.", "%(count)d files are kept with the inquiry.", kept
        ),
    )


DETACH = RecordVerb(
    "detach",
    LABELS["detach"],
    verbs.detach,
    form=RemovalForm,
    said=lambda file, _done: _("Removed: %(name)s.") % {"name": file.name},
    why_not=lambda file, verb, user: INQUIRIES.why_not(file.inquiry, verb, user),
)


@require_http_methods(["GET", "HEAD", "POST"])
def inquiry_evidence_remove(request: HttpRequest, pk: int, evidence: int) -> HttpResponseBase:
    """Take a file away while the inquiry waits, with the reason."""
    user = cast(User, request.user)
    found = seen_inquiry(user, pk)
    file = get_object_or_404(Evidence.objects.visible_to(user), pk=evidence, inquiry=found)
    file.inquiry = found
    return ask(request, DETACH, file, _place(found, file.name))
