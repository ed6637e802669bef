"""Files that name confidential risks by number or control alone: who may not see them learns nothing, and the file waits."""

from __future__ import annotations

import pytest
from django.test import Client

from controls.importing.plan import ImportRefused
from controls.importing.target import Target, find_target
from controls.models import FollowUp
from riskreg.models import Membership, Risk, User
from tests.cast import Cast, make_control, make_risk

from .numbered_plan import (
    Plan,
    adopted_plan,
    compared,
    errors,
    go,
)
from .test_import_pages import act, preview, upload


@pytest.fixture
def plan(cast: Cast) -> Plan:
    return adopted_plan(cast)


@pytest.fixture
def closing(cast: Cast) -> Target:
    return find_target(cast.board, 2025, None, cast.interim)


@pytest.fixture
def secret(cast: Cast, plan: Plan) -> Risk:
    made = make_risk(
        cast.plan, "Hot mot tjänsteperson", number=7, is_confidential=True, confidentiality_section="18 kap. 1 § OSL"
    )
    make_control(made, "Samtal i enrum")
    return made


@pytest.fixture
def outsider(cast: Cast, secret: Risk) -> User:
    Membership.objects.filter(user=cast.eva).update(sees_confidential=False)
    return User.objects.get(pk=cast.eva.pk)


@pytest.mark.parametrize(
    "text",
    [
        "Risknr;Resultat\n1;Ett fel.\nR7;Två fel.\n",
        "Kontrollmoment;Resultat\nStickprov av attest;Ett fel.\nsamtal i  enrum;Två fel.\n",
        "Nr;Kontrollmoment;Resultat\n1;Samtal i enrum;Två fel.\n",
    ],
)
def test_who_may_not_see_the_risk_learns_nothing_and_the_file_waits(
    cast: Cast, closing: Target, secret: Risk, outsider: User, client: Client, text: str
) -> None:
    changes = compared(text, closing, outsider)
    assert len(changes.hidden_rows) == 1
    with pytest.raises(ImportRefused):
        go(text, closing, outsider)
    client.force_login(outsider)
    own = upload(client, cast, text, closing=cast.interim.pk)
    page = preview(client, own)
    assert "Importen väntar" in page
    assert "Hot mot" not in page
    act(client, own, "_confirm")
    assert (FollowUp.objects.count(), Risk.objects.count()) == (0, 3)


def test_what_is_allowed_names_no_risk_or_control_that_the_reader_may_not_see(
    cast: Cast, closing: Target, secret: Risk, outsider: User
) -> None:
    ((_row, message),) = errors(compared("Risknr;Resultat\n5;Ett fel.\n", closing, outsider))
    assert ("1–2" in message, "7" in message) == (True, False)
    ((_row, message),) = errors(compared("Kontrollmoment;Resultat\nStickprov av allt;Ett fel.\n", closing, outsider))
    assert ("Stickprov av attest" in message, "enrum" in message) == (True, False)


def test_a_control_that_the_reader_sees_is_meant_first(
    cast: Cast, plan: Plan, closing: Target, secret: Risk, outsider: User
) -> None:
    make_control(secret, "Stickprov av attest")
    changes = compared("Kontrollmoment;Resultat\nStickprov av attest;Ett fel.\n", closing, outsider)
    assert (changes.hidden_rows, changes.errors) == (frozenset(), [])


def test_who_may_see_the_risk_imports_its_result(cast: Cast, closing: Target, secret: Risk) -> None:
    go("Risknr;Resultat\n2025-07;Två fel.\n", closing, cast.johan)
    assert FollowUp.objects.get().control.risk == secret


@pytest.mark.parametrize(
    "text",
    [
        "Risknr;Resultat;Bedömning\n1;Ett fel.;Pågår\n7;Två hot.;Pågår\n",
        "Kontrollmoment;Resultat;Bedömning\nStickprov av attest;Ett fel.;Pågår\nSamtal i enrum;Två hot.;Pågår\n",
    ],
)
def test_of_an_imported_file_the_rows_of_risks_one_may_not_see_are_not_shown(
    cast: Cast, secret: Risk, outsider: User, client: Client, text: str
) -> None:
    client.force_login(cast.johan)
    own = upload(client, cast, text, closing=cast.interim.pk)
    act(client, own, "_confirm")
    pages = {}
    for user in (cast.johan, outsider):
        client.force_login(user)
        address = f"/admin/controls/planimport/{own.pk}/change/"
        pages[user] = "".join(client.get(address, {"fate": fate}).content.decode() for fate in ("left_out", "kept", "taken"))
    assert all(words in pages[cast.johan] for words in ("Ett fel.", "Två hot."))
    assert ("Ett fel." in pages[outsider], "Två hot." in pages[outsider]) == (True, False)
    assert "enrum" not in pages[outsider]


def test_a_hidden_risks_number_before_its_title_makes_the_file_wait(
    cast: Cast, closing: Target, secret: Risk, outsider: User
) -> None:
    changes = compared("Risk;Riskvärde\n7. Hot mot tjänsteperson;6\n", closing, outsider)
    assert len(changes.hidden_rows) == 1


@pytest.mark.parametrize(
    "title",
    [
        "7.Hot mot tjänsteperson", "(7) Hot mot tjänsteperson", "7a — Hot mot tjänsteperson", "7 a Hot mot tjänsteperson",
        "Hot mot tjänsteperson (7)", "Riskens nr 7: Hot mot tjänsteperson", "R7 Hot mot tjänsteperson.",
        "Hot mot  tjänsteperson.", "2025-07 «Hot mot tjänsteperson»", "7.1 Hot mot tjänsteperson", "Risk7: hot mot tjänsteperson",
    ],
)  # fmt: skip
def test_a_hidden_risk_is_known_however_its_number_is_set_off(
    cast: Cast, closing: Target, secret: Risk, outsider: User, title: str
) -> None:
    changes = compared(f"Risk;Riskvärde\n{title};6\n", closing, outsider)
    assert len(changes.hidden_rows) == 1


@pytest.mark.parametrize(
    "title",
    ["Hot mot tjänsteperson (6)", "Hot mot tjänstepersonen", "7 hot mot två tjänstepersoner", "Nytt hot mot tjänsteperson"],
)
def test_another_title_or_number_is_another_risk(cast: Cast, closing: Target, secret: Risk, outsider: User, title: str) -> None:
    assert not compared(f"Risk;Riskvärde\n{title};6\n", closing, outsider).hidden_rows
