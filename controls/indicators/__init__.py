"""Indicators: figures followed over time, held against a target, an acceptable and a critical level.

A definition is reused by every unit that keeps a series of it. The room may import what the methods of control may, and no
pages (contract rooms-of-controls). Begin reading in `figures/series.py`, then `values.py`; what backs a follow-up is
`behind_follow_ups`.
"""
