"""Context of every page's frame: the menu, the organisation's name, the signed-in user."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controls.checks.waiting import NEAR_DAYS
from controls.models import Check, FollowUp
from controls.start_page.first_steps import sets_up
from riskreg import clock
from riskreg.access.grants import grants_of, may, standing_of, stands_in_for
from riskreg.access.verbs import Verb
from riskreg.database.compiled import count_once_compiled
from riskreg.models import Unit, User


@dataclass(frozen=True, slots=True)
class NavItem:
    label: str
    url: str
    current: bool
    count: int = 0
    hot: bool = False
    count_label: str = ""


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the variables of the page's frame, evaluated only where a page shows them.

    `nav`, `organisation`, `organisation_note`, `may_have_deputies`, `may_chase`, `may_set_up`, `role_text`,
    `pinned_day`.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"pinned_day": clock.pinned_day()}
    return {
        "nav": SimpleLazyObject(lambda: _nav(request, user)),
        "organisation": SimpleLazyObject(lambda: _organisation(user)),
        "organisation_note": _("Internal control"),
        "may_have_deputies": SimpleLazyObject(lambda: may(user, Verb.VIEW)),
        "may_chase": SimpleLazyObject(lambda: may(user, Verb.CHASE)),
        "may_set_up": SimpleLazyObject(lambda: sets_up(user)),
        "role_text": SimpleLazyObject(lambda: _role_text(user)),
        "pinned_day": clock.pinned_day(),
    }


def _nav(request: HttpRequest, user: User) -> list[NavItem]:
    waiting = _number_waiting(user)
    entries: list[tuple[str, str, bool]] = [
        (_("My follow-ups"), "inbox", True),
        (_("Risks"), "risks", True),
        (_("Heatmap"), "heatmap", True),
        (_("Trend"), "trend", True),
        (_("Plans"), "plans", True),
        (_("The year"), "year", True),
        (_("Indicators"), "indicators", True),
        (_("Registers"), "registers", True),
        (_("Alerts"), "alerts", may(user, Verb.READ_REGISTER)),
        (_("Reports"), "reports", True),
        (_("Audit trail"), "trail", may(user, Verb.VERIFY)),
    ]
    items = []
    in_follow_ups = request.path.startswith((reverse("admin:controls_followup_changelist"), reverse("checks")))
    for label, name, shown in entries:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        if not shown:
            continue
        current = request.path == url or (url != "/" and request.path.startswith(url))
        if name == "inbox":
            # A follow-up's own page lies in the admin; whoever came from the inbox has not left it.
            current = current or in_follow_ups
            count_label = ngettext("%(count)d waiting for you", "%(count)d waiting for you", waiting) % {"count": waiting}
            items.append(NavItem(label, url, current, waiting, waiting > 0, count_label))
        else:
            items.append(NavItem(label, url, current))
    in_admin = request.path.startswith(reverse("admin:index")) and not in_follow_ups
    items.append(NavItem(_("Administration"), reverse("admin:index"), in_admin))
    return items


def _number_waiting(user: User) -> int:
    """Return how many follow-ups and near checks wait for the user. Every page asks it, so its SQL is compiled once."""
    near = clock.today() + timedelta(days=NEAR_DAYS)

    def waiting() -> QuerySet[Any, Any]:
        follow_ups = FollowUp.objects.waiting_on(user).visible_to(user).order_by()
        checks = Check.objects.waiting_on(user).visible_to(user).filter(due_on__lte=near).order_by()
        return follow_ups.values("pk").union(checks.values("pk"), all=True)

    return count_once_compiled(("waiting", standing_of(user), near), waiting)


def _organisation(user: User) -> str:
    """Return the municipality's name: the top of the tree the user belongs to, or the first there is."""
    grants = grants_of(user)
    if grants and grants[0].organisation:
        return grants[0].organisation
    root = Unit.objects.filter(parent__isnull=True).first()
    return root.name if root else "Riskreg"


def _role_text(user: User) -> str:
    """Return the user's roles in words, and whom they stand in for: "Controller. Deputy for Karin Lindqvist"."""
    roles = list(dict.fromkeys(str(grant.role.label) for grant in grants_of(user) if grant.lent_by is None))
    if may(user, Verb.ADMINISTER) and user.is_superuser:
        roles.append(_("Operator"))
    text = ", ".join(roles) or _("No role yet")
    absent = ", ".join(stands_in_for(user).values())
    return _("%(roles)s. Deputy for %(names)s") % {"roles": text, "names": absent} if absent else text
