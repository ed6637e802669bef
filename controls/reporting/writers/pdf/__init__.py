"""Writer of PDF documents: tagged, by typst in a process of its own.

It may import its neighbours among the writers, `controls.reporting.paper` and the ground floor of riskreg. Begin
reading in `pdf`; `typesetting` runs typst, the other files mend the structure of what typst wrote.
"""
