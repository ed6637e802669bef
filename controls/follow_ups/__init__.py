"""Follow-ups: opened for a closing, written, submitted, approved, with their actions, files and people.

The room may import the methods' rooms, data files, models and riskreg, but no checks, reports or pages (contract
rooms-of-controls). Begin reading in `verbs`, then `people`.
"""
