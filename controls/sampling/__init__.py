"""Sampling: populations, designs, draws, outcomes and their evaluation; the first method of control.

The room may import data files, models, transitions and riskreg (contract rooms-of-controls), and registers itself as
a backing of follow-ups. Begin reading in `statistics` for the mathematics, `populations.verbs` and `drawing.verbs`
for the work.
"""
