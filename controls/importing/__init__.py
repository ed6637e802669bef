"""Import of a file into a plan: `target` says where it goes, `changes` what would change; `plan` writes it, all or nothing.

riskreg.importing reads the file itself; this room writes risks, controls and follow-ups together, so it stands in the
app that may know all three. It may import controls' models, data files and transitions, the rooms of its own floor,
and riskreg (contract rooms-of-controls). Begin reading in `session`, which takes an import from upload to
confirmation.
"""
