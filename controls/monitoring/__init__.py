"""Controls that watch: registers of suppliers, payments, agreements and others, their snapshots, and what differs between two.

A register is fed with files; each becomes a stored table with known columns (`kinds`, `snapshots`). The room may import
data files, models and riskreg, and no other room of controls but those below it (contract rooms-of-controls). Begin
reading in `kinds`, then `snapshots.reading`.
"""
