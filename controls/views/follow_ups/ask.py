"""The verbs of a follow-up that ask first, and those of its evidence and measures: their questions and messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controls.evidence.field import RemovalForm
from controls.follow_ups import actions, verbs
from controls.follow_ups.evidence import detach
from controls.follow_ups.gate import FOLLOW_UPS, VERB_LABELS
from controls.follow_ups.people import performers_at
from controls.models import Action, Evidence, FollowUp
from controls.transitions import ACTION, FOLLOW_UP
from controls.views.follow_ups.page import submitted_words
from riskreg import clock
from riskreg.admin.base import signed_in
from riskreg.models import User
from riskreg.verbs.concurrency import VersionField
from riskreg.verbs.errors import Refused
from riskreg.web.asking import AskingForm, Place, RecordVerb, VersionedReasonForm, ask, by_name
from riskreg.web.form_fields import DayField, ReasonField


class MovingForm(VersionedReasonForm):
    """Ask for the reason where the verb demands one; it is written to whoever reads it."""

    reason = ReasonField(max_length=2000, rows=4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = FOLLOW_UP.demands_reason(self.verb)
        reader = self.subject.performer or self.subject.submitted_by
        if self.verb in {"return", "reopen"} and reader:
            self.fields["reason"].help_text = _("%(name)s reads this: say what to change or add.") % {"name": reader}


class PerformerForm(AskingForm):
    """The choice of a follow-up's performer, among people who may log it."""

    performer = forms.ModelChoiceField(label=gettext_lazy("Who is to perform it"), queryset=User.objects.none())
    reason = ReasonField(required=False, widget=forms.TextInput)
    version = VersionField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = performers_at(self.subject.unit).exclude(pk=self.subject.performer_id or 0)
        self.fields["performer"].queryset = others  # type: ignore[attr-defined]


class TakeUpAgainForm(VersionedReasonForm):
    reason = ReasonField(max_length=2000, rows=4)


class EffectForm(AskingForm):
    """Ask what a measure led to."""

    effect = forms.CharField(
        label=gettext_lazy("Effect"),
        widget=forms.Textarea(attrs={"rows": 4, "cols": 50}),
        help_text=gettext_lazy("What the action led to."),
    )
    version = VersionField(required=False)


class DoneForm(EffectForm):
    """The day on which a measure was done, and its effect."""

    done_on = DayField(label=gettext_lazy("Done on"), initial=clock.today)
    field_order = ("done_on", "effect")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["effect"].required = False


def _names(follow_up: FollowUp) -> dict[str, Any]:
    return {"risk": follow_up.control.risk.title, "name": follow_up.performer or follow_up.submitted_by or "–"}


def _inbox(follow_up: FollowUp) -> str:
    return reverse("inbox")


def _verb(name: str, act: Any, said: Callable[[FollowUp, FollowUp], str], **how: Any) -> RecordVerb:
    return RecordVerb(name, VERB_LABELS[name], act, why_not=FOLLOW_UPS.why_not, said=said, **{"in_batch": True, **how})


VERBS = by_name(
    _verb("start", verbs.start, form=MovingForm, said=lambda _asked, done: _("Started: %(risk)s.") % _names(done)),
    _verb("submit", verbs.submit, form=MovingForm, goes_to=_inbox, said=lambda _asked, done: submitted_words(done)),
    _verb(
        "take_back",
        verbs.take_back,
        form=MovingForm,
        in_batch=False,
        said=lambda _asked, done: _("Taken back: %(risk)s. Submit it again when it is done.") % _names(done),
    ),
    _verb(
        "approve",
        verbs.approve,
        form=MovingForm,
        goes_to=_inbox,
        said=lambda _asked, done: _("Approved: %(risk)s.") % _names(done),
    ),
    _verb(
        "return",
        verbs.return_,
        form=MovingForm,
        goes_to=_inbox,
        said=lambda _asked, done: _("Returned to %(name)s: %(risk)s.") % _names(done),
    ),
    _verb(
        "reopen",
        verbs.reopen,
        form=MovingForm,
        said=lambda _asked, done: _("Reopened for %(name)s: %(risk)s.") % _names(done),
    ),
)
"""The verbs of a follow-up that have an address of their own; the rest go through its form."""

ASSIGN = _verb(
    "assign",
    verbs.assign,
    form=PerformerForm,
    said=lambda _asked, done: (
        _("%(name)s performs this from now on: %(risk)s.") % {"name": done.performer, "risk": done.control.risk.title}
    ),
)
DETACH = RecordVerb(
    "detach",
    VERB_LABELS["detach"],
    detach,
    form=RemovalForm,
    said=lambda evidence, _done: _("Removed: %(name)s.") % {"name": evidence.name},
    why_not=lambda evidence, verb, user: FOLLOW_UPS.why_not(evidence.follow_up, verb, user),
)


def _why_not_action(action: Action, verb: str, user: User) -> Exception | None:
    if verb in actions.ACTIONS.verbs_open_to(action, user):
        return None
    return Refused(_("This is not possible for this action now, or not for you."))


def _action_verb(name: str, act: Any, form: type[AskingForm]) -> RecordVerb:
    return RecordVerb(
        name,
        actions.VERB_LABELS[name],
        act,
        form=form,
        said=lambda _asked, done: _("Saved: %(action)s") % {"action": done},
        why_not=_why_not_action,
    )


ACTION_VERBS = by_name(
    _action_verb("mark_done", actions.mark_action_done, DoneForm),
    _action_verb("note_effect", actions.note_effect, EffectForm),
    _action_verb("take_up_again", actions.take_up_again, TakeUpAgainForm),
)


def follow_up_verb(request: HttpRequest, follow_up: FollowUp, verb: str) -> HttpResponseBase:
    """Start, submit, approve, return or reopen a follow-up."""
    if verb not in VERBS:
        raise Http404
    return ask(request, VERBS[verb], follow_up, _place(follow_up))


def assignment(request: HttpRequest, follow_up: FollowUp) -> HttpResponseBase:
    """Hand the follow-up to another performer."""
    return ask(request, ASSIGN, follow_up, _place(follow_up))


def evidence_removal(request: HttpRequest, follow_up: FollowUp, evidence_id: int) -> HttpResponseBase:
    """Remove a file, with the reason."""
    seen = Evidence.objects.visible_to(signed_in(request))
    evidence = get_object_or_404(seen, pk=evidence_id, follow_up=follow_up)
    evidence.follow_up = follow_up
    return ask(request, DETACH, evidence, _place(follow_up, evidence.name))


def action_verb(request: HttpRequest, follow_up: FollowUp, action_id: int, verb: str) -> HttpResponseBase:
    """Mark a measure as done, record its effect, or reopen it."""
    if verb not in ACTION.verbs:
        raise Http404
    seen = Action.objects.visible_to(signed_in(request)).select_related("follow_up__unit", "responsible")
    action = get_object_or_404(seen, pk=action_id, follow_up=follow_up)
    return ask(request, ACTION_VERBS[verb], action, _place(follow_up, str(action)))


def _place(follow_up: FollowUp, subject: str = "") -> Place:
    risk, page = follow_up.control.risk.title, follow_up.get_absolute_url()
    return Place(page, subject or risk, crumbs=[(_("My follow-ups"), reverse("inbox")), (risk, page)])
