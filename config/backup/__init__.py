"""Backup of the whole installation into one file, and its restoring: on the same database engine or the other.

`saving` writes a file, `archive` says what is in one, `restoring` builds what a file holds beside what is there, proves
it row by row and only then lets `switch` put it in place. Knows the apps' models by their fields alone. Begin reading in
`saving`; the reasons stand in docs/decisions/0032-one-file-in-a-form-of-neither-engine.md.
"""
