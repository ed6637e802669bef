"""Whose follow-up a row's result becomes."""

from __future__ import annotations

from controls.follow_ups.opening import open_follow_ups
from controls.importing.target import Target, find_target
from controls.models import Control, FollowUp
from riskreg.models import ControlPlan, Risk
from tests.cast import Cast
from tests.importing.test_plan_import import go


class TestWhereAFollowUpLies:
    """In the risk's unit, as one that is opened; the plan's own unit may lie above it."""

    PLAN = "Risk;Riskvärde;Enhet;Kontrollmoment\nFel lön;6;Löneenheten;Attest"
    RESULTS = "Risk;Riskvärde;Enhet;Kontrollmoment;Resultat;Bedömning\nFel lön;6;Löneenheten;Attest;{};Inga avvikelser"

    def test_it_is_the_risks_unit_and_the_same_file_changes_nothing(self, cast: Cast, target: Target) -> None:
        at_closing = find_target(cast.board, 2025, closing=cast.interim)
        go(self.RESULTS.format("Bra."), at_closing, cast)
        assert FollowUp.objects.get().unit == cast.payroll
        assert go(self.RESULTS.format("Bra."), at_closing, cast).changed_nothing

    def test_opening_afterwards_finds_it(self, cast: Cast, target: Target) -> None:
        go(self.RESULTS.format("Bra."), find_target(cast.board, 2025, closing=cast.interim), cast)
        plan = ControlPlan.objects.get(unit=cast.board, year=2025)
        opened = open_follow_ups(plan, cast.interim, by=cast.eva)
        assert (opened.created, opened.already_there) == ([], 1)

    def test_results_go_to_the_one_that_was_opened(self, cast: Cast, target: Target) -> None:
        go(self.PLAN, target, cast)
        plan = ControlPlan.objects.get(unit=cast.board, year=2025)
        (opened,) = open_follow_ups(plan, cast.interim, by=cast.eva).created
        go(self.RESULTS.format("Bra."), find_target(cast.board, 2025, closing=cast.interim), cast)
        found = FollowUp.objects.get()
        assert (found.pk, found.result) == (opened.pk, "Bra.")

    def test_one_that_lies_in_the_plans_unit_since_before_is_taken_for_it(self, cast: Cast, target: Target) -> None:
        at_closing = find_target(cast.board, 2025, closing=cast.interim)
        go(self.PLAN, target, cast)
        FollowUp.objects.create(
            control=Control.objects.get(), closing=cast.interim, unit=cast.board, due_on=cast.interim.follow_up_due
        )
        go(self.RESULTS.format("Bra."), at_closing, cast)
        assert FollowUp.objects.get().result == "Bra."
        assert go(self.RESULTS.format("Bra."), at_closing, cast).changed_nothing

    def test_another_units_follow_up_of_a_wide_risk_is_left_alone(self, cast: Cast, target: Target) -> None:
        go(self.PLAN, target, cast)
        Risk.objects.update(is_municipality_wide=True)
        theirs = FollowUp.objects.create(
            control=Control.objects.get(), closing=cast.interim, unit=cast.school_board, due_on=cast.interim.follow_up_due
        )
        go(self.RESULTS.format("Bra."), find_target(cast.board, 2025, closing=cast.interim), cast)
        theirs.refresh_from_db()
        assert theirs.result == ""
        assert FollowUp.objects.get(unit=cast.payroll).result == "Bra."
