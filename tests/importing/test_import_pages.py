"""The import in the admin: upload, preview, columns by hand, confirm."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from controls.importing.kept_upload import SHELF
from controls.models import ColumnMapping, FollowUp, PlanImport
from riskreg.models import ControlPlan, Membership, Risk, RiskMatrix
from tests.cast import Cast

PLAN = "Nr;Identifierad risk;Riskvärde;Kontrollmoment;Märklig rubrik\n1;Energibrist;8;Stickprov av planer;Karin Lindqvist\n"


@pytest.fixture
def eva(cast: Cast, client: Client) -> Client:
    client.force_login(cast.eva)
    return client


def upload(client: Client, cast: Cast, text: str | bytes = PLAN, name: str = "plan.csv", **fields: object) -> PlanImport:
    answer = client.post(reverse("admin:controls_planimport_add"), form(cast, text, name, **fields))
    assert answer.status_code == 302, answer.context["errors"] if answer.context else answer
    return PlanImport.objects.latest("pk")


def form(cast: Cast, text: str | bytes, name: str, **fields: object) -> dict[str, object]:
    body = text.encode() if isinstance(text, str) else text
    return {"file": SimpleUploadedFile(name, body), "unit": cast.board.pk, "year": 2025, "closing": "", "matrix": "", **fields}


def preview(client: Client, plan_import: PlanImport) -> str:
    return client.get(reverse("admin:controls_planimport_change", args=[plan_import.pk])).content.decode()


def act(client: Client, plan_import: PlanImport, verb: str, **fields: object) -> Any:
    return client.post(reverse("admin:controls_planimport_change", args=[plan_import.pk]), {verb: "1", **fields})


def test_the_preview_writes_nothing(eva: Client, cast: Cast) -> None:
    page = preview(eva, upload(eva, cast))
    assert "Energibrist" in page
    assert Risk.objects.count() == 0


def test_confirming_imports_and_leads_to_the_plan(eva: Client, cast: Cast) -> None:
    answer = act(eva, upload(eva, cast), "_confirm")
    assert answer.url == ControlPlan.objects.get(pk=cast.plan.pk).get_absolute_url()
    assert Risk.objects.get().title == "Energibrist"


def test_confirming_twice_imports_once(eva: Client, cast: Cast) -> None:
    plan_import = upload(eva, cast)
    act(eva, plan_import, "_confirm")
    act(eva, plan_import, "_confirm")
    assert Risk.objects.count() == 1


def test_an_unknown_heading_is_mapped_by_hand_and_remembered_for_the_unit(eva: Client, cast: Cast) -> None:
    plan_import = upload(eva, cast)
    assert '<details class="more" open><summary>5 kolumner' in preview(eva, plan_import)
    headings = ["Nr", "Identifierad risk", "Riskvärde", "Kontrollmoment", "Märklig rubrik"]
    fields = ["number", "title", "score", "control", "performer"]
    act(eva, plan_import, "_columns", heading=headings, field=fields)
    assert ColumnMapping.objects.get(field="performer").unit == cast.board
    act(eva, plan_import, "_confirm")
    assert Risk.objects.get().controls.get().performer == cast.karin
    again = upload(eva, cast, PLAN.replace("Energibrist", "Elbrist"))
    page = preview(eva, again)
    assert 'value="performer" selected' in page
    # Where every column is known, they are folded.
    assert '<details class="more"><summary>5 kolumner, alla' in page


def test_errors_name_the_row_and_stop_the_import(eva: Client, cast: Cast) -> None:
    plan_import = upload(eva, cast, PLAN.replace(";8;", ";hög;"))
    page = preview(eva, plan_import)
    assert "hög" in page
    assert 'name="_confirm"' not in page
    act(eva, plan_import, "_confirm")
    assert Risk.objects.count() == 0


def test_putting_a_file_aside_removes_it(eva: Client, cast: Cast, django_capture_on_commit_callbacks: object) -> None:
    plan_import = upload(eva, cast)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        act(eva, plan_import, "_abandon")
    plan_import.refresh_from_db()
    assert plan_import.state == "abandoned"
    assert not plan_import.file


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("tom.csv", b""),
        ("plan.exe", b"MZ\x90\x00"),
        ("plan.docx", b"MZ\x90\x00 renamed"),
        ("plan.xlsx", b"PK\x03\x04 cut off"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_at_the_upload_with_the_reason(
    eva: Client, cast: Cast, name: str, body: bytes
) -> None:
    answer = eva.post(reverse("admin:controls_planimport_add"), form(cast, body, name))
    assert answer.status_code == 200
    assert "file" in answer.context["adminform"].form.errors
    assert PlanImport.objects.count() == 0


def test_a_file_above_the_limit_is_refused(eva: Client, cast: Cast, settings: object) -> None:
    settings.IMPORT_MAX_BYTES = 1000  # type: ignore[attr-defined]
    answer = eva.post(reverse("admin:controls_planimport_add"), form(cast, PLAN + "x" * 2000, "plan.csv"))
    assert answer.status_code == 200
    assert PlanImport.objects.count() == 0


def test_a_year_out_of_range_is_refused_with_the_range(eva: Client, cast: Cast) -> None:
    answer = eva.post(reverse("admin:controls_planimport_add"), form(cast, PLAN, "plan.csv", year=1850))
    assert "2000" in str(answer.context["adminform"].form.errors)


def refused(client: Client, fields: dict[str, object]) -> tuple[str, str]:
    """Send the form, and return the page that refuses it and the token of the file it keeps."""
    page = client.post(reverse("admin:controls_planimport_add"), fields).content.decode()
    token = re.search(r'name="kept" value="([^"]+)"', page)
    return page, token[1] if token else ""


def without_file(cast: Cast, token: str, **fields: object) -> dict[str, object]:
    return {name: value for name, value in form(cast, "", "none", kept=token, **fields).items() if name != "file"}


def test_without_a_matrix_in_force_it_is_chosen_in_the_same_form_and_the_file_is_kept(eva: Client, cast: Cast) -> None:
    ControlPlan.objects.all().delete()
    RiskMatrix.objects.update(valid_from=date(2026, 3, 1))
    page, token = refused(eva, form(cast, PLAN, "plan.csv"))
    assert "Ingen riskmatris gäller 2025" in page
    assert "(gäller från 1 mars 2026)" in page
    assert "Filen ”plan.csv”" in page
    matrix = RiskMatrix.objects.get()
    answer = eva.post(reverse("admin:controls_planimport_add"), without_file(cast, token, matrix=matrix.pk))
    assert answer.status_code == 302
    act(eva, PlanImport.objects.get(), "_confirm")
    assert Risk.objects.get().title == "Energibrist"
    assert list(SHELF.folder.iterdir()) == []


def test_without_any_matrix_the_form_says_where_one_is_made(eva: Client, cast: Cast) -> None:
    ControlPlan.objects.all().delete()
    RiskMatrix.objects.all().delete()
    page, token = refused(eva, form(cast, PLAN, "plan.csv"))
    assert "Administration, Riskmatriser" in page
    assert token


@pytest.mark.parametrize("fields", [{"year": ""}, {"unit": ""}, {"year": 1850}, {"year": 2026, "closing": "interim"}])
def test_every_refused_form_keeps_its_file(eva: Client, cast: Cast, fields: dict[str, object]) -> None:
    fields = {name: cast.interim.pk if value == "interim" else value for name, value in fields.items()}
    page, token = refused(eva, form(cast, PLAN, "plan.csv", **fields))
    assert "Du behöver inte välja den igen" in page
    page, token = refused(eva, without_file(cast, token, **fields))
    assert token, "also the next time"
    assert eva.post(reverse("admin:controls_planimport_add"), without_file(cast, token)).status_code == 302
    assert "Energibrist" in preview(eva, PlanImport.objects.get())


def test_another_file_takes_the_kept_one_s_place_unless_it_is_refused(eva: Client, cast: Cast) -> None:
    _page, token = refused(eva, form(cast, PLAN, "plan.csv", year=""))
    page, token = refused(eva, form(cast, b"MZ", "plan.exe", kept=token))
    assert ".exe" in page
    assert token, "the first one is still kept"
    upload(eva, cast, PLAN.replace("Energibrist", "Elbrist"), kept=token)
    assert "Elbrist" in preview(eva, PlanImport.objects.get())


def test_a_kept_file_is_its_users_and_becomes_one_import(eva: Client, cast: Cast) -> None:
    _page, token = refused(eva, form(cast, PLAN, "plan.csv", year=""))
    Membership.objects.create(user=cast.nils, unit=cast.board, role="controller")
    eva.force_login(cast.nils)
    assert eva.post(reverse("admin:controls_planimport_add"), without_file(cast, token)).status_code == 200
    eva.force_login(cast.eva)
    answers = [eva.post(reverse("admin:controls_planimport_add"), without_file(cast, token)).status_code for _turn in range(2)]
    assert answers == [302, 200]
    assert PlanImport.objects.count() == 1


def test_a_closing_of_another_year_is_refused(eva: Client, cast: Cast) -> None:
    answer = eva.post(reverse("admin:controls_planimport_add"), form(cast, PLAN, "plan.csv", year=2026, closing=cast.interim.pk))
    assert answer.status_code == 200
    assert PlanImport.objects.count() == 0


@pytest.mark.parametrize("who", ["karin", "ake", "siv", "ulla"])
def test_who_does_not_build_the_units_plan_does_not_see_its_imports(eva: Client, cast: Cast, who: str) -> None:
    plan_import = upload(eva, cast)
    eva.force_login(getattr(cast, who))
    answer = eva.get(reverse("admin:controls_planimport_change", args=[plan_import.pk]))
    assert answer.status_code in {302, 403, 404}
    act(eva, plan_import, "_confirm")
    assert Risk.objects.count() == 0


def test_a_manager_cannot_import_to_another_committee(cast: Cast, client: Client) -> None:
    client.force_login(cast.ulla)
    answer = client.post(reverse("admin:controls_planimport_add"), form(cast, PLAN, "plan.csv"))
    assert answer.status_code == 200
    assert PlanImport.objects.count() == 0


def test_the_preview_names_what_the_plan_holds_and_the_file_does_not(eva: Client, cast: Cast) -> None:
    whole = "Identifierad risk;Riskvärde;Kontrollmoment\nEnergibrist;8;Stickprov\n;;Övning i mörker\nFelaktig lön;6;Attest\n"
    act(eva, upload(eva, cast, whole), "_confirm")
    page = preview(eva, upload(eva, cast, "Identifierad risk;Riskvärde;Kontrollmoment\nEnergibrist;8;Stickprov\n", "del.csv"))
    assert "<li>2. Felaktig lön</li>" in page
    assert "<li>Energibrist: Övning i mörker</li>" in page
    assert "Attest" not in page, "the controls of a risk that is missing altogether go with it"


def test_the_row_says_that_the_factors_do_not_make_the_score(eva: Client, cast: Cast) -> None:
    text = "Identifierad risk;Sannolikhet;Konsekvens;Riskvärde\nBrand;2;3;8\nStöld;2;3;6\nStorm;2;3;\nFlod;;;8\n"
    plan_import = upload(eva, cast, text)
    answer = eva.get(reverse("admin:controls_planimport_change", args=[plan_import.pk]))
    assert [line["score"] for line in answer.context["lines"]] == ["2 × 3 ≠ 8", "2 × 3 = 6", "2 × 3 = 6", "8"]


RESULTS = (
    "Identifierad risk;Riskvärde;Kontrollmoment;Resultat;Bedömning;Åtgärd\n"
    "Energibrist;8;Stickprov.;Alla har planer.;Inga avvikelser;\n"
    "Fel lön;6;Attest.;Två fel.;Mindre avvikelser;Ny attestrutin.\n"
    "Fel bidrag;6;Granskning.;Ett fel.;Mindre avvikelser;\n"
)


def test_the_preview_says_which_follow_ups_stay_in_progress_and_what_they_lack(eva: Client, cast: Cast) -> None:
    plan_import = upload(eva, cast, RESULTS, closing=cast.interim.pk)
    page = preview(eva, plan_import)
    assert "Uppföljningen ligger kvar som pågående. Ange vem som ansvarar och till när: Ny attestrutin." in page
    assert "Uppföljningen ligger kvar som pågående. En avvikelse" in page
    assert (page.count("Ligger kvar som pågående"), page.count("Lämnas in")) == (2, 1)
    for words in ("1 uppföljning lämnas in för godkännande.", "2 uppföljningar ligger kvar som pågående"):
        assert words in page
    act(eva, plan_import, "_confirm")
    told = eva.get(reverse("admin:index")).content.decode()
    assert "2 uppföljningar ligger kvar som pågående, eftersom något saknas i dem." in told
    states = FollowUp.objects.order_by("control__risk__title").values_list("control__risk__title", "state")
    assert list(states) == [("Energibrist", "submitted"), ("Fel bidrag", "in_progress"), ("Fel lön", "in_progress")]


def test_problems_stand_in_the_order_of_the_rows(eva: Client, cast: Cast) -> None:
    text = "Identifierad risk;Riskvärde;Kontrollmoment;Ansvarig\nBrand;6;Larm;Okänd Person\nBrand;8;Larm;\nStöld;7;Lås;\n"
    plan_import = upload(eva, cast, text)
    answer = eva.get(reverse("admin:controls_planimport_change", args=[plan_import.pk]))
    assert [problem.row for problem in answer.context["problems"]] == [3, 4, None]


# What became of the file's text


def account_shown(client: Client, plan_import: PlanImport, fate: str = "left_out") -> list[tuple[int | None, str, str]]:
    address = reverse("admin:controls_planimport_change", args=[plan_import.pk])
    answer = client.get(address, {"fate": fate})
    return [(entry["row"], entry["column"], entry["text"]) for entry in answer.context["account_entries"]]


def test_the_preview_shows_what_is_left_out_and_counts_that_add_up(eva: Client, cast: Cast) -> None:
    plan_import = upload(eva, cast)
    assert account_shown(eva, plan_import) == [
        (1, "Märklig rubrik", "Märklig rubrik"),
        (2, "Märklig rubrik", "Karin Lindqvist"),
    ]
    context = eva.get(reverse("admin:controls_planimport_change", args=[plan_import.pk])).context
    assert [(line["fate"], line["pieces"]) for line in context["account_lines"]] == [("left_out", 2), ("kept", 0), ("taken", 8)]
    assert context["account_total"] == {"pieces": 10, "words": 15}


def test_the_account_is_kept_with_the_import_and_shown_afterwards(eva: Client, cast: Cast) -> None:
    plan_import = upload(eva, cast, PLAN + "2;Felaktig lön;6;Attest;\n")
    before = [account_shown(eva, plan_import, fate) for fate in ("left_out", "kept", "taken")]
    act(eva, plan_import, "_confirm")
    assert [account_shown(eva, plan_import, fate) for fate in ("left_out", "kept", "taken")] == before
    assert "Vad som blev av filens text" in preview(eva, plan_import)


def test_the_kept_account_shows_nothing_of_a_risk_that_became_confidential(eva: Client, cast: Cast) -> None:
    plan_import = upload(eva, cast, PLAN + "2;Felaktig lön;6;Attest;\n")
    act(eva, plan_import, "_confirm")
    Membership.objects.filter(user=cast.eva).update(sees_confidential=False)
    Risk.objects.filter(title="Felaktig lön").update(is_confidential=True, confidentiality_section="21 kap. 1 § OSL")
    assert not Risk.objects.visible_to(cast.eva).filter(title="Felaktig lön").exists()
    shown = [text for fate in ("left_out", "kept", "taken") for _row, _column, text in account_shown(eva, plan_import, fate)]
    assert "Energibrist" in shown
    assert not {"Felaktig lön", "Attest"} & set(shown)
    whole = len(PlanImport.objects.get(pk=plan_import.pk).account["entries"])
    assert f"{whole - len(shown)} textstycken visas inte" in preview(eva, plan_import)


def test_results_without_a_closing_are_left_out_one_by_one(eva: Client, cast: Cast) -> None:
    shown = [text for row, _column, text in account_shown(eva, upload(eva, cast, RESULTS)) if row == 2]
    assert shown == ["Alla har planer.", "Inga avvikelser"]


def test_a_further_control_that_says_something_else_of_the_risk_has_that_left_out(eva: Client, cast: Cast) -> None:
    text = "Identifierad risk;Riskvärde;Riskägare;Kontrollmoment;Kontrollutförare\nBrand;8;Anna;Larm;Bo\n;;Cilla;Lås;Bo\n"
    plan_import = upload(eva, cast, text)
    assert account_shown(eva, plan_import) == [(3, "Riskägare", "Cilla")]
    assert "Rad 2 säger redan något annat om samma risk." in preview(eva, plan_import)


def test_a_number_that_the_risk_does_not_get_is_left_out(eva: Client, cast: Cast) -> None:
    assert account_shown(eva, upload(eva, cast, "Nr;Identifierad risk;Riskvärde\nA1;Brand;8\n2;Stöld;6\n")) == [(2, "Nr", "A1")]
