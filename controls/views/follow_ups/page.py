"""The page of one follow-up: its form for the performer, its verbs for those who have them, its facts for everyone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from controls.checks.of_period import checks_behind
from controls.follow_ups import actions, verbs
from controls.follow_ups.backing import Backing, backings_of, departure, gravest, starting_links
from controls.follow_ups.completeness import Incomplete, is_complete
from controls.follow_ups.evidence import attach
from controls.follow_ups.gate import FOLLOW_UPS, VERB_LABELS
from controls.follow_ups.people import acts_for, approvers_of
from controls.models import Action, Evidence, FollowUp
from controls.scheduling.due_in_words import due_in_words
from controls.views.follow_ups.form import FollowUpForm, MeasureFormSet, measure_forms
from riskreg import clock
from riskreg.access.grants import may, standing_of
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.admin.base import signed_in
from riskreg.database.compiled import keep_related, rows_once_compiled
from riskreg.models import User
from riskreg.verbs.concurrency import version_of
from riskreg.web.asking import REFUSALS, add_refusal

ORDER = ("planned", "in_progress", "submitted", "approved")
EARLIER_SHOWN = 3


@dataclass(frozen=True, slots=True)
class VerbButton:
    """A verb of the bar that is not the form's own: one press, or a dialog that asks for the reason."""

    verb: str
    label: str
    plain: str
    url: str
    asks: bool
    primary: bool = False


def show(request: HttpRequest, follow_up: FollowUp) -> HttpResponseBase:
    """Show the page (GET); with ?missing=1 (after a refused submission) it says what is missing, by field."""
    form = FollowUpForm(instance=follow_up)
    if "missing" in request.GET and follow_up.is_open:
        try:
            is_complete(follow_up, signed_in(request))
        except Incomplete as incomplete:
            form.say(incomplete.message_dict)
    return _page(request, follow_up, form, measure_forms(follow_up))


def save(request: HttpRequest, follow_up: FollowUp) -> HttpResponseBase:
    """Save the posted draft and its files, and submit it when that button was pressed.

    A draft that cannot be submitted is saved. A form that cannot be saved is shown again as it was typed.
    """
    user = signed_in(request)
    data = request.POST.copy()
    form = FollowUpForm(data, request.FILES, instance=follow_up)
    rows = measure_forms(follow_up, data)
    if not (form.is_valid() & rows.is_valid()):
        return _page(request, follow_up, form, rows)
    measures = rows.measures()
    try:
        saved = verbs.save_draft(follow_up, by=user, draft=form.as_draft(measures), version=form.cleaned_data["version"] or 0)
        for file in form.cleaned_data["evidence"]:
            _attach(request, saved, user, file)
        if "_submit" in data:
            return _submit(request, saved, user)
    except REFUSALS as refusal:
        status = add_refusal(form, refusal, typed=form.as_typed(measures))
    else:
        messages.success(request, _("The draft is saved."))
        return redirect(follow_up)
    return _page(request, _as_now(follow_up, signed_in(request)), form, rows, status=status)


def _attach(request: HttpRequest, follow_up: FollowUp, user: User, file: Any) -> None:
    """Attach one file; a refused one (it is there already) does not stop the rest."""
    try:
        attach(follow_up, by=user, file=file)
    except ValidationError as refusal:
        for message in refusal.messages:
            messages.warning(request, message)


def _submit(request: HttpRequest, follow_up: FollowUp, user: User) -> HttpResponse:
    try:
        submitted = verbs.submit(follow_up, by=user)
    except Incomplete:
        messages.warning(request, _("Saved as a draft. It is not submitted yet: see what is missing below."))
        return redirect(f"{reverse('admin:controls_followup_change', args=[follow_up.pk])}?missing=1")
    messages.success(request, submitted_words(submitted))
    return redirect("inbox")


def submitted_words(follow_up: FollowUp) -> str:
    """Return the message after submitting: who can approve it."""
    names = ", ".join(str(user) for user in approvers_of(follow_up))
    risk = follow_up.control.risk.title
    if names:
        return _("Submitted: %(risk)s. It can be approved by %(names)s; until then you can take it back on its page.") % {
            "risk": risk,
            "names": names,
        }
    return _("Submitted: %(risk)s. Nobody else is manager of %(unit)s yet: tell the administrator.") % {
        "risk": risk,
        "unit": follow_up.unit,
    }


def _as_now(follow_up: FollowUp, reader: User) -> FollowUp:
    found = seen_with_its_page(follow_up.pk, reader)
    if found is None:
        raise NotPermitted(Verb.VIEW)
    return found


def seen_with_its_page(pk: int, reader: User) -> FollowUp | None:
    """Return the follow-up with all that the page reads, in a fixed number of queries; None where the reader does not see it.

    Of the files, those that the reader sees.
    """
    standing = standing_of(reader)
    found = rows_once_compiled(("follow-up", standing), lambda pk: _related().visible_to(reader).filter(pk=pk), pk)
    if not found:
        return None
    follow_up: FollowUp = found[0]

    def files(pk: int) -> QuerySet[Evidence]:
        return Evidence.objects.visible_to(reader).filter(follow_up=pk).select_related("uploaded_by")

    def actions_of(pk: int) -> QuerySet[Action]:
        return Action.objects.filter(follow_up=pk).select_related("responsible")

    keep_related(follow_up, "evidence", rows_once_compiled(("its files", standing), files, pk))
    keep_related(follow_up, "actions", rows_once_compiled("its actions", actions_of, pk))
    return follow_up


def _related() -> Any:
    return FollowUp.objects.select_related(
        "unit",
        "performer",
        "closing",
        "submitted_by",
        "approved_by",
        "returned_by",
        "last_edited_by",
        "control__performer",
        "control__risk__plan__matrix",
        "control__risk__unit",
        "control__risk__owner",
        "control__risk__category",
    ).prefetch_related("control__risk__plan__matrix__bands")


def _page(
    request: HttpRequest,
    follow_up: FollowUp,
    form: FollowUpForm,
    rows: MeasureFormSet,
    *,
    status: int = 200,
) -> HttpResponseBase:
    user = signed_in(request)
    open_verbs = FOLLOW_UPS.verbs_open_to(follow_up, user)
    writes = "save_draft" in open_verbs
    risk = follow_up.control.risk
    today = clock.today()
    backings = backings_of(follow_up)
    if writes and not form.is_bound and not follow_up.result and any(backing.is_complete for backing in backings):
        # A draft to begin from, of what backs it; it is the owner's to edit, and nothing until it is saved.
        form.initial["result"] = "\n\n".join(backing.draft for backing in backings)
    approvers = approvers_of(follow_up) if follow_up.state != FollowUp.State.APPROVED else []
    context = {
        "title": risk.title,
        "follow_up": follow_up,
        "risk": risk,
        "control": follow_up.control,
        "crumbs": [(_("My follow-ups"), reverse("inbox")), (str(follow_up.closing), _list_url(follow_up))],
        "steps": _steps(follow_up, approvers),
        "due_words": due_in_words(follow_up.due_on, today),
        "is_late": follow_up.is_late(today),
        "form": form,
        "rows": rows,
        "writes": writes,
        "shows_form": writes or form.is_bound,
        "why_read_only": "" if writes else _why_read_only(follow_up, user, open_verbs),
        "buttons": _buttons(follow_up, open_verbs),
        "version": version_of(follow_up),
        "backings": [(backing, _link_of(backing, follow_up, user, writes=writes)) for backing in backings],
        "departure": departure(follow_up, backings),
        "deciding": gravest(backings),
        "starting_links": starting_links(follow_up.control, follow_up=follow_up),
        "conflict": form.conflict,
        "can_attach": "attach" in open_verbs,
        "deputy_for": _deputy_for(follow_up, user, open_verbs),
        "can_assign": "assign" in open_verbs,
        "can_detach": "detach" in open_verbs,
        "actions": [(action, _action_buttons(action, user)) for action in follow_up.actions.all()],
        "earlier": _earlier(follow_up, user),
        "period": checks_behind(follow_up, user),
        "today": today,
    }
    return TemplateResponse(request, "controls/follow_up/page.html", context, status=status)


def _link_of(backing: Backing, follow_up: FollowUp, user: User, *, writes: bool) -> tuple[str, str] | None:
    """(label, address) of the method's own page, for those who may open it."""
    link = backing.link
    if link is None or (link.right is not None and not may(user, link.right, follow_up.unit)):
        return None
    return link.label_for(writes=writes), link.address


def _list_url(follow_up: FollowUp) -> str:
    return f"{reverse('admin:controls_followup_changelist')}?closing__id__exact={follow_up.closing_id}"


def _steps(follow_up: FollowUp, approvers: list[User]) -> list[tuple[str, str]]:
    """Return the steps: planned → in progress → submitted → approved (by whom) → in the report."""
    if follow_up.approved_by:
        approved = _("Approved by %(name)s") % {"name": follow_up.approved_by}
    elif len(approvers) == 1:
        approved = _("To be approved by %(name)s") % {"name": approvers[0]}
    else:
        approved = _("Approved")
    labels = [_("Planned"), _("In progress"), _("Submitted"), approved, _("In the report")]
    # An approved follow-up stands in the report: that is where it is now.
    here = len(ORDER) if follow_up.state == FollowUp.State.APPROVED else ORDER.index(follow_up.state)
    kinds = ["done" if place < here else "current" if place == here else "later" for place in range(len(labels))]
    return list(zip(labels, kinds, strict=True))


def _why_read_only(follow_up: FollowUp, user: User, open_verbs: list[str]) -> str:
    """Return why there is nothing to fill in; for an approver barred by the four-eyes rule, that."""
    if follow_up.state == FollowUp.State.SUBMITTED:
        if "approve" in open_verbs:
            return _("%(name)s has submitted this. Read it, then approve or return it.") % {"name": follow_up.submitted_by}
        barred = FOLLOW_UPS.why_not(follow_up, "approve", user)
        if isinstance(barred, NotPermitted) and "return" in open_verbs:
            return str(barred)
        names = ", ".join(str(one) for one in approvers_of(follow_up))
        return _("It is submitted and waits for approval (%(names)s), so it cannot be changed now.") % {"names": names or "–"}
    if follow_up.state == FollowUp.State.APPROVED:
        return _("It is approved, so it cannot be changed. A manager or controller can reopen it, with a reason.")
    return str(FOLLOW_UPS.why_not(follow_up, "save_draft", user) or "")


def _deputy_for(follow_up: FollowUp, user: User, open_verbs: list[str]) -> str:
    """Return by name whose deputy the user is in what they can do with it now."""
    rights = [FOLLOW_UPS.right_of(verb) for verb in ("save_draft", "approve") if verb in open_verbs]
    return ", ".join(dict.fromkeys(name for right in rights for name in acts_for(follow_up, right, user).values()))


AT_ONCE = {"approve", "take_back"}
"""The verbs that ask for nothing more on the page."""


def _buttons(follow_up: FollowUp, open_verbs: list[str]) -> list[VerbButton]:
    """Return the verbs beside the form: approve is the primary one where it is possible."""
    shown = [verb for verb in ("take_back", "return", "reopen", "approve") if verb in open_verbs]
    return [
        VerbButton(
            verb,
            VERB_LABELS[verb]() if verb in AT_ONCE else _("%(verb)s …") % {"verb": VERB_LABELS[verb]()},
            VERB_LABELS[verb](),
            reverse("admin:controls_followup_verb", args=[follow_up.pk, verb]),
            asks=verb not in AT_ONCE,
            primary=verb == "approve",
        )
        for verb in shown
    ]


def _action_buttons(action: Action, user: User) -> list[tuple[str, str]]:
    """Return (label, url) of what the user may do with a measure."""
    if action.kind != Action.Kind.MEASURE:
        return []
    return [
        (actions.VERB_LABELS[verb](), reverse("admin:controls_followup_action", args=[action.follow_up_id, action.pk, verb]))
        for verb in actions.ACTIONS.verbs_open_to(action, user)
    ]


def _earlier(follow_up: FollowUp, user: User) -> list[FollowUp]:
    """Return earlier results: at earlier closings of the year, and of the control this one was carried over from."""
    controls = [pk for pk in (follow_up.control_id, follow_up.control.carried_from_id) if pk]
    before = follow_up.closing.cut_off

    def rows(*controls: int) -> QuerySet[FollowUp]:
        concluded = FollowUp.objects.visible_to(user).filter(control__in=controls, closing__cut_off__lt=before)
        related = concluded.exclude(conclusion="").select_related("closing").prefetch_related("actions__responsible")
        return related.order_by("-closing__cut_off")[:EARLIER_SHOWN]

    return rows_once_compiled(("earlier", standing_of(user), before, len(controls)), rows, *controls)
