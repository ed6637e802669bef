"""The state of an alert or an inquiry as a tag: a tone, a symbol and words, never a colour alone."""

from __future__ import annotations

from datetime import date

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from controls.models import Alert, Inquiry
from riskreg.templatetags.presentation import mark

MARKS = {
    Alert.State.NEW: ("high", "!"),
    Alert.State.EXAMINED: ("ongoing", "◷"),
    Alert.State.CONFIRMED: ("critical", "✕"),
    Alert.State.EXPLAINED: ("low", "✓"),
    Alert.State.FALSE_ALARM: ("none", "–"),
    Alert.State.ASLEEP: ("none", "☾"),
    Alert.State.EXCLUDED: ("none", "■"),
}
INQUIRY_MARKS = {
    Inquiry.Outcome.IN_ORDER: ("low", "✓"),
    Inquiry.Outcome.DEVIATION: ("critical", "✕"),
    Inquiry.Outcome.UNCLEAR: ("guard", "?"),
    Inquiry.Outcome.NOT_GIVEN: ("none", "■"),
    Inquiry.Outcome.NO_ANSWER: ("guard", "–"),
    Inquiry.Outcome.WITHDRAWN: ("none", "–"),
}


def alert_mark(alert: Alert) -> SafeString:
    """Return the tag of the alert's state."""
    tone, symbol = MARKS[Alert.State(alert.state)]
    return mark(tone, symbol, alert.get_state_display())


def inquiry_mark(inquiry: Inquiry, today: date) -> SafeString:
    """Return the tag of what came of it, or of its waiting."""
    if inquiry.outcome:
        return mark(*INQUIRY_MARKS[Inquiry.Outcome(inquiry.outcome)], inquiry.get_outcome_display())
    if inquiry.is_late(today):
        return mark("high", "!", _("Waits past its day"))
    return mark("ongoing", "◷", inquiry.get_state_display())
