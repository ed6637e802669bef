"""Time stamps by RFC 3161, asked of a real service over HTTP, and verified by the product and by openssl alone."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from riskreg.models import Anchor, Seal, SealedRow
from riskreg.trail.anchors import making, posting, stamps
from riskreg.trail.anchors.posting import NotStamped
from riskreg.trail.anchors.start import check_anchors
from riskreg.trail.seals import head, seal
from riskreg.trail.verification import verify
from tests.cast import PASSWORD, make_risk
from tests.trail.conftest import SealedTrail
from tests.trail.time_stamping import OPENSSL, Service, make_service, running

pytestmark = [pytest.mark.skipif(OPENSSL is None, reason="the service answers with openssl"), pytest.mark.one_engine]


@pytest.fixture
def service(tmp_path: Path, settings: Any) -> Iterator[Service]:
    with running(make_service(tmp_path / "tsa")) as found:
        settings.TRAIL_ANCHOR = [("tsa", found.url)]
        settings.TRAIL_ANCHOR_CA = str(found.root)
        yield found


@pytest.fixture
def stamped(sealed: SealedTrail, service: Service) -> Anchor:
    making.ask(timezone.now())
    outcome = making.make_waiting(timezone.now())
    anchor = Anchor.objects.get()
    assert outcome.made == 1, anchor.problem
    return anchor


def kinds() -> list[str]:
    return sorted({finding.kind for finding in verify().findings})


def test_the_stamp_is_of_the_seals_hash_and_openssl_verifies_it_alone(stamped: Anchor, service: Service, tmp_path: Path) -> None:
    file = tmp_path / "head.tsr"
    file.write_bytes(bytes(stamped.token or b""))
    last = head()
    assert last is not None
    asked = [str(OPENSSL), "ts", "-verify", "-digest", last.hash, "-in", str(file), "-CAfile", str(service.root)]
    said = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert "Verification: OK" in said.stdout + said.stderr
    assert len(service.asked) == 1
    assert verify().is_intact


def test_it_is_downloaded_from_the_page(stamped: Anchor, sealed: SealedTrail) -> None:
    client = Client()
    client.login(username=sealed.cast.ake.email, password=PASSWORD)
    address = reverse("trail_stamp", args=[stamped.pk])
    assert address in client.get(reverse("trail")).content.decode()
    response = client.get(address)
    assert response.content == bytes(stamped.token or b"")
    assert response.headers["Content-Type"] == "application/timestamp-reply"


def test_rewriting_everything_at_once_is_found_by_a_stamp_that_was_kept(
    stamped: Anchor, sealed: SealedTrail, tmp_path: Path
) -> None:
    file, out = tmp_path / "kept.tsr", StringIO()
    file.write_bytes(bytes(stamped.token or b""))
    call_command("verify_trail", anchors=[file], no_files=True, stdout=out)
    assert "tidsstämplad" in out.getvalue()
    Anchor.objects.all().delete()
    SealedRow.objects.all().delete()
    Seal.objects.all().delete()
    make_risk(sealed.cast.plan, "Ny")
    seal(timezone.now())
    assert verify().is_intact, "nothing in the house tells"
    with pytest.raises(CommandError) as refused:
        call_command("verify_trail", anchors=[file], no_files=True, stdout=out)
    assert refused.value.returncode == 1


def test_without_the_certificate_it_is_said_that_the_signature_was_not_checked(
    stamped: Anchor, tmp_path: Path, settings: Any
) -> None:
    file, out = tmp_path / "kept.tsr", StringIO()
    file.write_bytes(bytes(stamped.token or b""))
    settings.TRAIL_ANCHOR_CA = ""
    call_command("verify_trail", anchors=[file], no_files=True, stdout=out)
    assert "TRAIL_ANCHOR_CA" in out.getvalue()
    assert [each.id for each in check_anchors()] == ["riskreg.E101"]
    settings.TRAIL_ANCHOR_CA = str(tmp_path / "none.pem")
    assert [each.id for each in check_anchors()] == ["riskreg.E101"]


def test_a_stamp_of_another_hash_or_by_another_service_is_found(stamped: Anchor, tmp_path: Path, settings: Any) -> None:
    foreign = make_service(tmp_path / "foreign")
    settings.TRAIL_ANCHOR_CA = str(foreign.root)
    assert kinds() == ["anchor_stamp"]
    settings.TRAIL_ANCHOR_CA = str(tmp_path / "tsa" / "root.pem")
    assert verify().is_intact
    first = Seal.objects.get(seq=1)
    Anchor.objects.update(head_seq=1, head_hash=first.hash)
    assert kinds() == ["anchor_stamp"]
    Anchor.objects.update(token=b"\x30\x03abc")
    assert kinds() == ["anchor_stamp"]


def refuses(query: bytes) -> tuple[int, str, bytes]:
    return 503, "text/plain", b"away"


def is_a_page(query: bytes) -> tuple[int, str, bytes]:
    return 200, "text/html", b"<p>Sign in to the network</p>"


def is_nonsense(query: bytes) -> tuple[int, str, bytes]:
    return 200, "application/timestamp-reply", b"\x30\x82nonsense"


def is_endless(query: bytes) -> tuple[int, str, bytes]:
    return 200, "application/timestamp-reply", b"\x30" * (posting.MOST_BYTES + 1)


def sends_elsewhere(query: bytes) -> tuple[int, str, bytes]:
    return 302, "text/plain", b""


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (refuses, "503"),
        (is_a_page, "text/html"),
        (is_nonsense, "no_stamp"),
        (is_endless, "too_long"),
        (sends_elsewhere, "302"),
    ],
)
def test_an_answer_that_is_no_stamp_is_refused_with_why_and_tried_again(
    sealed: SealedTrail, service: Service, answer: Any, why: str
) -> None:
    service.answer = answer
    making.ask(timezone.now())
    assert making.make_waiting(timezone.now()).failed == 1
    anchor = Anchor.objects.get()
    assert why in anchor.problem
    service.answer = None
    assert making.make_waiting(timezone.now(), at_once=True).made == 1


def test_an_answer_to_an_earlier_question_is_refused(sealed: SealedTrail, service: Service) -> None:
    """The nonce: an answer that was kept and sent again is none."""
    making.ask(timezone.now())
    assert making.make_waiting(timezone.now()).made == 1
    kept = bytes(Anchor.objects.get().token or b"")
    Anchor.objects.all().delete()
    service.answer = lambda query: (200, "application/timestamp-reply", kept)
    making.ask(timezone.now())
    assert making.make_waiting(timezone.now()).failed == 1
    assert "Nonce" in Anchor.objects.get().problem


def test_an_answer_by_another_service_is_refused(sealed: SealedTrail, service: Service, tmp_path: Path) -> None:
    foreign = make_service(tmp_path / "foreign")
    service.answer = lambda query: (200, "application/timestamp-reply", foreign.stamp(query))
    making.ask(timezone.now())
    assert making.make_waiting(timezone.now()).failed == 1
    assert Anchor.objects.get().made_at is None


def test_a_service_that_is_not_there_is_tried_again(sealed: SealedTrail, settings: Any, tmp_path: Path) -> None:
    settings.TRAIL_ANCHOR = [("tsa", "http://127.0.0.1:1/tsr")]
    settings.TRAIL_ANCHOR_CA = str(make_service(tmp_path).root)
    making.ask(timezone.now())
    assert making.make_waiting(timezone.now()).failed == 1
    assert Anchor.objects.get().problem.startswith("unreachable:")


def test_only_https_but_on_this_machine() -> None:
    with pytest.raises(NotStamped, match="https"):
        posting.post("http://tsa.example/tsr", b"")


def test_without_a_certificate_to_check_it_by_no_stamp_is_asked_for(settings: Any) -> None:
    settings.TRAIL_ANCHOR_CA = ""
    with pytest.raises(NotStamped, match="TRAIL_ANCHOR_CA"):
        stamps.request_stamp("https://tsa.invalid/tsr", "x", hashlib.sha256(b"x").hexdigest())
