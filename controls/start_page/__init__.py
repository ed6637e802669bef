"""The start page's content that needs controls: the first steps of a new installation.

The room may import follow-ups' floor and below: methods' rooms, data files, models, and riskreg (contract
rooms-of-controls). Begin reading in `first_steps`.
"""
