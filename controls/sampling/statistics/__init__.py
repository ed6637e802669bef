"""The statistics of sampling: sizes, allocation among strata, evaluation, and monetary units, decided exactly.

The room is pure: it imports the standard library and its own files only (contract pure-rooms). Begin reading in
`size` and `evaluate`; `design` is the entrance for the rest of sampling.
"""
