"""Rules tried while a page is made: what they would tell, and what comes and goes with other limits.

A page waits for so much work and no more, and a process of the web tries for one page at a time: what is too large for that is
told to be, and is found out by the worker when the rule is watched. One more page may wait for its turn.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any

from controls.data_files.engine import Engine
from controls.monitoring.identities import masked
from controls.monitoring.registers.cells import mask_persons
from controls.monitoring.registers.latest import Latest
from controls.monitoring.registers.parts import rows_of
from controls.monitoring.registers.runs import WORKSHOP
from controls.monitoring.rules.rule import Hit, Rule, Tried, Value
from controls.monitoring.rules.trying import Trial
from controls.monitoring.rules.words import facts_in_words
from controls.monitoring.snapshots.parts import split_row
from controls.monitoring.watching.sources import used_by
from riskreg import clock

MOST_HITS = 100
MOST_COMPARED = 2_000
"""Hits that are compared when limits are changed."""
MOST_ROWS = 10
"""Rows that a hit links to."""
MOST_WORK = 8.0
"""Seconds of the processor that a page waits for: the payments pack on a million lines takes six, in three by the clock."""
MOST_WAIT = 10.0
"""Seconds by the clock, on a machine that does other things as well; those that pass until its turn comes count."""
_ONE_AT_A_TIME = BoundedSemaphore(1)
"""Each has its engine, with memory of its own."""
_ONE_WAITS = BoundedSemaphore(1)
"""The page whose turn comes next. A further one would hold a thread that others' pages need."""


class TooLong(Exception):
    """The rule cannot be tried while a page is made."""


def _take_turn() -> None:
    """Wait until no other page tries. Raises TooLong when one waits already, or when it takes too long."""
    if _ONE_AT_A_TIME.acquire(blocking=False):
        return
    if not _ONE_WAITS.acquire(blocking=False):
        raise TooLong
    try:
        if not _ONE_AT_A_TIME.acquire(timeout=MOST_WAIT):
            raise TooLong
    finally:
        _ONE_WAITS.release()


@contextmanager
def _bounded_engine() -> Iterator[Engine]:
    """Open an engine for as much work as a page waits for. Raises TooLong, also out of what the engine is asked."""
    began = time.monotonic()
    _take_turn()
    worked = time.process_time()

    def tell(_done: float) -> None:
        if time.process_time() - worked > MOST_WORK or time.monotonic() - began > MOST_WAIT:
            raise TooLong

    try:
        with WORKSHOP.scratch_engine(tell=tell) as engine:
            yield engine
    finally:
        _ONE_AT_A_TIME.release()


@dataclass(frozen=True, slots=True)
class Compared:
    """What other limits change: hits that come, and that go. `is_whole`: all hits were compared."""

    comes: list[dict[str, Any]]
    goes: list[dict[str, Any]]
    more_come: int
    more_go: int
    is_whole: bool


def _trial(engine: Engine, used: Latest) -> Trial:
    rows = {snapshot.pk: rows_of(snapshot) for snapshot in used.values()}
    return Trial(engine, {alias: rows[snapshot.pk] for alias, snapshot in used.items()}, clock.today())


def try_rules(
    rule: Rule, used: Latest, values: Mapping[str, Value], standing: Mapping[str, Value] | None
) -> tuple[Tried, Tried | None]:
    """Return what the rule gives with these limits, and with those that stand. Raises Failed for a missing file, and TooLong."""
    limit = MOST_COMPARED if standing is not None else MOST_HITS
    with _bounded_engine() as engine:
        trial = _trial(engine, used)
        tried = trial.try_rule(rule, values, limit=limit)
        return tried, trial.try_rule(rule, standing, limit=limit) if standing is not None else None


def try_rule_against(rule: Rule, standing: Rule | None, used: Latest) -> tuple[Tried, Tried | None]:
    """Return what a rule gives, and what the one that stands gives in its place. Raises Failed, TooLong."""
    limit = MOST_COMPARED if standing is not None else MOST_HITS
    with _bounded_engine() as engine:
        trial = _trial(engine, used)
        return trial.try_rule(rule, limit=limit), trial.try_rule(standing, limit=limit) if standing is not None else None


def try_pack(rules: Iterable[Rule], latest: Latest) -> dict[str, int]:
    """Return how many hits each rule gives with its usual limits; of those that time was left for. Raises Failed."""
    asked = list(rules)
    used = {alias: snapshot for rule in asked for alias, snapshot in used_by(rule, latest).items()}
    counts: dict[str, int] = {}
    with suppress(TooLong), _bounded_engine() as engine:
        trial = _trial(engine, used)
        for rule in asked:
            counts[rule.code] = trial.try_rule(rule, limit=1).count
    return counts


def compare_tried(tried: Tried, standing: Tried) -> Compared:
    """Return the hits that come and go."""
    after, before = ({_same(hit): hit for hit in one.hits} for one in (tried, standing))
    comes = [hit for key, hit in after.items() if key not in before]
    goes = [hit for key, hit in before.items() if key not in after]
    return Compared(
        [hit_words(hit) for hit in comes[:MOST_HITS]],
        [hit_words(hit) for hit in goes[:MOST_HITS]],
        max(0, len(comes) - MOST_HITS),
        max(0, len(goes) - MOST_HITS),
        max(tried.count, standing.count) <= MOST_COMPARED,
    )


def _same(hit: Hit) -> tuple[str, tuple[int, ...], str]:
    return hit.subject, hit.rows, str(sorted(hit.facts.items(), key=lambda fact: fact[0]))


def hit_words(hit: Hit) -> dict[str, Any]:
    """Return the hit as a page shows it."""
    return {
        "name": hit.subject_name or masked(hit.subject),
        "subject": masked(hit.subject),
        "facts": [(label, mask_persons(text, on=clock.today())) for label, text in facts_in_words(hit.facts)],
        "rows": [(row, split_row(row, 0)[1]) for row in hit.rows[:MOST_ROWS]],
        "more": max(0, len(hit.rows) - MOST_ROWS),
        "amount": hit.amount,
    }
