"""The rail is kept by all that stands in it: what the template writes anew is what is written for everybody."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from riskreg.models import Membership, Role, User
from riskreg.models.addresses import address_of
from riskreg.templatetags import rail as rail_module
from riskreg.templatetags.kept_pieces import KeptPieces
from tests.cast import Cast, make_control, make_follow_up, make_risk, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
RAIL = re.compile(r'<header class="rail">.*?</header>', re.DOTALL)
TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=")([^"]+)"')


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rail_module, "KEPT", KeptPieces(500))


def written(client: Client, person: User, address: str) -> str:
    client.force_login(person)
    page = client.get(address).content.decode()
    tokens = {token for _before, token in TOKEN.findall(page)}
    assert all(len(token) == 64 for token in tokens)
    (found,) = RAIL.findall(page)
    return TOKEN.sub(r'\1…"', found)


def renamed(cast: Cast) -> None:
    User.objects.filter(pk=cast.karin.pk).update(name="Karin <b>Ny</b>")


def another_zone(cast: Cast) -> None:
    User.objects.filter(pk=cast.karin.pk).update(time_zone="America/New_York")


def in_english(cast: Cast) -> None:
    User.objects.filter(pk=cast.karin.pk).update(language="en")


def more_rights(cast: Cast) -> None:
    Membership.objects.create(user=cast.karin, unit=cast.municipality, role=Role.AUDITOR)


def something_waits(cast: Cast) -> None:
    make_follow_up(make_control(make_risk(cast.plan), performer=cast.karin), cast.interim)


def another_municipality(cast: Cast) -> None:
    type(cast.municipality).objects.filter(pk=cast.municipality.pk).update(name="Ånge & Co")


@pytest.mark.parametrize("change", [renamed, another_zone, in_english, more_rights, something_waits, another_municipality])
def test_after_a_change_it_is_the_one_that_nothing_was_kept_for(
    client: Client, cast: Cast, change: Callable[[Cast], None]
) -> None:
    addresses = [reverse("risks"), reverse("risks") + '?q="><b>&sort=title', reverse("inbox")]
    before = [written(client, cast.karin, address) for address in addresses]
    assert len(set(before)) == len(before)
    assert [written(client, cast.karin, address) for address in addresses] == before
    change(cast)
    person = User.objects.get(pk=cast.karin.pk)
    after = [written(client, person, address) for address in addresses]
    assert after != before
    for address, rail in zip(addresses, after, strict=True):
        rail_module.KEPT.clear()
        assert written(client, person, address) == rail
    assert "<b>" not in "".join(after)


def test_nobody_is_shown_another_ones(client: Client, cast: Cast) -> None:
    alike = [make_user(name, cast.board, Role.CONTROL_OWNER) for name in ("Tora Första", "Ulf Andra")]
    rails = {person.name: written(client, person, reverse("risks")) for person in (cast.karin, cast.johan, *alike)}
    for name, rail in rails.items():
        assert [other for other in rails if other in rail] == [name]


def test_signing_out_by_it_works(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.karin)
    for _turn in range(2):  # the second time from what was kept
        page = client.get(reverse("risks")).content.decode()
    token = TOKEN.findall(page)[0][1]
    assert client.post(reverse("logout"), {"csrfmiddlewaretoken": token}).status_code in {200, 302}


def test_it_keeps_no_more_than_it_may(client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rail_module.KEPT, "most", 2)
    for person in (cast.karin, cast.johan, cast.eva):
        written(client, person, reverse("risks"))
    assert len(rail_module.KEPT) == 2


def test_an_address_is_what_reverse_says(cast: Cast) -> None:
    for pk in (1, 4_711, 99_999_999):
        assert address_of("risk", pk) == reverse("risk", args=[pk])
