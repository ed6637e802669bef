"""The year: closings and their dates, the overview by unit and month, the wheel, and the daily run that opens checks.

The room may import checks, follow-ups, reminders, the methods' rooms, models and riskreg, but no pages and no jobs
(contract rooms-of-controls). Begin reading in `run`, then `overview`.
"""
