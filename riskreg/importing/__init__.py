"""Import of a control plan or a follow-up table from a file: file to tables, tables to fields, fields to typed rows.

Its files may import riskreg's verbs, access, models and ground floor, and no other capability (contract
rooms-of-riskreg); the sister room controls.importing writes the rows into a plan. Begin reading in
`tables.read_tables`, then `columns.parse`.
"""
