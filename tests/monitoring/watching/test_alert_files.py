"""Files as evidence on an alert: kept with their hash while it is examined, read by who may read the alert, and no longer."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from controls.models import Alert, Evidence, FollowUp
from controls.monitoring.watching import alerts
from controls.monitoring.watching.evidence import attach_to_alert, detach_from_alert
from riskreg.access.verbs import NotPermitted
from riskreg.verbs.errors import NotInThisState, ReasonNeeded
from tests.cast import Cast
from tests.follow_ups.follow_ups import in_state
from tests.monitoring.registers.scene import JUNE
from tests.monitoring.watching.scene import HOME_CARE, WATER, came, let_the_worker_run, operations, the_alert, watched

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
ANSWER = b"Planen antogs 2025-06-12."


@pytest.fixture
def alert(cast: Cast) -> Alert:
    register = operations(cast)
    came(register, cast.karin, HOME_CARE, WATER, as_of=JUNE)
    watched(register, cast.johan)
    let_the_worker_run()
    return the_alert("Vatten")


def a_file(name: str = "svar.txt", content: bytes = ANSWER) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "text/plain")


def test_a_file_is_kept_with_its_hash_and_whoever_adds_it_examines(cast: Cast, alert: Alert) -> None:
    file = attach_to_alert(alert, by=cast.karin, file=a_file())
    alert.refresh_from_db()
    assert (alert.state, alert.assignee) == ("examined", cast.karin)
    assert (file.name, file.size, file.sha256) == ("svar.txt", len(ANSWER), hashlib.sha256(ANSWER).hexdigest())
    assert file.history.get().history_user == cast.karin
    assert alert.history.latest().history_change_reason == "Underlag tillagt: svar.txt"
    assert file.file.read() == ANSWER


def test_the_same_file_twice_and_a_file_that_is_not_accepted_are_refused(cast: Cast, alert: Alert) -> None:
    attach_to_alert(alert, by=cast.karin, file=a_file())
    for file in (a_file("igen.txt"), a_file("program.exe", b"MZ"), a_file("tom.txt", b"")):
        with pytest.raises(ValidationError):
            attach_to_alert(alert, by=cast.karin, file=file)
    assert alert.evidence.count() == 1
    # Of another alert it is evidence, too.
    attach_to_alert(the_alert("Hemtjänst"), by=cast.karin, file=a_file())


def test_it_is_taken_away_with_a_reason_while_the_alert_is_examined(cast: Cast, alert: Alert) -> None:
    file = attach_to_alert(alert, by=cast.karin, file=a_file())
    with pytest.raises(ReasonNeeded):
        detach_from_alert(file, by=cast.karin, reason=" ")
    other = attach_to_alert(alert, by=cast.karin, file=a_file("annat.txt", b"Annat"))
    detach_from_alert(other, by=cast.karin, reason="Fel fil")
    assert "Fel fil" in alert.history.latest().history_change_reason
    assert Evidence.history.filter(history_type="-").get().name == "annat.txt"
    alerts.explain(alert, by=cast.karin, reason="Planen finns")
    with pytest.raises(NotInThisState):
        attach_to_alert(alert, by=cast.karin, file=a_file("sen.txt", b"Sent"))
    with pytest.raises(NotInThisState):
        detach_from_alert(file, by=cast.karin, reason="Ångrat")
    assert alert.evidence.get() == file


def test_only_who_weighs_alerts_there_adds_a_file(cast: Cast, alert: Alert) -> None:
    for who in (cast.siv, cast.ake):
        with pytest.raises(NotPermitted):
            attach_to_alert(alert, by=who, file=a_file())
    assert not Evidence.objects.exists()


def test_the_database_wants_one_thing_that_a_file_backs(cast: Cast, alert: Alert) -> None:
    file = attach_to_alert(alert, by=cast.karin, file=a_file())
    follow_up: FollowUp = in_state(cast, "in_progress")
    for changed in ({"follow_up": follow_up}, {"alert": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Evidence.objects.filter(pk=file.pk).update(**changed)


# The pages


def test_files_are_added_on_the_alerts_page_and_said_to_be(client: Client, cast: Cast, alert: Alert) -> None:
    client.force_login(cast.karin)
    sent: dict[str, Any] = {"evidence": [a_file(), a_file("program.exe", b"MZ")]}
    page = client.post(reverse("alert_attach", args=[alert.pk]), sent, follow=True).content.decode()
    assert "program.exe" in page
    assert not Evidence.objects.exists()
    sent = {"evidence": [a_file(), a_file("mer.txt", b"Mer")]}
    page = client.post(reverse("alert_attach", args=[alert.pk]), sent, follow=True).content.decode()
    assert "2 filer sparades med larmet." in page
    for file in Evidence.objects.all():
        assert reverse("evidence", args=[file.pk]) in page
        assert reverse("alert_evidence_remove", args=[alert.pk, file.pk]) in page
    file = Evidence.objects.get(name="mer.txt")
    served: Any = client.get(reverse("evidence", args=[file.pk]))
    assert b"".join(served.streaming_content) == b"Mer"
    client.post(reverse("alert_evidence_remove", args=[alert.pk, file.pk]), {"reason": "Fel fil"})
    assert [one.name for one in Evidence.objects.all()] == ["svar.txt"]


def test_who_may_not_read_the_alert_sees_no_file_of_it(client: Client, cast: Cast, alert: Alert) -> None:
    file = attach_to_alert(alert, by=cast.karin, file=a_file())
    client.force_login(cast.siv)
    for name, parts in (("evidence", [file.pk]), ("alert_evidence_remove", [alert.pk, file.pk])):
        assert client.get(reverse(name, args=parts)).status_code == 404
    assert client.post(reverse("alert_attach", args=[alert.pk]), {"evidence": [a_file()]}).status_code == 404
    assert not Evidence.objects.visible_to(cast.siv).exists()
    assert Evidence.objects.visible_to(cast.karin).get() == file
