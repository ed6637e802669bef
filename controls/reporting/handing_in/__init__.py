"""Handing in: a report's content, hash and files are fixed, and its next version shows what changed.

It may import the reporting room's other files and the rooms below reporting (contract rooms-of-controls). Begin
reading in `verbs`.
"""
