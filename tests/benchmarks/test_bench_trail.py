"""Sealing, verifying and exporting 100,000 history rows and 20,000 records: time, and memory that does not grow with them."""

from __future__ import annotations

import ctypes
import gc
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.utils import timezone

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
    """Rows of one risk's history, with the lengths of text that real ones have; by one statement."""
    risk = make_risk(cast.plan, description="Risk att utbetalningar görs med fel belopp eller till fel mottagare. " * 5)
    values = {column: quoted(column) for column in columns_of(Risk.history.model)}
    values |= {"history_date": moment("n.number"), "history_change_reason": "'Ändring ' || n.number"}
    copy_rows(Risk.history.model, values, f"{numbers(how_many)} JOIN {table_of(Risk.history.model)} t ON t.id = {risk.pk}")


def make_records(cast: Cast, how_many: int) -> None:
    """Risks with a history row each, as an import writes them; by two statements."""
    template = make_risk(cast.plan, description="Risk att utbetalningar görs med fel belopp eller till fel mottagare. " * 5)
    highest = Risk.objects.order_by("-number")[0].number or 0
    last = Risk.objects.order_by("-pk")[0].pk
    values = {column: quoted(column) for column in columns_of(Risk)} | {"number": f"{highest} + n.number"}
    copy_rows(Risk, values, f"{numbers(how_many)} JOIN {table_of(Risk)} t ON t.id = {template.pk}")
    live = set(columns_of(Risk)) | {"id"}
    values = {column: quoted(column, "r" if column in live else "t") for column in columns_of(Risk.history.model)}
    made = f"{table_of(Risk)} r JOIN {table_of(Risk.history.model)} t ON t.id = {template.pk} WHERE r.id > {last}"
    copy_rows(Risk.history.model, values, made)


def columns_of(model: type[Model]) -> list[str]:
    return [str(field.column) for field in model._meta.concrete_fields if not field.primary_key]


def table_of(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def quoted(column: str, table: str = "t") -> str:
    return f"{table}.{connection.ops.quote_name(column)}"


def numbers(how_many: int) -> str:
    """A table n of the numbers from 1 on, as the first of a FROM."""
    if connection.vendor == "postgresql":
        return f"generate_series(1, {how_many}) AS n(number)"
    return (
        f"(WITH RECURSIVE up(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM up WHERE number < {how_many}) "
        "SELECT number FROM up) n"
    )


def moment(number: str) -> str:
    """So many microseconds after now."""
    now = timezone.now()
    if connection.vendor == "postgresql":
        return f"'{now.isoformat()}'::timestamptz + {number} * interval '1 microsecond'"
    return f"'{now:%Y-%m-%d %H:%M:%S}.' || printf('%06d', {number})"


def copy_rows(model: type[Model], values: dict[str, str], source: str) -> None:
    names = ", ".join(map(connection.ops.quote_name, values))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table_of(model)} ({names}) SELECT {', '.join(values.values())} FROM {source}")


def seals_alone() -> float:
    """Seconds of a verification that compares no records with the history: what it was before it did."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verification._Verification, "_live_records", lambda walk: None)
        return seconds_of(verify)


def seconds_of(work: Callable[[], Any]) -> float:
    """The processor time; on PostgreSQL the time by the clock, as the database's process works, too."""
    now = time.perf_counter if connection.vendor == "postgresql" else time.process_time
    started = now()
    work()
    return now() - started


def gather_statistics() -> None:
    """What autovacuum does meanwhile in a register in use, and cannot do here, where nothing is committed."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


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
        gather_statistics()
        for name, work in (
            ("seal", lambda: seal(timezone.now())),
            ("verify", verify),
            ("export", lambda: sum(len(line) for line in export_lines(None, timezone.now()))),
        ):
            seconds, peak, result = measured(work)
            peaks[name].append(peak)
            lines.append(f"{name:7} +{how_many:6} rows: {seconds:6.1f} s, memory +{peak:5.1f} MB at most")
            if name == "seal":
                gather_statistics()
            if name == "verify":
                assert result.is_intact, result.findings
    assert unsealed_count() == 0
    alone = seals_alone()
    ratio = seconds_of(verify) / alone
    lines.append(f"verify with {2 * RECORDS} records compared: {ratio:.2f} times the seals alone ({alone:.1f} s)")
    with capsys.disabled():
        record(f"trail-{connection.vendor}", "\n".join(lines))
    for name, (small, large) in peaks.items():
        assert large < small + 15, f"{name}: the peak grew from {small:.1f} to {large:.1f} MB"
    assert ratio < 2
