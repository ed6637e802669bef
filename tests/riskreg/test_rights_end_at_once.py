"""What is kept between requests is SQL, never an answer: a right that begins, ends or moves counts on the next page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from riskreg.models import Deputyship, Membership, Risk, Unit
from tests.cast import Cast, make_risk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
SECRET = "Hemlig utredning"


@pytest.fixture
def sees(client: Client, cast: Cast) -> Callable[[], bool]:
    """Ask three pages that were asked before, as Johan at the board; they agree on whether the risk is seen."""
    risk = make_risk(cast.plan, SECRET, is_confidential=True, confidentiality_section="18 kap. 8 §")
    client.force_login(cast.johan)

    def ask() -> bool:
        answers = {
            client.get(risk.get_absolute_url()).status_code == 200,
            SECRET in client.get(reverse("risks")).content.decode(),
            SECRET in client.get(cast.plan.get_absolute_url(), follow=True).content.decode(),
        }
        assert len(answers) == 1
        return answers.pop()

    return ask


def _lose_confidential(cast: Cast) -> None:
    Membership.objects.filter(user=cast.johan).update(sees_confidential=False)


def _end_membership(cast: Cast) -> None:
    Membership.objects.filter(user=cast.johan).update(valid_to=date(2025, 1, 3))


def _another_unit(cast: Cast) -> None:
    Membership.objects.filter(user=cast.johan).update(unit=cast.school_board)


def _move_the_risk(cast: Cast) -> None:
    Risk.objects.filter(title=SECRET).update(unit=cast.school_board)


@pytest.mark.parametrize("change", [_lose_confidential, _end_membership, _another_unit, _move_the_risk])
def test_a_right_that_ends_ends_on_the_next_page(cast: Cast, sees: Callable[[], bool], change: Callable[[Cast], None]) -> None:
    assert sees()
    assert sees()
    change(cast)
    assert not sees()


def test_a_risk_that_becomes_confidential_is_gone_and_comes_back(cast: Cast, client: Client) -> None:
    risk = make_risk(cast.plan, SECRET)
    client.force_login(cast.karin)
    for confidential in (False, True, False, True):
        Risk.objects.filter(pk=risk.pk).update(
            is_confidential=confidential, confidentiality_section="18 kap. 8 §" if confidential else ""
        )
        assert (SECRET in client.get(reverse("risks")).content.decode()) is not confidential
        assert (client.get(risk.get_absolute_url()).status_code == 200) is not confidential


def test_what_a_deputy_sees_for_somebody_ends_with_the_deputyship(cast: Cast, client: Client) -> None:
    risk = make_risk(cast.plan, SECRET, is_confidential=True, confidentiality_section="18 kap. 8 §")
    client.force_login(cast.bo)
    assert client.get(risk.get_absolute_url()).status_code == 404
    lent = Deputyship.objects.create(absent=cast.johan, deputy=cast.bo, first_day=date(2025, 1, 1), last_day=date(2025, 12, 31))
    assert client.get(risk.get_absolute_url()).status_code == 200
    lent.delete()
    assert client.get(risk.get_absolute_url()).status_code == 404


def test_a_unit_that_moves_takes_its_people_and_risks_along(cast: Cast, client: Client) -> None:
    risk = make_risk(cast.plan, "Löner", unit=cast.payroll)
    client.force_login(cast.ulla)
    assert client.get(risk.get_absolute_url()).status_code == 404
    payroll = Unit.objects.get(pk=cast.payroll.pk)
    payroll.parent = cast.school_office
    payroll.save()
    assert client.get(risk.get_absolute_url()).status_code == 200
