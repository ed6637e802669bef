"""Analysis over closings and years: trend, lateness, and the filters that controls add to the risks' filters.

The room may import controls' models, data files and transitions, and riskreg (contract rooms-of-controls). Begin
reading in `trend`, then `filters`.
"""
