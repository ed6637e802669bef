"""`make bench`: the heatmap's and the risk list's time for 100 to 100,000 risks, on both engines.

The whole request is timed on the server's side (the handler of django.test.Client: middleware, session, rights,
queries, template; not the copies of every template's context that the client keeps for tests), next to the raw SQL that
answers the same question, in the same run. The risks lie in 100 plans (twenty committees, five years) over 120 units;
the person is the controller of the whole municipality and, where the line says so, the manager of one committee.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from controls.models import Control, FollowUp
from riskreg.models import ControlPlan, Risk, RiskCategory, Unit
from tests.benchmarks.figures import record
from tests.cast import Cast, _factors, make_closing, make_user

SIZES = (100, 2_000, 20_000, 100_000)
YEARS = range(2021, 2026)
COMMITTEES, UNITS_OF_EACH = 20, 6
RUNS = 9
CEILING_MS = {2_000: 50.0, 100_000: 100.0}
GROWTH_CEILING = 2.0

CELLS = """
SELECT likelihood, impact, risk_score, COUNT(*) FROM riskreg_risk
WHERE NOT is_dropped {where} GROUP BY likelihood, impact, risk_score
"""
ROWS = """
SELECT r.*, p.year, u.name FROM riskreg_risk r
JOIN riskreg_controlplan p ON p.id = r.plan_id JOIN riskreg_unit u ON u.id = r.unit_id
WHERE NOT r.is_dropped {where} ORDER BY r.risk_score DESC, r.plan_id, r.number LIMIT 50
"""
OF_YEAR = "AND plan_id IN (SELECT id FROM riskreg_controlplan WHERE year = 2025)"


class Case(NamedTuple):
    name: str
    page: str
    query: str
    sql: str
    manager: bool = False


CASES = [
    Case("heatmap, one plan", "heatmap", "plan={plan}", CELLS.format(where="AND plan_id = {plan}")),
    Case("heatmap, one year", "heatmap", "year=2025", CELLS.format(where=OF_YEAR)),
    Case("heatmap, all years", "heatmap", "year=all", CELLS.format(where="")),
    Case("list, one plan", "risks", "plan={plan}", ROWS.format(where="AND plan_id = {plan}")),
    Case("list, one year", "risks", "year=2025", ROWS.format(where=OF_YEAR)),
    Case("list, all years", "risks", "year=all", ROWS.format(where="")),
    Case("manager's heatmap", "heatmap", "year=2025", CELLS.format(where=OF_YEAR), manager=True),
    Case("manager's list", "risks", "year=2025", ROWS.format(where=OF_YEAR), manager=True),
]


class Figure(NamedTuple):
    """Milliseconds: the median and the best of the runs, and the raw SQL's best."""

    median: float
    best: float
    sql: float


def _clock() -> float:
    """SQLite works in this process, so its processor time is the whole of the server's, whatever else the machine does;
    PostgreSQL's own is not in it, so there it is the clock on the wall."""
    return time.process_time() if connection.vendor == "sqlite" else time.perf_counter()


def milliseconds(work: Callable[[], object]) -> list[float]:
    work()
    gc.collect()
    gc.disable()
    try:
        taken = []
        for _ in range(RUNS):
            start = _clock()
            work()
            taken.append((_clock() - start) * 1000)
    finally:
        gc.enable()
    return taken


def measured(client: Client, case: Case, plan: int) -> Figure:
    environ = client._base_environ(  # type: ignore[attr-defined]
        PATH_INFO=reverse(case.page), QUERY_STRING=case.query.format(plan=plan)
    )

    def page() -> None:
        assert client.handler(dict(environ)).status_code == 200

    def sql() -> None:
        with connection.cursor() as cursor:
            cursor.execute(case.sql.format(plan=plan))
            cursor.fetchall()

    pages = milliseconds(page)
    return Figure(statistics.median(pages), min(pages), min(milliseconds(sql)))


def make_plans(cast: Cast) -> list[tuple[ControlPlan, list[Unit]]]:
    """Make twenty committees with their units, the plans of five years for each, the closings and categories."""
    for year in YEARS[:-1]:
        make_closing(cast.municipality, "interim", year)
    for name in ("Ekonomi", "Personal", "Ärenden"):
        RiskCategory.objects.create(name=name)
    plans = []
    for number in range(COMMITTEES):
        committee = Unit.objects.create(name=f"Nämnd {number:02d}", kind="committee", parent=cast.municipality)
        units = [committee] + [
            Unit.objects.create(name=f"Enhet {number:02d}.{part}", kind="department", parent=committee)
            for part in range(1, UNITS_OF_EACH)
        ]
        plans += [(ControlPlan.objects.create(unit=committee, year=year, matrix=cast.matrix), units) for year in YEARS]
    return plans


def grow(cast: Cast, plans: list[tuple[ControlPlan, list[Unit]]], to: int) -> None:
    """Adds risks, evenly over the plans, until there are so many; a control each, a follow-up on every second."""
    categories = list(RiskCategory.objects.all())
    there = Risk.objects.count() // len(plans)
    for plan, units in plans:
        risks = Risk.objects.bulk_create(
            [
                Risk(
                    plan=plan,
                    unit=units[i % len(units)],
                    number=i + 1,
                    title=f"Risk nummer {i + 1}",
                    category=categories[i % 3],
                    owner=cast.johan,
                    description="Risk att något går fel när underlaget brister. " * 4,
                    is_municipality_wide=i % 40 == 1,
                    is_confidential=i % 50 == 0,
                    confidentiality_section="OSL 18:8" if i % 50 == 0 else "",
                    **_factors(i),
                )
                for i in range(there, to // len(plans))
            ],
            batch_size=500,
        )
        controls = Control.objects.bulk_create(
            [Control(risk=risk, description="Kontroll av underlag", method="sampling", performer=cast.karin) for risk in risks],
            batch_size=500,
        )
        if plan.year == cast.interim.year:
            FollowUp.objects.bulk_create(
                [
                    FollowUp(
                        control=control,
                        closing=cast.interim,
                        unit=plan.unit,
                        performer=cast.karin,
                        due_on=cast.interim.follow_up_due,
                        result="Granskat",
                        conclusion="no_deviations",
                    )
                    for control in controls[::2]
                ],
                batch_size=500,
            )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def table(figures: dict[tuple[str, int], Figure]) -> str:
    of_what = " of processor time" if connection.vendor == "sqlite" else ""
    lines = [
        f"\nMilliseconds{of_what} on {connection.vendor}: whole request, median (best) of {RUNS}; raw SQL, best",
        f"{'':20}" + "".join(f"{size:>20,}" for size in SIZES) + f"{'100,000 : 2,000':>18}",
    ]
    for case in CASES:
        row = [figures[case.name, size] for size in SIZES]
        cells = "".join(f"{f'{one.median:.0f} ({one.best:.0f}); {one.sql:.1f}':>20}" for one in row)
        lines.append(f"{case.name:20}{cells}{row[-1].best / row[1].best:>18.2f}")
    return "\n".join(lines)


@pytest.mark.bench
def test_the_heatmap_and_the_list_stay_fast_as_the_register_grows(cast: Cast, settings: Any, client: Client) -> None:
    settings.RISKREG_TODAY = date(2025, 9, 8)
    plans = make_plans(cast)
    client.force_login(cast.eva)
    managers = Client()
    managers.force_login(make_user("Maja Chef", Unit.objects.get(name="Nämnd 03"), "manager"))
    newest = next(plan.pk for plan, _units in plans if plan.year == 2025)

    figures: dict[tuple[str, int], Figure] = {}
    for size in SIZES:
        grow(cast, plans, size)
        for case in CASES:
            figures[case.name, size] = measured(managers if case.manager else client, case, newest)

    over = [
        f"over the aim of {CEILING_MS.get(size, 100.0):.0f} ms: {name} at {size}, {figure.best:.0f} ms"
        for (name, size), figure in figures.items()
        if figure.best > CEILING_MS.get(size, 100.0)
    ]
    record(f"heatmap-{connection.vendor}", "\n".join([table(figures), *over]))
    for case in CASES:
        growth = figures[case.name, 100_000].best / figures[case.name, 2_000].best
        assert growth <= GROWTH_CEILING, f"{case.name}: {growth:.2f} times"
