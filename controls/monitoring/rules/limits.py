"""Limits in law that change with time, each with the day it came into force and where it is said.

Direct procurement of goods and services by the procurement act (LOU): 700,000 SEK since 1 February 2022. Before that 28 per cent
of the threshold, in the figures that Konkurrensverket publishes under "Gamla tröskelvärden". The duty to document a direct
procurement above 100,000 SEK came on 1 July 2014.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

Dated = tuple[tuple[date, Decimal], ...]

DIRECT_PROCUREMENT: Dated = (
    (date(2018, 1, 1), Decimal(586_907)),
    (date(2020, 1, 1), Decimal(615_312)),
    (date(2022, 2, 1), Decimal(700_000)),
)
DOCUMENTATION: Dated = ((date(2014, 7, 1), Decimal(100_000)),)


def limit_on(limits: Dated, day: date) -> Decimal:
    """Return the limit in force on the day; the oldest known one before the first."""
    known = [limit for since, limit in limits if since <= day]
    return known[-1] if known else limits[0][1]


def as_sql(limits: Dated, day: str) -> str:
    """Return in SQL the limit in force on the day that the expression `day` gives."""
    cases = [f"when {day} < date '{following[0]}' then {limit[1]}" for limit, following in pairwise(limits)]
    return f"(case {' '.join(cases)} else {limits[-1][1]} end)" if cases else f"({limits[-1][1]})"
