"""Reminders of deadlines: who is told of what on which day, the letters, their delivery, and calendars of what is due.

The room may import controls' models, data files, transitions, methods' rooms and riskreg, but not checks, reports or
pages (contract rooms-of-controls). Begin reading in `due`, which finds what is to be told; then `compose` and
`deliver`.
"""
