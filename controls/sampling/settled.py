"""The records that stand on a sample: its follow-up, that of its check, or the check itself.

Every write on a sample locks in this order, everywhere: the follow-up, the check, the population, the sample, its
items. So nothing is written on it between the moment a follow-up is read to be submitted or approved, or a check to
be recorded, and the moment that is saved.
"""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _

from controls.models import Check, FollowUp, LatePerformance, Sample
from riskreg.verbs.errors import NotInThisState


def backed_by(sample: Sample) -> FollowUp | Check | None:
    """Return what stands on the sample, and takes the files of its items.

    It is its follow-up, that of its check, or the check itself.
    """
    if sample.follow_up is not None or sample.occasion_id is None:
        return sample.follow_up
    of_check = FollowUp.objects.filter(check_performed=sample.occasion_id).select_related("closing").first()
    return of_check or sample.occasion


def lock_what_stands_on(sample: Sample) -> None:
    """Lock what stands on the sample, in a transaction, before the sample is locked or read.

    Values read before are read again after it.

    FOR NO KEY UPDATE: it waits for every verb of the follow-up or check, not for a new row that refers to it.
    """
    condition = Q(pk=sample.follow_up_id) if sample.follow_up_id else Q(pk__in=[])
    if sample.occasion_id:
        condition |= Q(check_performed=sample.occasion_id)
    # Evaluated for the lock alone; ordered, so that two who lock several do so in one order.
    list(FollowUp.objects.filter(condition).order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    if sample.occasion_id:
        list(Check.objects.filter(pk=sample.occasion_id).select_for_update(no_key=True).values_list("pk", flat=True))


def require_unsettled(sample: Sample, verb: str) -> None:
    """Raise NotInThisState, naming the verb, when a submitted or recorded result stands on the sample.

    A missed check may still be performed late, and then examined, until that is recorded.
    """
    backed = backed_by(sample)
    if isinstance(backed, FollowUp) and not backed.is_open:
        raise NotInThisState(verb, backed.get_state_display(), [_("Return"), _("Reopen")])
    if isinstance(backed, Check):
        late = backed.state == Check.State.MISSED and LatePerformance.objects.filter(missed_check=backed).exists()
        if backed.state == Check.State.DONE or late:
            raise NotInThisState(verb, backed.get_state_display(), [])


def is_settled(sample: Sample) -> bool:
    """Return whether a submitted or recorded result stands on the sample."""
    try:
        require_unsettled(sample, "")
    except NotInThisState:
        return True
    return False
