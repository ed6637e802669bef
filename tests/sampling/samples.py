"""Locked populations and drawn samples, as tests of outcomes and evaluation need them: rows, without files."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from controls.models import FollowUp, Population, Sample, SampleItem
from controls.sampling.drawing.tickets import leaf, ticket
from controls.sampling.statistics.design import Asked, Design, plan_sample
from riskreg.models import User

LOCKED = datetime(2025, 9, 2, 9, 14, tzinfo=UTC)
SEED = "8312057719402660198300000000000000000001"
COLUMNS = ["Anställningsnr", "Enhet", "Attest", "Belopp"]


def locked_population(follow_up: FollowUp, *, rows: int = 400, by: User | None = None, **fields: Any) -> Population:
    """Payroll attestations, keyed by employment number; every amount 1 000 kr and two groups unless said otherwise."""
    strata = fields.pop("strata", [["Skola", rows // 4, "0"], ["Vård", rows - rows // 4, "0"]])
    by = by or follow_up.performer
    assert by is not None
    total = Decimal(rows * 1000)
    return Population.objects.create(
        control=follow_up.control,
        unit=follow_up.unit,
        name=fields.pop("name", "Löneattester jan–aug"),
        source_system="Personec P, rapport 14",
        original_name="attest.csv",
        original_format="csv",
        original_sha256="0" * 64,
        columns=COLUMNS,
        key_columns=["Anställningsnr"],
        personal_columns=["Attest"],
        row_count=rows,
        amount_column=fields.pop("amount_column", "Belopp"),
        stratum_column=fields.pop("stratum_column", "Enhet"),
        profile={"rows": rows, "checked": {"rows": rows, "positive_total": str(total), "strata": strata}},
        control_total=total,
        sha256="7c41" + "0" * 60,
        state="locked",
        uploaded_at=LOCKED,
        uploaded_by=by,
        locked_at=LOCKED,
        locked_by=by,
        retained_until=date(2027, 9, 2),
        **fields,
    )


def drawn_sample(
    follow_up: FollowUp,
    *,
    asked: Asked | None = None,
    size: int | None = None,
    amounts: dict[int, str] | None = None,
    **fields: Any,
) -> Sample:
    """A sample as it stands after the draw: items numbered from 1, nothing examined, five reserves."""
    from controls.sampling.samples.planning import frame_of

    population = fields.pop("population", None) or locked_population(follow_up, **fields)
    design: Design = plan_sample(asked or Asked(), frame_of(population))
    number = size or design.size
    sample = Sample.objects.create(
        population=population,
        follow_up=follow_up,
        method=design.method.value,
        design=design.as_json(),
        size=number,
        seed=SEED,
        seed_origin="system",
        seed_set_at=LOCKED + timedelta(minutes=5),
        seed_set_by=population.locked_by,
        population_locked_at=LOCKED,
        population_sha256=population.sha256,
        algorithm="riskreg-ticket 1",
        state="drawn",
        drawn_at=LOCKED + timedelta(minutes=6),
        drawn_by=population.locked_by,
        record={"version": 1},
        record_sha256="a" * 64,
    )
    kinds = ["drawn"] * number + ["reserve"] * 5
    for position, kind in enumerate(kinds, start=1):
        add_item(sample, position, kind=kind, amount=(amounts or {}).get(position, "1000"))
    return sample


def add_item(sample: Sample, position: int, *, kind: str = "drawn", amount: str = "1000", **fields: Any) -> SampleItem:
    key = fields.pop("key", f"{20000 + position}|2025-05")
    sizes = sample.design.get("strata") or {"Skola": 1, "Vård": 3}
    groups = [name for name, size in sizes.items() for _ in range(size)]
    stratum = fields.pop("stratum", groups[(position - 1) % len(groups)])
    cells = {"Anställningsnr": key, "Enhet": stratum, "Attest": "26 maj, utbetald 27 maj", "Belopp": amount}
    return SampleItem.objects.create(
        sample=sample,
        position=position,
        kind=kind,
        key=key,
        ticket=ticket(SEED, key),
        salt="5a" * 16,
        leaf=leaf("5a" * 16, ticket(SEED, key), key),
        row_number=position + 1,
        values=json.dumps(cells, ensure_ascii=False),
        amount=Decimal(amount),
        stratum=stratum,
        **fields,
    )


def examine(sample: Sample, outcomes: dict[int, str], *, by: User, rest: str = "ok") -> None:
    """Gives items outcomes by number; the others the rest's ("" leaves them)."""
    for item in SampleItem.objects.filter(sample=sample).in_sample():
        outcome = outcomes.get(item.position, rest)
        if outcome:
            item.outcome, item.examined_by, item.examined_at = outcome, by, LOCKED + timedelta(days=1)
            item.version += 1
            item.save()
