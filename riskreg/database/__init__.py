"""The work that the database does by itself, on either engine: triggers.

The room stands on the ground floor, knows no model and imports no other room (contract rooms-of-riskreg). Begin
reading in `triggers`.
"""
