"""`make bench`: each page's processor time beside that of a bare Django view of the same rows (bare_pages), interleaved.

2,000 risks on SQLite, which works in this process. The pages are asked in turns, one of ours and one bare, so that what else the
machine does meets both; what is said is the median of each, and their ratio.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.client import FakePayload
from django.test.utils import override_settings
from django.urls import reverse

from controls.models import FollowUp
from riskreg.models import Risk, RiskCategory, Role
from riskreg.verbs.concurrency import version_of
from tests.benchmarks import bare_pages
from tests.benchmarks.figures import record
from tests.benchmarks.test_bench_heatmap import grow, make_plans
from tests.cast import Cast, make_control, make_follow_up, make_many_risks, make_risk, make_user

RISKS, PEOPLE, TURNS = 2_000, 225, 25
READ, FORM, WRITE = 5.0, 8.0, 6.0
"""The aims: times the bare view."""
FORM_TYPE = "application/x-www-form-urlencoded"


class Asked(NamedTuple):
    """A page as one person asks for it, what is typed into it if it is sent, and the bare view of its rows."""

    name: str
    aim: float
    person: str
    address: str
    query: str
    bare: str
    bare_query: str = ""
    typed: Callable[[], dict[str, Any]] | None = None


def cases(cast: Cast) -> list[Asked]:
    risk = make_risk(cast.plan, "En risk", owner=cast.karin, category=RiskCategory.objects.first())
    follow_up = make_follow_up(make_control(risk, performer=cast.karin), cast.interim)
    page, form = reverse("risk", args=[risk.pk]), reverse("admin:riskreg_risk_change", args=[risk.pk])
    new, of_plan = reverse("admin:riskreg_risk_add"), f"plan={cast.plan.pk}"
    page_of_it = reverse("admin:controls_followup_change", args=[follow_up.pk])
    one = f"pk={risk.pk}"
    taken = iter(range(10_000))
    none = {"controls-TOTAL_FORMS": 0, "controls-INITIAL_FORMS": 0}
    no_measures = {"measures-TOTAL_FORMS": 0, "measures-INITIAL_FORMS": 0}

    def new_risk() -> dict[str, Any]:
        title = f"Ny risk {next(taken)}"
        return {"plan": cast.plan.pk, "unit": cast.payroll.pk, "title": title, "likelihood": 3, "impact": 2, **none}

    def draft() -> dict[str, Any]:
        now = FollowUp.objects.get(pk=follow_up.pk)
        return {"pk": now.pk, "result": f"Granskat {next(taken)}", "version": version_of(now), "conclusion": "", **no_measures}

    starts = [
        Asked(f"start page, {role}", READ, role, reverse("inbox"), "", "start")
        for role in ("control owner", "manager", "controller", "auditor", "administrator")
    ]
    return [
        Asked("risk list", READ, "controller", reverse("risks"), "year=2025", "list", "year=2025"),
        Asked("risk list, manager", READ, "manager", reverse("risks"), "year=2025", "list", "year=2025"),
        Asked("search", READ, "controller", reverse("risks"), "year=all&q=underlag", "list", "q=underlag"),
        Asked("heatmap", READ, "controller", reverse("heatmap"), "year=2025", "heatmap"),
        Asked("heatmap, manager", READ, "manager", reverse("heatmap"), "year=2025", "heatmap"),
        Asked("open a risk", READ, "controller", page, "", "risk", one),
        Asked("follow-up page", READ, "control owner", page_of_it, "", "follow_up", f"pk={follow_up.pk}"),
        *starts,
        Asked("risk form", FORM, "controller", form, "", "risk_form", one),
        Asked("form of a new risk", FORM, "controller", new, of_plan, "risk_form", one),
        Asked("create a risk", WRITE, "controller", new, of_plan, "create", "", new_risk),
        Asked("save a follow-up", WRITE, "control owner", page_of_it, "", "save", "", draft),
    ]  # fmt: skip


def milliseconds(client: Client, address: str, query: str, typed: dict[str, Any] | None) -> float:
    environ = client._base_environ(PATH_INFO=address, QUERY_STRING=query)  # type: ignore[attr-defined]
    if typed is not None:
        body = urlencode(typed).encode()
        sent = {"CONTENT_TYPE": FORM_TYPE, "CONTENT_LENGTH": str(len(body)), "wsgi.input": FakePayload(body)}
        environ |= {"REQUEST_METHOD": "POST", **sent}
    start = time.process_time()
    response = client.handler(environ)
    taken = (time.process_time() - start) * 1000
    assert response.status_code == (200 if typed is None or "bare" in address else 302), (address, response.status_code)
    return taken


def measured(case: Asked, ours: Client, bare: Client) -> tuple[float, float]:
    """Return the medians in milliseconds: ours, the bare view's."""
    pairs: list[tuple[float, float]] = []
    for turn in range(TURNS + 2):
        if turn == 2:
            gc.collect()
            gc.disable()
        typed = case.typed() if case.typed else None
        one = milliseconds(ours, case.address, case.query, typed)
        other = milliseconds(bare, f"/bare/{case.bare}/", case.bare_query, typed)
        pairs.append((one, other))
    gc.enable()
    return statistics.median(pair[0] for pair in pairs[2:]), statistics.median(pair[1] for pair in pairs[2:])


@pytest.mark.bench
def test_each_page_beside_a_bare_view_of_its_rows(cast: Cast, settings: Any) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("The processor time of the database is in this process on SQLite alone.")
    settings.RISKREG_TODAY, settings.ROOT_URLCONF = date(2025, 9, 8), bare_pages.__name__
    plans = make_plans(cast)
    grow(cast, plans, RISKS)
    make_many_risks(cast.plan, 40, closing=cast.interim, performer=cast.karin)
    FollowUp.objects.filter(control__risk__plan=cast.plan, conclusion="").update(result="", conclusion="")
    for number in range(PEOPLE):
        make_user(f"Person{number} Efternamn", plans[number % len(plans)][0].unit, Role.CONTROL_OWNER)
    people = {
        "control owner": cast.karin, "manager": cast.johan, "controller": cast.eva, "auditor": cast.ake,
        "administrator": cast.siv,
    }  # fmt: skip
    ours = {role: Client() for role in people}
    bares = {role: Client() for role in people}
    for role, person in people.items():
        ours[role].force_login(person)
        with override_settings(MIDDLEWARE=bare_pages.MIDDLEWARE, AUTHENTICATION_BACKENDS=bare_pages.BACKENDS):
            bares[role].force_login(person)
            bares[role].handler.load_middleware()
    lines = [f"{'':28}{'ours, ms':>10}{'bare, ms':>10}{'times':>8}{'aim':>6}"]
    for case in cases(cast):
        with override_settings(AUTHENTICATION_BACKENDS=[*bare_pages.BACKENDS, "riskreg.sign_in.backend.RolesAtOnceBackend"]):
            mine, bare = measured(case, ours[case.person], bares[case.person])
        lines.append(f"{case.name:28}{mine:>10.1f}{bare:>10.1f}{mine / bare:>8.1f}{case.aim:>6.0f}")
    record("yardstick", "\n".join(lines))
    assert Risk.objects.count() > RISKS
