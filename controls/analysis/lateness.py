"""Timeliness of follow-ups: whether each was submitted in time."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.functions import TruncDate
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext_lazy

from controls.models import FollowUp
from riskreg.charts import Series

LATENESS: dict[str, Series] = {
    "in_time": Series(gettext_lazy("In time"), "low", "✓"),
    "after": Series(gettext_lazy("Submitted after the due date"), "guard", "!"),
    "late": Series(gettext_lazy("Late, not submitted"), "critical", "✕"),
    "waiting": Series(gettext_lazy("Not due yet"), "ongoing", "◷"),
}


def with_lateness(follow_ups: QuerySet[FollowUp], today: date) -> QuerySet[Any]:
    """Annotate each with `came`, a key of LATENESS; days are the municipality's."""
    is_open = Q(state__in=FollowUp.OPEN_STATES)
    came = Case(
        When(is_open & Q(due_on__lt=today), then=Value("late")),
        When(is_open, then=Value("waiting")),
        When(submitted_day__gt=F("due_on"), then=Value("after")),
        default=Value("in_time"),
        output_field=CharField(),
    )
    return follow_ups.annotate(submitted_day=TruncDate("submitted_at", tzinfo=get_default_timezone())).annotate(came=came)
