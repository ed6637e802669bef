"""Somebody else's work on a connection of its own, begun in the middle of a test's: the one way to be two at once, in order."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.utils import translation

from tests.waiting import wait_until


class Beside:
    """Somebody else's work, on a connection of its own, begun while the test is in the middle of its own."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.outcome: Any = None
        self._work = work
        self._thread = threading.Thread(target=self._run)

    def begin(self) -> None:
        """Begin, and come back when it is done or waits for this test's transaction."""
        self._thread.start()
        wait_until(lambda: not self._thread.is_alive() or self._waits(), "neither done nor waiting")

    def end(self) -> Any:
        self._thread.join(timeout=60)
        assert not self._thread.is_alive()
        return self.outcome

    def _run(self) -> None:
        try:
            with translation.override("en"):
                self.outcome = self._work()
        except Exception as error:
            self.outcome = error
        finally:
            connection.close()

    def _waits(self) -> bool:
        if connection.vendor != "postgresql":
            return True  # an immediate transaction waits where it begins, which nobody sees
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # or a transaction sees the same activity to its end
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            return bool(cursor.fetchone()[0])
