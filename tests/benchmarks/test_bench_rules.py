"""Ready rules on a ledger of a million lines and on 100,000 suppliers, against the bare scan of the same snapshots.

The scan is DuckDB's of the stored snapshots, every cell looked at, in the same run and with the same two threads. The snapshots
have the shape of stored ones: typed columns, and the file's own cells beside them.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from controls.data_files.engine import Engine, literal
from controls.monitoring.rules import PACKS, RULES
from controls.monitoring.rules.names import look_alikes
from controls.monitoring.rules.rule import Rule
from controls.monitoring.rules.trying import Trial
from tests.benchmarks.figures import record
from tests.benchmarks.test_bench_sampling import best, peak_of

pytestmark = pytest.mark.bench

TODAY = date(2026, 1, 15)
LINES = int(os.environ.get("BENCH_LEDGER_LINES", "1000000"))
SUPPLIERS = int(os.environ.get("BENCH_SUPPLIERS", "100000"))
IDENTITY = "(5560000000 + {})::varchar as identity, true as identity_is_valid, false as identity_is_person"
NAME = "translate(md5(i::varchar)[:7] || ' ' || md5((i % 4000)::varchar)[:6], '0123456789', 'ghijklmnop') || ' Bygg AB'"
PEOPLE = "'Bo ' || i as board, 'Bo ' || i as signatories, 'Siv ' || ({}) as owner, 'Ulf' as auditor"

LEDGER = f"""
    select i + 2 as row, 'V' || doc as voucher, 'Leverantör ' || h % 8000 as supplier_name,
        (5560000000 + h % 8000)::varchar as supplier_id,
        {IDENTITY.format("h % 8000")}, (4000 + hash(i) % 3000)::varchar as account,
        (if(hash(i, 3) % 50 = 0, -1, 1) * (hash(i, 1) % 1000000) / 100.0)::decimal(18, 4) as amount,
        date '2025-01-01' + (h % 360)::int as day, 'Förvaltning ' || h % 12 as unit_name, 'F' || doc as invoice,
        null::varchar as agreement, (50000000 + h % 8000)::varchar as payee_account
    from (select *, hash(doc) as h from (select i, (i * 0.42)::bigint as doc from range({LINES}) t(i)))"""
BANK = """
    select i::varchar as supplier_number, (5560000000 + i)::varchar as identity, (50000000 + i)::varchar as account,
        date '2019-01-01' as valid_from from range(8000) t(i)"""


def suppliers(changed: int) -> str:
    return f"""
    select i + 2 as row, i::varchar as supplier_number, {NAME} as name, {IDENTITY.format("i")},
        (50000000 + i + if(i % 5000 = {changed}, 200000, 0))::varchar as bankgiro,
        null::varchar as plusgiro, null::varchar as iban,
        'Gatan ' || i as street, '12345' as postcode, 'Lillköping' as city, false as is_blocked,
        date '2025-06-01' as last_purchase
    from range({SUPPLIERS}) t(i)"""


def companies(changed: int) -> str:
    return f"""
    select i + 2 as row, {IDENTITY.format("i")}, '1' as name_number, {NAME} as name, 'AB' as form,
        date '2001-01-01' as registered, null::date as deregistered, null::varchar as deregistration_reason,
        if(i % 5000 = {changed}, 'KK', null) as proceedings, null::date as proceedings_day, 'Bygg' as activity,
        'Gatan ' || (i + if(i % 5000 = {changed}, 1, 0)) as street, '12345' as postcode, 'Lillköping' as city, '43220' as industry
    from range({SUPPLIERS}) t(i)"""


def watched(changed: int) -> str:
    return f"""
    select i + 2 as row, {IDENTITY.format("i")}, 'Firma' as name, if(i % 5000 = {changed}, 'A', 'AAA') as rating,
        0::bigint as remarks, 0::decimal(18, 4) as remark_sum, 0::decimal(18, 4) as debt, true as f_tax,
        true as vat_registered, true as employer_registered, {PEOPLE.format(f"i + if(i % 5000 = {changed}, 1, 0)")}
    from range({SUPPLIERS}) t(i)"""


def store(engine: Engine, folder: Path, queries: dict[str, str]) -> dict[str, Path]:
    """Write the queries' answers as snapshots, each typed column once more as text."""
    files = {}
    for alias, sql in queries.items():
        files[alias] = folder / f"{alias}.parquet"
        names = [name for name, *_ in engine.rows(f"describe {sql}") if name != "row"]
        cells = ", ".join(f"{name}::varchar as c{place}" for place, name in enumerate(names))
        engine.rows(f"copy (select *, {cells} from ({sql})) to {literal(str(files[alias]))} (format parquet, compression zstd)")
    return files


def scan(engine: Engine, files: dict[str, Path]) -> None:
    for path in files.values():
        source = f"read_parquet({literal(str(path))})"
        seen = ", ".join(f"max({name})" for name, *_ in engine.rows(f"describe select * from {source}"))
        engine.rows(f"select count(*), {seen} from {source}")


def try_all(engine: Engine, files: dict[str, Path], rules: list[Rule]) -> int:
    trial = Trial(engine, files, TODAY)
    return sum(trial.try_rule(rule).count for rule in rules)


def try_codes(folder: str, codes: str) -> int:
    """Try the rules on the snapshots in the folder, each named as its view: what a worker's process does, measured apart."""
    files = {path.stem: path for path in Path(folder).glob("*.parquet")}
    with Engine(Path(folder)) as engine:
        return try_all(engine, files, [RULES[code] for code in codes.split()])


IMPORTS = "import sys; from tests.benchmarks import test_bench_rules as bench\nbench.try_codes(*sys.argv[1:])"
MOST_MB = 800


def peak_of_rules(folder: Path, rules: list[Rule]) -> int:
    return peak_of(IMPORTS, str(folder), " ".join(rule.code for rule in rules))


def test_the_payments_pack_on_a_large_ledger(tmp_path: Path) -> None:
    with Engine(tmp_path) as engine:
        files = store(engine, tmp_path, {"ledger": LEDGER, "suppliers": suppliers(1), "bank_accounts": BANK})
        rules = list(PACKS["payments"].rules)
        scanned = best(lambda: scan(engine, {"ledger": files["ledger"]}))
        taken = best(lambda: try_all(engine, files, rules))
    peak = peak_of_rules(tmp_path, rules)
    text = f"{LINES:,} ledger lines, {len(rules)} rules: {taken:.2f} s, scan {scanned:.2f} s: {taken / scanned:.1f} times"
    record("rules-payments", f"{text}\npeak memory of the worker's process: {peak} MB")
    assert taken <= 15 * scanned
    assert peak < MOST_MB


def test_rules_on_many_suppliers_in_two_snapshots(tmp_path: Path) -> None:
    kinds = {"suppliers": suppliers, "companies": companies, "watched": watched}
    with Engine(tmp_path) as engine:
        files = store(
            engine,
            tmp_path,
            {f"{kind}{when}": of(changed) for kind, of in kinds.items() for when, changed in (("", 1), ("_before", 2))},
        )
        told = [rule for rule in PACKS["suppliers"].rules if "ledger" not in rule.needs]
        rules = [rule for rule in told if rule.code != "look_alike_names"]
        names = [name for (name,) in engine.rows(f"select name from read_parquet({literal(str(files['suppliers']))})")]
        scanned = best(lambda: scan(engine, files))
        taken = best(lambda: try_all(engine, files, rules))
        alike = best(lambda: look_alikes(names), threads=1)
    peak = peak_of_rules(tmp_path, told)
    record(
        "rules-suppliers",
        f"{SUPPLIERS:,} suppliers, companies and watched companies in two snapshots, {len(rules)} rules: {taken:.2f} s, scan "
        f"{scanned:.2f} s: {taken / scanned:.1f} times\nnames that look alike among them, in Python: {alike:.1f} s\n"
        f"peak memory of the worker's process, with these names: {peak} MB",
    )
    assert len(rules) >= 20
    assert taken <= 10 * scanned
    assert peak < MOST_MB
