"""A row about a confidential risk is seen, and imported, only by somebody who may see that risk."""

from __future__ import annotations

import pytest
from django.test import Client

from controls.importing.comparing import compare
from controls.importing.plan import ImportRefused, import_rows
from controls.importing.target import Target, find_target
from controls.models import PlanImport
from riskreg.models import Membership, Risk, User
from tests.cast import Cast, make_risk

from .test_import_pages import act, preview, upload
from .test_plan_import import rows_of

FILE = (
    "Nr;Identifierad risk;Riskvärde;Kontrollmoment;Bakgrund\n1;Energibrist;8;Stickprov;Intet\n"
    "7;Hot mot tjänsteperson;<6;Samtal i enrum;Utredningen 2024\n;;;Larm i receptionen;\n"
)


@pytest.fixture
def secret(cast: Cast) -> Risk:
    return make_risk(
        cast.plan,
        "Hot mot tjänsteperson",
        number=7,
        risk_score=6,
        is_confidential=True,
        confidentiality_section="18 kap. 1 § OSL",
    )


@pytest.fixture
def outsider(cast: Cast, secret: Risk) -> User:
    """A controller without the right to confidential risks."""
    Membership.objects.filter(user=cast.eva).update(sees_confidential=False)
    return User.objects.get(pk=cast.eva.pk)


@pytest.fixture
def waiting(cast: Cast, client: Client, secret: Risk) -> PlanImport:
    client.force_login(cast.johan)
    return upload(client, cast, FILE)


def shown(client: Client, plan_import: PlanImport) -> str:
    """All that the import's page says, on each of its tabs."""
    address = f"/admin/controls/planimport/{plan_import.pk}/change/"
    return "".join(client.get(address, {"fate": fate}).content.decode() for fate in ("left_out", "kept", "taken"))


def test_who_may_not_see_all_risks_sees_nothing_of_somebody_elses_file(
    waiting: PlanImport, outsider: User, client: Client
) -> None:
    client.force_login(outsider)
    page = shown(client, waiting)
    for words in ("Hot mot", "enrum", "receptionen", "&lt;6", "Energibrist", "Utredningen"):
        assert words not in page
    assert "Importen väntar" in page
    assert 'name="_confirm"' not in page
    assert 'name="heading"' not in page


@pytest.mark.parametrize(
    "mapping",
    [
        {"Identifierad risk": "", "Kontrollmoment": "title"},
        {"Identifierad risk": ""},
        {"Bakgrund": "description", "Identifierad risk": "description"},
    ],
)
def test_headings_mapped_otherwise_open_nothing(
    waiting: PlanImport, outsider: User, client: Client, cast: Cast, mapping: dict[str, str]
) -> None:
    client.force_login(outsider)
    act(client, waiting, "_columns", heading=list(mapping), field=list(mapping.values()))
    assert PlanImport.objects.get(pk=waiting.pk).mapping == {}
    assert "Hot mot" not in shown(client, waiting)
    # Nor by what the unit remembers of a file of one's own.
    own = upload(client, cast, "Nr;Identifierad risk;Riskvärde;Kontrollmoment;Bakgrund\n1;Brand;6;Lås;Intet\n")
    act(client, own, "_columns", heading=list(mapping), field=list(mapping.values()))
    page = shown(client, waiting)
    assert "Hot mot" not in page
    assert "Utredningen" not in page


@pytest.mark.parametrize(
    "file",
    [
        FILE,
        "Identifierad risk;Riskvärde;Kontrollmoment;Bakgrund\nBrand;6;Lås;Hot mot  TJÄNSTEPERSON\n",
        "Nr;Identifierad risk;Riskvärde\n7;Något helt annat;6\n",
        "Hot mot tjänsteperson;\nNr;9\nRiskvärde;6\nKontrollmoment;Lås\n",
    ],
)
def test_of_ones_own_file_it_is_told_as_a_whole_that_it_waits(cast: Cast, outsider: User, client: Client, file: str) -> None:
    """Not row by row: what is missing among a thousand guesses would say a title."""
    client.force_login(outsider)
    own = upload(client, cast, file)
    page = shown(client, own)
    assert "Importen väntar" in page
    assert "Lås" not in page
    assert "Energibrist" not in page
    act(client, own, "_confirm")
    assert Risk.objects.count() == 1


def test_a_file_of_ones_own_about_other_risks_is_shown_and_imported(cast: Cast, outsider: User, client: Client) -> None:
    client.force_login(outsider)
    own = upload(client, cast, "Identifierad risk;Riskvärde;Kontrollmoment\nBrand;6;Lås\n")
    assert "Brand" in shown(client, own)
    act(client, own, "_confirm")
    assert Risk.objects.filter(title="Brand").exists()


def test_an_imported_file_shows_pieces_of_the_risks_one_sees_alone(
    waiting: PlanImport, client: Client, outsider: User, cast: Cast
) -> None:
    own = upload(client, cast, FILE.replace("<6", "6"))
    act(client, own, "_confirm")
    assert PlanImport.objects.get(pk=own.pk).state == "confirmed"
    assert "Utredningen" in shown(client, own)
    client.force_login(outsider)
    page = shown(client, own)
    assert "Energibrist" in page
    for words in ("Utredningen", "Hot mot", "enrum", "receptionen"):
        assert words not in page


def test_who_may_not_see_the_risk_cannot_make_it_again_in_the_open(
    waiting: PlanImport, outsider: User, client: Client, cast: Cast
) -> None:
    client.force_login(outsider)
    act(client, waiting, "_confirm")
    said = client.get("/admin/").content.decode()
    assert "Importen väntar" in said
    assert "Hot mot" not in said
    assert list(Risk.objects.values_list("title", "is_confidential")) == [("Hot mot tjänsteperson", True)]


def test_the_importing_itself_refuses_it_too(cast: Cast, outsider: User) -> None:
    target = find_target(cast.board, 2025)
    rows = rows_of("Identifierad risk;Riskvärde\nhot  mot TJÄNSTEPERSON;6\n", target)
    with pytest.raises(ImportRefused):
        import_rows(rows, target, by=outsider, source="plan.csv")
    assert Risk.objects.count() == 1


def test_a_corrected_title_under_the_risks_number_is_the_same_risk(cast: Cast, outsider: User) -> None:
    target = find_target(cast.board, 2025)
    rows = rows_of("Nr;Identifierad risk;Riskvärde\n2025-07;Hot mot tjänstepersoner;6\n", target)
    assert len(compare(rows, target, by=outsider).hidden_rows) == 1


def test_who_may_see_the_risk_imports_the_file_into_it(waiting: PlanImport, client: Client, secret: Risk, cast: Cast) -> None:
    assert "Samtal i enrum" in preview(client, waiting)
    target = find_target(cast.board, 2025)
    rows = rows_of(FILE.replace("<6", "6"), target)
    import_rows(rows, target, by=cast.johan, source="plan.csv")
    assert list(secret.controls.values_list("description", flat=True)) == ["Samtal i enrum", "Larm i receptionen"]
    assert Risk.objects.count() == 2


def test_an_open_risk_of_the_same_title_is_meant_first(cast: Cast, outsider: User) -> None:
    make_risk(cast.plan, "Hot mot tjänsteperson", number=8, risk_score=6)
    target: Target = find_target(cast.board, 2025)
    rows = rows_of("Identifierad risk;Riskvärde\nHot mot tjänsteperson;6\n", target)
    changes = compare(rows, target, by=outsider)
    assert (changes.hidden_rows, changes.errors) == (frozenset(), [])
