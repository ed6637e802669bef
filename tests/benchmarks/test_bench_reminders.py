"""Digests for 5,000 people with 50,000 due items, prepared in one run and delivered; beside them the bare SMTP sender.

The bare sender is Django's own, over one connection, with the same letters made ready beforehand: what sending costs when
nobody keeps a ledger. Both in the same run, to the same server in a process of its own.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from django.core.mail import get_connection
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config import embedded_valkey
from controls.models import Control, Digest, FollowUp, Reminder
from controls.reminders.compose import Letters
from controls.reminders.deliver import deliver
from controls.reminders.due import prepare
from riskreg.models import Membership, Risk, Role, User
from tests.benchmarks.figures import record
from tests.cast import Cast
from tests.faults.post_office import PostOffice
from tests.reminders.ledger import at

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]
DAY = date(2025, 9, 5)
EACH = 10
AIM = 0.70
TURNS = 7


def furnish(cast: Cast, people: int, *, first: int = 0) -> None:
    numbers = range(first, first + people)
    users = User.objects.bulk_create(User(email=f"p{number}@x.example", name=f"Person {number}") for number in numbers)
    Membership.objects.bulk_create(Membership(user=user, unit=cast.board, role=Role.CONTROL_OWNER) for user in users)
    risks = Risk.objects.bulk_create(
        Risk(plan=cast.plan, unit=cast.board, number=number + 1, title=f"Risk {number}", risk_score=6) for number in numbers
    )
    controls = Control.objects.bulk_create(
        Control(risk=risk, position=position, description="Stickprov av attest och underlag", method="sampling", performer=user)
        for user, risk in zip(users, risks, strict=True)
        for position in range(1, EACH + 1)
    )
    FollowUp.objects.bulk_create(
        FollowUp(control=control, closing=cast.interim, unit=cast.board, performer=control.performer, due_on=date(2025, 9, 12))
        for control in controls
    )


@pytest.fixture
def post(tmp_path: Path, settings: Any) -> Iterator[PostOffice]:
    office = PostOffice(embedded_valkey.free_port(), tmp_path / "letters.jsonl")
    office.open()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", office.port
    yield office
    office.kill()


def prepared(day: date) -> tuple[int, float, int]:
    """(letters, seconds, queries)"""
    with CaptureQueriesContext(connection) as queries:
        began = time.monotonic()
        made = prepare(at(day))
        seconds = time.monotonic() - began
    return made, seconds, len(queries)


def worked(post: PostOffice) -> float:
    """Processor time of sender and server so far: they work in turns, so on a quiet machine it is the time by the clock."""
    return time.process_time() + post.processor_seconds()


def bare(letters: int, post: PostOffice) -> tuple[int, float, float]:
    """The same letters, made ready, through one connection: (how many, seconds by the clock, processor seconds)."""
    digests = list(Digest.objects.select_related("recipient").order_by("pk")[:letters])
    ready = []
    for place in range(0, len(digests), 50):
        some = digests[place : place + 50]
        composed = Letters.of(some, at(DAY))
        found = [(composed.compose(digest), digest.message_id) for digest in some]
        ready += [letter.message(message_id) for letter, message_id in found if letter is not None]
    gc.collect()
    began, before = time.monotonic(), worked(post)
    with get_connection() as line:
        for message in ready:
            line.send_messages([message])
    return len(ready), time.monotonic() - began, worked(post) - before


def test_five_thousand_people_and_fifty_thousand_items(cast: Cast, post: PostOffice) -> None:
    furnish(cast, 500)
    few = prepared(DAY)
    FollowUp.objects.update(due_on=date(2025, 9, 15))
    furnish(cast, 4_500, first=500)
    # The next working day: the same stage of another day's deadline, for ten times as many.
    FollowUp.objects.update(due_on=date(2025, 9, 15))
    many = prepared(date(2025, 9, 8))
    assert many[0] == 5_000
    assert Reminder.objects.filter(digest__day=date(2025, 9, 8)).count() == 5_000 * EACH
    Digest.objects.filter(day=DAY).delete()
    rates, works = [], []
    # In turns, so that what else the machine does falls on both alike.
    for _turn in range(TURNS):
        sent, seconds, work = bare(400, post)
        before = Digest.objects.filter(state="sent").count()
        began, worked_before = time.monotonic(), worked(post)
        deliver(lambda: at(date(2025, 9, 8)), seconds=max(seconds, 1.0))
        took, our_work = time.monotonic() - began, worked(post) - worked_before
        ours = Digest.objects.filter(state="sent").count() - before
        rates.append((sent / seconds, ours / took))
        works.append((1000 * work / sent, 1000 * our_work / ours))
    plain, kept = (median(rate) for rate in zip(*rates, strict=True))
    plain_work, kept_work = (median(work) for work in zip(*works, strict=True))
    ratio = median(ledger / sender for sender, ledger in rates)
    record(
        "reminders",
        f"prepared: {few[0]} people in {few[1]:.1f} s by {few[2]} queries; "
        f"{many[0]} people, {many[0] * EACH} items in {many[1]:.1f} s by {many[2]} queries"
        f"\nsent: bare {plain:.0f} letters/s, from the ledger {kept:.0f} letters/s ; median of the turns {100 * ratio:.0f} % "
        f"(aim {100 * AIM:.0f} %){'' if ratio >= AIM else '  << under the aim'}"
        f"\n      processor time of sender and server: bare {plain_work:.1f} ms, from the ledger {kept_work:.1f} ms a letter "
        f"= {100 * plain_work / kept_work:.0f} %"
        f"\n      each turn: {', '.join(f'{100 * ledger / sender:.0f} %' for sender, ledger in rates)}",
    )
    # Statements of 25,000 rows: the fifty thousand lines take two of them where the five thousand took one.
    assert many[2] <= few[2] + 1
