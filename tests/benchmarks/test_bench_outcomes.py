"""`make bench`: sixty outcomes logged as the keyboard does, and what the page with its evaluation costs.

The handler of django.test.Client is timed: middleware, session, rights, queries, history. On SQLite it is this process's
processor time, on PostgreSQL the clock on the wall.
"""

from __future__ import annotations

import statistics
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from controls.models import SampleItem
from controls.sampling.samples import appraisal
from controls.sampling.statistics.design import Asked, Kind
from tests.benchmarks.figures import record
from tests.benchmarks.test_bench_heatmap import _clock
from tests.cast import Cast
from tests.follow_ups.follow_ups import in_state
from tests.sampling.samples import drawn_sample

CEILING_MS = 100.0


@pytest.mark.bench
@pytest.mark.parametrize("size", [60, 600])
def test_outcomes_are_logged_within_a_tenth_of_a_second(
    cast: Cast, today: Any, client: Client, capsys: pytest.CaptureFixture[str], size: int
) -> None:
    asked = Asked(kind=Kind.FIXED, size=size)
    sample = drawn_sample(in_state(cast, "in_progress"), asked=asked, rows=10_000)
    client.force_login(cast.karin)
    taken = []
    for number in range(1, 61):
        body = urlencode({"outcome": "deviation" if number % 20 == 0 else "ok", "note": "", "version": 1}).encode()
        address = reverse("sample_item", args=[sample.pk, number])
        begun = _clock()
        answer = client.post(address, body, "application/x-www-form-urlencoded", headers={"Accept": "application/json"})
        taken.append((_clock() - begun) * 1000)
        assert answer.status_code == 200
    begun = _clock()
    assert client.get(reverse("sample_items", args=[sample.pk])).status_code == 200
    page = (_clock() - begun) * 1000
    begun = _clock()
    appraisal.appraise(sample)
    shown = (_clock() - begun) * 1000
    with capsys.disabled():
        record(
            f"outcomes-{size}",
            f"{connection.vendor}: 60 outcomes in a sample of {size}: median {statistics.median(taken):.0f} ms, "
            f"slowest {max(taken):.0f} ms; the page {page:.0f} ms; the evaluation {shown:.0f} ms",
        )
    assert SampleItem.objects.filter(sample=sample).exclude(outcome="pending").count() == 60
    assert statistics.median(taken) < CEILING_MS
