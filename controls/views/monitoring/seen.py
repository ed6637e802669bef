"""Find what a page of registers is about, for a user who sees it, and the way there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from controls import tasks
from controls.data_files.long_work import Failed
from controls.models import Alert, Inquiry, Register, RegisterRun, RegisterSnapshot, Watch
from controls.monitoring.registers.work import perform
from controls.monitoring.watching.runs import waiting_runs
from riskreg.access.grants import require
from riskreg.access.verbs import Verb
from riskreg.models import User
from riskreg.web.asking import Place
from riskreg.web.downloads import FileAltered

Crumbs = list[tuple[str, str | None]]


def seen_register(user: User, pk: int) -> Register:
    """Return the register, for a user who sees it. Raises Http404."""
    return get_object_or_404(Register.objects.visible_to(user).select_related("unit"), pk=pk)


def seen_snapshot(user: User, register: int, pk: int, *, right: Verb = Verb.VIEW) -> RegisterSnapshot:
    """Return the snapshot, for a user who sees it and has the right at its unit. Raises Http404, NotPermitted."""
    related = ("register__unit", "uploaded_by")
    seen = RegisterSnapshot.objects.visible_to(user).select_related(*related).filter(register=register)
    snapshot = get_object_or_404(seen, pk=pk)
    if right != Verb.VIEW:
        require(user, right, snapshot.register.unit)
    return snapshot


def seen_watch(user: User, register: int, pk: int) -> Watch:
    """Return the watched rule, for a user who sees it. Raises Http404."""
    seen = Watch.objects.visible_to(user).select_related("register__unit", "proposed_by").filter(register=register)
    return get_object_or_404(seen, pk=pk)


def seen_alert(user: User, pk: int) -> Alert:
    """Return the alert, for a user who may read what it quotes. Raises Http404."""
    related = ("watch__register__unit", "watch__seen_at", "snapshot__register", "assignee")
    return get_object_or_404(Alert.objects.visible_to(user).select_related(*related), pk=pk)


def seen_inquiry(user: User, pk: int) -> Inquiry:
    """Return the inquiry, for a user who may read it. Raises Http404."""
    related = ("unit", "alert__watch__register__unit", "alert__watch__seen_at", "responsible")
    return get_object_or_404(Inquiry.objects.visible_to(user).select_related(*related), pk=pk)


def crumbs_of(register: Register | None = None, snapshot: RegisterSnapshot | None = None) -> Crumbs:
    """Return the breadcrumbs of a page below the list of registers, below a register, or below a snapshot."""
    trail: Crumbs = [(_("Registers"), reverse("registers"))]
    if snapshot is not None:
        register = snapshot.register
    if register is not None:
        trail.append((register.name, register.get_absolute_url()))
    if snapshot is not None:
        trail.append((day_words(snapshot), snapshot.get_absolute_url()))
    return trail


def day_words(snapshot: RegisterSnapshot) -> str:
    """Return the snapshot's name below its register."""
    return _("Snapshot of %(day)s") % {"day": snapshot.as_of.isoformat()}


def place_of(register: Register) -> Place:
    """Return where a verb of the register is asked for."""
    return Place(register.get_absolute_url(), register.name, crumbs_of(register))


def start(run: RegisterRun) -> RegisterRun:
    """Perform a small run while the user waits, or hand a large one to the worker; return the run as it is then."""
    if run.is_small:
        perform(run.pk)
    else:
        cast(Any, tasks.perform_register_run).delay_on_commit(run.pk)
    run.refresh_from_db()
    start_watch_runs()
    return run


def start_watch_runs() -> None:
    """Hand the runs of watched rules that wait to the worker; without any, nothing is asked of the broker."""
    if waiting_runs():
        cast(Any, tasks.start_watch_runs).delay_on_commit()


@contextmanager
def reading(snapshot: RegisterSnapshot) -> Iterator[None]:
    """Turn what is wrong with the stored file into an answer: not found when it is missing, FileAltered when it is another."""
    try:
        yield
    except Failed as failure:
        if snapshot.file and snapshot.file.storage.exists(str(snapshot.file.name)):
            raise FileAltered(snapshot.original_name) from failure
        raise Http404(str(failure)) from failure
