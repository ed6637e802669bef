"""`make bench`: how each page grows from 2,000 to 100,000 risks (1,000,000 rows of their history), for every role.

The register is the product's own at size (`controls.demo.register`): twenty committees with five departments each, the plans of
five years, a control for every risk, follow-ups of the newest year, shared out among ten people of each committee. The owner and
the manager are those of one of these committees, so that what they see grows as the register does. The whole request is timed on
the server's side, the best of several turns: by processor time on SQLite, which works in this process, on PostgreSQL by the
clock. A cell says milliseconds at the smaller size, how many times as long and as large the page is at the larger, and its
queries there.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from time import perf_counter, process_time
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.db.models import F
from django.db.models.functions import Mod
from django.test import Client
from django.urls import reverse

from controls.demo import register
from controls.models import Control, FollowUp
from controls.reporting.kinds import KINDS
from riskreg.models import ControlPlan, Risk, Role, Unit, User
from tests.benchmarks.figures import record
from tests.cast import Cast, make_cast, make_closing, make_control, make_follow_up, make_many_risks, make_risk, make_user

SMALL, LARGE = (int(size) for size in os.environ.get("RISKREG_BENCH_GROWTH", "2000,100000").split(","))
ROWS_EACH = 10
"""Rows of history for each risk."""
PEOPLE_EACH = 10
"""People of each committee who own its risks and perform its controls."""
TURNS = 5
TIME_AIM, SIZE_AIM = 1.5, 1.2
WORST = 15.0
"""More than any page grew when this was first measured."""
TODAY = date(2025, 9, 8)
ROLES = ("owner", "manager", "controller", "auditor", "administrator")


class Asked(NamedTuple):
    name: str
    address: str
    query: str = ""


class Answer(NamedTuple):
    milliseconds: float
    size: int
    queries: int


def pages(cast: Cast, risk: Risk, follow_up: FollowUp) -> list[Asked]:
    """Return every page that people start from, the lists behind them, and one record's own pages."""
    plan = risk.plan
    listed = [
        ("list, one year", "risks", "year=2025"), ("list, all years", "risks", "year=all"),
        ("list, a band", "risks", "year=2025&band=Hög"), ("list, search", "risks", "year=all&q=delegation"),
        ("heatmap, one year", "heatmap", "year=2025"), ("heatmap, all years", "heatmap", "year=all"),
        ("heatmap of a day, one year", "heatmap_history", "year=2025&day=2025-03-31"),
        ("heatmap of a day, all years", "heatmap_history", "year=all&day=2025-03-31"),
        ("two years beside each other", "heatmap_history", "year=2025&against_year=2024"),
        ("trend, one year", "trend", "year=2025"), ("trend, all years", "trend", "year=all"),
        ("follow-ups in time", "follow_ups_in_time", ""), ("plans", "plans", ""), ("year", "year", ""),
        ("checks", "checks", ""), ("reports", "reports", ""), ("start page", "inbox", ""), ("registers", "registers", ""),
        ("alerts", "alerts", ""), ("audit trail", "trail", ""), ("reminders", "my_reminders", ""), ("operation", "operation", ""),
    ]  # fmt: skip
    of_one = [
        Asked("a plan", reverse("plan", args=[plan.pk])),
        Asked("a report", reverse("report", args=[plan.pk, follow_up.closing.kind])),
        *(Asked(f"report: {code}", _report(cast, code, plan)) for code in KINDS),
        Asked("a risk", reverse("risk", args=[risk.pk])),
        Asked("a risk's history", reverse("risk_timeline", args=[risk.pk])),
        Asked("a follow-up", reverse("admin:controls_followup_change", args=[follow_up.pk])),
        Asked("form of a risk", reverse("admin:riskreg_risk_change", args=[risk.pk])),
        Asked("form of a new risk", reverse("admin:riskreg_risk_add"), f"plan={plan.pk}"),
        Asked("administration", reverse("admin:index")),
    ]
    of_admin = [
        Asked(f"admin: {model._meta.model_name}", reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
        for model in sorted(admin.site._registry, key=lambda model: model._meta.label)
    ]
    return [*(Asked(name, reverse(page), query) for name, page, query in listed), *of_one, *of_admin]


def _report(cast: Cast, code: str, plan: ControlPlan) -> str:
    kind = KINDS[code]
    subject, occasion = plan.pk, "interim" if kind.has_closing else "plan"
    if kind.of_municipality:
        subject, occasion = cast.municipality.pk, f"interim-{plan.year}"
    return reverse("report_page", args=[code, subject, occasion])


@contextmanager
def nothing_logged() -> Iterator[None]:
    """A page that a role does not have is no event here."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def answer(client: Client, asked: Asked) -> Answer | None:
    """Return the best of the turns; None where the person has no such page."""
    environ = client._base_environ(PATH_INFO=asked.address, QUERY_STRING=asked.query)  # type: ignore[attr-defined]

    def once() -> Any:
        return client.handler(dict(environ))

    with nothing_logged():
        first = once()
    if first.status_code in (302, 403, 404):
        return None
    assert first.status_code == 200, (asked, first.status_code)
    queries: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        queries.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        size = len(once().content)
    taken = []
    clock = process_time if connection.vendor == "sqlite" else perf_counter
    gc.collect()
    gc.disable()
    for _ in range(TURNS):
        start = clock()
        once()
        taken.append((clock() - start) * 1000)
    gc.enable()
    return Answer(min(taken), size, len(queries))


def share_out() -> None:
    """Give each committee's risks, controls and follow-ups to ten people of its own, as in a real municipality."""
    of_it: list[tuple[Any, str, str]] = [
        (Risk.objects, "owner", ""), (Control.objects, "performer", "risk__"), (FollowUp.objects, "performer", "control__risk__"),
    ]  # fmt: skip
    for committee in Unit.objects.filter(name__startswith="Provnämnd"):
        for place in range(PEOPLE_EACH):
            name = f"{committee.name.replace(' ', '')}{place} Ek"
            person = User.objects.filter(name=name).first() or make_user(name, committee, Role.CONTROL_OWNER)
            for rows, field, risk in of_it:
                its = rows.alias(place=Mod(F(f"{risk}number"), PEOPLE_EACH)).filter(place=place)
                its.filter(**{f"{risk}plan__unit": committee, f"{risk}plan__source": register.REASON}).update(**{field: person})


def grow_to(size: int) -> None:
    """Fill the register, share it out, and give each of its risks the history of ten changes."""
    register.fill_register(size)
    share_out()
    is_sqlite = connection.vendor == "sqlite"
    columns = [field.column for field in apps.get_model("riskreg", "HistoricalRisk")._meta.fields if not field.primary_key]
    with connection.cursor() as cursor:
        for turn in range(ROWS_EACH - 1, 0, -1):
            values = [f"h.{column}" for column in columns]
            earlier = (
                f"datetime(h.history_date, '-{turn * 90} days') || '.000001'"
                if is_sqlite
                else (f"h.history_date - interval '{turn * 90} days'")
            )
            values[columns.index("history_date")] = earlier
            values[columns.index("history_type")] = "'~'" if turn < ROWS_EACH - 1 else "'+'"
            cursor.execute(
                f"INSERT INTO riskreg_historicalrisk ({', '.join(columns)}) SELECT {', '.join(values)}"
                " FROM riskreg_historicalrisk h JOIN riskreg_risk r ON r.id = h.id"
                " JOIN riskreg_controlplan p ON p.id = r.plan_id WHERE p.source = %s"
                " AND h.history_type = '+' AND h.history_date > %s AND r.number > %s",
                [register.REASON, TODAY - timedelta(days=2), 0 if size == SMALL else SMALL // 100],
            )
        cursor.execute("ANALYZE")


def people(cast: Cast) -> dict[str, User]:
    committee = Unit.objects.get(name="Provnämnd 03")
    return {
        "owner": make_user("Olga Ägare", committee, Role.CONTROL_OWNER),
        "manager": make_user("Maja Chef", committee, Role.MANAGER),
        "controller": make_user("Carin Kontroll", cast.municipality, Role.CONTROLLER),
        "auditor": cast.ake,
        "administrator": cast.siv,
    }


@pytest.mark.bench
@pytest.mark.django_db(transaction=True)
def test_no_page_grows_with_the_register(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.RISKREG_TODAY = TODAY
    cast = make_cast()
    monkeypatch.setattr(register, "MUNICIPALITY", cast.municipality.name)
    for year in range(2021, 2025):
        make_closing(cast.municipality, "interim", year)
    grow_to(SMALL)
    who = people(cast)
    # Of a year that the register does not fill: its pages show as many risks as before.
    plan = ControlPlan.objects.create(unit=Unit.objects.get(name="Provnämnd 03"), year=2020, matrix=cast.matrix)
    closing = make_closing(cast.municipality, "interim", plan.year)
    make_many_risks(plan, 40, closing=closing, performer=who["owner"])
    # As every municipality has some.
    make_risk(cast.plan, "Gemensam", is_municipality_wide=True)
    one = make_risk(plan, "En egen risk", owner=who["owner"])
    follow_up = make_follow_up(make_control(one, performer=who["owner"]), closing)
    asked = pages(cast, one, follow_up)
    clients = {role: Client() for role in ROLES}
    for role, person in who.items():
        clients[role].force_login(person)

    def all_answers() -> dict[tuple[str, str], Answer | None]:
        return {(each.name, role): answer(clients[role], each) for each in asked for role in ROLES}

    small, again = all_answers(), all_answers()
    grow_to(LARGE)
    large = all_answers()
    table = _table(asked, small, again, large)
    if connection.vendor == "sqlite":
        record("growth", table)
    else:
        sys.stdout.write(f"\n{table}\n")  # clock times are of one machine and moment: shown, not kept
    assert _over(small, large, time=WORST, size=WORST) == []


def _over(small: dict[Any, Answer | None], large: dict[Any, Answer | None], *, time: float, size: float) -> list[str]:
    return [
        f"{name}, {role}: {one.milliseconds:.0f} to {other.milliseconds:.0f} ms, {one.size} to {other.size} bytes,"
        f" {one.queries} to {other.queries} queries"
        for (name, role), one in small.items()
        if one is not None
        and (other := large[name, role]) is not None
        and (other.milliseconds > time * one.milliseconds or other.size > size * one.size)
    ]


def _table(asked: list[Asked], small: Any, again: Any, large: Any) -> str:
    lines = [f"{'':30}" + "".join(f"{role:>22}" for role in ROLES)]
    for each in asked:
        cells = []
        for role in ROLES:
            one, other = small[each.name, role], large[each.name, role]
            if one is None or other is None:
                cells.append(f"{'–':>22}")
                continue
            times = f"{one.milliseconds:.0f} × {other.milliseconds / one.milliseconds:.1f}"
            cells.append(f"{f'{times}, {other.size / one.size:.2f}, {other.queries}':>22}")
        lines.append(f"{each.name:30}{''.join(cells)}".rstrip())
    noise = sorted(again[key].milliseconds / one.milliseconds for key, one in small.items() if one is not None)
    lines.append(
        f"\nTwo identical turns at {SMALL:,}: {noise[len(noise) // 10]:.2f} to {noise[-len(noise) // 10]:.2f} (nine tenths)"
    )
    over = _over(small, large, time=TIME_AIM, size=SIZE_AIM)
    lines.append(f"Over the aim of {TIME_AIM} times, or {SIZE_AIM} times the size: {len(over)} of {len(noise)}")
    return "\n".join(lines)
