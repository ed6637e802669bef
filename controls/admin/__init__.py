"""The admin of controls: lists and forms of its records, on riskreg's admin.

It stands on the top floor and may import every room of controls and riskreg, but no pages import it (contract
rooms-of-controls). Begin reading in `control`, then `follow_up`.
"""

from controls.admin import (
    closing,
    control,
    digest,
    follow_up,
    plan_import,
    plan_verbs,
    population,
    reminder_stages,
    report_template,
)

__all__ = [
    "closing", "control", "digest", "follow_up", "plan_import", "plan_verbs", "population", "reminder_stages", "report_template",
]  # fmt: skip
