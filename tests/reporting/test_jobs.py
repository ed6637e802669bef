"""Jobs of reports whose workers die are given up and started again by hand; what has ended is weeded."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from config import settings
from controls import tasks
from controls.models import HandedInReport, ReportJob
from controls.models.report_job import job_path
from controls.reporting import jobs
from controls.reporting.handing_in.verbs import hand_in
from controls.reporting.job_queue import QUEUE
from controls.reporting.kinds import KINDS
from riskreg import clock
from riskreg.models import Deputyship, Risk, Role, User
from riskreg.work_queue import MOST_ATTEMPTS
from tests.cast import Cast, make_control, make_risk, make_user
from tests.reporting.subjects import subject

pytestmark = pytest.mark.django_db
SILENCE = QUEUE.silence + timedelta(minutes=1)
A_DAY = jobs.KEPT + timedelta(minutes=1)


@pytest.fixture
def draft(cast: Cast) -> ReportJob:
    make_control(make_risk(cast.plan))
    job, _new = jobs.order(cast.karin, "follow_up", subject(cast, "follow_up"), "xlsx", public=False)
    return job


@pytest.fixture
def frozen(cast: Cast) -> HandedInReport:
    make_control(make_risk(cast.plan))
    return hand_in(KINDS["follow_up"], subject(cast, "follow_up"), by=cast.johan, reason="Prov")


def aged(job: ReportJob, by: timedelta, **fields: Any) -> ReportJob:
    was = clock.now() - by
    ReportJob.objects.filter(pk=job.pk).update(**{"seen_at": was, "asked_at": was} | fields)
    job.refresh_from_db()
    return job


@pytest.fixture
def handed_on(monkeypatch: Any) -> list[int]:
    """The jobs that were handed to a worker."""
    found: list[int] = []
    for name in ("delay", "delay_on_commit"):
        monkeypatch.setattr(tasks.write_report, name, found.append)
    return found


def test_a_job_over_which_workers_die_is_handed_on_and_then_given_up(draft: ReportJob, handed_on: list[int]) -> None:
    for attempts in range(1, MOST_ATTEMPTS):
        aged(draft, SILENCE, state="running", attempts=attempts)
        assert tasks.resume_report_jobs() == 1
    aged(draft, SILENCE, state="running", attempts=MOST_ATTEMPTS)
    assert tasks.resume_report_jobs() == 0
    draft.refresh_from_db()
    assert (draft.state, handed_on) == ("given_up", [draft.pk] * (MOST_ATTEMPTS - 1))
    # A message that the broker still had changes nothing.
    assert not jobs.write(draft.pk)


def test_every_attempt_counts(draft: ReportJob) -> None:
    assert jobs.write(draft.pk)
    draft.refresh_from_db()
    assert (draft.state, draft.attempts) == ("done", 1)


def test_one_that_no_worker_comes_for_within_a_day_is_given_up_and_no_younger_one(draft: ReportJob) -> None:
    aged(draft, timedelta(hours=23))
    assert jobs.give_up(clock.now()) == 0
    aged(draft, A_DAY)
    assert jobs.give_up(clock.now()) == 1
    aged(draft, A_DAY, state="running", seen_at=clock.now())  # its worker is at it
    assert jobs.give_up(clock.now()) == 0


def test_who_asked_is_told_and_starts_it_again(draft: ReportJob, cast: Cast, client: Client, handed_on: list[int]) -> None:
    User.objects.update(language="en")
    client.force_login(cast.karin)
    aged(draft, SILENCE, state="given_up", attempts=MOST_ATTEMPTS)
    page = client.get(reverse("report_job", args=[draft.pk])).content.decode()
    order = reverse("report_order", args=["follow_up", cast.plan.pk, "interim", "xlsx"])
    assert "The writing was given up" in page
    assert order in page
    answer = client.post(order)
    (again,) = handed_on
    assert answer.headers["Location"] == reverse("report_job", args=[again])
    assert "The writing was given up" not in client.get(reverse("report_job", args=[again])).content.decode()
    assert jobs.write(again)


def test_the_files_of_what_was_handed_in_are_started_again_by_who_may(
    frozen: HandedInReport, cast: Cast, client: Client, handed_on: list[int]
) -> None:
    User.objects.update(language="en")
    aged(frozen.job, A_DAY, state="given_up", attempts=MOST_ATTEMPTS)
    again = reverse("handed_in_write_again", args=[frozen.pk])
    client.force_login(cast.karin)
    page = client.get(frozen.get_absolute_url()).content.decode()
    assert "given up" in page
    assert "Who may hand in the report" in page
    assert again not in page
    assert client.post(again).status_code == 403
    client.force_login(cast.johan)
    assert again in client.get(frozen.get_absolute_url()).content.decode()
    page = client.post(again, follow=True).content.decode()
    assert "given up" not in page
    job = ReportJob.objects.get(pk=frozen.job.pk)
    assert (job.state, job.attempts, frozen.files.count()) == ("done", 1, 4)


def test_drafts_are_weeded_with_their_files_a_day_after(draft: ReportJob) -> None:
    assert jobs.write(draft.pk)
    draft.refresh_from_db()
    path = Path(draft.file.path)
    assert path.exists()
    aged(draft, timedelta(hours=23))
    assert tasks.weed_report_jobs() == 0
    aged(draft, A_DAY)
    assert tasks.weed_report_jobs() == 1
    assert not path.exists()
    assert not ReportJob.objects.exists()
    assert tasks.weed_report_jobs() == 0


@pytest.mark.parametrize(("state", "goes"), [("failed", True), ("given_up", True), ("waiting", False), ("running", False)])
def test_what_an_interrupted_worker_left_goes_with_its_job(draft: ReportJob, state: str, goes: bool) -> None:
    left = Path(draft.file.storage.path(job_path(draft, "")))
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(b"half of it")
    aged(draft, A_DAY, state=state)
    assert jobs.weed(clock.now()) == goes
    assert left.exists() is not goes
    assert ReportJob.objects.exists() is not goes


def test_a_file_that_cannot_be_removed_keeps_its_job_for_the_next_time(draft: ReportJob, monkeypatch: Any) -> None:
    aged(draft, A_DAY, state="failed")

    def refuses(name: str) -> None:
        raise OSError("read only")

    with monkeypatch.context() as broken:
        broken.setattr(draft.file.storage, "delete", refuses)
        assert jobs.weed(clock.now()) == 0
    assert jobs.weed(clock.now()) == 1


def test_of_what_is_handed_in_nothing_but_the_finished_job_goes(frozen: HandedInReport, cast: Cast, client: Client) -> None:
    aged(frozen.job, A_DAY, state="failed")
    assert jobs.weed(clock.now()) == 0
    assert jobs.write(frozen.job.pk)
    aged(frozen.job, A_DAY)
    assert jobs.weed(clock.now()) == 1
    assert [Path(file.file.path).exists() for file in frozen.files.all()] == [True] * 4
    client.force_login(cast.johan)
    page = client.get(frozen.get_absolute_url())
    assert page.status_code == 200
    assert not page.context["is_stalled"]


def test_the_scheduler_weeds_them() -> None:
    assert "controls.tasks.weed_report_jobs" in {one["task"] for one in settings.CELERY_BEAT_SCHEDULE.values()}


class TestAWrittenFile:
    """Stays open for a day, to who asked for it, while everything in it is open to them."""

    @pytest.fixture
    def hidden(self, cast: Cast) -> Risk:
        return make_risk(cast.plan, "Avtal om zebrafink", is_confidential=True, confidentiality_section="OSL 19:3", risk_score=12)

    @pytest.fixture
    def maja(self, cast: Cast) -> User:
        """At the board, without the right to what is confidential there."""
        return make_user("Maja Lund", cast.board, Role.CONTROLLER)

    def written(self, cast: Cast, user: User, code: str = "follow_up", *, public: bool = False) -> str:
        job, _new = jobs.order(user, code, subject(cast, code), "json", public=public)
        assert jobs.write(job.pk)
        return reverse("report_job_file", args=[job.pk])

    def fetched(self, client: Client, user: User, address: str) -> int:
        client.force_login(user)
        answer = client.get(address)
        if answer.status_code == 200:
            b"".join(answer)
        return int(answer.status_code)

    @pytest.mark.parametrize("code", ["follow_up", "summary", "adoption", "deviations"])
    def test_stays_open_to_who_may_read_it_all(self, cast: Cast, client: Client, hidden: Risk, code: str) -> None:
        address = self.written(cast, cast.eva, code)
        make_risk(cast.plan, "Ny sedan dess", is_confidential=True, confidentiality_section="OSL 19:3")
        Risk.objects.filter(pk=hidden.pk).update(title="Ändrad sedan dess")
        assert self.fetched(client, cast.eva, address) == 200

    def test_is_closed_after_a_day_also_where_nothing_weeds(self, cast: Cast, client: Client) -> None:
        make_risk(cast.plan)
        address = self.written(cast, cast.karin)
        job = ReportJob.objects.get()
        aged(job, timedelta(hours=23))
        assert self.fetched(client, cast.karin, address) == 200
        aged(job, A_DAY)
        assert self.fetched(client, cast.karin, address) == 404
        page = client.get(reverse("report_job", args=[job.pk])).content.decode()
        assert address not in page
        assert reverse("report_order", args=["follow_up", cast.plan.pk, "interim", "json"]) in page

    def test_is_closed_when_the_deputyship_is_over_that_opened_it(
        self, cast: Cast, client: Client, hidden: Risk, maja: User, today: date
    ) -> None:
        standing_in = Deputyship.objects.create(absent=cast.johan, deputy=maja, first_day=today, last_day=today)
        address = self.written(cast, maja)
        assert self.fetched(client, maja, address) == 200
        Deputyship.objects.filter(pk=standing_in.pk).update(first_day=date(2025, 9, 1), last_day=date(2025, 9, 7))
        assert self.fetched(client, maja, address) == 403
        assert self.fetched(client, maja, self.written(cast, maja)) == 200

    def test_is_closed_when_the_right_to_what_is_confidential_is_taken_back(
        self, cast: Cast, client: Client, hidden: Risk
    ) -> None:
        address = self.written(cast, cast.johan)
        cast.johan.memberships.update(sees_confidential=False)
        assert self.fetched(client, cast.johan, address) == 403

    @pytest.mark.parametrize("public", [False, True])
    def test_is_closed_when_a_risk_in_it_has_become_confidential(
        self, cast: Cast, client: Client, maja: User, public: bool
    ) -> None:
        risk = make_risk(cast.plan)
        reader = cast.johan if public else maja
        address = self.written(cast, reader, public=public)
        assert self.fetched(client, reader, address) == 200
        Risk.objects.filter(pk=risk.pk).update(is_confidential=True, confidentiality_section="OSL 19:3")
        assert self.fetched(client, reader, address) == 403

    def test_is_closed_when_the_role_is_gone(self, cast: Cast, client: Client, maja: User) -> None:
        address = self.written(cast, maja)
        maja.memberships.all().delete()
        assert self.fetched(client, maja, address) == 404
