"""Values from a file: its rows read in a confined process (file), checked row by row and recorded all or none (rows).

Begin reading in `rows`.
"""
