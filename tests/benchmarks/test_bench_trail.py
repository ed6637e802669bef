"""Sealing, verifying and exporting 100,000 history rows and 20,000 records: time, and memory that does not grow with them."""

from __future__ import annotations

import ctypes
import gc
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from riskreg.models import Risk
from riskreg.trail import verification
from riskreg.trail.export import export_lines
from riskreg.trail.seals import seal, unsealed_count
from riskreg.trail.verification import verify
from tests.benchmarks.figures import record
from tests.cast import Cast, make_risk

SMALL, LARGE = 20_000, 100_000
RECORDS = 10_000
"""Made twice; each brings one of the history rows."""


def make_history(cast: Cast, how_many: int) -> None:
    """Rows of one risk's history, with the lengths of text that real ones have."""
    risk = make_risk(cast.plan, description="Risk att utbetalningar görs med fel belopp eller till fel mottagare. " * 5)
    template = risk.history.get()
    history: Any = Risk.history.model
    values = {field.attname: getattr(template, field.attname) for field in history._meta.concrete_fields if not field.primary_key}
    start = timezone.now()
    for first in range(0, how_many, 5_000):
        history.objects.bulk_create(
            history(
                **values | {"history_date": start + timedelta(microseconds=number), "history_change_reason": f"Ändring {number}"}
            )
            for number in range(first, min(first + 5_000, how_many))
        )


def make_records(cast: Cast, how_many: int) -> None:
    """Risks with a history row each, as an import writes them."""
    template = make_risk(cast.plan, description="Risk att utbetalningar görs med fel belopp eller till fel mottagare. " * 5)
    values = {
        field.attname: getattr(template, field.attname)
        for field in Risk._meta.concrete_fields
        if not field.primary_key and field.attname != "number"
    }
    highest = Risk.objects.order_by("-number")[0].number or 0
    for first in range(0, how_many, 1_000):
        risks = [Risk(**values, number=highest + 1 + first + place) for place in range(1_000)]
        bulk_create_with_history(risks, Risk, default_date=timezone.now())


def seals_alone() -> float:
    """Seconds of a verification that compares no records with the history: what it was before it did."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verification._Verification, "_live_records", lambda walk: None)
        started = time.process_time()
        verify()
        return time.process_time() - started


def measured(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds, and by how many MB the process grew at its peak during the work."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what is free is given back, so that growth shows
    before = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, resident("VmHWM") - before, result


def resident(which: str) -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1_000 for line in status.splitlines() if line.startswith(which))


@pytest.mark.bench
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="measures memory by /proc")
def test_the_trail_is_sealed_verified_and_exported_with_flat_memory(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    lines: list[str] = []
    peaks: dict[str, list[float]] = {"seal": [], "verify": [], "export": []}
    for how_many in (SMALL, LARGE - SMALL):
        make_history(cast, how_many - RECORDS)
        make_records(cast, RECORDS)
        for name, work in (
            ("seal", lambda: seal(timezone.now())),
            ("verify", verify),
            ("export", lambda: sum(len(line) for line in export_lines(None, timezone.now()))),
        ):
            seconds, peak, result = measured(work)
            peaks[name].append(peak)
            lines.append(f"{name:7} +{how_many:6} rows: {seconds:6.1f} s, memory +{peak:5.1f} MB at most")
            if name == "verify":
                assert result.is_intact, result.findings
    assert unsealed_count() == 0
    alone = seals_alone()
    started = time.process_time()
    outcome = verify()
    ratio = (time.process_time() - started) / alone
    lines.append(f"verify with {outcome.compared} records compared: {ratio:.2f} times the processor time of the seals alone")
    with capsys.disabled():
        record("trail", "\n".join(lines))
    for name, (small, large) in peaks.items():
        assert large < small + 15, f"{name}: the peak grew from {small:.1f} to {large:.1f} MB"
    assert ratio < 2
