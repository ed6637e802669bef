"""Controls of a plan: added, changed, dropped, restored, and their schedules.

The room may import checks, follow-ups, scheduling, models and riskreg, but no pages (contract rooms-of-controls).
Begin reading in `verbs`, then `rescheduling`.
"""
