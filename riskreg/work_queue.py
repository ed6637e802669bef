"""Long work that a table holds: asked for, claimed by one worker, watched, cancelled, taken up again, finished once.

The row is all there is: a broker only says that there is something to do, so a lost message, a message that comes twice
and a worker that is killed lose nothing and do nothing twice. A model with `state` (waiting, running, done and others),
`asked_at`, `seen_at`, a counter of progress and one of attempts is a queue:

    QUEUE = Queue(SamplingRun, silence=timedelta(seconds=60), attempts="attempt", finished_at="finished_at")

    run = QUEUE.claim(pk)              # None: it has ended, or another worker is at it
    tell = QUEUE.telling(run)
    tell(12)                           # how far it has come; raises TakenOver once the run is no longer this worker's
    with transaction.atomic():
        QUEUE.finish(run, outcome=…)   # raises TakenOver: then nothing of the transaction stays
        …

Each step is one conditional update, so two workers never do the same: who changes no row has lost it. Machinery: what the
work changes has the history, the row has none.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db import OperationalError, models
from django.db.models import F, Q

from riskreg import clock

R = TypeVar("R", bound=models.Model)
WAITING, RUNNING, DONE = "waiting", "running", "done"
OPEN = (WAITING, RUNNING)
MOST_ATTEMPTS = 3
"""How many workers may die over a row before it is given up."""
TELL_SECONDS = 0.5
"""How often a worker writes how far it has come."""


class TakenOver(Exception):
    """The row is no longer this worker's: somebody cancelled it, or another worker has taken it over."""


class Queue(Generic[R]):
    """A table of long work.

    A worker that has been silent for `silence` is taken for dead. `progress` and `attempts` name the counters, `finished_at`
    the time of the end where there is one; `again` are the states besides waiting in which a row may be claimed. Unless
    it `goes_on`, work that is taken up again begins anew.
    """

    def __init__(
        self,
        model: type[R],
        *,
        silence: timedelta,
        progress: str = "done",
        attempts: str = "attempts",
        finished_at: str = "",
        again: tuple[str, ...] = (),
        goes_on: bool = False,
    ) -> None:
        self.model, self.silence, self.again = model, silence, again
        self.progress, self.attempts, self.finished_at, self.goes_on = progress, attempts, finished_at, goes_on

    # Who is at it

    def open(self) -> Any:
        """Return the rows that wait or run."""
        return self.model._default_manager.filter(state__in=OPEN)

    def alive(self, now: datetime) -> Any:
        """Return the open rows that have been heard of lately: there is no need to ask for the same again."""
        return self.open().filter(seen_at__gte=now - self.silence)

    def silent(self, now: datetime) -> Any:
        """Return the open rows that nobody is at: left by a dead worker, or asked for and never handed to one."""
        return self.open().filter(seen_at__lt=now - self.silence)

    def is_silent(self, row: Any, now: datetime) -> bool:
        """Return whether the row is one of `silent`."""
        return row.state in OPEN and row.seen_at < now - self.silence

    def worn_out(self) -> Q:
        """Return the condition that as many workers died over a row as may."""
        return Q(**{f"{self.attempts}__gte": MOST_ATTEMPTS})

    def is_worn_out(self, row: R) -> bool:
        """Return whether a claimed row is claimed once too often: as many workers died over it before as may."""
        return bool(getattr(row, self.attempts) > MOST_ATTEMPTS)

    # One worker's part

    def claim(self, pk: int, *related: str) -> R | None:
        """Make the row this worker's and return it; None when it has ended, or another worker is at it."""
        now = clock.now()
        may_be_taken = Q(state__in=[WAITING, *self.again]) | Q(state=RUNNING, seen_at__lt=now - self.silence)
        values: dict[str, Any] = {"state": RUNNING, "seen_at": now, self.attempts: F(self.attempts) + 1}
        if not self.goes_on:
            values[self.progress] = 0
        if not self.model._default_manager.filter(may_be_taken, pk=pk).update(**values):
            return None
        rows = self.model._default_manager.all()
        return (rows.select_related(*related) if related else rows).get(pk=pk)

    def mine(self, row: R) -> Any:
        """Return the row as long as it is this worker's: it runs, and nobody has claimed it since."""
        return self.model._default_manager.filter(pk=row.pk, state=RUNNING, **{self.attempts: getattr(row, self.attempts)})

    def tell(self, row: R, done: int, **values: Any) -> None:
        """Write how far the work has come. Raises TakenOver when the row is no longer this worker's."""
        if not self.mine(row).update(**{self.progress: done, "seen_at": clock.now()}, **values):
            raise TakenOver

    def telling(self, row: R) -> Callable[[int], None]:
        """Return what tells now and then: at most every TELL_SECONDS, and not while somebody else is writing."""
        told = time.monotonic()

        def tell(done: int) -> None:
            nonlocal told
            if time.monotonic() - told < TELL_SECONDS:
                return
            told = time.monotonic()
            try:
                self.tell(row, done)
            except OperationalError:
                # Locked by somebody else's write: how far it has come is told the next time, and the work goes on.
                return

        return tell

    def finish(self, row: R, **values: Any) -> None:
        """Write that the work is done. Raises TakenOver when the row is no longer this worker's."""
        if not self.end(row, DONE, **values):
            raise TakenOver

    def end(self, row: R, state: str, **values: Any) -> bool:
        """Write how the work ended; False when the row is no longer this worker's."""
        return bool(self.mine(row).update(state=state, **self._ended(), **values))

    def leave(self, row: R) -> None:
        """Leave the row as if its worker were dead: it is taken up again at once."""
        self.mine(row).update(seen_at=clock.now() - 2 * self.silence)

    # Other people's part

    def cancel(self, row: R, state: str = "cancelled") -> bool:
        """End the row if it is open; its worker notices within a second. False when it had ended already."""
        return bool(self.open().filter(pk=row.pk).update(state=state, **self._ended()))

    def start_again(self, row: R, ended_in: str) -> bool:
        """Make an ended row wait anew, as if it were asked for now; False when it is not in that state."""
        now = clock.now()
        values: dict[str, Any] = {"state": WAITING, self.attempts: 0, "asked_at": now, "seen_at": now}
        return bool(self.model._default_manager.filter(pk=row.pk, state=ended_in).update(**values))

    def _ended(self) -> dict[str, datetime]:
        now = clock.now()
        return {"seen_at": now} | ({self.finished_at: now} if self.finished_at else {})
