"""Inquiries as rows of a table: on their own list, an alert's page and a company's page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.safestring import SafeString

from controls.models import Alert, Inquiry
from controls.views.monitoring.marks import inquiry_mark
from riskreg import clock
from riskreg.models import User

MOST = 50


@dataclass(frozen=True, slots=True)
class InquiryRow:
    """An inquiry as it is shown today."""

    inquiry: Inquiry
    mark: SafeString
    days: int
    is_late: bool


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
