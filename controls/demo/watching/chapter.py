"""The demonstration's registers, opened and fed month by month through the product's own verbs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from controls.demo.watching import files
from controls.demo.watching.alerts import explain_purchases, run_rules, watch_rules, weigh
from controls.demo.watching.faults import plant
from controls.demo.watching.town import MONTHS, Town
from controls.models import Register, RegisterRun, RegisterSnapshot
from controls.monitoring.registers import verbs
from controls.monitoring.registers.verbs import Described
from controls.monitoring.registers.work import perform
from riskreg import clock
from riskreg.models import Unit, User

RETENTION_MONTHS = 24
_TAKEN_AFTER = timedelta(3)
"""From the day that a file tells of to the day it is handed in."""
_WEIGHED_AFTER = timedelta(5)
"""From the day that the last files tell of to the day when some of the alerts are concluded."""


@dataclass(frozen=True, slots=True)
class Source:
    """A register of the demonstration, and what writes its file of a month."""

    kind: str
    name: str
    source_system: str
    write: Callable[[Town, date], tuple[str, bytes]]
    months: tuple[date, ...] = MONTHS


SOURCES = (
    Source("suppliers", "Leverantörsregister", "Ekonomisystemet, export av leverantörer", files.suppliers),
    Source("companies", "Företag hos Bolagsverket", "Bolagsverket, bulkfil med företagsinformation", files.bolagsverket),
    Source("companies", "Företag hos SCB", "SCB, företagsregistret, bulkfil", files.scb, MONTHS[-1:]),
    Source("watched", "Bevakade leverantörer", "Kreditupplysningstjänsten, bevakningslistan", files.watched),
    Source("agreements", "Avtalsregister", "Upphandlingsenhetens arbetsbok", files.agreements),
    Source("ledger", "Leverantörsreskontra", "Ekonomisystemet, reskontran enligt nationell specifikation", files.ledger),
    Source("systems", "Systemkarta", "IT-avdelningens lista", files.systems, MONTHS[::2]),
    Source("operations", "Verksamheter och kontinuitetsplaner", "Säkerhetssamordnarens lista", files.continuity, MONTHS[::2]),
)


def make_town() -> Town:
    """Make the town with what is wrong in it."""
    town = Town()
    plant(town)
    town.settle()
    return town


def feed_registers(unit: Unit, *, by: User) -> None:
    """Open the registers at the unit, and feed each with the snapshots of three months, whose rules are watched."""
    town = make_town()
    with clock.at(MONTHS[0]):
        registers = [_opened(unit, source, by=by) for source in SOURCES]
    for month in MONTHS:
        with clock.at(month + _TAKEN_AFTER):
            for register, source in zip(registers, SOURCES, strict=True):
                if month in source.months:
                    _feed(register, source.write(town, month), month, by=by)
            watch_rules(registers, by=by)
            run_rules()
            if month == MONTHS[-2]:
                explain_purchases(by=by)
    with clock.at(MONTHS[-1] + _WEIGHED_AFTER):
        weigh(by=by)


def _opened(unit: Unit, source: Source, *, by: User) -> Register:
    described = Described(name=source.name, source_system=source.source_system, retention_months=RETENTION_MONTHS)
    return verbs.open_register(unit, by=by, kind=source.kind, described=described)


def _feed(register: Register, written: tuple[str, bytes], month: date, *, by: User) -> None:
    """Hand in the file, have it read, and take it where something about it is asked. Raises RuntimeError if it is refused."""
    name, content = written
    snapshot, run = verbs.feed(register, by=by, file=SimpleUploadedFile(name, content), as_of=month)
    perform(run.pk)
    run.refresh_from_db()
    if run.state != RegisterRun.State.DONE:
        raise RuntimeError(f"{name}: {run.problem}")
    snapshot.refresh_from_db()
    if snapshot.state != RegisterSnapshot.State.TAKEN:
        raise RuntimeError(f"{name}: {snapshot.asks}")
