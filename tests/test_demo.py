"""The demonstration: loaded whole, once, through the product's own ways in."""

from __future__ import annotations

import shutil
import tempfile
from datetime import date
from io import StringIO
from typing import Any, ClassVar

import pytest
from django.core.management import call_command
from django.test import TestCase, override_settings

from controls.demo import logins
from controls.demo.municipality import TODAY
from controls.demo.people import PASSWORD
from controls.follow_ups import verbs
from controls.follow_ups.backing import backings_of
from controls.follow_ups.completeness import is_complete
from controls.follow_ups.people import approvers_of
from controls.models import Action, Digest, Evidence, FollowUp, HandedInReport, Inquiry, RegisterSnapshot, Reminder
from controls.monitoring.watching.scoring import score_suppliers
from controls.reporting.handing_in.verbs import is_as_handed_in, is_intact
from controls.views.monitoring.digits import has_digits
from riskreg import clock
from riskreg.models import ControlPlan, Risk, Role, User
from riskreg.trail.seals import unsealed_count
from riskreg.trail.verification import verify
from tests.counting import everything_counted


class TestTheDemonstration(TestCase):
    """Loaded once for all its tests: it takes seconds."""

    media: ClassVar[str]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.media = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.media)
        with override_settings(MEDIA_ROOT=cls.media):
            call_command("load_demo", stdout=StringIO())

    @pytest.fixture(autouse=True)
    def _its_files(self, settings: Any) -> None:
        settings.MEDIA_ROOT = self.media

    def test_loading_it_again_changes_nothing(self) -> None:
        before = everything_counted()
        call_command("load_demo", stdout=StringIO())
        assert everything_counted() == before

    def test_the_real_report_s_seven_rows_are_there(self) -> None:
        plan = ControlPlan.objects.get(unit__name="Kommunstyrelsen", year=2025)
        rows = FollowUp.objects.filter(control__risk__plan=plan, closing__kind="interim").select_related("control__risk")
        found = {row.control.risk.title: (row.control.risk.risk_score, row.control.method, row.conclusion) for row in rows}
        assert found == {
            "Välfärdsbrottslighet": (12, "sampling", "no_deviations"),
            "Energibrist": (8, "sampling", "no_deviations"),
            "Avsaknad av helhetstänk vid införskaffande av system": (6, "indicator", "minor_deviations"),
            "Felaktiga löneutbetalningar": (6, "sampling", "ongoing"),
            "Bristande service mot förvaltningar och företag i upphandlingsfrågor": (6, "survey", "minor_deviations"),
            "Ramavtal följs inte": (6, "sampling", "minor_deviations"),
            "Felaktig utbetalning till förtroendevalda": (6, "reconciliation", "ongoing"),
        }

    def test_factors_that_the_report_does_not_state_are_marked_as_an_assumption(self) -> None:
        placed = Risk.objects.placed().filter(plan__unit__name="Kommunstyrelsen", plan__year=2025)
        assert placed.count() == 6
        assert all("antagande" in risk.placement_note for risk in placed)

    def test_the_half_year_report_is_handed_in_with_its_files(self) -> None:
        report = HandedInReport.objects.get()
        assert (report.kind, report.number, clock.municipal(report.handed_in_at).date()) == ("follow_up", 1, date(2025, 10, 14))
        assert is_intact(report)
        names = sorted(report.files.values_list("name", flat=True))
        assert names[2] == "2025-10-14 Kommunstyrelsen Uppföljning av intern kontroll delårsbokslut 2025 v1.pdf"
        assert all(is_as_handed_in(file) for file in report.files.all())

    def test_one_risk_keeps_its_score_alone(self) -> None:
        risk = Risk.objects.not_placed().get(plan__unit__name="Kommunstyrelsen", plan__year=2025)
        assert risk.risk_score == 6
        assert risk.possible_cells == [(2, 3), (3, 2)]

    def test_last_year_s_open_actions_can_be_followed_to_this_year(self) -> None:
        plan = ControlPlan.objects.get(unit__name="Kommunstyrelsen", year=2025)
        assert plan.carried_from is not None
        assert plan.risks.filter(carried_from__isnull=False).count() == 5
        assert Action.objects.filter(follow_up__control__risk__plan=plan.carried_from).open().exists()

    def test_there_is_a_login_for_every_role_and_its_password_is_right(self) -> None:
        assert len(logins()) == len(Role)
        for _role, email, password in logins():
            assert password == PASSWORD
            assert User.objects.get(email=email).check_password(password)

    def test_a_check_that_found_something_has_its_proof(self) -> None:
        found = Evidence.objects.filter(occasion__isnull=False).select_related("occasion")
        for evidence in found:
            assert evidence.occasion is not None
            assert (evidence.occasion.state, evidence.occasion.conclusion) == ("done", "minor_deviations")
            assert clock.municipal(evidence.uploaded_at).date() == evidence.occasion.performed_on
        assert found.count() == 2

    def test_one_question_is_answered_with_its_file_one_waits_and_one_is_late(self) -> None:
        [file] = Evidence.objects.filter(inquiry__isnull=False)
        answered = file.inquiry
        assert answered is not None
        assert answered.alert is not None
        assert (answered.asked_of, answered.outcome, answered.alert.state) == ("tax_agency", "in_order", "explained")
        assert [one.is_late(TODAY) for one in Inquiry.objects.waiting().order_by("due_on")] == [True, False]
        extract = Inquiry.objects.get(kind="criminal")
        assert (extract.outcome, extract.note, extract.asked_name) == ("in_order", "", "")
        assert Reminder.objects.filter(kind="inquiry").exists()

    def test_suppliers_have_scores_and_the_ledger_its_first_digits(self) -> None:
        found = score_suppliers(User.objects.get(name="Eva Dahl"))
        assert found.suppliers[0].score == 9
        several = {one.name: len(one.terms) for one in found.suppliers if len(one.terms) > 1}
        assert several == {"Gräfsnäs Transport AB": 4, "Hols Trädgårdsskötsel AB": 2, "Norra Ängs Hemomsorg AB": 2}
        assert len(found.suppliers) > 10
        assert has_digits(RegisterSnapshot.objects.taken().filter(register__kind="ledger").latest("as_of"))

    def test_last_year_s_risks_have_been_gone_through(self) -> None:
        carried = Risk.objects.filter(plan__year=2025, carried_from__isnull=False)
        assert set(carried.values_list("decision", flat=True)) == {Risk.Decision.CHANGED}

    def test_its_trail_is_sealed_and_intact(self) -> None:
        assert unsealed_count() == 0
        outcome = verify(with_files=True)
        assert outcome.is_intact, outcome.findings
        assert outcome.files >= Evidence.objects.count()

    def test_the_year_end_is_on_its_way(self) -> None:
        states = set(FollowUp.objects.filter(closing__year=2025, closing__kind="annual").values_list("state", flat=True))
        assert states == {"planned", "in_progress", "submitted", "approved"}

    def test_three_of_the_rows_stand_on_alerts(self) -> None:
        rows = FollowUp.objects.filter(closing__year=2025, closing__kind="annual", control__control_watches__isnull=False)
        related = rows.distinct().select_related("control__risk", "closing", "unit").order_by("control__risk__number")
        found = {row.control.risk.title: backings_of(row)[-1] for row in related}
        assert {title: (one.suggested, one.done, one.total) for title, one in found.items()} == {
            "Välfärdsbrottslighet": ("no_deviations", 8, 8),
            "Avsaknad av helhetstänk vid införskaffande av system": ("ongoing", 1, 3),
            "Ramavtal följs inte": ("minor_deviations", 4, 4),
        }
        assert found["Välfärdsbrottslighet"].draft.replace("\N{NO-BREAK SPACE}", " ") == (
            "1 200 leverantörer bevakades i 3 lägesbilder, med 8 regler; 8 larm: 8 förklarade. "
            "Slogs på 3 november 2025: ”Saknar F-skatt”, ”Lågt kreditbetyg”. Slogs på 3 december 2025: ”Styrelsen ändrad”, "
            "”Ny skuld hos Kronofogden”, ”Nya betalningsanmärkningar” och 3 regler till."
        )

    def test_what_is_submitted_can_be_approved_by_somebody(self) -> None:
        handed_in = FollowUp.objects.filter(state__in=["submitted", "approved"]).select_related("unit", "control")
        for follow_up in handed_in:
            is_complete(follow_up, User.objects.get(name="Eva Dahl"))
        waiting = [one for one in handed_in if one.state == "submitted"]
        assert waiting
        for follow_up in waiting:
            with clock.at(TODAY):
                assert verbs.approve(follow_up, by=approvers_of(follow_up)[0]).state == "approved"

    def test_history_tells_when_things_happened(self) -> None:
        risk = Risk.objects.get(title="Energibrist", plan__year=2025)
        scores = [(row.history_date.year, row.risk_score) for row in risk.history.order_by("history_date", "history_id")]
        assert scores[0] == (2025, 12)
        assert scores[-1] == (2025, 8)

    def test_the_past_was_office_hours_at_whatever_hour_it_was_told(self) -> None:
        moments = [clock.municipal(moment) for moment in Risk.history.values_list("history_date", flat=True)]
        assert moments
        assert {moment.hour for moment in moments if moment.date() < TODAY} == {9}

    def test_the_ledger_of_reminders_holds_sent_letters_and_one_that_was_given_up(self) -> None:
        states = list(Digest.objects.values_list("state", flat=True))
        assert states.count("given_up") == 1
        assert states.count("sent") == len(states) - 1 >= 5
        assert all(digest.lines.exists() or digest.summary_of for digest in Digest.objects.all())
