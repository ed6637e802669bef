"""What a run found again: outcomes of earlier runs that it names and does not write once more.

A register that is asked every day is mostly unchanged. Its rules are run all the same, as many count from today; and each
day would add a row for each rule. An outcome is repeated when the rule, as it was then, read the same snapshots and told the
same of all: nothing new, returned, changed or gone. The day that a run repeated it is the run's own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import cast

from django.db.models import F, Max, OuterRef, Subquery

from controls.models import Watch, WatchOutcome, WatchRun
from controls.monitoring.watching.telling import Counts


def last_outcomes(watches: Iterable[Watch]) -> dict[int, WatchOutcome]:
    """Return the last outcome of each watched rule that was not changed since, by the rule's key; one query."""
    newest = WatchOutcome.objects.filter(watch__in=[watch.pk for watch in watches]).order_by().values("watch")
    written = Watch.history.filter(id=OuterRef("watch")).order_by("-history_id").values("history_date")[:1]
    rows = WatchOutcome.objects.filter(pk__in=newest.annotate(last=Max("pk")).values("last")).annotate(written=Subquery(written))
    return {row.watch_id: row for row in rows.filter(written__lte=F("run__finished_at"))}


def found_again(last: WatchOutcome, counts: Counts, read: Mapping[str, int]) -> bool:
    """Return whether the rule gave what it gave the last time: on the same snapshots, of as many subjects, and nothing new."""
    is_told = last.result == WatchOutcome.Result.TOLD
    return (
        is_told
        and (last.snapshots, last.hits) == (dict(read), counts.hits)
        and counts.unchanged == counts.hits
        and not counts.gone
    )


def repeated(registers: Iterable[int], since: datetime) -> dict[int, list[datetime]]:
    """Return when each outcome was found again by runs of these registers since then, by its key; one query."""
    runs = WatchRun.objects.filter(register__in=set(registers), finished_at__gte=since).exclude(repeats=[])
    found: dict[int, list[datetime]] = defaultdict(list)
    for outcomes, moment in runs.order_by("finished_at").values_list("repeats", "finished_at"):
        for outcome in outcomes:
            # The query asks for finished runs only.
            found[outcome].append(cast(datetime, moment))
    return found
