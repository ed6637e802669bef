"""The state of the machinery: when beat and worker were last heard of, what waits in the queue, which tasks failed.

Beat and worker are heard of through the cache, where asking costs the start page no query. A cache that was emptied has
heard of nobody: silence counts from when that was first noticed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

import redis
from django.conf import settings
from django.core.cache import cache
from django.db.models import Count

from controls.models import Digest, TaskFailure
from riskreg.models import User

WORKER_KEY = "heartbeat"
BEAT_KEY = "heartbeat:beat"
MISSED_KEY = "heartbeat:missed-since"
HEARTBEAT_TASK = "controls.tasks.heartbeat"
SILENT_AFTER = timedelta(minutes=15)
FAILURES_KEPT = timedelta(days=90)
FAILURES_SHOWN = 25
SECONDS = 2.0
"""Seconds within which the broker must answer."""


def record_worker(now: datetime) -> str:
    """Record that the worker lives; return the moment."""
    seen = now.isoformat()
    cache.set(WORKER_KEY, seen, timeout=None)
    return seen


def record_beat(now: datetime) -> None:
    """Record that beat has put a heartbeat into the queue."""
    cache.set(BEAT_KEY, now.isoformat(), timeout=None)


@dataclass(frozen=True, slots=True)
class Pulse:
    """The signs of life of beat and worker.

    beat, worker: when each was last heard of; None: not since the cache was emptied. silence: for how long the more
    silent of the two has been.
    """

    beat: datetime | None
    worker: datetime | None
    silence: timedelta
    cache_answers: bool = True

    @property
    def is_silent(self) -> bool:
        return not self.cache_answers or self.silence > SILENT_AFTER

    @property
    def minutes(self) -> int:
        return int(self.silence.total_seconds() // 60)


def pulse(now: datetime) -> Pulse:
    """Return the pulse. No query; one round trip to the cache, two when nobody has been heard of."""
    try:
        found = cache.get_many([BEAT_KEY, WORKER_KEY, MISSED_KEY])
        beat, worker = (_moment(found.get(key)) for key in (BEAT_KEY, WORKER_KEY))
        if (beat is None or worker is None) and MISSED_KEY not in found:
            cache.add(MISSED_KEY, now.isoformat(), timeout=24 * 3600)
        missed = _moment(found.get(MISSED_KEY)) or now
    except redis.RedisError:
        return Pulse(None, None, timedelta(0), cache_answers=False)
    return Pulse(beat, worker, max(_since(beat or missed, now), _since(worker or missed, now)))


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def _since(moment: datetime, now: datetime) -> timedelta:
    """Return the time passed since the moment.

    With a pinned calendar the day begins again at midnight: yesterday evening is then later today.
    """
    passed = now - moment
    if passed < timedelta(0) and settings.RISKREG_TODAY is not None:
        passed += timedelta(days=1)
    return max(passed, timedelta(0))


@dataclass(frozen=True, slots=True)
class Queue:
    """waiting, taken: messages in the queue, and with workers; None when the broker does not answer."""

    waiting: int | None
    taken: int | None


def queue() -> Queue:
    """Return the lengths of the queue, asked of the broker."""
    try:
        with redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_timeout=SECONDS, socket_connect_timeout=SECONDS) as broker:
            waiting: Any = broker.llen(settings.CELERY_TASK_DEFAULT_QUEUE)
            taken: Any = broker.hlen("unacked")
    except redis.RedisError:
        return Queue(None, None)
    return Queue(int(waiting), int(taken))


def ledger_counts(user: User) -> list[tuple[str, str, int]]:
    """Return (state, its word, number of letters), for the letters the user sees; one query."""
    seen = Digest.objects.visible_to(user).order_by().values("state").annotate(number=Count("pk"))
    counted = dict(seen.values_list("state", "number"))
    return [(state.value, str(state.label), counted.get(state.value, 0)) for state in Digest.State]


def note_failure(task: str, task_id: str, error: BaseException | str, trace: TracebackType | None, now: datetime) -> None:
    """Save the failure of a task; run twice for one failure, it is saved once."""
    kind = error if isinstance(error, str) else f"{type(error).__module__}.{type(error).__qualname__}"
    TaskFailure.objects.get_or_create(
        task_id=task_id[:64],
        defaults={
            "task": task[:200],
            "error": kind.removeprefix("builtins.")[:200],
            "place": _place(trace)[:300],
            "failed_at": now,
        },
    )


def _place(trace: TracebackType | None) -> str:
    """Return the innermost line of the product's own code that the error passed: file and number, no values."""
    place = ""
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if path.is_relative_to(settings.BASE_DIR) and ".venv" not in path.parts:
            place = f"{path.relative_to(settings.BASE_DIR)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def forget_failures(now: datetime) -> int:
    """Delete the failures older than the time they are kept; return their number."""
    count, _each = TaskFailure.objects.filter(failed_at__lt=now - FAILURES_KEPT).delete()
    return count
