"""The means to verify a sample outside the product: two scripts, the choice between them, and the draw as one line of SQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from controls.models import Sample

COMPLETE = Path(__file__).with_name("verify_sample.py")
"""For every kind of sample; with the record alone it verifies the record."""
SHORT = Path(__file__).with_name("verify_random_sample.py")
"""Twenty lines, to be read before they are run: for a plain random sample whose keys and file are there."""


DUCKDB_OPTIONS = """header = true, delim = ',', quote = '"', escape = '"', all_varchar = true"""
"""Nothing of the file is left to guess."""


def is_plain(sample: Sample) -> bool:
    """Return whether the sample is the smallest tickets of the whole population and nothing more."""
    return bool(sample.method == sample.Method.RANDOM and not sample.design.get("whole_from"))


def is_short_enough(sample: Sample) -> bool:
    """Return whether the short script can prove this sample.

    It is plain, and neither its file nor its keys are weeded.
    """
    return is_plain(sample) and bool(sample.population.file) and not sample.items.filter(salt="").exists()


def duckdb_sql(sample: Sample) -> str:
    """Return one line for DuckDB that draws again; '' for methods that take more than the smallest tickets."""
    if not is_plain(sample):
        return ""
    key = _key(sample)
    source = f"read_csv('population-{sample.population_id}.csv', {DUCKDB_OPTIONS})"
    hashed = f"'{sample.seed}' || chr(10) || {key}"
    return f"SELECT {key} AS key, sha256({hashed}) AS ticket FROM {source} ORDER BY ticket, key LIMIT {sample.size};"


def postgresql_sql(sample: Sample) -> str:
    """Return lines for psql that draw again: a table, the file copied into it, and a query."""
    if not is_plain(sample):
        return ""
    columns = ", ".join(f"{_name(column)} text" for column in sample.population.columns)
    hashed = f"encode(sha256(convert_to('{sample.seed}' || chr(10) || key, 'UTF8')), 'hex')"
    return (
        f"CREATE TEMPORARY TABLE population ({columns});\n"
        f"\\copy population FROM 'population-{sample.population_id}.csv' WITH (FORMAT csv, HEADER)\n"
        f"SELECT key, {hashed} AS ticket FROM (SELECT {_key(sample)} AS key FROM population) AS keys "
        f'ORDER BY ticket, key COLLATE "C" LIMIT {sample.size};'
    )


def _key(sample: Sample) -> str:
    return " || '|' || ".join(_name(column) for column in sample.population.key_columns)


def _name(column: str) -> str:
    doubled = column.replace('"', '""')
    return f'"{doubled}"'
