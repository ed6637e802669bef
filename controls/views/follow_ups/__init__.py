"""Pages of follow-ups: the inbox, one follow-up, its verbs and files.

They may import what every page may (controls.views). Begin reading in `page`.
"""
