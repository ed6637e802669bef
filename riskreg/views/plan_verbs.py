"""The verbs of a plan: what each asks for, for whom its button is, and what is said when it is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from riskreg import clock
from riskreg.access.grants import may
from riskreg.models import ControlPlan, User
from riskreg.plans import life
from riskreg.plans.coverage import why_not_run_on
from riskreg.plans.decision_document import ACCEPTED
from riskreg.plans.gate import PLANS, VERB_LABELS
from riskreg.plans.transitions import PLAN
from riskreg.web.asking import AskingForm, ReasonForm, RecordVerb
from riskreg.web.form_fields import DayField


class AdoptForm(AskingForm):
    """The committee's decision."""

    on = DayField(label=gettext_lazy("Adopted on"), initial=clock.today)
    paragraph = forms.CharField(
        label=gettext_lazy("Paragraph"),
        max_length=20,
        help_text=gettext_lazy("The decision's § in the minutes, for instance § 145."),
    )
    document = forms.FileField(
        label=gettext_lazy("Document"),
        required=False,
        help_text=gettext_lazy("The minutes' extract, where you have it (pdf, docx or odt, at most 20 MB)."),
        widget=forms.FileInput(attrs={"accept": ",".join(ACCEPTED)}),
    )

    def remarks(self) -> list[str]:
        return undecided_words(self.subject, self.by)


class CarryOverForm(AskingForm):
    """The year to which the plan is carried over."""

    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=2000, max_value=2100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].initial = self.subject.year + 1


class CloseForm(AskingForm):
    """Asks for nothing but the second press."""

    def remarks(self) -> list[str]:
        return [_("A closed plan cannot be opened again. It stays readable, and can be carried over to a later year.")]


class RunOnForm(AskingForm):
    """Asks for nothing but the second press."""

    def remarks(self) -> list[str]:
        return [
            _(
                "The checks of these controls go on being opened in %(year)d, until its plan is adopted, and count as done under "
                "this plan. What was due before today is not made up for."
            )
            % {"year": self.subject.year + 1}
        ]


def undecided_words(plan: ControlPlan, user: User) -> list[str]:
    """Return a remark with the number of carried-over risks the user sees that nobody has decided on; empty for none."""
    count = plan.risks.visible_to(user).current().undecided().count()
    if not count:
        return []
    return [
        ngettext(
            "%(count)d risk carried over from last year has not been gone through yet.",
            "%(count)d risks carried over from last year have not been gone through yet.",
            count,
        )
        % {"count": count}
    ]


def _always(plan: ControlPlan) -> bool:
    return True


def _verb(
    name: str,
    act: Callable[..., ControlPlan],
    said: Callable[[], str],
    only_when: Callable[[ControlPlan], bool] = _always,
    **how: Any,
) -> RecordVerb:
    def is_open(plan: ControlPlan, user: User) -> bool:
        is_possible = name in PLAN.verbs_from(plan.state) and may(user, PLANS.right_of(name), plan.unit)
        return is_possible and only_when(plan)

    return RecordVerb(name, VERB_LABELS[name], act, is_open, said=lambda _asked, _done: said(), **how)


PLAN_VERBS = (
    _verb(
        "propose",
        life.propose,
        lambda: _("The plan is proposed. When the committee has decided, adopt it here with the day and paragraph."),
        tone="primary",
        in_batch=True,
    ),
    _verb(
        "withdraw",
        life.withdraw,
        lambda: _("The proposal is withdrawn: the plan is a draft again."),
        form=ReasonForm,
        in_batch=True,
    ),
    _verb(
        "adopt",
        life.adopt,
        lambda: _("The plan is adopted. This version of it is kept as it was decided."),
        form=AdoptForm,
        tone="primary",
    ),
    _verb(
        "revise",
        life.revise,
        lambda: _("The plan is under revision: it can be changed, proposed and adopted anew."),
        form=ReasonForm,
    ),
    _verb(
        "carry_over",
        life.carry_over,
        lambda: _("The risks and controls are carried over. Go through them: what stays, what changes, what is dropped?"),
        form=CarryOverForm,
    ),
    _verb(
        "run_on",
        life.run_on,
        lambda: _("The controls run on: their checks go on being opened until the next plan is adopted."),
        only_when=lambda plan: not why_not_run_on(plan, clock.today()),
        form=RunOnForm,
        in_batch=True,
    ),
    _verb(
        "stop_running_on",
        life.stop_running_on,
        lambda: _("The controls run on no longer: no more checks are opened. Those that were opened stay."),
        only_when=lambda plan: plan.is_told_to_run_on,
    ),
    _verb(
        "close",
        life.close,
        lambda: _("The plan is closed with its year; nothing in it changes any more."),
        form=CloseForm,
        in_batch=True,
    ),
)
