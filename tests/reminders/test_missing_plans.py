"""Letters about the next year's plan: about once a month from October, every week from New Year, until it is adopted."""

from __future__ import annotations

from datetime import date

import pytest

from controls.models import Reminder
from controls.reminders.compose import Letters
from controls.reminders.weeding import weed_ledger
from riskreg import clock
from riskreg.models import ControlPlan, User
from riskreg.plans import life
from tests.cast import Cast
from tests.checks.checks import adopt
from tests.reminders.ledger import at, letters, said, through

pytestmark = pytest.mark.django_db
PLAN = Reminder.Kind.PLAN


def text_of(person: User, day: date) -> str:
    """The person's letter of the day, composed on it; empty when nothing is left to say."""
    (digest,) = [letter for letter in letters(person) if letter.day == day]
    letter = Letters.of([digest], at(day)).compose(digest)
    return letter.text if letter else ""


def test_told_about_once_a_month_from_october_and_every_week_from_new_year(cast: Cast) -> None:
    adopt(cast.plan)
    through(date(2025, 9, 25), date(2026, 1, 31))

    before = [("2025-10-01", -91), ("2025-10-31", -61), ("2025-12-01", -30), ("2025-12-17", -14)]
    after = [("2026-01-02", 1), ("2026-01-08", 8), ("2026-01-15", 15), ("2026-01-22", 22), ("2026-01-29", 29)]
    assert said(cast.johan, kind=PLAN) == before + after
    assert [day for day, _stage in said(cast.eva, kind=PLAN, object_id=cast.board.pk)] == [day for day, _stage in before + after]
    assert said(cast.karin, kind=PLAN) == []


def test_adopted_in_february_nobody_is_told_any_more_and_a_waiting_line_is_left_out(cast: Cast) -> None:
    adopt(cast.plan)
    through(date(2026, 2, 2), date(2026, 2, 4))
    (last,) = said(cast.johan, kind=PLAN)
    plan = ControlPlan.objects.create(unit=cast.board, year=2026, matrix=cast.plan.matrix)
    adopt(plan, date(2026, 2, 5))

    assert text_of(cast.johan, date.fromisoformat(last[0])) == ""
    through(date(2026, 2, 6), date(2026, 2, 20))
    assert said(cast.johan, kind=PLAN) == [last]


def test_the_letter_names_committee_and_year_in_a_part_of_its_own(cast: Cast) -> None:
    adopt(cast.plan)
    through(date(2025, 10, 1), date(2025, 10, 1))
    october = text_of(cast.johan, date(2025, 10, 1))
    assert "NÄSTA ÅRS PLANER" in october
    assert f"Planen för 2026, {cast.board.name}" in october
    assert "Ingen plan är påbörjad." in october
    assert f"/planer/{cast.plan.pk}/" in october

    through(date(2026, 1, 8), date(2026, 1, 8))
    january = text_of(cast.johan, date(2026, 1, 8))
    assert "INGEN PLAN ÄR ANTAGEN FÖR ÅRET" in january
    assert "Inga kontrolltillfällen öppnas förrän den är antagen." in january

    with clock.at(date(2026, 1, 9)):
        life.run_on(cast.plan, by=cast.eva)
    through(date(2026, 1, 15), date(2026, 1, 15))
    assert "Kontrollerna för 2025 löper vidare." in text_of(cast.johan, date(2026, 1, 15))


def test_a_committee_that_lacks_two_years_plans_is_told_of_the_one_that_has_begun(cast: Cast) -> None:
    adopt(cast.plan)
    through(date(2026, 10, 1), date(2026, 10, 2))
    assert {row.deadline for row in Reminder.objects.filter(recipient=cast.johan, kind=PLAN)} == {date(2025, 12, 31)}
    assert "Planen för 2026" in text_of(cast.johan, date(2026, 10, 1))


def test_the_ledger_keeps_a_line_as_long_as_the_plan_is_missing(cast: Cast, settings: object) -> None:
    adopt(cast.plan)
    through(date(2026, 1, 8), date(2026, 1, 8))
    assert weed_ledger(date(2026, 1, 9)) == 0
    assert Reminder.objects.filter(recipient=cast.johan, kind=PLAN).exists()
