"""The demonstration: a real municipality's internal control of 2025, loaded through the product's own import and verbs.

Titles, scores, methods and outcomes of the executive board's plan are those of Alingsås kommun's published half-year
report of 2025; the wording is this project's. What the report does not say (factors, dates and § of decisions, the
year 2024, the year-end, people, the other committees) is invented, and each plan's `source` says so.
"""

from controls.demo.people import logins

__all__ = ["logins"]
