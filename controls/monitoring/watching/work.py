"""The run of a register's watched rules: each is tried on the latest snapshots, and what they tell is written at once.

A rule that cannot be run stops, with the reason, and the others go on. A rule that would tell too much asks first. All is
written in one transaction, under the register's lock; what is not run on the latest snapshots any more, because another one
was taken meanwhile, is not written but run again. So a worker that is killed, and two at once, lose nothing and tell nothing
twice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import duckdb
from django.db import transaction

from controls.data_files.engine import Engine
from controls.data_files.long_work import PARTS, Failed
from controls.models import Register, Watch, WatchOutcome, WatchRun
from controls.monitoring.registers.parts import parts_until, rows_of
from controls.monitoring.rules.rule import Hit, is_before
from controls.monitoring.rules.trying import Trial
from controls.monitoring.watching.repeats import found_again, last_outcomes
from controls.monitoring.watching.runs import QUEUE, WORKSHOP, Cause, ask_run
from controls.monitoring.watching.signals import Told, tell
from controls.monitoring.watching.sources import Newest, Prepared, Problem, Stops, newest_snapshots, prepare
from controls.monitoring.watching.telling import Telling
from controls.monitoring.watching.words import problem_words
from riskreg import clock
from riskreg.models.author import RISKREG
from riskreg.models.history import save_with_history
from riskreg.verbs.gate import lock_row

MOST_HITS = 20_000
"""Hits of one rule that are read: what gives more asks first, whatever its limit of alerts."""

PART_OF = "+"
"""In what an outcome read: between the view and the number of a further part of the same register."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Findings:
    """What the rules gave: hits by rule, how many there were, and what kept a rule from being run."""

    prepared: dict[str, Prepared] = field(default_factory=dict)
    hits: dict[str, tuple[Hit, ...]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    problems: dict[str, Problem] = field(default_factory=dict)


def perform(run_id: int) -> bool:
    """Perform the run, once; return False when it is done, cancelled, or another worker has it."""
    return WORKSHOP.perform(run_id, lambda run: run_watches, "register__unit", "asked_by")


def run_watches(run: WatchRun, engine: Engine) -> None:
    """Run the register's rules, and write what they tell."""
    watches = list(_switched_on(run.register_id))
    found = find(watches, engine)
    with transaction.atomic():
        lock_row(Register.objects.all(), run.register_id)
        QUEUE.finish(run, done=PARTS)
        if not _write(run, watches, found):
            ask_run(run.register_id, Cause.SNAPSHOT, by=run.author, snapshot=run.snapshot)


def _switched_on(register: int) -> Iterable[Watch]:
    return Watch.objects.switched_on().filter(register=register).select_related("register__unit").order_by("rule")


def newest_for(watches: Iterable[Watch]) -> Newest:
    """Return the latest snapshots of every register that the rules read."""
    return newest_snapshots(pk for watch in watches for pk in watch.sources.values())


def find(watches: Sequence[Watch], engine: Engine) -> Findings:
    """Try each rule on its snapshots."""
    found, newest = Findings(), newest_for(watches)
    for watch in watches:
        try:
            found.prepared[watch.rule] = prepare(watch, newest)
        except Stops as stop:
            found.problems[watch.rule] = stop.problem
    groups: dict[tuple[tuple[str, int], ...], list[Prepared]] = {}
    for one in found.prepared.values():
        groups.setdefault(tuple(sorted(_sources_of(one, newest).items())), []).append(one)
    today = clock.today()
    for together in groups.values():
        engine.step(0.9 / len(groups))
        _try(together, engine, found, today)
    return found


def _sources_of(one: Prepared, newest: Newest) -> dict[str, int]:
    return {kind: register for kind, register in one.watch.sources.items() if newest.get(register)}


def _try(together: Sequence[Prepared], engine: Engine, found: Findings, today: object) -> None:
    """Try rules that read the same registers, with what they share made once."""
    rows: dict[int, str] = {}
    for snapshot in {row.pk: row for one in together for row in one.used.values()}.values():
        try:
            rows[snapshot.pk] = rows_of(snapshot)
        except Failed as failure:
            for one in together:
                if snapshot.pk in one.pks.values():
                    found.problems[one.rule.code] = Problem("file", {"said": str(failure)})
    views = {alias: rows[pk] for one in together for alias, pk in one.pks.items() if pk in rows}
    trial = Trial(engine, views, clock.today())
    for one in together:
        code = one.rule.code
        if code in found.problems:
            continue
        try:
            tried = trial.try_rule(one.rule, one.values, limit=MOST_HITS)
        except duckdb.Error:
            log.exception("The watched rule %s could not be run.", code)
            found.problems[code] = Problem("failed")
        else:
            found.hits[code], found.counts[code] = tried.hits, tried.count


def _write(run: WatchRun, before: Sequence[Watch], found: Findings) -> bool:
    """Write the outcome of every rule that still stands as it was run; return False when something has to be run again."""
    is_whole, now, today = True, clock.now(), clock.today()
    current = {watch.rule: watch for watch in _switched_on(run.register_id)}
    newest = newest_for(current.values())
    tellings: dict[str, Telling] = {}
    for tried in before:
        watch = current.get(tried.rule)
        if watch is None or not _is_same(watch, tried):
            is_whole = is_whole and watch is None
            continue
        if problem := found.problems.get(watch.rule):
            _stop(run, watch, problem)
            continue
        used = found.prepared[watch.rule]
        if not _is_latest(watch, used, newest):
            is_whole = False
            continue
        tellings[watch.rule] = Telling(watch, used.rule, used.used[used.rule.needs[0]], now, today)
    told = _ask_first(run, tellings, found)
    before_it, repeats = last_outcomes(telling.watch for telling in tellings.values()), []
    for code, telling in tellings.items():
        counts = telling.write(told.get(code, []))
        last = before_it.get(telling.watch.pk)
        if last is not None and found_again(last, counts, _read_by(found.prepared[code])):
            repeats.append(last.pk)
        else:
            _record(run, telling.watch, found, WatchOutcome.Result.TOLD, counts=counts)
    if repeats:
        WatchRun.objects.filter(pk=run.pk).update(repeats=sorted(repeats))
    return is_whole and not set(current) - {watch.rule for watch in before}


def _is_same(watch: Watch, tried: Watch) -> bool:
    return (watch.parameters, watch.definition, watch.sources) == (tried.parameters, tried.definition, tried.sources)


def _is_latest(watch: Watch, used: Prepared, newest: Newest) -> bool:
    """Return whether no later snapshot was taken meanwhile. One that came late, between two others, changes nothing."""
    return all(
        not newest.get(row.register_id) or newest[row.register_id][0].pk in used.pks.values() for row in used.used.values()
    )


def _ask_first(run: WatchRun, tellings: dict[str, Telling], found: Findings) -> dict[str, list[Told]]:
    """Take out the rules that would tell too much, and return what the others tell, by rule."""
    while True:
        told: dict[str, list[Told]] = {}
        hits = [hit for code in tellings for hit in found.hits[code]]
        prepared = {code: found.prepared[code] for code in tellings}
        for telling in list(tellings.values())[:1]:
            for one in tell(hits, prepared, on=telling.snapshot.as_of):
                told.setdefault(one.rule, []).append(one)
        too_many = [code for code in tellings if _asks(tellings[code], told.get(code, []), found.counts[code])]
        if not too_many:
            return told
        for code in too_many:
            telling = tellings.pop(code)
            _ask(run, telling, told.get(code, []), found)


def _asks(telling: Telling, told: Sequence[Told], count: int) -> bool:
    return count > MOST_HITS or telling.count_new(told) > telling.watch.most_alerts


def _ask(run: WatchRun, telling: Telling, told: Sequence[Told], found: Findings) -> None:
    watch, count = telling.watch, found.counts[telling.watch.rule]
    new = count if count > MOST_HITS else telling.count_new(told)
    watch.state, watch.problem = Watch.State.ASKING, "too_many"
    watch.problem_values = {"count": new, "most": watch.most_alerts}
    save_with_history(watch, by=RISKREG, reason=problem_words(watch))
    _record(run, watch, found, WatchOutcome.Result.ASKED, hits=len(told))


def _stop(run: WatchRun, watch: Watch, problem: Problem) -> None:
    """Stop the rule, loudly: its state says why, and every page of it."""
    watch.state, watch.problem, watch.problem_values = Watch.State.STOPPED, problem.code, problem.values
    save_with_history(watch, by=RISKREG, reason=problem_words(watch))
    _record(run, watch, None, WatchOutcome.Result.STOPPED)


def _record(
    run: WatchRun, watch: Watch, found: Findings | None, result: WatchOutcome.Result, *, counts: object = None, hits: int = 0
) -> None:
    numbers = {"hits": hits} if counts is None else {name: getattr(counts, name) for name in _NUMBERS}
    used = {} if found is None or watch.rule not in found.prepared else _read_by(found.prepared[watch.rule])
    outcome = WatchOutcome(run=run, watch=watch, result=result, snapshots=used, **numbers)
    save_with_history(outcome, by=RISKREG, reason=run.get_cause_display())


def _read_by(one: Prepared) -> dict[str, int]:
    """Return the snapshots that were read, by view; of a register in parts each part, beside the last one by its number."""
    found = dict(one.pks)
    for alias, snapshot in one.used.items():
        others = [part.pk for part in parts_until(snapshot) if part.pk != snapshot.pk] if not is_before(alias) else []
        found |= {f"{alias}{PART_OF}{at}": pk for at, pk in enumerate(others, start=1)}
    return found


_NUMBERS = ("hits", "new", "returned", "changed", "unchanged", "gone")
