"""The state of an alert as a tag: a tone, a symbol and words, never a colour alone."""

from __future__ import annotations

from django.utils.safestring import SafeString

from controls.models import Alert
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


def alert_mark(alert: Alert) -> SafeString:
    """Return the tag of the alert's state."""
    tone, symbol = MARKS[Alert.State(alert.state)]
    return mark(tone, symbol, alert.get_state_display())
