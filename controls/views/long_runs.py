"""What pages show of long work that the worker does: how far it has come, and why it could not be done."""

from __future__ import annotations

from typing import Any

from django.http import JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from controls.models.long_run import LongRun
from riskreg import clock
from riskreg.work_queue import Queue


def run_context(run: Any, queue: Queue[Any], *, pages: str, may_cancel: bool, problem: str) -> dict[str, Any]:
    """Return the context of controls/population/run.html; nothing for a run that simply ended well.

    `pages`: the name of the address that tells how far it has come; that which cancels it ends in _cancel.
    """
    if run is None or run.state == LongRun.State.DONE:
        return {"run": None}
    return {
        "run": run,
        "run_url": reverse(pages, args=[run.pk]),
        "run_cancel_url": reverse(f"{pages}_cancel", args=[run.pk]),
        "run_problem": problem,
        "is_stalled": queue.is_silent(run, clock.now()),
        "may_cancel": may_cancel,
    }


def progress(run: Any, queue: Queue[Any]) -> JsonResponse:
    """Return how far a run has come as JSON, for the page that waits for it."""
    said = _("%(percent)d %% done") % {"percent": 100 * run.done // max(run.total, 1)}
    if queue.is_silent(run, clock.now()):
        said = _("The worker has been silent for a while. Another takes over by itself.")
    return JsonResponse({"is_open": run.is_open, "checked": run.done, "total": run.total, "text": said})
