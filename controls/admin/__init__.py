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
