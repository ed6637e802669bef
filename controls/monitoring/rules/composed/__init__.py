"""Rules that a person composes, without code: a field of one register, what is told of it, and of which rows.

`definition` is what was chosen, and says whether it makes sense; `writing` makes a rule of it, with SQL in which no text of
anybody's stands: values are bound, columns are looked up. `saying` puts it in a sentence. The room may import what
controls.monitoring.rules may, and the kinds of registers. Begin reading in `definition`.
"""
