"""The verbs of a check that have a page of their own, and taking a file away: what each asks for and says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from controls.checks import verbs
from controls.checks.evidence import detach_from_check
from controls.evidence.field import RemovalForm
from controls.follow_ups.people import performers_at
from controls.models import Check, Evidence
from controls.views.checks.outcome_form import LateForm
from riskreg.models import User
from riskreg.verbs.concurrency import VersionField
from riskreg.web.accepted_files import CheckedFile
from riskreg.web.asking import AskingForm, Place, RecordVerb, VersionedReasonForm, ask, by_name
from riskreg.web.form_fields import DayField, ReasonField


class MissedForm(VersionedReasonForm):
    reason = ReasonField(
        help_text=gettext_lazy("Why it was not performed. The check stays visible as missed; the next one comes as planned.")
    )


class MoveForm(VersionedReasonForm):
    due_on = DayField(
        label=gettext_lazy("Due instead"), help_text=gettext_lazy("Only this check is moved. The others keep their days.")
    )
    field_order = ("due_on", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["due_on"].initial = self.subject.due_on


class AssignForm(AskingForm):
    performer = forms.ModelChoiceField(label=gettext_lazy("Performed by"), queryset=User.objects.none())
    version = VersionField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(Any, self.fields["performer"]).queryset = performers_at(self.subject.unit)


def _perform_late(check: Check, *, by: User, evidence: list[CheckedFile], **outcome: Any) -> Check:
    return verbs.perform_late(check, by=by, files=evidence, **outcome)


def _verb(name: str, act: Callable[..., Check], form: type[AskingForm] | None = None, **how: Any) -> RecordVerb:
    return RecordVerb(name, verbs.VERB_LABELS[name], act, form=form, why_not=verbs.CHECKS.why_not, said=_message(name), **how)


_SAID = {
    "start": gettext_lazy("The check is started: %(control)s."),
    "mark_missed": gettext_lazy("The check is recorded as one that could not be performed: %(control)s."),
    "perform_late": gettext_lazy("It is recorded that the check was performed afterwards: %(control)s."),
    "move": gettext_lazy("The check has another day, %(day)s: %(control)s."),
    "assign": gettext_lazy("%(performer)s performs the check from now on: %(control)s."),
}


def _message(name: str) -> Callable[[Check, Check], str]:
    def words(_asked: Check, done: Check) -> str:
        day = formats.date_format(done.due_on, "DATE_FORMAT")
        return _SAID[name] % {"control": done.control, "day": day, "performer": done.performer}

    return words


VERBS = by_name(
    _verb("start", verbs.start),
    _verb("mark_missed", verbs.mark_missed, MissedForm),
    _verb("perform_late", _perform_late, LateForm, button=lambda: _("Record")),
    _verb("move", verbs.move, MoveForm),
    _verb("assign", verbs.assign, AssignForm),
)


DETACH = RecordVerb(
    "detach",
    verbs.VERB_LABELS["detach"],
    detach_from_check,
    form=RemovalForm,
    said=lambda file, _done: _("Removed: %(name)s.") % {"name": file.name},
    why_not=lambda file, verb, user: verbs.CHECKS.why_not(file.occasion, verb, user),
)


def seen_check(user: User, pk: int) -> Check:
    """Return the check as its pages read it. Raises Http404 for one that the user does not see."""
    seen = Check.objects.visible_to(user).select_related(
        "unit", "performer", "performed_by", "control__risk__plan__unit", "control__risk__plan__matrix"
    )
    return get_object_or_404(seen, pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def check_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponseBase:
    """Start is one press; the others ask first."""
    if verb not in VERBS:
        raise Http404
    found = seen_check(cast(User, request.user), pk)
    return ask(request, VERBS[verb], found, _place(found))


@require_http_methods(["GET", "HEAD", "POST"])
def check_evidence_remove(request: HttpRequest, pk: int, evidence: int) -> HttpResponseBase:
    """Take a file away until the check is recorded, with the reason."""
    user = cast(User, request.user)
    found = seen_check(user, pk)
    file = get_object_or_404(Evidence.objects.visible_to(user), pk=evidence, occasion=found)
    file.occasion = found
    return ask(request, DETACH, file, _place(found, file.name))


def _place(check: Check, subject: str = "") -> Place:
    page, due = check.get_absolute_url(), formats.date_format(check.due_on, "DATE_FORMAT")
    crumbs = [(_("My follow-ups"), reverse("inbox")), (check.control.risk.title, page)]
    return Place(page, subject or f"{check.control} · {due}", crumbs)
