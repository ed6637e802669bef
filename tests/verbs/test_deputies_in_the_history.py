"""Whatever a deputy does, the history names both people: who did it, and by whose right; also where the worker finishes it.

The verbs come from the tables of transitions, wherever there are any: a new verb without its line here fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile

from controls.follow_ups.evidence import attach
from controls.models import (
    RegisterRun,
    ReportJob,
    SamplingRun,
)
from controls.monitoring.registers import work as register_work
from controls.reporting import jobs
from controls.sampling import work
from controls.sampling.samples.work_file_back import read_back
from riskreg.access.verbs import Verb
from riskreg.models import Deputyship, User
from riskreg.models.author import SYSTEM
from riskreg.models.history import RememberedAuthor
from tests.cast import Cast, make_control, make_risk, make_user
from tests.follow_ups import follow_ups
from tests.reporting.conftest import approved
from tests.sampling import test_work_file as work_files
from tests.verbs.lent_verbs import CASES, LENT, MAKING, TODAY, WORKFLOWS, sample_in_state

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def _newest() -> dict[Any, int]:
    """The id of the newest row of each history."""
    histories: list[Any] = [model for model in apps.get_models() if issubclass(model, RememberedAuthor)]
    newest = {model: model.objects.order_by("-history_id").values_list("history_id", flat=True).first() for model in histories}
    return {model: pk or 0 for model, pk in newest.items()}


def _authors_since(before: dict[Any, int]) -> list[tuple[str, str]]:
    """Who the rows written since name, and for whom; without what the schedule does by itself."""
    rows = (model.objects.filter(history_id__gt=last) for model, last in before.items())
    return [(row.history_user_name, row.history_acting_for) for row in chain(*rows) if row.history_user_name != SYSTEM]


@contextmanager
def _names_both(deputy: User, absent: User) -> Iterator[None]:
    before = _newest()
    yield
    assert set(_authors_since(before)) == {(deputy.name, absent.name)}


def _let_the_worker_work(deputy: User, absent: User) -> None:
    """Everything that was asked for, by a worker that knows the deputy from the database alone."""
    runs = list(SamplingRun.objects.open().values_list("pk", "kind"))
    for pk, kind in runs:
        before = _newest()
        assert work.perform(pk)
        assert SamplingRun.objects.get(pk=pk).state == "done"
        assert kind == "verify" or set(_authors_since(before)) == {(deputy.name, absent.name)}
    for pk in RegisterRun.objects.open().values_list("pk", flat=True):
        with _names_both(deputy, absent):
            assert register_work.perform(pk)
        assert RegisterRun.objects.get(pk=pk).state == "done"
    for pk in ReportJob.objects.filter(state="waiting").values_list("pk", flat=True):
        with _names_both(deputy, absent):
            assert jobs.write(pk)


def _deputy_of(cast: Cast, absent: User) -> User:
    """Somebody without a role of their own."""
    deputy = make_user("Maja Lund")
    Deputyship.objects.create(absent=absent, deputy=deputy, first_day=TODAY, last_day=TODAY)
    return User.objects.get(pk=deputy.pk)


def test_every_verb_that_can_be_lent_has_its_case_here() -> None:
    assert set(CASES) == set(LENT)


@pytest.mark.parametrize(("name", "verb"), LENT, ids=[f"{name}-{verb}" for name, verb in LENT])
def test_what_a_deputy_does_and_the_worker_finishes_names_both(cast: Cast, name: str, verb: str) -> None:
    workflow = WORKFLOWS[name]
    prepare, do = CASES[name, verb]
    state = next(one for one in workflow.states if verb in workflow.verbs_from(one))
    record = prepare(cast, state)
    ReportJob.objects.update(state="done")
    absent = cast.eva if workflow.right_of(verb) == Verb.CHANGE_CLOSING else cast.johan
    deputy = _deputy_of(cast, absent)
    if (name, verb) in {("population", "lock"), ("sample", "draw")}:
        do(record, deputy)
        assert SamplingRun.objects.open().exists()
    else:
        with _names_both(deputy, absent):
            do(record, deputy)
    _let_the_worker_work(deputy, absent)


@pytest.mark.parametrize("what", MAKING)
def test_what_a_deputy_makes_and_the_worker_finishes_names_both(cast: Cast, what: str) -> None:
    approved(cast, make_control(make_risk(cast.plan, "Energibrist", risk_score=8)))
    who, make = MAKING[what]
    absent = getattr(cast, who)
    deputy = _deputy_of(cast, absent)
    with _names_both(deputy, absent):
        make(cast, deputy)
    asked = SamplingRun.objects.open().count() + ReportJob.objects.filter(state="waiting").count()
    assert asked == (1 if "worker" in what else 0)
    _let_the_worker_work(deputy, absent)


def test_a_work_file_that_a_deputy_reads_back_names_both(cast: Cast) -> None:
    sample = sample_in_state(cast, "drawn")
    file = work_files.edited(work_files.written(sample), work_files.RIGHT)
    deputy = _deputy_of(cast, cast.johan)
    with _names_both(deputy, cast.johan):
        read_back(sample, by=deputy, file=file, filename="a.xlsx")


def test_an_evidence_file_is_the_deputys_with_the_absent_persons_right(cast: Cast) -> None:
    follow_up = follow_ups.in_state(cast, "in_progress")
    deputy = _deputy_of(cast, cast.karin)
    with _names_both(deputy, cast.karin):
        attach(follow_up, by=deputy, file=SimpleUploadedFile("lista.csv", b"a;b\n1;2\n"))
