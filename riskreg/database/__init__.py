"""The work that the database does by itself, on either engine: triggers; and queries whose SQL is kept.

The room stands on the ground floor, knows no model and imports no other room (contract rooms-of-riskreg). Begin
reading in `triggers`.
"""
