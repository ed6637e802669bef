"""The companies' bulk file of three million rows read as a snapshot, and joined with a municipality's own suppliers.

The yardstick is DuckDB's own reading of the same file to Parquet, in the same run and with two threads. The file is
made in Bolagsverket's shape: composite cells, several names, persons' registrations, some names very long.
"""

from __future__ import annotations

import os
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from controls.data_files import reading
from controls.data_files.engine import THREADS, Engine, literal
from controls.data_files.table import file_hash, first_rows
from controls.monitoring.kinds import KINDS
from controls.monitoring.recognising import map_columns
from controls.monitoring.registers.runs import READING_THREADS
from controls.monitoring.rules import PACKS
from controls.monitoring.rules.rule import Rule
from controls.monitoring.rules.trying import Trial
from controls.monitoring.snapshots.reading import SnapshotFacts, write_snapshot
from tests.benchmarks.figures import record
from tests.benchmarks.test_bench_sampling import best, peak_of

pytestmark = pytest.mark.bench

ROWS = int(os.environ.get("BENCH_COMPANIES", "3000000"))
OWN = 10_000
AS_OF = date(2026, 1, 15)
MOST_MB = 800
NAME = "translate(md5(i::varchar)[:9], '0123456789', 'ghijklmnop') || ' Bygg AB'"
IDENTITY = "if(i % 30 = 0, (190001010000 + i % 100000)::varchar || '$PERSON-IDORG', (5560000000 + i)::varchar || '$ORGNR-IDORG')"
EARLIER = "if(i % 9 = 0, '|' || md5(i::varchar) || ' Handel HB$FORETAGSNAMN-ORGNAM$2004-05-06', '')"
LONG = "if(i % 100000 = 7, repeat('mycket långt, ', 1800) || 'slut', '')"
TRADE = "repeat(md5((i % 997)::varchar) || ', handel och därmed förenlig verksamhet, ', 1 + (i % 3)::int)"
WORDS = f"'Bolaget ska bedriva ' || {TRADE} || 'och annat'"
COMPANIES = f"""
    select {IDENTITY} as organisationsidentitet, (1 + i // 1000000)::varchar as namnskyddslopnummer,
        'SE-LAND' as registreringsland, {NAME} || '$FORETAGSNAMN-ORGNAM$2016-11-15' || {EARLIER} || {LONG} as organisationsnamn,
        if(i % 30 = 0, 'E-ORGFO', 'AB-ORGFO') as organisationsform,
        if(i % 40 = 0, '2024-03-01', '') as avregistreringsdatum,
        if(i % 40 = 0, 'LIAV-AVORG$Likvidation', '') as avregistreringsorsak,
        if(i % 50 = 1, 'KK-AVOMFO$Konkurs$2025-02-03|LI-AVOMFO$2024-01-02', '')
            as "pagandeAvvecklingsEllerOmstruktureringsforfarande",
        (date '1990-01-01' + (i % 12000)::int)::varchar as registreringsdatum, {WORDS} as verksamhetsbeskrivning,
        'Storgatan ' || i % 300 || '$$Lillköping$12345$SE-LAND' as postadress
    from range({ROWS}) t(i)"""
SUPPLIERS = f"""
    select i + 2 as row, i::varchar as supplier_number, 'Bygg ' || i || ' AB' as name,
        (5560000001 + i * {ROWS // OWN - 1})::varchar as identity, true as identity_is_valid, false as identity_is_person,
        null::varchar as bankgiro, null::varchar as plusgiro, null::varchar as iban, 'Gatan ' || i as street,
        '12345' as postcode, 'Lillköping' as city, false as is_blocked, date '2025-06-01' as last_purchase
    from range({OWN}) t(i)"""


def make(path: Path) -> None:
    with duckdb.connect(config={"threads": THREADS}) as db:
        db.execute(f"copy ({COMPANIES}) to '{path}' (format csv, header, delimiter ';', quote '\"', force_quote *)")


def copy(path: Path, target: Path) -> None:
    """Read the file to Parquet with nothing but DuckDB."""
    with duckdb.connect(config={"threads": THREADS}) as db:
        rows = f"read_csv({literal(str(path))}, delim = ';', header = true, all_varchar = true, max_line_size = 1048576)"
        db.execute(f"copy (select * from {rows}) to {literal(str(target))} (format parquet, compression zstd)")


def read_in(path: Path, stored: Path) -> SnapshotFacts:
    """Do what the worker does with a register's file: its hash, its cells, its columns, its typed table, that one's hash."""
    kind, raw = KINDS["companies"], stored.with_suffix(".raw")
    file_hash(path)
    with Engine(stored.parent, threads=READING_THREADS) as engine:
        found = reading.read(engine, path, "bolagsverket_bulkfil.txt", raw)
        sample = [cells for _number, cells in first_rows(engine, raw, found.columns, count=50)]
        columns = map_columns(kind, list(found.columns), sample, {}, on=AS_OF)
        facts = write_snapshot(engine, raw, found.columns, kind, columns.fields, kind.key, stored, as_of=AS_OF)
    file_hash(stored)
    return facts


def rules_of_companies() -> list[Rule]:
    return [rule for rule in PACKS["suppliers"].rules if set(rule.needs) == {"suppliers", "companies"}]


def join(companies: Path, suppliers: Path) -> int:
    with Engine(companies.parent) as engine:
        trial = Trial(engine, {"companies": companies, "suppliers": suppliers}, AS_OF)
        return sum(trial.try_rule(rule).count for rule in rules_of_companies())


IMPORTS = "import sys; from pathlib import Path; from tests.benchmarks import test_bench_registers as bench\n"


def test_the_companies_bulk_file_is_read_and_joined_with_own_suppliers(tmp_path: Path) -> None:
    path, stored, own = tmp_path / "bulk.txt", tmp_path / "stored.parquet", tmp_path / "own.parquet"
    assert shutil.disk_usage(tmp_path).free > 10 * 2**30, "the file, its tables and what is spilled take some gigabytes"
    make(path)
    with Engine(tmp_path) as engine:
        engine.rows(f"copy ({SUPPLIERS}) to {literal(str(own))} (format parquet)")
    copied = best(lambda: copy(path, tmp_path / "bare.parquet"), 2)
    taken = best(lambda: read_in(path, stored), 2)
    joined = best(lambda: join(stored, own), 2)
    peak_read = peak_of(IMPORTS + "bench.read_in(Path(sys.argv[1]), Path(sys.argv[2]))", str(path), str(stored))
    peak_join = peak_of(IMPORTS + "bench.join(Path(sys.argv[1]), Path(sys.argv[2]))", str(stored), str(own))
    sizes = f"{path.stat().st_size / 2**20:.0f} MB, stored {stored.stat().st_size / 2**20:.0f} MB"
    record(
        "registers-companies",
        f"{ROWS:,} companies ({sizes}): read as a snapshot {taken:.1f} s, DuckDB's own reading to Parquet {copied:.1f} s: "
        f"{taken / copied:.1f} times\n{len(rules_of_companies())} rules on {OWN:,} own suppliers among them: {joined:.2f} s\n"
        f"peak memory of the worker's process: read {peak_read} MB, rules {peak_join} MB",
    )
    # The aim is five times, and was measured at 4.3; on a machine that does other things the same hour differs by a fifth.
    assert taken <= 6 * copied
    assert joined < 5
    assert max(peak_read, peak_join) < MOST_MB
