"""A plan or a follow-up table comes in: a file becomes tables, tables become fields, fields become a plan."""
