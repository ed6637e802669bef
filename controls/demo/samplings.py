"""The demonstration's five samplings, through the product's own verbs: locked, designed, seeded, drawn, and partly done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile

from controls.demo.populations import Made
from controls.models import FollowUp, Population, Sample, SamplingRun
from controls.sampling.drawing.verbs import close, draw, seed_from_event, seed_from_system
from controls.sampling.populations.verbs import Columns, choose_columns, lock, save_source, upload
from controls.sampling.samples import outcomes
from controls.sampling.samples.outcomes import Found
from controls.sampling.samples.planning import begin, keep_design
from controls.sampling.statistics.design import Asked
from controls.sampling.work import perform
from riskreg import clock
from riskreg.models import User

EVENT = "Tiosidig tärning kastad i Rådhuset inför internkontrollsamordnaren och en revisor (demonstration)"


@dataclass(frozen=True, slots=True)
class Plan:
    """A sampling of the demonstration. `found`: the number of an examined item → its deviation."""

    make: Callable[[], Made]
    columns: Columns
    asked: Asked
    locked_on: date
    examined_on: date
    examined: int | None
    """The number of items examined; None: all."""
    found: Mapping[int, Found] = field(default_factory=dict)
    digits: str = ""
    """The digits of a public event; empty: the system makes the seed."""
    source: str = ""
    """The name the choice of columns is saved by."""
    is_closed: bool = False


def carry_out(plan: Plan, follow_up: FollowUp, *, by: User) -> Sample:
    """Carry out the sampling from the upload to the last outcome so far."""
    with clock.at(plan.locked_on):
        population = _locked(plan, follow_up, by=by)
        sample = begin(population, by=by, follow_up=follow_up)
        sample, _design = keep_design(sample, by=by, asked=plan.asked)
        if plan.digits:
            sample = seed_from_event(sample, by=by, digits=plan.digits, event=EVENT)
        else:
            sample = seed_from_system(sample, by=by)
        _perform(draw(sample, by=by)[1])
    with clock.at(plan.examined_on):
        for item in sample.items.in_sample().order_by("position")[: plan.examined]:
            outcomes.log(item, by=by, found=plan.found.get(item.position, Found("ok")))
        sample = Sample.objects.get(pk=sample.pk)
        return close(sample, by=by) if plan.is_closed else sample


def _locked(plan: Plan, follow_up: FollowUp, *, by: User) -> Population:
    made = plan.make()
    file = SimpleUploadedFile(made.filename, made.content)
    population, run = upload(
        follow_up.control, by=by, unit=follow_up.unit, file=file, name=made.name, source_system=made.source_system
    )
    _perform(run)
    _perform(choose_columns(population, by=by, columns=plan.columns)[1])
    if plan.source:
        save_source(population, by=by, name=plan.source)
    _perform(lock(population, by=by)[1])
    return Population.objects.get(pk=population.pk)


def _perform(run: SamplingRun) -> None:
    perform(run.pk)
    run.refresh_from_db()
    if run.state != SamplingRun.State.DONE:
        raise RuntimeError(f"{run}: {run.problem}")


def deviation(note: str, correct_amount: str = "") -> Found:
    """Return a deviation with its note and, for an amount, the correct one."""
    return Found("deviation", note, Decimal(correct_amount) if correct_amount else None)
