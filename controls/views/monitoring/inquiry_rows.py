"""Inquiries as rows of a table: on their own list, an alert's page and a company's page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from controls.models import Alert, Inquiry
from riskreg import clock
from riskreg.models import User
from riskreg.templatetags.presentation import mark

MOST = 50
_MARKS = {
    Inquiry.Outcome.IN_ORDER: ("low", "✓"),
    Inquiry.Outcome.DEVIATION: ("critical", "✕"),
    Inquiry.Outcome.UNCLEAR: ("guard", "?"),
    Inquiry.Outcome.NOT_GIVEN: ("none", "■"),
    Inquiry.Outcome.NO_ANSWER: ("guard", "–"),
    Inquiry.Outcome.WITHDRAWN: ("none", "–"),
}


@dataclass(frozen=True, slots=True)
class InquiryRow:
    """An inquiry as it is shown today."""

    inquiry: Inquiry
    mark: SafeString
    days: int
    is_late: bool


def inquiry_mark(inquiry: Inquiry, today: date) -> SafeString:
    """Return the tag of what came of it, or of its waiting."""
    if inquiry.outcome:
        return mark(*_MARKS[Inquiry.Outcome(inquiry.outcome)], inquiry.get_outcome_display())
    if inquiry.is_late(today):
        return mark("high", "!", _("Waits past its day"))
    return mark("ongoing", "◷", inquiry.get_state_display())


def rows_of(inquiries: Iterable[Inquiry]) -> list[InquiryRow]:
    """Return the inquiries as rows."""
    today = clock.today()
    return [InquiryRow(one, inquiry_mark(one, today), one.days_waited(today), one.is_late(today)) for one in inquiries]


def inquiries_of_alert(alert: Alert, user: User) -> list[InquiryRow]:
    """Return the inquiries about the alert, those that wait first."""
    found = Inquiry.objects.visible_to(user).filter(alert=alert).select_related("responsible")
    return rows_of(found.order_by("-state", "-asked_on", "-pk")[:MOST])


def inquiries_about(identity: str, user: User) -> list[InquiryRow]:
    """Return the inquiries about an organisation number that the user may read, those that wait first."""
    if not identity:
        return []
    found = Inquiry.objects.visible_to(user).filter(identity=identity).select_related("responsible")
    return rows_of(found.order_by("-state", "-asked_on", "-pk")[:MOST])
