"""What registers, alerts and inquiries of another unit say changes nothing of what somebody is shown, whoever read before them.

The other walk of differences changes risks. Here somebody who sees both units reads the same pages in between, so that what is
kept of their reading (SQL, choices, counts) is there when it is asked for again.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.urls import reverse

from controls.models import Alert, Evidence, Inquiry, Register, RegisterSnapshot, Watch
from riskreg.models import Unit
from tests.architecture.access_table import ADDRESSES
from tests.architecture.addresses import addresses
from tests.architecture.scene import Scene
from tests.architecture.test_differences_walk import changed, shown

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine, pytest.mark.usefixtures("people_read_once", "clock_stands")]
ABOUT = ("register", "watch", "company", "alert", "inquir", "supplier_scores")
COMPANY = "5560360793"
"""A company of both units' alerts and inquiries."""


@pytest.fixture
def clock_stands(time_machine: Any) -> None:
    """What is shown twice is shown in the same second."""
    time_machine.move_to(datetime.now(UTC), tick=False)


def rewrite_registers(unit: Unit) -> None:
    """Other words, figures, days and states in the unit's registers, and in all that came of them."""
    registers = list(Register.objects.filter(unit=unit).values_list("pk", flat=True))
    for register in registers:
        for rows in (Register.objects.filter(pk=register), Register.history.filter(id=register)):
            rows.update(name=f"Annat {register}", source_system="Annat", retention_months=7)
    # What is taken stands, by a trigger.
    waiting = RegisterSnapshot.objects.filter(register__in=registers, state=RegisterSnapshot.State.DRAFT)
    waiting.update(row_count=99, original_name="annat.csv", note="Annat", facts={"invalid_identities": 9})
    watches = Watch.objects.filter(register__in=registers)
    watches.update(most_alerts=77, parameters={"at_least": "9"})
    signal = {"mark": "x", "reasons": ["bankruptcy"], "facts": {"name": "Annat"}, "rows": [1], "amount": "9.00"}
    about = {"subject": "Annat", "subject_name": "Annat AB", "identity": COMPANY, "facts": [signal], "amount": 777}
    weighed = {"state": "confirmed", "reason": "Annat", "due_on": date(2025, 1, 7), "times_returned": 3}
    alerts = list(Alert.objects.filter(watch__in=watches).values_list("pk", flat=True))
    for rows in (Alert.objects.filter(pk__in=alerts), Alert.history.filter(id__in=alerts)):
        rows.update(**about, **weighed)
    asked = {"about": "Annat AB", "question": "Annat", "asked_on": date(2020, 1, 1), "due_on": date(2020, 1, 7)}
    inquiries = list(Inquiry.objects.filter(unit=unit).values_list("pk", flat=True))
    for rows in (Inquiry.objects.filter(pk__in=inquiries), Inquiry.history.filter(id__in=inquiries)):
        rows.update(**asked, kind="payment", asked_of="bank")
    Evidence.objects.filter(alert__in=alerts).update(name="annat.txt", size=99)
    Evidence.objects.filter(inquiry__in=inquiries).update(name="annat.txt", size=99)


def pages_about(scene: Scene) -> list[str]:
    """The lists, narrowed in each way, and every page of the own unit's registers, alerts and inquiries."""
    lists = [
        *(reverse(name) for name in ("registers", "alerts_tally", "supplier_scores", "supplier_scores_csv")),
        *(f"{reverse(name)}?state=all" for name in ("alerts", "alerts_csv", "inquiries", "inquiries_csv")),
        *(f"{reverse('alerts')}?state={state}" for state in ("confirmed", "late", "gone")),
        *(f"{reverse('alerts')}?state=all&{narrowed}" for narrowed in ("order=amount", "order=due", f"q={COMPANY}", "q=annat")),
        *(f"{reverse('inquiries')}?{narrowed}" for narrowed in ("", "state=late", "state=all&q=annat", "kind=payment")),
        reverse("company", args=[COMPANY]),
        reverse("inbox"),
    ]
    book = addresses(scene, scene.own)
    named = [name for name in ADDRESSES if name.startswith(ABOUT) or name in ("evidence of an alert", "evidence of an inquiry")]
    pages = [book[name]()[0] for name in named if name in book and ADDRESSES[name].reads and not name.endswith("_xlsx")]
    return list(dict.fromkeys([*lists, *pages]))


def test_nothing_of_another_units_registers_is_told_whoever_read_before(scene: Scene) -> None:
    client, asked = scene.clients["c"], pages_about(scene)
    assert len(asked) > 40
    shown(scene.clients["e"], asked)
    before = shown(client, asked)
    rewrite_registers(scene.other.unit)
    shown(scene.clients["e"], asked)
    assert changed(before, shown(client, asked)) == []


def test_who_reads_them_is_told(scene: Scene) -> None:
    """Otherwise the walk above would change nothing."""
    client = scene.clients["e"]
    names = ("registers", "alerts_tally", "supplier_scores", "supplier_scores_csv")
    about = [
        *(reverse(name) for name in names),
        *(f"{reverse(name)}?state=all" for name in ("alerts", "alerts_csv", "inquiries", "inquiries_csv")),
        reverse("company", args=[COMPANY]),
    ]
    before = shown(client, about)
    rewrite_registers(scene.other.unit)
    assert changed(before, shown(client, about)) == about
