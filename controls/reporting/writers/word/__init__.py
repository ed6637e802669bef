"""Writer of Word documents, and the templates that municipalities bring.

It may import its neighbours among the writers, `controls.reporting.paper`, the models and the ground floor of
riskreg. Begin reading in `docx`; `frame` fills the template, `own_template` stores a unit's own.
"""
