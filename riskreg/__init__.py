"""Riskreg: the register of risks itself, with organisation, people, access, plans and the audit trail.

Its rooms are layered in pyproject.toml (contract rooms-of-riskreg), pages on top and the ground floor at the bottom;
nothing here imports controls. Begin reading in `models`, then `access`, then `plans`.
"""
