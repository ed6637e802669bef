"""Evidence: files that back a result: checked, stored, removed.

The room may import controls' models, data files and transitions, and riskreg (contract rooms-of-controls). Begin
reading in `files`.
"""
