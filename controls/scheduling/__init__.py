"""Schedules: the days on which a control is due, moved to Swedish working days, and deadlines counted back from a closing.

The room may import controls' models, data files and transitions, and riskreg (contract rooms-of-controls). Begin
reading in `rhythm`, which is pure; `occasions` applies it to stored schedules.
"""
