"""The fault drill: five simulated weeks of reminders, with workers killed at every kind of point, the mail server away, days
slept through and connections cut. Lost: none. Twice: only what died between the mail server's acceptance and our note, and
that with the same Message-ID.

Prints its counts (`pytest -s`, or the summary of `make test`). The seed is fixed; DRILL_SEED tries another.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from config import embedded_valkey
from controls.models import Digest, FollowUp, Reminder, ReminderPreference
from riskreg.models import Membership, Role, User
from tests.cast import Cast, make_control, make_follow_up, make_risk
from tests.faults.expected import Told, expected, works
from tests.faults.post_office import PostOffice
from tests.faults.short_lives import Fate, Fault, live, warm_up
from tests.reminders.ledger import at

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
FIRST, LAST = date(2025, 6, 2), date(2025, 7, 4)
PEOPLE, ITEMS = 10, 60
HALF_HOURS = [(hour, minute) for hour in range(8, 17) for minute in (0, 30)]
AT_LEAST = 200
LINK = re.compile(r"/admin/controls/followup/(\d+)/change/")
WEEK = "VECKAN:"


@dataclass
class Drill:
    chance: random.Random
    post: PostOffice
    fates: Counter[Fate] = field(default_factory=Counter)
    kills_of_the_post: int = 0
    slept: list[date] = field(default_factory=list)
    outages: list[date] = field(default_factory=list)

    def live(self, day: date, hour: int, minute: int, fault: Fault = Fault.NONE) -> None:
        # Half of the workers die early, in the reading; half somewhere among the letters.
        last = 20 if self.chance.random() < 0.5 else 160
        self.fates[live(at(day, hour, minute), fault, self.chance.randint(1, last))] += 1

    def pass_day(self, day: date) -> None:
        """A day's faults, then two runs in peace; on a day of an outage the mail server stays away all day."""
        is_out = day in self.outages
        if is_out:
            self.post.kill()
        elif not self.post.is_open:
            self.post.open()
        for hour, minute in HALF_HOURS:
            if not is_out and self.chance.random() < 0.05:
                self.post.kill()
                self.kills_of_the_post += 1
                self.live(day, hour, minute, Fault.KILLED)
                self.post.open()
            fault = Fault.KILLED if self.chance.random() < 0.85 else Fault.CUT_OFF
            self.live(day, hour, minute, fault)
        for minute in (0, 45):
            self.live(day, 17, minute)


def furnish(cast: Cast, chance: random.Random) -> dict[int, tuple[str, date]]:
    """People with hours of their own, and follow-ups whose deadlines lie before, in and after the five weeks."""
    items = {}
    people = []
    for number in range(PEOPLE):
        user = User.objects.create(email=f"p{number}@lillkoping.example", name=f"Person {number}")
        Membership.objects.create(user=user, unit=cast.board, role=Role.CONTROL_OWNER)
        ReminderPreference.objects.create(user=user, hour=chance.randint(8, 15))
        people.append(user)
    # The report's own reminders are told by other tests; here its day lies far away.
    cast.interim.report_due = date(2026, 12, 31)
    cast.interim.save()
    for number in range(ITEMS):
        person = people[number % PEOPLE]
        control = make_control(make_risk(cast.plan, f"Risk nummer {number}"), performer=person)
        deadline = FIRST + timedelta(days=chance.randint(-10, 40))
        items[make_follow_up(control, cast.interim, due_on=deadline).pk] = person.email, deadline
    return items


def delivered(letters: list[dict[str, Any]]) -> tuple[Told, dict[str, int], list[tuple[str, str]]]:
    """(what each was told, in how many letters with different Message-IDs; how often each Message-ID came;
    (address, Message-ID) of those with a week's summary)"""
    told: Told = Counter()
    came: Counter[str] = Counter()
    weeks = []
    recipients: dict[str, set[str]] = defaultdict(set)
    spoke_of: dict[str, set[int]] = defaultdict(set)
    for letter in letters:
        (address,) = letter["to"]
        came[letter["id"]] += 1
        recipients[letter["id"]].add(address)
        before, _, week = letter["text"].partition(WEEK)
        spoke_of[letter["id"]] |= {int(key) for key in LINK.findall(before)}
        if week and came[letter["id"]] == 1:
            weeks.append((address, letter["id"]))
    for message_id, follow_ups in spoke_of.items():
        (address,) = recipients[message_id]
        for follow_up in follow_ups:
            told[address, follow_up] += 1
    return told, came, weeks


def test_five_weeks_with_hundreds_of_deaths_lose_nothing_and_repeat_only_what_may_be_repeated(
    cast: Cast, settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("DRILL_SEED", "20250602"))
    chance = random.Random(seed)
    post = PostOffice(embedded_valkey.free_port(), tmp_path / "letters.jsonl")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", post.port
    items = furnish(cast, chance)
    warm_up(at(FIRST, 15))
    days = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
    working = [day for day in days if works(day)]
    drill = Drill(chance, post)
    drill.slept = sorted(chance.sample(working[2:-2], 3))
    drill.outages = sorted(chance.sample([day for day in working[2:-2] if day not in drill.slept], 2))
    try:
        for day in days:
            if day not in drill.slept and works(day):
                drill.pass_day(day)
        told, came, weeks = delivered(post.letters())
    finally:
        post.kill()
    wanted = expected(items, days, drill.slept, cast.johan.email, cast.eva.email)
    lost, surplus = wanted - told, told - wanted
    repeats = sum(came.values()) - len(came)
    summaries = Counter((address, Digest.objects.get(reference=_reference(key)).summary_of) for address, key in weeks)
    with capsys.disabled():
        print(  # noqa: T201
            f"\nFault drill (seed {seed}): {drill.fates.total()} workers, {drill.fates[Fate.KILLED]} killed, "
            f"{drill.fates[Fate.FAILED]} failed, {drill.fates[Fate.FINISHED]} finished; mail server killed "
            f"{drill.kills_of_the_post} times and away {len(drill.outages)} days; {len(drill.slept)} days slept. "
            f"{wanted.total()} reminders in {len(came)} letters: lost {lost.total()}, "
            f"told twice in different letters {surplus.total()}, letters repeated with the same Message-ID {repeats}."
        )
    assert (lost, surplus) == (Counter(), Counter())
    assert max(summaries.values()) == 1
    assert len(summaries) >= 4
    assert drill.fates[Fate.KILLED] >= AT_LEAST
    assert repeats <= drill.fates[Fate.KILLED] + drill.fates[Fate.FAILED] + drill.kills_of_the_post
    assert set(Digest.objects.values_list("state", flat=True)) == {"sent"}
    assert {digest.message_id for digest in Digest.objects.all()} == set(came)
    assert Reminder.objects.count() == wanted.total()
    assert FollowUp.objects.count() == ITEMS


def _reference(message_id: str) -> str:
    return message_id.removeprefix("<digest-").partition("@")[0]
