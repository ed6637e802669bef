"""The steps a new installation still lacks before its first year can run, in order; nothing once all are done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists
from django.urls import reverse
from django.utils.translation import gettext as _

from controls.models import Closing
from riskreg.access.grants import may, paths_with
from riskreg.access.sight import within
from riskreg.access.verbs import ROLES_OF_VERB, Verb
from riskreg.models import Membership, Risk, RiskMatrix, Role, Unit, User
from riskreg.models.unit import ROOT_PATH_LENGTH

NEEDED_ROLES = (Role.CONTROLLER, Role.MANAGER, Role.CONTROL_OWNER)
"""Without one of each, no year comes to its report: who builds it, who performs, and somebody else who approves."""


@dataclass(frozen=True, slots=True)
class Step:
    label: str
    text: str
    is_done: bool
    url: str
    """The address where it is done; empty for a user who may not do it."""
    action: str
    done_by: str
    """The role that does it instead, in words; empty for a user who may."""
    is_next: bool = False


def sets_up(user: User) -> bool:
    """Return whether the user may take any of the steps."""
    return may(user, Verb.ADMINISTER) or may(user, Verb.CHANGE_CLOSING)


def first_steps(user: User, today: date) -> list[Step]:
    """Return the steps of the user's municipality, or none when all are done.

    One query, and none at all for a user who sets nothing up.
    """
    if not sets_up(user):
        return []
    there = _what_is_there(user, today)
    missing = [role for role in NEEDED_ROLES if not there[role]]
    steps = [
        _step(
            user,
            Verb.ADMINISTER,
            "admin:riskreg_unit_changelist",
            there["units"] or there["risks"],
            _("Units"),
            _("The municipality first, then its committees and companies, and the administrations below them."),
            _("Add units"),
        ),
        _step(
            user,
            Verb.ADMINISTER,
            "admin:riskreg_user_changelist",
            not missing,
            _("People and their roles"),
            _people_in_words(missing),
            _("Add people"),
        ),
        _step(
            user,
            Verb.ADMINISTER,
            "admin:riskreg_riskmatrix_add",
            there["matrices"],
            _("Risk matrix"),
            _("The scales that risks are scored by. The form begins with the usual four levels; make them yours."),
            _("Make the matrix"),
        ),
        _step(
            user,
            Verb.CHANGE_CLOSING,
            "year_closings",
            there["closings"],
            _("The year's closings"),
            _("Half-year and year-end, with the days by which follow-ups, approvals and reports are due."),
            _("Set the year's closings"),
        ),
        _step(
            user,
            Verb.CHANGE_PLAN,
            "admin:controls_planimport_add",
            there["risks"],
            _("The first plan"),
            _("From the file you have: Word, Excel or PDF. You see what it would become before anything is written."),
            _("Import a plan"),
        ),
    ]
    return [] if all(step.is_done for step in steps) else _with_the_next_marked(steps)


def _what_is_there(user: User, today: date) -> dict[str, bool]:
    """Return by name of the thing, or by role, whether the municipality has any.

    For an operator the whole installation counts.
    """
    paths = sorted({path[:ROOT_PATH_LENGTH] for path in paths_with(user, Verb.VIEW)})
    roles = Membership.objects.valid_on(today).filter(within(paths, "unit"), user__is_active=True)
    looked_for = {
        "units": Unit.objects.filter(within(paths), parent__isnull=False),
        **{role.value: roles.filter(role=role) for role in NEEDED_ROLES},
        "matrices": RiskMatrix.objects.filter(within(paths, "unit")),
        "closings": Closing.objects.filter(within(paths, "unit")),
        "risks": Risk.objects.filter(within(paths, "unit")),
    }
    found = {f"has_{name}": Exists(each.order_by()) for name, each in looked_for.items()}
    row = User.objects.filter(pk=user.pk).annotate(**found).values(*found).get()
    return {name: row[f"has_{name}"] for name in looked_for}


def _step(user: User, verb: Verb, page: str, is_done: bool, label: str, text: str, action: str) -> Step:
    if may(user, verb):
        return Step(label, text, is_done, reverse(page), action, "")
    roles = [str(role.label) for role in Role if role in ROLES_OF_VERB[verb]]
    return Step(label, text, is_done, "", "", _("Done by: %(roles)s") % {"roles": ", ".join(roles).lower()})


def _people_in_words(missing: list[Role]) -> str:
    if not missing or len(missing) == len(NEEDED_ROLES):
        return _(
            "A controller for the whole municipality; for each committee somebody who performs the controls, and a manager "
            "who approves what others performed."
        )
    return _("Nobody has this role yet: %(roles)s.") % {"roles": ", ".join(str(role.label).lower() for role in missing)}


def _with_the_next_marked(steps: list[Step]) -> list[Step]:
    """Mark the first step that is not done, if this user may do it."""
    following = next(step for step in steps if not step.is_done)
    return [Step(s.label, s.text, s.is_done, s.url, s.action, s.done_by, is_next=s is following and bool(s.url)) for s in steps]
