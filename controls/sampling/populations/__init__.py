"""Populations: uploaded, checked, locked, held, weeded.

It may import sampling's other rooms and what they may (contract rooms-of-controls). Begin reading in `verbs`; the
long work is in controls.sampling.work.
"""
