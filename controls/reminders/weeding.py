"""Weeding of the ledger of reminders: lines about people are deleted some time after they were sent; the counts stay.

Lines of deadlines that are still open stay, however old they are: without them the person would be told anew.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F

from controls.models import Digest, Reminder, WeededLetters
from controls.reminders.items import all_items

ENDED = (Digest.State.SENT, Digest.State.GIVEN_UP, Digest.State.NOT_NEEDED)
AT_A_TIME = 2_000


def weed_ledger(today: date) -> int:
    """Delete the lines of letters older than the retention time, and letters left empty; return how many letters.

    They are added to the counts. Run twice, or by two workers at once, it counts each letter once.
    """
    before = today - timedelta(days=round(settings.REMINDER_LEDGER_MONTHS * 365.25 / 12))
    old = Digest.objects.filter(day__lt=before, state__in=ENDED)
    asked = {(item.kind, item.pk, item.deadline) for item in all_items(today)}
    lines = Reminder.objects.filter(digest__in=old).order_by().values_list("digest_id", "kind", "object_id", "deadline")
    kept = {digest for digest, *key in lines.iterator() if tuple(key) in asked}
    due = [pk for pk in old.order_by("pk").values_list("pk", flat=True) if pk not in kept]
    return sum(_weed(due[start : start + AT_A_TIME]) for start in range(0, len(due), AT_A_TIME))


@transaction.atomic
def _weed(letters: list[int]) -> int:
    # Letters are machinery, without history: claimed, so that each is counted once.
    rows = Digest.objects.select_for_update().filter(pk__in=letters).order_by("pk").values_list("pk", "day", "state")
    groups: dict[tuple[int, str], list[int]] = defaultdict(list)
    for pk, day, state in rows:
        groups[day.year, state].append(pk)
    for (year, state), gone in sorted(groups.items()):
        reminders, _each = Reminder.objects.filter(digest__in=gone).delete()
        Digest.objects.filter(pk__in=gone).delete()
        WeededLetters.objects.get_or_create(year=year, state=state)
        WeededLetters.objects.filter(year=year, state=state).update(
            letters=F("letters") + len(gone), reminders=F("reminders") + reminders
        )
    return sum(len(gone) for gone in groups.values())
