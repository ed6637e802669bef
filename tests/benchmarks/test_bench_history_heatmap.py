"""`make bench`: the heatmap as of a day beside today's, at 100,000 risks with 2,000,000 history rows, on both engines.

The whole request is timed as in test_bench_heatmap. The register is written by SQL: 100 plans (twenty committees, five
years), a thousand risks in each, and twenty history rows for each risk, spread over fifteen months around its plan's
year, in every one of which the assessment may have changed.
"""

from __future__ import annotations

import gc
import statistics
from datetime import date
from typing import Any, NamedTuple

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from riskreg.models import ControlPlan, Unit
from tests.benchmarks.figures import record
from tests.benchmarks.test_bench_heatmap import RUNS, milliseconds
from tests.cast import make_cast, make_user

COMMITTEES, YEARS = 20, range(2021, 2026)
RISKS, ROWS = 1_000, 20
CEILING = 5.0
"""Times today's heatmap of the same risks."""
TREND_CEILING = 10.0
"""Times a day's heatmap of the same risks."""

NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {last})"
RISK = """
INSERT INTO riskreg_risk (
    plan_id, unit_id, number, title, title_sort, description, process, owner_text, likelihood, impact, risk_score,
    placement_note, is_municipality_wide, is_confidential, confidentiality_section, is_dropped, decision, decision_reason,
    created_at
)
{numbers}
SELECT pl.id, pl.unit_id, i + 1, 'Risk nummer ' || i, 'risk', '{description}', '', '', 1, 1, 1, '', i % 40 = 1, i % 50 = 0,
    CASE WHEN i % 50 = 0 THEN 'OSL 18:8' ELSE '' END, i % 25 = 3, '', '', '2020-01-01 00:00:00{zone}'
FROM n CROSS JOIN riskreg_controlplan pl WHERE NOT EXISTS (SELECT 1 FROM riskreg_risk r WHERE r.plan_id = pl.id) ORDER BY pl.id, i
"""
HISTORY = """
INSERT INTO riskreg_historicalrisk (
    id, plan_id, unit_id, number, title, title_sort, description, process, owner_text, likelihood, impact, risk_score,
    placement_note, is_municipality_wide, is_confidential, confidentiality_section, is_dropped, decision, decision_reason,
    created_at, history_date, history_type, history_user_name, history_acting_for
)
{numbers}
SELECT r.id, r.plan_id, r.unit_id, r.number, r.title, r.title_sort, r.description, '', '', {p}, {c}, {p} * {c},
    '', r.is_municipality_wide, r.is_confidential, r.confidentiality_section, r.is_dropped, '', '',
    r.created_at, {day}, CASE WHEN i = 0 THEN '+' ELSE '~' END, 'Eva Dahl', ''
FROM n CROSS JOIN riskreg_risk r JOIN riskreg_controlplan pl ON pl.id = r.plan_id WHERE r.title LIKE 'Risk nummer %'
ORDER BY i, r.id
"""
LAST = """
UPDATE riskreg_risk SET likelihood = {p}, impact = {c}, risk_score = {p} * {c} WHERE title LIKE 'Risk nummer %'
"""
DAY = {
    "sqlite": "datetime((pl.year - 1) || '-11-01', '+' || (i * 23 + r.number % 23) || ' days') || printf('.%06d', 1 + r.id)",
    "postgresql": "make_timestamptz(pl.year - 1, 11, 1, 0, 0, 0, 'UTC') + (i * 23 + r.number % 23) * interval '1 day'"
    " + (1 + r.id) * interval '1 microsecond'",
}


def write_register() -> tuple[int, int]:
    """Fill the plans that are empty; answers how many risks and how many history rows there are now."""
    vendor = connection.vendor
    description = "Risk att något går fel när underlaget brister. " * 4
    p, c = "((r.number + i * 7) % 4 + 1)", "((r.number + i * 7) / 4 % 4 + 1)"
    last = ROWS - 1
    with connection.cursor() as cursor:
        zone = "+00" if vendor == "postgresql" else ""
        cursor.execute(RISK.format(numbers=NUMBERS.format(last=RISKS - 1), description=description, zone=zone))
        cursor.execute(HISTORY.format(numbers=NUMBERS.format(last=last), p=p, c=c, day=DAY[vendor]))
        now = [one.replace("r.number", "number").replace("i * 7", f"{last} * 7") for one in (p, c)]
        cursor.execute(LAST.format(p=now[0], c=now[1]))
        # What autovacuum does for a table that has grown: the index alone then answers.
        cursor.execute("VACUUM ANALYZE" if vendor == "postgresql" else "ANALYZE")
        counts = []
        for table in ("riskreg_risk", "riskreg_historicalrisk"):
            cursor.execute(f"SELECT COUNT(*) FROM {table}")
            counts.append(cursor.fetchone()[0])
    return counts[0], counts[1]


class Case(NamedTuple):
    name: str
    today: str
    then: str
    manager: bool = False


CASES = [
    Case("one year", "year=2025", "year=2025&day=2025-06-30"),
    Case("one year, its first day", "year=2025", "year=2025&day=2024-11-10"),
    Case("all years", "year=all", "year=all&day=2025-06-30"),
    Case("all years, the middle", "year=all", "year=all&day=2023-06-30"),
    Case("manager, one year", "year=2025", "year=2025&day=2025-06-30", manager=True),
]
BESIDE = [
    ("two days", "heatmap_history", "year=2025&day=2025-06-30&against=2025-01-31"),
    ("two years", "heatmap_history", "year=2025&against_year=2024"),
]
TRENDS = [("trend, one year", "year=2025", CASES[0]), ("trend, all years", "year=all", CASES[2])]


def best(client: Client, page: str, query: str) -> tuple[float, float]:
    environ = client._base_environ(PATH_INFO=reverse(page), QUERY_STRING=query)  # type: ignore[attr-defined]

    def asked() -> None:
        assert client.handler(dict(environ)).status_code == 200

    taken = milliseconds(asked)
    return statistics.median(taken), min(taken)


@pytest.mark.bench
@pytest.mark.django_db(transaction=True)
def test_the_heatmap_of_a_day_costs_at_most_five_times_todays(settings: Any, client: Client) -> None:
    settings.RISKREG_TODAY = date(2026, 1, 12)
    cast = make_cast()
    cast.plan.delete()
    cast.school_plan.delete()
    for number in range(COMMITTEES):
        committee = Unit.objects.create(name=f"Nämnd {number:02d}", kind="committee", parent=cast.municipality)
        for year in YEARS:
            ControlPlan.objects.create(unit=committee, year=year, matrix=cast.matrix)
    risks, rows = write_register()
    assert (risks, rows) == (COMMITTEES * len(YEARS) * RISKS, COMMITTEES * len(YEARS) * RISKS * ROWS)
    gc.collect()
    client.force_login(cast.eva)
    managers = Client()
    managers.force_login(make_user("Maja Chef", Unit.objects.get(name="Nämnd 03"), "manager"))

    lines = [f"Milliseconds on {connection.vendor}, {risks:,} risks, {rows:,} history rows: median (best) of {RUNS}"]
    over = []
    taken_then = {}
    for case in CASES:
        who = managers if case.manager else client
        today, then = best(who, "heatmap", case.today), best(who, "heatmap_history", case.then)
        taken_then[case] = then[1]
        times = then[1] / today[1]
        lines.append(
            f"{case.name:26} today {today[0]:5.0f} ({today[1]:.0f})   then {then[0]:5.0f} ({then[1]:.0f})   {times:.1f} times"
        )
        if times > CEILING:
            over.append(f"{case.name}: {times:.1f} times")
    for name, page, query in BESIDE:
        taken = best(client, page, query)
        lines.append(f"{name:26} {taken[0]:5.0f} ({taken[1]:.0f})")
    for name, query, case in TRENDS:
        taken = best(client, "trend", query)
        times = taken[1] / taken_then[case]
        lines.append(f"{name:26} {taken[0]:5.0f} ({taken[1]:.0f})   {times:.1f} times the heatmap of a day")
        if times > TREND_CEILING:
            over.append(f"{name}: {times:.1f} times")
    record(f"look-back-{connection.vendor}", "\n".join(lines))
    assert over == []
