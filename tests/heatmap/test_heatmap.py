"""The heatmap: what is counted, where, for whom, and that each number leads to exactly its risks."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from riskreg.heatmap.cells import count_cells, heatmap
from riskreg.models import ControlPlan, Risk, RiskMatrix
from riskreg.scoring import Cell
from tests.cast import Cast, make_many_risks, make_matrix, make_risk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def seven_risks(cast: Cast) -> Cast:
    """Two at 3 × 2, one at 3 × 4, one at 1 × 1; two with a bare 6 and 12; one without a score; one dropped."""
    make_risk(cast.plan, "Felaktiga löneutbetalningar", likelihood=3, impact=2)
    make_risk(cast.plan, "Bristande service", likelihood=3, impact=2)
    make_risk(cast.plan, "Välfärdsbrottslighet", likelihood=3, impact=4)
    make_risk(cast.plan, "Skadegörelse", likelihood=1, impact=1)
    make_risk(cast.plan, "Helhetstänk saknas", risk_score=6)
    make_risk(cast.plan, "Energibrist", risk_score=12)
    make_risk(cast.plan, "Ännu inte bedömd", risk_score=None)
    make_risk(cast.plan, "Struken", likelihood=4, impact=4, is_dropped=True, **_dropping(cast))
    return cast


def _dropping(cast: Cast) -> dict[str, object]:
    """What a dropped risk must say, if the model asks for it."""
    names = {field.name for field in Risk._meta.get_fields()}
    if "decision" not in names:
        return {}
    from riskreg import clock

    return {"decision": "dropped", "decision_reason": "Upphört", "decided_by": cast.eva, "decided_at": clock.now()}


def signed_in(client: Client, cast: Cast, who: str = "eva") -> Client:
    client.force_login(getattr(cast, who))
    return client


def test_each_cell_holds_the_risks_with_its_factors(seven_risks: Cast) -> None:
    heat = heatmap(seven_risks.matrix, count_cells(Risk.objects.current()))
    numbers = {cell.cell: cell.number for cell in heat.cells if cell.number}
    assert numbers == {Cell(3, 2): 2, Cell(3, 4): 1, Cell(1, 1): 1}


def test_a_score_without_factors_is_in_no_cell_and_names_the_cells_it_could_be(seven_risks: Cast) -> None:
    heat = heatmap(seven_risks.matrix, count_cells(Risk.objects.current()))
    assert [(row.score, row.number, row.cells) for row in heat.not_placed] == [
        (12, 1, [Cell(3, 4), Cell(4, 3)]),
        (6, 1, [Cell(2, 3), Cell(3, 2)]),
    ]
    assert heat.not_scored == 1


def test_every_risk_is_counted_once(seven_risks: Cast) -> None:
    heat = heatmap(seven_risks.matrix, count_cells(Risk.objects.current()))
    assert heat.total == Risk.objects.current().count() == 7
    assert heat.placed + heat.unplaced + heat.not_scored == 7


def test_a_band_counts_its_risks_placed_or_not(seven_risks: Cast) -> None:
    heat = heatmap(seven_risks.matrix, count_cells(Risk.objects.current()))
    assert {total.band.name: total.number for total in heat.bands} == {"Låg": 1, "Bevaka": 0, "Medel": 3, "Hög": 2}


def test_rows_run_from_the_highest_likelihood_down_and_columns_from_the_lowest_impact_up(cast: Cast) -> None:
    heat = heatmap(cast.matrix, [])
    assert [row.level.value for row in heat.rows] == [4, 3, 2, 1]
    assert [cell.cell.impact for cell in heat.rows[0].cells] == [1, 2, 3, 4]


def test_risks_scored_by_another_matrix_are_counted_apart(cast: Cast) -> None:
    larger = make_matrix(cast.municipality, size=5, name="Nya matrisen")
    ControlPlan.objects.filter(pk=cast.school_plan.pk).update(matrix=larger)
    school_plan = ControlPlan.objects.get(pk=cast.school_plan.pk)
    make_risk(cast.plan, likelihood=2, impact=2)
    make_risk(school_plan, likelihood=2, impact=2)
    make_risk(school_plan, likelihood=5, impact=5)
    tallies = count_cells(Risk.objects.all(), by_matrix=True)
    assert heatmap(cast.matrix, tallies).others == {larger.pk: 2}
    assert heatmap(RiskMatrix.objects.get(pk=larger.pk), tallies).others == {cast.matrix.pk: 1}


def test_of_several_matrices_the_one_most_plans_use_is_shown_and_the_others_risks_are_a_link_away(
    client: Client, cast: Cast
) -> None:
    larger = make_matrix(cast.municipality, size=5, name="Nya matrisen")
    third = ControlPlan.objects.create(unit=cast.central_office, year=2025, matrix=larger)
    make_risk(cast.plan, likelihood=2, impact=2)
    make_risk(third, likelihood=5, impact=5)
    page = signed_in(client, cast).get(reverse("heatmap"))
    assert page.context["heat"].matrix.pk == cast.matrix.pk
    [(matrix, number, url)] = page.context["others"]
    assert (matrix.pk, number) == (larger.pk, 1)
    there = client.get(url)
    assert there.context["heat"].matrix.pk == larger.pk
    assert there.context["heat"].placed == 1


def test_factors_that_the_matrix_does_not_have_are_counted_and_said(client: Client, cast: Cast) -> None:
    make_risk(cast.plan, likelihood=5, impact=5)
    make_risk(cast.plan, risk_score=7)
    page = signed_in(client, cast).get(reverse("heatmap"))
    assert page.context["heat"].off_scale == 2
    assert page.context["heat"].placed == 0


def test_each_number_leads_to_a_list_of_exactly_its_risks(client: Client, seven_risks: Cast) -> None:
    page = signed_in(client, seven_risks).get(reverse("heatmap"))
    for _level, cells in page.context["rows"]:
        for linked in cells:
            if linked.cell.number:
                listed = client.get(linked.url).context["page_obj"].object_list
                places = {(risk.likelihood, risk.impact) for risk in listed}
                assert (len(listed), places) == (linked.cell.number, {linked.cell.cell})
            else:
                assert linked.url == ""
    for row, url in page.context["not_placed"]:
        assert client.get(url).context["page_obj"].paginator.count == row.number
    for total, url in page.context["bands"]:
        assert client.get(url).context["page_obj"].paginator.count == total.number
    assert client.get(page.context["not_scored_url"]).context["page_obj"].paginator.count == 1
    assert client.get(page.context["not_placed_url"]).context["page_obj"].paginator.count == 2


def test_each_number_leads_to_its_risks_also_among_many_with_two_matrices_and_a_filter(client: Client, cast: Cast) -> None:
    make_many_risks(cast.plan, 300)
    larger = make_matrix(cast.municipality, size=5, name="Nya matrisen")
    ControlPlan.objects.filter(pk=cast.school_plan.pk).update(matrix=larger)
    make_many_risks(ControlPlan.objects.get(pk=cast.school_plan.pk), 50)
    page = signed_in(client, cast).get(f"{reverse('heatmap')}?q=Risk&matrix={cast.matrix.pk}")
    assert page.context["heat"].total == 300
    linked = page.context["rows"][0][1][2]
    assert linked.cell.number > 10
    assert client.get(linked.url).context["page_obj"].paginator.count == linked.cell.number


def test_few_risks_are_shown_one_by_one_and_the_unplaced_beside_the_cells_they_could_belong_to(
    client: Client, seven_risks: Cast
) -> None:
    page = signed_in(client, seven_risks).get(reverse("heatmap"))
    cells = {linked.cell.cell: linked.cell for _level, row in page.context["rows"] for linked in row}
    assert [risk.title for risk in cells[Cell(3, 2)].risks] == ["Felaktiga löneutbetalningar", "Bristande service"]
    assert [risk.title for risk in cells[Cell(3, 2)].maybe] == ["Helhetstänk saknas"]
    assert [risk.title for risk in cells[Cell(2, 3)].maybe] == ["Helhetstänk saknas"]
    assert [placing.risk.title for placing in page.context["placings"]] == ["Energibrist", "Helhetstänk saknas"]


def test_many_risks_are_counts_only_and_five_of_the_unplaced_are_offered(client: Client, cast: Cast) -> None:
    make_many_risks(cast.plan, 300)
    page = signed_in(client, cast).get(reverse("heatmap"))
    text = page.content.decode()
    assert 'class="chip"' not in text
    assert page.context["heat"].unplaced == 30
    assert len(page.context["placings"]) == 5
    assert {placing.risk.risk_score for placing in page.context["placings"]} == {12}


def test_the_table_underneath_says_the_same_as_the_cells(client: Client, seven_risks: Cast) -> None:
    text = signed_in(client, seven_risks).get(reverse("heatmap")).content.decode()
    table = text[text.index('aria-labelledby="h-table"') :]
    body = table[table.index("<tbody>") : table.index("</tbody>")]
    numbers = [int(number) for number in re.findall(r'class="num"[^>]*>(?:<a[^>]*>)?(\d+)', body)]
    assert numbers == [2, 1, 1, 1, 1, 1]
    assert "<b>4</b>" not in body
    assert re.search(r'class="num"[^>]*>7<', table[table.index("<tfoot>") :])


def test_the_heatmap_is_a_table_with_row_and_column_headers(client: Client, seven_risks: Cast) -> None:
    text = signed_in(client, seven_risks).get(reverse("heatmap")).content.decode()
    table = text[text.index('<table class="heat">') : text.index("</table>")]
    assert table.count('scope="row"') == 4
    assert table.count('scope="col"') == 5
    for symbol in "▽○◆■":
        assert symbol in table


def test_no_page_carries_inline_style_or_script(client: Client, seven_risks: Cast) -> None:
    signed_in(client, seven_risks)
    for name in ("heatmap", "risks", "plans"):
        text = client.get(reverse(name)).content.decode()
        assert not re.search(r"\sstyle=|<script(?![^>]*\bsrc=)|\son\w+=", text), name


def test_somebody_elses_units_are_not_counted(client: Client, seven_risks: Cast) -> None:
    make_risk(seven_risks.school_plan, "Elevhälsa", likelihood=4, impact=4)
    assert signed_in(client, seven_risks, "eva").get(reverse("heatmap")).context["heat"].total == 8
    assert signed_in(client, seven_risks, "karin").get(reverse("heatmap")).context["heat"].total == 7
    assert signed_in(client, seven_risks, "bo").get(reverse("heatmap")).context["heat"].total == 1


def test_a_confidential_risk_is_neither_counted_nor_named_without_the_right(client: Client, seven_risks: Cast) -> None:
    make_risk(seven_risks.plan, "Hot mot anställd", is_confidential=True, confidentiality_section="OSL 18:8")
    with_right = signed_in(client, seven_risks, "johan").get(reverse("heatmap"))
    assert with_right.context["heat"].total == 8
    for name in ("heatmap", "risks"):
        without = signed_in(client, seven_risks, "karin").get(reverse(name))
        assert "Hot mot anställd" not in without.content.decode()
    assert signed_in(client, seven_risks, "karin").get(reverse("heatmap")).context["heat"].total == 7


def test_a_person_whose_unit_lies_below_the_plans_unit_sees_its_risks_in_the_plans_matrix(client: Client, cast: Cast) -> None:
    from riskreg.models import Membership, Role
    from tests.cast import make_user

    make_risk(cast.plan, "Löner", unit=cast.payroll)
    make_risk(cast.plan, "Annat")
    lotta = make_user("Lotta Lön", cast.payroll, Role.CONTROL_OWNER)
    assert Membership.objects.filter(user=lotta).exists()
    client.force_login(lotta)
    page = client.get(reverse("heatmap"))
    assert page.context["heat"].total == 1
    assert "Kommunstyrelsen" not in unescape(page.content.decode()).split("<main", 1)[1]


def test_a_unit_is_shown_with_all_below_it_and_a_plan_alone(client: Client, cast: Cast) -> None:
    make_risk(cast.plan, "Styrelsens")
    make_risk(cast.plan, "Kontorets", unit=cast.central_office)
    make_risk(cast.plan, "Löneenhetens", unit=cast.payroll)
    make_risk(cast.school_plan, "Skolans")
    signed_in(client, cast)

    def total(**query: str | int) -> int:
        found: int = client.get(reverse("heatmap"), query).context["heat"].total
        return found

    assert total() == 4
    assert total(unit=cast.central_office.pk) == 2
    assert total(unit=cast.municipality.pk) == 4
    assert total(plan=cast.plan.pk) == 3
    assert total(plan=cast.plan.pk, unit=cast.payroll.pk) == 1


def test_the_year_that_it_is_is_shown_until_another_is_chosen(client: Client, cast: Cast) -> None:
    last_year = ControlPlan.objects.create(unit=cast.board, year=2024, matrix=cast.matrix)
    next_year = ControlPlan.objects.create(unit=cast.board, year=2026, matrix=cast.matrix)
    make_risk(last_year, "Förra årets")
    make_risk(cast.plan, "Årets")
    make_risk(next_year, "Nästa års")
    signed_in(client, cast)
    totals = {year: client.get(reverse("heatmap"), {"year": year}).context["heat"].total for year in ("2024", "2026", "all")}
    assert totals == {"2024": 1, "2026": 1, "all": 3}
    page = client.get(reverse("heatmap"))
    assert [risk.title for linked in page.context["rows"][1][1] for risk in linked.cell.risks] == ["Årets"]
    assert client.get(reverse("heatmap"), {"plan": last_year.pk}).context["heat"].total == 1


def test_without_any_plan_the_page_says_what_to_do(client: Client, cast: Cast) -> None:
    ControlPlan.objects.all().delete()
    page = signed_in(client, cast).get(reverse("heatmap"))
    assert page.status_code == 200
    assert "riskreg/no_plans.html" in [template.name for template in page.templates]
    assert signed_in(client, cast, "nils").get(reverse("heatmap")).status_code == 200


def test_without_hits_the_page_says_how_to_clear_the_filters(client: Client, seven_risks: Cast) -> None:
    page = signed_in(client, seven_risks).get(reverse("heatmap"), {"q": "finns inte"})
    assert "riskreg/no_hits.html" in [template.name for template in page.templates]
    assert 'href="?"' in page.content.decode()


@pytest.mark.parametrize("name", ["heatmap", "heatmap_svg", "risks", "plans"])
def test_the_anonymous_are_sent_to_the_sign_in(client: Client, name: str) -> None:
    answer = client.get(reverse(name))
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, reverse("login"))


@pytest.mark.parametrize("how_many", [20, 2000])
def test_the_heatmap_takes_six_queries_whatever_the_number_of_risks(
    client: Client, cast: Cast, how_many: int, django_assert_num_queries: object
) -> None:
    make_many_risks(cast.plan, how_many, closing=cast.interim, performer=cast.karin)
    signed_in(client, cast, "johan")
    with django_assert_num_queries(6):  # type: ignore[operator]
        assert client.get(reverse("heatmap")).context["heat"].total == how_many
