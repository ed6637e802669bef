"""Handing work from a page to the worker: after the commit, and without waiting for a broker that does not answer.

The work stands in the database already. A message that is lost is made up for by the runs that look for work nobody
has taken, so the page need not fail with it.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from celery.contrib.django.task import DjangoTask
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


class HandedOverTask(DjangoTask):
    abstract = True

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        transaction.on_commit(partial(self._hand_over, *args, **kwargs))

    def _hand_over(self, *args: Any, **kwargs: Any) -> None:
        try:
            self.delay(*args, **kwargs)
        except OperationalError:
            log.warning("The broker does not answer: %s is taken up by the next run that looks for it.", self.name)
