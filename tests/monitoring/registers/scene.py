"""A register of suppliers, and files of it as a finance system exports them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.core.files.base import ContentFile

from controls.models import Register, RegisterSnapshot
from controls.monitoring.registers import verbs
from controls.monitoring.registers.verbs import Described
from controls.monitoring.registers.work import perform
from riskreg.models import Unit, User
from tests.data_files.files import csv_bytes

HEADINGS = ("Leverantörsnummer", "Namn", "Organisationsnummer", "Bankgiro", "Ort")
SUPPLIERS = (
    ("1001", "Bygg & Son AB", "556016-0680", "991-2346", "Lillköping"),
    ("1002", "Städ i Väst AB", "556036-0793", "991-2353", "Storköping"),
    ("1003", "Rör och Värme HB", "556042-7220", "", "Lillköping"),
    ("1004", "Anna Ek", "19640823-3234", "", "Lillköping"),
)
JUNE, JULY, AUGUST = date(2025, 6, 30), date(2025, 7, 31), date(2025, 8, 31)


def described(name: str = "Leverantörer", **given: Any) -> Described:
    return Described(**{"name": name, "source_system": "Raindance, leverantörsregister", "retention_months": 24, **given})


def a_register(unit: Unit, by: User, *, kind: str = "suppliers", name: str = "Leverantörer") -> Register:
    return verbs.open_register(unit, by=by, kind=kind, described=described(name))


def a_file(
    rows: Iterable[Sequence[str]] = SUPPLIERS, headings: Sequence[str] = HEADINGS, name: str = "lev.csv"
) -> ContentFile[Any]:
    return ContentFile(csv_bytes(rows, headings), name=name)


def fed(register: Register, by: User | None, *rows: Sequence[str], as_of: date = AUGUST, **given: Any) -> RegisterSnapshot:
    """Hand in a file, read it, and return what became of it."""
    file = a_file(rows or SUPPLIERS, given.pop("headings", HEADINGS))
    snapshot, run = verbs.feed(register, by=by, file=file, as_of=as_of, **given)
    assert perform(run.pk)
    run.refresh_from_db()
    assert run.state == "done", run.problem
    return RegisterSnapshot.objects.get(pk=snapshot.pk)
