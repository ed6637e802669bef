"""Checks: opened by the schedule, performed, missed, moved, with their files.

The room may import follow-ups, the methods' rooms, models and riskreg, but no reports and no pages (contract
rooms-of-controls). Begin reading in `verbs`, then `opening`.
"""
