"""Samples: planned, examined item by item, evaluated, and their words for a follow-up.

It may import sampling's other rooms and what they may (contract rooms-of-controls). Begin reading in `planning`, then
`outcomes` and `appraisal`.
"""
