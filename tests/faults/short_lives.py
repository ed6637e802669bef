"""Workers that live for one run and die in the middle of it: forked, and killed by themselves at a chosen operation.

An operation is a statement to the database or a line to the mail server, before it and after it. So every point at which a
worker can die is one that the drill can choose, and the seed says which were.
"""

from __future__ import annotations

import os
import signal
import smtplib
import sys
import traceback
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.core import mail
from django.db import connection, connections, transaction
from django.test import override_settings
from django.utils import formats, translation
from django.utils.translation import gettext

from controls.reminders.deliver import deliver
from controls.reminders.due import prepare

SECONDS_TO_LIVE = 60
LOCMEM = "django.core.mail.backends.locmem.EmailBackend"


class Fault(StrEnum):
    NONE = "none"
    KILLED = "killed"
    """kill -9"""
    CUT_OFF = "cut off"
    """The connection to the database is gone."""


class Fate(StrEnum):
    """What became of a worker."""

    FINISHED = "finished"
    KILLED = "killed"
    FAILED = "failed"
    """It ended by an exception, as a task that fails."""


class Counter:
    def __init__(self, fault: Fault, at: int) -> None:
        self._fault, self._left = fault, at

    def tick(self) -> None:
        if self._fault == Fault.NONE:
            return
        self._left -= 1
        if self._left == 0:
            if self._fault == Fault.KILLED:
                os.kill(os.getpid(), signal.SIGKILL)
            _cut_off()

    def around_statement(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.tick()
        answer = execute(sql, params, many, context)
        self.tick()
        return answer


def _cut_off() -> None:
    """As when the server is restarted: the socket is closed under the program that still believes in it."""
    raw: Any = connection.connection
    if raw is not None:
        raw.close()


def warm_up(now: datetime) -> None:
    """What every process reads and compiles once, done before they are forked: templates, catalogues, SQL, days off.

    By a run of the tasks that is undone. Otherwise each worker spends nine tenths of its life on it.
    """
    with override_settings(EMAIL_BACKEND=LOCMEM), transaction.atomic():
        prepare(now)
        sent = deliver(lambda: now).sent
        transaction.set_rollback(True)
    assert sent, "nothing was composed, so that nothing is warm"
    mail.outbox.clear()
    with translation.override("en"):
        gettext("Open Riskreg")
        formats.date_format(now.date(), "j F Y")


def live(now: datetime, fault: Fault, at: int) -> Fate:
    """One run of the two tasks in a process of its own, with its own connections."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        _run_and_exit(now, Counter(fault, at))
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL, f"a worker ended by signal {os.WTERMSIG(status)}"
        return Fate.KILLED
    return Fate.FINISHED if os.WEXITSTATUS(status) == 0 else Fate.FAILED


def _run_and_exit(now: datetime, counter: Counter) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(SECONDS_TO_LIVE)
    code = 0
    try:
        _listen_to_the_post(counter)
        with connection.execute_wrapper(counter.around_statement):
            prepare(now)
            deliver(lambda: now)
    except BaseException:
        code = 1
        if "SHOW_FAILURES" in os.environ:
            traceback.print_exc(file=sys.__stderr__)
    os._exit(code)


def _listen_to_the_post(counter: Counter) -> None:
    send, getreply = smtplib.SMTP.send, smtplib.SMTP.getreply

    def counted_send(self: Any, text: Any) -> None:
        counter.tick()
        send(self, text)
        counter.tick()

    def counted_reply(self: Any) -> Any:
        answer = getreply(self)
        counter.tick()
        return answer

    smtplib.SMTP.send = counted_send  # type: ignore[method-assign,assignment]
    smtplib.SMTP.getreply = counted_reply  # type: ignore[method-assign]
