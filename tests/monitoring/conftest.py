"""What the tests of registers share: an engine, and files read into snapshots in one step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from controls.data_files.engine import Engine, literal
from controls.data_files.reading import read
from controls.monitoring.kinds import KINDS
from controls.monitoring.recognising import map_columns, recognise
from controls.monitoring.snapshots.differences import Stored
from controls.monitoring.snapshots.reading import SnapshotFacts, write_snapshot

DAY = date(2026, 3, 1)


@dataclass
class Taken:
    """A snapshot as a test sees it."""

    kind: str
    facts: SnapshotFacts
    stored: Stored
    engine: Engine

    def column(self, name: str) -> list[Any]:
        source = f"read_parquet({literal(str(self.stored.path))})"
        return [value for (value,) in self.engine.rows(f"select {name} from {source} order by row")]


Take = Callable[..., Taken]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    (tmp_path / "work").mkdir()
    with Engine(tmp_path / "work", [tmp_path]) as opened:
        yield opened


@pytest.fixture
def take(engine: Engine, tmp_path: Path) -> Take:
    """Take a snapshot of a file's content; its kind is recognised unless it is named."""
    made = 0

    def take(content: str | bytes, *, name: str = "register.csv", kind: str = "", key: list[str] | None = None) -> Taken:
        nonlocal made
        made += 1
        source, raw, target = tmp_path / f"{made}-{name}", tmp_path / f"{made}.raw.parquet", tmp_path / f"{made}.parquet"
        source.write_bytes(content.encode() if isinstance(content, str) else content)
        file = read(engine, source, name, raw)
        cells = ", ".join(f"c{i}" for i in range(len(file.columns)))
        rows = engine.rows(f"select {cells} from read_parquet({literal(str(raw))}) limit 20")
        told = recognise(file.columns, rows, on=DAY)
        of = KINDS[kind or told.kind or "own"]
        mapping = map_columns(of, file.columns, rows, on=DAY).fields
        facts = write_snapshot(engine, raw, file.columns, of, mapping, of.key if key is None else key, target, as_of=DAY)
        return Taken(told.kind, facts, Stored(target, file.columns), engine)

    return take
