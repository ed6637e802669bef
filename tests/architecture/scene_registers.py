"""Registers of the scene: one with snapshots, watched rules and a file that waits, one being read, one that is closed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from controls.models import Alert, Register, Watch
from controls.monitoring.inquiries import verbs as inquiries
from controls.monitoring.registers import verbs
from controls.monitoring.watching import alerts
from controls.monitoring.watching.evidence import attach_to_alert
from riskreg import clock
from riskreg.models import Unit, User
from riskreg.models.author import RISKREG
from riskreg.models.history import save_with_history
from tests.monitoring.registers.scene import AUGUST, JULY, JUNE, SUPPLIERS, a_file, a_register, fed
from tests.monitoring.watching.composing import composed, definition
from tests.monitoring.watching.scene import let_the_worker_run, watched


def make_registers(place: Any, unit: Unit, feeder: User, keeper: User) -> None:
    """Give the place its registers, with their files."""
    register = a_register(unit, keeper)
    fed(register, feeder, as_of=JUNE)
    of_july = (*SUPPLIERS[1:], ("1009", "Ny AB", "556703-7485", "", "Lillköping"))
    place.snapshot = fed(register, feeder, *of_july, as_of=JULY)
    with pytest.raises(verbs.StillTheSame):
        fed(register, feeder, *of_july, as_of=AUGUST)
    place.draft_snapshot = fed(register, feeder, SUPPLIERS[0], as_of=AUGUST)
    place.register = Register.objects.get(pk=register.pk)
    waiting = a_register(unit, keeper, name="Avtal", kind="agreements")
    place.register_run = verbs.feed(waiting, by=feeder, file=a_file(name="avtal.csv"), as_of=AUGUST)[1]
    headings = ("verifikationsnummer", "leverantor", "leverantor_id", "belopp", "datum", "fakturanummer")
    line = ("V1", "Städ i Väst AB", "556036-0793", "1250", "2025-06-14", "F-77")
    ledger = a_register(unit, keeper, kind="ledger", name="Reskontra")
    place.ledger_snapshot = fed(ledger, feeder, line, headings=headings, as_of=JUNE)
    place.closed_register = verbs.close(a_register(unit, keeper, name="Gammalt"), by=keeper, reason="Nytt system")
    make_alerts(place, feeder, keeper)


def make_alerts(place: Any, feeder: User, keeper: User) -> None:
    """Give the place's register a watched rule, one that stopped, an alert that is open and one that is explained."""
    place.watch = watched(place.register, keeper, "identity_of_person")
    stopped = watched(place.register, keeper, "identity_missing")
    settled = watched(place.register, keeper, "account_changed")
    place.composed_watch = composed(place.register, keeper, definition("city", "is", "Borås"), rule="own:Bolag i Borås")
    let_the_worker_run()
    stopped.state, stopped.problem = Watch.State.STOPPED, "failed"
    place.stopped_watch = save_with_history(stopped, by=RISKREG, reason="Regeln kunde inte köras")
    place.alert = Alert.objects.get(watch=place.watch)
    examined, other = (
        Alert(
            watch=settled,
            snapshot=place.snapshot,
            subject_key=sign * 64,
            subject="556036-0793",
            subject_name="Städ i Väst AB",
            identity="5560360793",
            facts_sha256=sign * 64,
            came_at=place.alert.came_at,
            told_at=place.alert.told_at,
        )
        for sign in "10"
    )
    for one in (examined, other):
        save_with_history(one, by=RISKREG, reason="Berättat")
    file = SimpleUploadedFile("svar.txt", b"Svaret om kontot", "text/plain")
    place.evidence_of_alert = attach_to_alert(examined, by=feeder, file=file)
    make_inquiries(place, examined, feeder)
    place.settled_alert = alerts.explain(other, by=feeder, reason="Nytt konto, styrkt av leverantören")


def make_inquiries(place: Any, alert: Alert, feeder: User) -> None:
    """Give the place an inquiry about a company that waits for its answer, and one about an alert that is concluded."""
    today = clock.today()
    asked = inquiries.Asked(
        kind="debts",
        asked_of="enforcement",
        asked_on=today,
        due_on=today + timedelta(14),
        asked_name="Kundtjänst",
        question="Finns skulder?",
    )
    about = {"identity": "5560360793", "about": "Städ i Väst AB"}
    place.inquiry = inquiries.ask_about_company(place.register.unit, by=feeder, asked=asked, **about)
    file = SimpleUploadedFile("fragan.txt", "Frågan om skulder".encode(), "text/plain")
    place.evidence_of_inquiry = inquiries.attach(place.inquiry, by=feeder, file=file)
    about_alert = inquiries.ask_about_alert(alert, by=feeder, asked=asked)
    place.concluded_inquiry = inquiries.conclude(
        about_alert, by=feeder, outcome="in_order", answered_on=today, note="Inga skulder den dagen"
    )
