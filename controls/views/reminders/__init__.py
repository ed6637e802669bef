"""Pages of a user's own reminders and calendars. They may import what every page may (controls.views).

Begin reading in `my_reminders`.
"""
