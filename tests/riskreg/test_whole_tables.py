"""No query of these pages reads a whole table of risks, controls, follow-ups or history when a plan or a unit is given.

Asked of PostgreSQL by EXPLAIN for every query of each page. The register is small, but its statistics say a hundred thousand
risks, and reading a row is priced a hundred times as high as by default: what still reads all of them has no index that serves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from simple_history.utils import bulk_create_with_history

from controls.demo import register
from controls.models import Check, Control, FollowUp
from riskreg.models import ControlPlan, Risk, Role, Unit
from riskreg.models.author import Author
from riskreg.models.history import bulk_signature
from tests.cast import Cast, make_closing, make_control, make_follow_up, make_risk, make_user

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("today"),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="EXPLAIN of SQLite says nothing about sizes"),
]
LARGE = {
    "riskreg_risk", "riskreg_historicalrisk", "riskreg_riskspan", "controls_control", "controls_historicalcontrol",
    "controls_followup", "controls_historicalfollowup", "controls_check", "controls_historicalcheck",
}  # fmt: skip
OF_FEW = {"risk_municipality_wide", "risk_confidential"}
"""Indexes that hold only the few rows that are asked for."""
TIMES = 200
UNIT, PLAN = "year=2025&unit={unit}", "plan={plan}"
PAGES = [
    ("risks", UNIT), ("risks", PLAN), ("risks", f"{UNIT}&q=delegation"), ("risks", f"{PLAN}&sort=owner"),
    ("heatmap", UNIT), ("heatmap", PLAN), ("trend", PLAN), ("plan", ""), ("risk", ""), ("follow-up", ""),
]  # fmt: skip
WHO = ("owner", "manager", "controller")


def share_out() -> None:
    """Give the register's rows to two hundred people, as in a large municipality."""
    for one in Unit.objects.filter(name__startswith="Provnämnd"):
        people = [make_user(f"{one.name.replace(' ', '')}{each} Ek", one, Role.CONTROL_OWNER) for each in range(10)]
        of_it: list[tuple[Any, str, str]] = [
            (Risk.objects, "owner", "plan__unit"),
            (Control.objects, "performer", "risk__plan__unit"),
            (FollowUp.objects, "performer", "control__risk__plan__unit"),
        ]
        for rows, field, unit in of_it:
            found = list(rows.filter(**{unit: one}).order_by("pk"))
            for place, row in enumerate(found):
                setattr(row, field, people[place % len(people)])
            rows.bulk_update(found, [field])


@pytest.fixture
def large(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A register of a hundred plans with statistics of a hundred thousand risks, and three people of it."""
    monkeypatch.setattr(register, "MUNICIPALITY", cast.municipality.name)
    for year in (2023, 2024):
        make_closing(cast.municipality, "interim", year)
    register.fill_register(500)
    share_out()
    committee = Unit.objects.get(name="Provnämnd 03")
    plan = ControlPlan.objects.get(unit=committee, year=2025)
    people = {
        "owner": make_user("Olga Ägare", committee, Role.CONTROL_OWNER),
        "manager": make_user("Maja Chef", committee, Role.MANAGER),
        "controller": cast.eva,
    }
    controls = Control.objects.filter(risk__plan__year=2025).select_related("risk")
    checks = [
        Check(control=each, unit=each.risk.unit, performer=each.performer, nominal_on=day, due_on=day, last_day=day)
        for each in controls
        for day in (date(2025, month, 28) for month in range(1, 13))
    ]
    bulk_create_with_history(checks, Check, **bulk_signature(Author(cast.eva)))
    risk = make_risk(plan, "En egen", owner=people["owner"], number=9_999)
    follow_up = make_follow_up(make_control(risk, performer=people["owner"]), cast.interim)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute(
            "UPDATE pg_class SET reltuples = reltuples * %s WHERE oid IN (SELECT c.oid FROM pg_class c LEFT JOIN pg_index i"
            " ON i.indexrelid = c.oid JOIN pg_class t ON t.oid = COALESCE(i.indrelid, c.oid) WHERE t.relname = ANY(%s))",
            [TIMES, sorted(LARGE)],
        )
    addresses = {
        "plan": reverse("plan", args=[plan.pk]), "risk": reverse("risk", args=[risk.pk]),
        "follow-up": reverse("admin:controls_followup_change", args=[follow_up.pk]),
    }  # fmt: skip
    return {"people": people, "plan": plan.pk, "unit": committee.pk, "addresses": addresses}


def asked_by(client: Client, address: str) -> list[tuple[str, Any]]:
    """Return the page's queries."""
    asked: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        assert client.get(address).status_code == 200, address
    return [(sql, params) for sql, params in asked if sql.lstrip("( ").startswith(("SELECT", "WITH"))]


def nodes(plan: dict[str, Any], limited: bool = False) -> Iterator[tuple[dict[str, Any], bool]]:
    """Return the plan's nodes, and of each whether it may stop before it has read everything."""
    yield plan, limited
    limited = plan["Node Type"] == "Limit" or (limited and plan["Node Type"] not in ("Sort", "Aggregate", "Hash", "Materialize"))
    for one in plan.get("Plans", ()):
        yield from nodes(one, limited)


def read_whole(sql: str, params: Any) -> list[str]:
    """Return the large tables that the query reads from end to end, however it is asked."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL cpu_tuple_cost = 1")
        cursor.execute("SET LOCAL cpu_index_tuple_cost = 0.5")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        found = cursor.fetchone()[0]
    (top,) = json.loads(found) if isinstance(found, str) else found
    return [
        f"{node['Node Type']} of {node['Relation Name']} {node.get('Index Name', '')}".strip()
        for node, limited in nodes(top["Plan"], limited=sql.startswith("SELECT EXISTS"))
        if node.get("Relation Name") in LARGE
        and node.get("Index Name") not in OF_FEW
        and (
            node["Node Type"] == "Seq Scan"
            or (node["Node Type"].startswith("Index") and "Index Cond" not in node and not limited)
        )
    ]


@pytest.mark.parametrize("who", WHO)
def test_no_page_of_a_plan_or_a_unit_reads_a_whole_table(large: dict[str, Any], client: Client, who: str) -> None:
    client.force_login(large["people"][who])
    found = []
    for name, query in PAGES:
        page = large["addresses"].get(name) or reverse(name)
        for sql, params in asked_by(client, f"{page}?{query.format(**large)}"):
            found += [f"{name}?{query}: {one}\n    {sql}\n    {params}" for one in read_whole(sql, params)]
    assert found == [], "\n".join(found)


def test_a_query_without_an_index_is_found(large: dict[str, Any]) -> None:
    assert read_whole("SELECT count(*) FROM riskreg_risk WHERE description = %s", ["x"]) == ["Seq Scan of riskreg_risk"]
    assert read_whole("SELECT id FROM riskreg_risk WHERE plan_id = %s", [large["plan"]]) == []
    assert read_whole("SELECT id FROM riskreg_risk ORDER BY id LIMIT 5", None) == []
