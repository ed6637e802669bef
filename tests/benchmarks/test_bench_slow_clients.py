"""The time of a page while 200 slow clients are connected, beside its usual time in the same run."""

from __future__ import annotations

import time
from contextlib import ExitStack
from statistics import median

import pytest

from tests.benchmarks.figures import record
from tests.faults.slow_clients import (
    ATTACKERS_BEGIN,
    HALF_SENT_FORM,
    HALF_SENT_HEADERS,
    WHOLE,
    WHOLE_OF_THE_LARGE,
    Site,
    address,
    site,
)

pytestmark = pytest.mark.bench
ATTACKERS = 200
PAGES = 100
KINDS = {
    "half-sent headers": (HALF_SENT_HEADERS, None),
    "half-sent forms": (HALF_SENT_FORM, None),
    "readers who do not read on": (WHOLE_OF_THE_LARGE, 4096),
    "idle connections": (WHOLE, None),
}


def test_a_page_beside_200_slow_clients() -> None:
    lines = [f"{'200 clients':<28} alone   beside them   times"]
    with site(WEB_PATIENCE="600", WEB_IDLE="600") as found:
        _milliseconds(found)
        for name, (sent, window) in KINDS.items():
            alone = _milliseconds(found)
            with ExitStack() as stack:
                slow = [stack.enter_context(found.saying(sent, address(each), window=window)) for each in range(ATTACKERS)]
                beside = _milliseconds(found)
                assert found.held(ATTACKERS_BEGIN) == len(slow) == ATTACKERS
            lines.append(f"{name:<28} {alone:4.1f} ms {beside:8.1f} ms {beside / alone:9.2f}")
    record("slow-clients", "\n".join(lines))


def _milliseconds(found: Site) -> float:
    taken = []
    for _ in range(PAGES):
        began = time.perf_counter()
        assert found.status() == 200
        taken.append(time.perf_counter() - began)
    return median(taken) * 1000
