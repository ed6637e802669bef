"""The long work on populations as rows: queued, claimed by one worker, watched, cancelled, resumed.

How a run is done, and what is left of it when it fails: controls.data_files.long_work.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from controls.data_files.long_work import PARTS, Workshop
from controls.models import Population, Sample, SamplingRun
from riskreg.access.grants import may
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import Unit, User
from riskreg.models.author import Author
from riskreg.verbs.errors import Refused
from riskreg.work_queue import Queue

QUEUE = Queue(SamplingRun, silence=timedelta(seconds=60), attempts="attempt", finished_at="finished_at")
WORKSHOP = Workshop(QUEUE, "populations")
SMALL_BYTES = 4 * 2**20
SMALL_ROWS = 300_000

State, Kind = SamplingRun.State, SamplingRun.Kind


def ask(
    population: Population,
    kind: SamplingRun.Kind,
    *,
    by: Author,
    size: int,
    sample: Sample | None = None,
    upload: str = "",
    **arguments: Any,
) -> SamplingRun:
    """Queue a run.

    Raises Refused when something else is being done with the population, or the sample is being verified already.
    """
    limit = SMALL_BYTES if kind == Kind.READ else SMALL_ROWS
    of = {"population": population, "sample": sample, "kind": kind}
    try:
        return WORKSHOP.ask(by=by, limit=limit, size=size, arguments=arguments, upload=upload, **of)
    except IntegrityError as error:
        if kind == Kind.VERIFY:
            raise Refused(_("The sample is being verified already. Wait, or cancel it.")) from error
        raise Refused(_("Something is being done with the population already. Wait, or cancel it.")) from error


def may_cancel(run: SamplingRun, user: User, unit: Unit) -> bool:
    """Return whether the user may cancel the run. `unit`: that of the run's population.

    A verification may be ended by the user who asked for it, too: auditors prepare no samples.
    """
    asked_for_it = run.kind == Kind.VERIFY and run.asked_by_id == user.pk
    return asked_for_it or may(user, Verb.PREPARE_SAMPLE, unit)


def cancel(run: SamplingRun, *, by: User) -> bool:
    """Cancel an open run; return False when it had ended already.

    Its worker notices within a second and leaves nothing behind.
    """
    if not may_cancel(run, by, run.population.unit):
        raise NotPermitted(Verb.PREPARE_SAMPLE)
    return WORKSHOP.cancel(run)


@contextmanager
def finishing(run: SamplingRun) -> Iterator[Population]:
    """Open the one transaction of a run, with the population's locked row.

    Raises TakenOver when the run is no longer ours.
    """
    with transaction.atomic():
        # The run's own transaction: the verb that asked for it went through the gate.
        population = (
            Population.objects.select_for_update(of=("self",)).select_related("unit", "control").get(pk=run.population_id)
        )
        QUEUE.finish(run, done=PARTS)
        yield population
    WORKSHOP.clear(run)
