"""A control that is followed up by sampling, and how far a population and a sample on it have come."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from controls.models import Control, FollowUp, Population, Sample, SamplingRun
from controls.sampling.drawing.verbs import draw, seed_from_event, seed_from_system
from controls.sampling.populations import verbs
from controls.sampling.populations.verbs import Columns
from controls.sampling.work import perform
from riskreg.models import User
from tests.cast import Cast, make_control, make_follow_up, make_risk
from tests.data_files.files import csv_bytes, invoices

TODAY = date(2025, 9, 8)
"""The tests' today."""
SEED = "29460519230857612348"
EVENT = "Tärningar kastade i Rådhuset den 8 september, inför Johan Berg och Eva Åström"


def a_control(cast: Cast, title: str = "Ramavtal följs inte", **fields: Any) -> Control:
    fields.setdefault("performer", cast.karin)
    return make_control(make_risk(cast.plan, title), "Stickprov av fakturor", **fields)


def uploaded(
    cast: Cast, content: bytes | None = None, *, control: Control | None = None, by: User | None = None, **given: Any
) -> SamplingRun:
    """A file on its way in, not read yet."""
    control = control or a_control(cast)
    given = {"name": "Fakturor 2025", "source_system": "Raindance, fakturajournal", "unit": control.risk.unit, **given}
    file = SimpleUploadedFile(given.pop("filename", "fakturor.csv"), csv_bytes(invoices(200)) if content is None else content)
    return verbs.upload(control, by=by or cast.karin, file=file, **given)[1]


def read_in(cast: Cast, content: bytes | None = None, **given: Any) -> Population:
    run = uploaded(cast, content, **given)
    assert perform(run.pk)
    return Population.objects.get(pk=run.population_id)


def with_columns(
    population: Population, by: User, *key: str, amount: str = "", stratum: str = "", personal: tuple[str, ...] = ()
) -> Population:
    columns = Columns(key or ("Faktura",), amount, stratum, personal)
    _, run = verbs.choose_columns(population, by=by, columns=columns)
    assert perform(run.pk)
    return Population.objects.get(pk=population.pk)


def locked(
    cast: Cast,
    content: bytes | None = None,
    *,
    amount: str = "Belopp",
    stratum: str = "",
    personal: tuple[str, ...] = ("Leverantör",),
    key: tuple[str, ...] = ("Faktura",),
    **given: Any,
) -> Population:
    population = with_columns(
        read_in(cast, content, **given), cast.karin, *key, amount=amount, stratum=stratum, personal=personal
    )
    _, run = verbs.lock(population, by=cast.karin)
    assert perform(run.pk)
    run.refresh_from_db()
    assert run.state == "done", run.problem
    return Population.objects.get(pk=population.pk)


def designed(
    population: Population,
    size: int = 20,
    *,
    method: str = "random",
    design: dict[str, Any] | None = None,
    follow_up: FollowUp | None = None,
) -> Sample:
    return Sample.objects.create(population=population, size=size, method=method, design=design or {}, follow_up=follow_up)


def drawn(cast: Cast, population: Population | None = None, size: int = 20, *, seed: str = SEED, **design: Any) -> Sample:
    sample = designed(population or locked(cast), size, **design)
    seed_from_event(sample, by=cast.karin, digits=seed, event=EVENT)
    _, run = draw(sample, by=cast.karin)
    assert perform(run.pk)
    run.refresh_from_db()
    assert run.state == "done", run.problem
    return Sample.objects.get(pk=sample.pk)


def a_follow_up(cast: Cast, control: Control) -> FollowUp:
    return make_follow_up(control, cast.interim, unit=control.risk.unit, performer=cast.karin)


def draws_of(control: Control, by: User) -> tuple[Population, Sample, Sample, Sample, SamplingRun]:
    """A draft, a sample to seed, one to draw, a drawn one (its first item could not be examined), and a file to be read."""

    def upload(name: str) -> SamplingRun:
        file = SimpleUploadedFile("fakturor.csv", csv_bytes(invoices(30, start=100 * len(name))))
        given: dict[str, Any] = {"unit": control.risk.unit, "file": file, "name": name, "source_system": "Raindance"}
        return verbs.upload(control, by=by, **given)[1]

    def population_of(name: str) -> Population:
        run = upload(name)
        perform(run.pk)
        return Population.objects.get(pk=run.population_id)

    def sample_of(name: str) -> Sample:
        perform(verbs.lock(population_of(name), by=by)[1].pk)
        return designed(Population.objects.get(name=name, control=control), 3)

    other = sample_of("Draget ur")
    seed_from_system(other, by=by)
    perform(draw(other, by=by)[1].pk)
    for item in other.items.in_sample():
        outcome = "not_examined" if item.position == 1 else "ok"
        item.outcome, item.examined_by, item.examined_at = outcome, by, item.history.first().history_date
        item.save()
    seeded = seed_from_system(sample_of("Med startvärde"), by=by)
    return population_of("Utkast"), sample_of("Att dra ur"), seeded, Sample.objects.get(pk=other.pk), upload("Väntar")
