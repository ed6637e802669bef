"""Registers: opened, fed with files, their columns mapped, their snapshots taken, asked about, weeded.

It may import monitoring's other rooms and what they may (contract rooms-of-controls). Begin reading in `verbs`; the
long work is in `work`.
"""
