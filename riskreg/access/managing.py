"""Who may manage whose account: whoever has the administrator's right over all that the person reaches."""

from __future__ import annotations

from itertools import chain

from django.db import models

from riskreg import clock
from riskreg.access.grants import may
from riskreg.access.verbs import Verb
from riskreg.models.deputyship import Deputyship
from riskreg.models.membership import Membership, Role
from riskreg.models.user import User


def lent_to(person: User) -> models.QuerySet[Membership]:
    """Return the roles that the person has as a deputy, today or in a period already set, with their units. One query."""
    absent = Deputyship.objects.not_over(clock.today()).filter(deputy=person, absent__is_active=True)
    lent = Membership.objects.filter(user__in=absent.values("absent")).exclude(role=Role.ADMINISTRATOR)
    return lent.select_related("unit")


def may_manage(by: User, person: User) -> bool:
    """Return whether the user has rights over all that the person reaches, also as a deputy.

    Whoever changed a colleague's address could try to act as them.
    """
    if person.is_superuser and not by.is_superuser:
        return False
    reached = chain(person.memberships.all(), lent_to(person))
    return may(by, Verb.ADMINISTER) and all(may(by, Verb.ADMINISTER, membership.unit) for membership in reached)
