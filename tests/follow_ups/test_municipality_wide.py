"""A risk of the whole municipality: every unit follows it up by itself, and the board sees what that comes to."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controls.follow_ups import verbs
from controls.follow_ups.draft import Draft
from controls.follow_ups.inbox import WIDE_SHOWN, inbox_of
from controls.follow_ups.opening import open_follow_ups
from controls.follow_ups.several_units import UnitsReport, sum_reports
from controls.models import Action, Conclusion, Control, Evidence, FollowUp
from controls.plan_controls.verbs import change_control
from controls.reporting.reading import build_report
from controls.reporting.wording import cells_of
from riskreg.access.verbs import NotPermitted
from riskreg.models import ControlPlan, Risk, Role, Unit, User
from riskreg.plans import life, risks
from riskreg.trail.timeline import timeline
from tests.cast import Cast, make_control, make_many_risks, make_risk, make_user
from tests.follow_ups.follow_ups import RESULT, with_measure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def risk(cast: Cast) -> Risk:
    return make_risk(cast.plan, "Mutor och jäv", is_municipality_wide=True)


@pytest.fixture
def control(cast: Cast, risk: Risk) -> Control:
    return make_control(risk, "Stickprov av bisysslor", performer=cast.karin)


@pytest.fixture
def opened(cast: Cast, control: Control) -> dict[str, FollowUp]:
    """By the unit's name."""
    open_follow_ups(cast.plan, cast.interim, by=cast.eva)
    return {one.unit.name: one for one in control.follow_ups.select_related("unit")}


@pytest.fixture
def schools(cast: Cast, opened: dict[str, FollowUp]) -> FollowUp:
    return opened[cast.school_board.name]


def hand_in(follow_up: FollowUp, by: User, conclusion: str = Conclusion.NO_DEVIATIONS) -> FollowUp:
    draft = Draft(result=RESULT, conclusion=conclusion)
    if Conclusion(conclusion).is_deviation:
        with_measure(follow_up, responsible=by)
    return verbs.submit(follow_up, by=by, draft=draft)


class TestOpening:
    def test_each_committee_and_company_gets_its_own(self, cast: Cast, control: Control) -> None:
        company = Unit.objects.create(name="Lillköpings Bostäder AB", kind=Unit.Kind.COMPANY, parent=cast.municipality)
        Unit.objects.create(name="Nämnden som lades ned", kind="committee", parent=cast.municipality, is_active=False)
        open_follow_ups(cast.plan, cast.interim, by=cast.eva)
        units = {one.unit for one in control.follow_ups.all()}
        assert units == {cast.board, cast.school_board, company}

    def test_the_controls_performer_does_the_risks_own_unit_the_others_are_nobodys_yet(
        self, cast: Cast, opened: dict[str, FollowUp]
    ) -> None:
        performers = {name: one.performer for name, one in opened.items()}
        assert performers == {"Kommunstyrelsen": cast.karin, "Barn- och utbildningsnämnden": None}

    def test_run_twice_it_makes_none_twice_and_a_new_unit_gets_its_own(self, cast: Cast, opened: dict[str, FollowUp]) -> None:
        assert open_follow_ups(cast.plan, cast.interim, by=cast.eva).created == []
        company = Unit.objects.create(name="Lillköpings Bostäder AB", kind=Unit.Kind.COMPANY, parent=cast.municipality)
        assert [one.unit for one in open_follow_ups(cast.plan, cast.interim, by=cast.eva).created] == [company]

    def test_only_the_chosen_units_when_some_are_chosen(self, cast: Cast, control: Control) -> None:
        change_control(control, by=cast.eva, units=[cast.school_board])
        open_follow_ups(cast.plan, cast.interim, by=cast.eva)
        assert [one.unit for one in control.follow_ups.all()] == [cast.school_board]

    def test_a_risk_of_one_unit_is_followed_up_by_that_unit(self, cast: Cast) -> None:
        control = make_control(make_risk(cast.plan))
        open_follow_ups(cast.plan, cast.interim, by=cast.eva)
        assert control.follow_ups.get().unit == cast.board

    def test_what_was_left_ongoing_goes_on_with_who_did_it_in_that_unit(self, cast: Cast, schools: FollowUp) -> None:
        verbs.start(schools, by=cast.bo)
        FollowUp.objects.filter(pk=schools.pk).update(conclusion=Conclusion.ONGOING)
        open_follow_ups(cast.plan, cast.annual, by=cast.eva)
        performers = {one.unit: one.performer for one in FollowUp.objects.filter(closing=cast.annual)}
        assert performers == {cast.board: cast.karin, cast.school_board: cast.bo}

    def test_nothing_is_opened_for_a_closed_account(self, cast: Cast, control: Control) -> None:
        cast.karin.is_active = False
        cast.karin.save()
        open_follow_ups(cast.plan, cast.interim, by=cast.eva)
        assert set(control.follow_ups.values_list("performer", flat=True)) == {None}

    def test_a_new_performer_of_the_control_takes_no_other_units(self, cast: Cast, control: Control, schools: FollowUp) -> None:
        colleague = make_user("Maja Lund", cast.board, Role.CONTROL_OWNER)
        change_control(control, by=cast.eva, performer=None)
        change_control(Control.objects.get(pk=control.pk), by=cast.eva, performer=colleague)
        assert {one.unit: one.performer for one in control.follow_ups.all()} == {cast.board: colleague, cast.school_board: None}

    def test_a_risk_that_is_one_units_again_is_no_longer_asked_of_the_others(
        self, cast: Cast, risk: Risk, control: Control, opened: dict[str, FollowUp]
    ) -> None:
        risks.change_risk(risk, by=cast.eva, is_municipality_wide=False)
        assert [one.unit for one in control.follow_ups.all()] == [cast.board]


class TestChoosingUnits:
    def test_who_is_not_chosen_any_more_loses_what_nobody_has_started(
        self, cast: Cast, control: Control, opened: dict[str, FollowUp]
    ) -> None:
        change_control(control, by=cast.eva, units=[cast.board])
        assert [one.unit for one in control.follow_ups.all()] == [cast.board]

    def test_but_keeps_what_has_been_started(self, cast: Cast, control: Control, schools: FollowUp) -> None:
        verbs.start(schools, by=cast.bo)
        change_control(control, by=cast.eva, units=[cast.board])
        assert FollowUp.objects.filter(pk=schools.pk).exists()

    def test_each_choice_is_in_the_history(self, cast: Cast, control: Control) -> None:
        change_control(control, by=cast.eva, units=[cast.board], reason="Bara styrelsen")
        chosen = control.chosen_units.get()
        assert chosen.history.get().history_change_reason == "Bara styrelsen"
        change_control(control, by=cast.eva, units=[])
        assert [row.history_type for row in type(chosen).history.all()] == ["-", "+"]

    def test_a_department_is_refused_by_name(self, cast: Cast, control: Control) -> None:
        with pytest.raises(ValidationError, match="Löneenheten"):
            change_control(control, by=cast.eva, units=[cast.payroll])

    def test_they_come_along_to_next_year(self, cast: Cast, control: Control) -> None:
        change_control(control, by=cast.eva, units=[cast.school_board])
        ControlPlan.objects.filter(pk=cast.plan.pk).update(
            state="adopted", adopted_on=cast.interim.cut_off, adopted_paragraph="§ 1"
        )
        life.carry_over(cast.plan, by=cast.eva)
        assert [*control.carried_to.get().units.all()] == [cast.school_board]

    def test_they_are_chosen_in_the_form_of_a_wide_risk_only(self, cast: Cast, control: Control, client: Client) -> None:
        client.force_login(cast.eva)
        other = make_control(make_risk(cast.plan))
        pages = [reverse("admin:controls_control_change", args=[one.pk]) for one in (control, other)]
        fields = [client.get(page).context["adminform"].form.fields for page in pages]
        assert ["following_units" in one for one in fields] == [True, False]
        form = {
            "description": control.description,
            "method": control.method,
            "frequency": control.frequency,
            "performer": cast.karin.pk,
            "following_units": [cast.school_board.pk],
            "version": 0,
        }
        form["version"] = fields[0]["version"].initial
        assert client.post(pages[0], form).status_code == 302
        assert [*control.units.all()] == [cast.school_board]
        risk_page = client.get(reverse("admin:riskreg_risk_change", args=[control.risk_id])).content.decode()
        assert "controls-0-following_units" in risk_page


class TestWhoSeesWhat:
    @pytest.mark.parametrize(
        ("who", "units"),
        [
            ("karin", {"Kommunstyrelsen", "Barn- och utbildningsnämnden"}),
            ("johan", {"Kommunstyrelsen", "Barn- och utbildningsnämnden"}),
            ("eva", {"Kommunstyrelsen", "Barn- och utbildningsnämnden"}),
            ("ake", {"Kommunstyrelsen", "Barn- och utbildningsnämnden"}),
            ("bo", {"Barn- och utbildningsnämnden"}),
            ("ulla", {"Barn- och utbildningsnämnden"}),
            ("nils", set()),
        ],
    )
    def test_the_board_and_above_see_all_a_unit_its_own(
        self, who: str, units: set[str], cast: Cast, risk: Risk, opened: dict[str, FollowUp]
    ) -> None:
        person = getattr(cast, who)
        assert {one.unit.name for one in FollowUp.objects.visible_to(person)} == units
        assert Risk.objects.visible_to(person).filter(pk=risk.pk).exists() is bool(units)

    def test_a_department_sees_what_its_committee_does(self, cast: Cast, opened: dict[str, FollowUp]) -> None:
        teacher = make_user("Lena Lärare", cast.school_office, Role.CONTROL_OWNER)
        assert [one.unit for one in FollowUp.objects.visible_to(teacher)] == [cast.school_board]

    def test_actions_and_evidence_go_with_their_follow_up(self, cast: Cast, opened: dict[str, FollowUp]) -> None:
        for follow_up in opened.values():
            with_measure(follow_up, responsible=None, description=f"Rutin i {follow_up.unit}")
            Evidence.objects.create(
                follow_up=follow_up,
                name=f"{follow_up.unit}.csv",
                file=f"evidence/{follow_up.pk}.csv",
                size=1,
                sha256="0" * 64,
                uploaded_at=follow_up.due_on.isoformat() + "T10:00:00Z",
            )
        assert [one.description for one in Action.objects.visible_to(cast.bo)] == ["Rutin i Barn- och utbildningsnämnden"]
        assert [one.name for one in Evidence.objects.visible_to(cast.bo)] == ["Barn- och utbildningsnämnden.csv"]
        assert Action.objects.visible_to(cast.karin).count() == Evidence.objects.visible_to(cast.karin).count() == 2

    def test_another_municipality_sees_nothing(self, cast: Cast, opened: dict[str, FollowUp]) -> None:
        elsewhere = Unit.objects.create(name="Storköpings kommun", kind=Unit.Kind.MUNICIPALITY)
        stranger = make_user("Främling", Unit.objects.create(name="Nämnd", kind="committee", parent=elsewhere), Role.MANAGER)
        assert not Risk.objects.visible_to(stranger).exists()
        assert not FollowUp.objects.visible_to(stranger).exists()

    def test_the_mark_alone_opens_no_other_risk_of_the_board(self, cast: Cast, opened: dict[str, FollowUp]) -> None:
        make_risk(cast.plan, "Styrelsens egen")
        assert [one.title for one in Risk.objects.visible_to(cast.bo)] == ["Mutor och jäv"]

    def test_a_confidential_one_takes_the_right_where_the_risk_is_owned_or_to_be_named(
        self, cast: Cast, risk: Risk, opened: dict[str, FollowUp]
    ) -> None:
        Risk.objects.filter(pk=risk.pk).update(is_confidential=True, confidentiality_section="OSL 18:8")
        assert not Risk.objects.visible_to(cast.ulla).exists()
        cleared = make_user("Klara Behörig", cast.school_board, Role.MANAGER, sees_confidential=True)
        assert not FollowUp.objects.visible_to(cleared).exists()  # secrecy holds between committees, OSL 8:2
        theirs = opened[cast.school_board.name]
        FollowUp.objects.filter(pk=theirs.pk).update(performer=cast.bo)
        assert list(FollowUp.objects.visible_to(cast.bo)) == [theirs]
        assert FollowUp.objects.visible_to(cast.eva).count() == len(opened)

    def test_the_pages_show_a_unit_only_its_own(
        self, cast: Cast, risk: Risk, opened: dict[str, FollowUp], client: Client
    ) -> None:
        board, school = opened["Kommunstyrelsen"], opened["Barn- och utbildningsnämnden"]
        hand_in(board, cast.karin, Conclusion.SIGNIFICANT_DEVIATIONS)
        client.force_login(cast.bo)
        shown = client.get(risk.get_absolute_url()).content.decode()
        assert school.get_absolute_url() in shown
        assert board.get_absolute_url() not in shown
        assert RESULT not in shown
        assert client.get(board.get_absolute_url()).status_code == 404
        for page in (reverse("risks"), reverse("admin:controls_followup_changelist")):
            answer = client.get(page)
            assert risk.title in answer.content.decode()
            assert str(Conclusion.SIGNIFICANT_DEVIATIONS.label) not in str(answer.context.get("rows", ""))
        assert not client.get(reverse("risks") + "?conclusion=significant_deviations").context["page_obj"].object_list
        client.force_login(cast.karin)
        assert board.get_absolute_url() in client.get(risk.get_absolute_url()).content.decode()

    def test_the_risks_life_tells_a_unit_only_its_own(self, cast: Cast, risk: Risk, opened: dict[str, FollowUp]) -> None:
        for follow_up, person in ((opened["Kommunstyrelsen"], cast.karin), (opened["Barn- och utbildningsnämnden"], cast.bo)):
            hand_in(follow_up, person, Conclusion.MINOR_DEVIATIONS)

        def told(reader: User, kind: str) -> set[int]:
            return {entry.record for entry in timeline(risk, reader, kind=kind, per_page=100)[1]}

        assert told(cast.karin, "controls.followup") == {one.pk for one in opened.values()}
        assert told(cast.bo, "controls.followup") == {opened["Barn- och utbildningsnämnden"].pk}
        assert told(cast.karin, "controls.action") == set(Action.objects.values_list("pk", flat=True))
        assert told(cast.bo, "controls.action") == set(Action.objects.filter(responsible=cast.bo).values_list("pk", flat=True))


class TestWorking:
    def test_the_units_people_take_log_and_approve_it(self, cast: Cast, schools: FollowUp) -> None:
        assert inbox_of(cast.bo, cast.interim.cut_off).nobodys == 1
        submitted = hand_in(schools, cast.bo)
        assert submitted.performer == cast.bo
        assert verbs.approve(submitted, by=cast.ulla).approved_by == cast.ulla

    def test_the_boards_manager_does_not_approve_another_units(self, cast: Cast, schools: FollowUp) -> None:
        hand_in(schools, cast.bo)
        with pytest.raises(NotPermitted):
            verbs.approve(schools, by=cast.johan)
        assert inbox_of(cast.johan, cast.interim.cut_off).approvals.total == 0

    def test_the_boards_people_do_not_log_another_units(self, cast: Cast, schools: FollowUp) -> None:
        with pytest.raises(NotPermitted):
            verbs.start(schools, by=cast.karin)


class TestTheSum:
    def test_it_is_the_worst_with_the_count_of_each_and_who_has_not_reported(self) -> None:
        reports = [
            UnitsReport("A", "approved", Conclusion.NO_DEVIATIONS),
            UnitsReport("B", "submitted", Conclusion.MINOR_DEVIATIONS),
            UnitsReport("C", "approved", Conclusion.NO_DEVIATIONS),
            UnitsReport("D", "in_progress", Conclusion.SIGNIFICANT_DEVIATIONS),
            UnitsReport("E", "planned", ""),
        ]
        found = sum_reports(reports)
        assert found.worst == Conclusion.MINOR_DEVIATIONS
        assert found.counts == ((Conclusion.MINOR_DEVIATIONS, 1), (Conclusion.NO_DEVIATIONS, 2))
        assert (found.reported, found.total, found.not_reported) == (3, 5, ("D", "E"))

    @pytest.mark.parametrize(
        ("worse", "better"),
        [
            (Conclusion.SIGNIFICANT_DEVIATIONS, Conclusion.MINOR_DEVIATIONS),
            (Conclusion.MINOR_DEVIATIONS, Conclusion.COULD_NOT_BE_PERFORMED),
            (Conclusion.COULD_NOT_BE_PERFORMED, Conclusion.ONGOING),
            (Conclusion.ONGOING, Conclusion.NO_DEVIATIONS),
        ],
    )
    def test_the_graver_conclusion_wins(self, worse: Conclusion, better: Conclusion) -> None:
        reports = [UnitsReport("A", "approved", better), UnitsReport("B", "approved", worse)]
        assert sum_reports(reports).worst == worse

    def test_when_nobody_has_reported_there_is_none(self) -> None:
        found = sum_reports([UnitsReport("A", "planned", "")])
        assert (found.worst, found.is_complete, found.waiting_for != "") == (None, False, True)

    def test_the_risks_page_shows_it_to_the_board_only(
        self, cast: Cast, risk: Risk, opened: dict[str, FollowUp], schools: FollowUp, client: Client
    ) -> None:
        hand_in(schools, cast.bo, Conclusion.MINOR_DEVIATIONS)

        def sums() -> Any:
            return [one.sums for one in client.get(risk.get_absolute_url()).context["controls"]]

        client.force_login(cast.johan)
        ((closing, found),) = sums()[0]
        assert (closing, found.worst, found.not_reported) == (cast.interim, Conclusion.MINOR_DEVIATIONS, ("Kommunstyrelsen",))
        client.force_login(cast.ulla)
        assert sums() == [[]]

    def test_the_report_has_the_units_as_rows_under_it(self, cast: Cast, schools: FollowUp) -> None:
        hand_in(schools, cast.bo)
        report = build_report(cast.eva, cast.plan, cast.interim, today=cast.interim.cut_off)
        assert [(row.unit, row.control_span, row.units_together is not None) for row in report.rows] == [
            ("Barn- och utbildningsnämnden", 2, True),
            ("Kommunstyrelsen", 0, False),
        ]
        assert [row.performer for row in report.rows] == ["Bo Svensson", "Karin Lindqvist"]
        words = " ".join(block.text for block in cells_of(report.rows[0])[3])
        assert "Kommunstyrelsen" in words
        assert str(Conclusion.NO_DEVIATIONS.label) in words

    def test_managers_and_controllers_find_it_in_their_inbox(self, cast: Cast, schools: FollowUp, client: Client) -> None:
        hand_in(schools, cast.bo)
        for person, expected in ((cast.johan, 1), (cast.eva, 1), (cast.karin, 0), (cast.ulla, 0), (cast.ake, 0)):
            assert len(inbox_of(person, cast.interim.cut_off).wide) == expected, person
        client.force_login(cast.johan)
        assert "Mutor och jäv" in client.get(reverse("inbox")).content.decode()

    def test_of_very_many_the_inbox_shows_the_first_and_leads_to_the_rest(
        self, cast: Cast, risk: Risk, schools: FollowUp, client: Client
    ) -> None:
        for number in range(WIDE_SHOWN):
            make_control(risk, f"Kontroll {number}", position=number + 2, performer=cast.karin)
        open_follow_ups(cast.plan, cast.interim, by=cast.eva)
        found = inbox_of(cast.eva, cast.interim.cut_off)
        assert [row.follow_up.control.description for row in found.wide] == [
            "Stickprov av bisysslor",
            *(f"Kontroll {number}" for number in range(WIDE_SHOWN - 1)),
        ]
        assert {row.sum.total for row in found.wide} == {2}
        client.force_login(cast.eva)
        rest = reverse("risks") + "?wide=yes"
        assert f'href="{rest}"' in client.get(reverse("inbox")).content.decode()
        assert "Mutor och jäv" in client.get(rest).content.decode()


def test_the_inbox_stays_within_its_queries_with_wide_risks(cast: Cast, opened: dict[str, FollowUp], client: Client) -> None:
    client.force_login(cast.johan)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("inbox"))
        return len(queries)

    few = cost()
    make_many_risks(cast.plan, 200, closing=cast.interim, performer=cast.johan)
    Risk.objects.filter(plan=cast.plan, number__gt=150).update(is_municipality_wide=True)
    assert cost() <= max(few, 9)


def test_a_unit_below_reads_lists_in_the_same_number_of_queries(cast: Cast, opened: dict[str, FollowUp], client: Client) -> None:
    client.force_login(cast.bo)

    def cost(name: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(name)).status_code == 200
        return len(queries)

    pages = ("risks", "heatmap", "inbox", "plans")
    few = [cost(name) for name in pages]
    make_many_risks(cast.plan, 100, closing=cast.interim)
    Risk.objects.filter(plan=cast.plan).update(is_municipality_wide=True)
    assert [cost(name) for name in pages] == few
