"""A holiday does not stop a closing: deputies perform and approve, and the four eyes hold."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from controls.follow_ups import actions, verbs
from controls.follow_ups.draft import Draft
from controls.follow_ups.inbox import inbox_of
from controls.follow_ups.people import NotYours, approvable, approvers_of
from controls.models import Conclusion, FollowUp
from riskreg.access.verbs import NotPermitted
from riskreg.models import Deputyship, Role, User
from tests.cast import Cast, make_user
from tests.follow_ups.follow_ups import RESULT, fresh, in_state, planned, with_measure

TODAY = date(2025, 9, 8)
DRAFT = Draft(result=RESULT + " Klart.", conclusion=Conclusion.NO_DEVIATIONS)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def maja(cast: Cast) -> User:
    return make_user("Maja Lund", cast.board, Role.CONTROL_OWNER)


def stands_in(deputy: User, absent: User) -> None:
    Deputyship.objects.create(absent=absent, deputy=deputy, first_day=TODAY, last_day=TODAY)


class TestPerforming:
    def test_the_deputy_logs_and_submits_and_the_performer_stays_who_it_was(self, cast: Cast, maja: User) -> None:
        follow_up = planned(cast)
        stands_in(maja, cast.karin)
        submitted = verbs.submit(follow_up, by=maja, draft=DRAFT)
        assert (submitted.performer, submitted.submitted_by, submitted.last_edited_by) == (cast.karin, maja, maja)

    def test_the_history_says_who_really_did_it_and_for_whom(self, cast: Cast, maja: User) -> None:
        follow_up = planned(cast)
        stands_in(maja, cast.karin)
        verbs.save_draft(follow_up, by=maja, draft=DRAFT)
        row = fresh(follow_up).history.latest()
        assert (row.history_user_name, row.history_acting_for) == ("Maja Lund", "Karin Lindqvist")

    def test_what_the_deputy_does_beside_it_is_not_marked(self, cast: Cast, maja: User) -> None:
        stands_in(maja, cast.karin)
        verbs.start(planned(cast, "Karins"), by=maja)
        own = verbs.start(planned(cast, "Majas", performer=maja), by=maja)
        assert own.history.latest().history_acting_for == ""

    def test_without_the_deputyship_it_is_the_colleagues_own(self, cast: Cast, maja: User) -> None:
        with pytest.raises(NotYours):
            verbs.save_draft(planned(cast), by=maja, draft=DRAFT)

    def test_what_nobody_performs_is_taken_for_the_absent_person_by_who_has_no_right_of_their_own(self, cast: Cast) -> None:
        stands_in(cast.bo, cast.karin)
        assert verbs.start(planned(cast, performer=None), by=cast.bo).performer == cast.karin

    def test_and_for_themselves_by_who_has(self, cast: Cast, maja: User) -> None:
        stands_in(maja, cast.karin)
        assert verbs.start(planned(cast, performer=None), by=maja).performer == maja

    def test_the_absent_persons_action_is_marked_as_done(self, cast: Cast, maja: User) -> None:
        action = with_measure(in_state(cast, "approved"))
        stands_in(maja, cast.karin)
        done = actions.mark_action_done(action, by=maja, done_on=TODAY)
        assert done.history.latest().history_acting_for == "Karin Lindqvist"

    def test_the_day_after_it_is_over(self, cast: Cast, maja: User, settings: object) -> None:
        stands_in(maja, cast.karin)
        settings.RISKREG_TODAY = date(2025, 9, 9)  # type: ignore[attr-defined]
        with pytest.raises(NotYours):
            verbs.save_draft(planned(cast), by=maja, draft=DRAFT)


class TestFourEyes:
    def test_the_managers_deputy_approves(self, cast: Cast, maja: User) -> None:
        stands_in(maja, cast.johan)
        approved = verbs.approve(in_state(cast, "submitted"), by=maja)
        assert approved.approved_by == maja
        assert approved.history.latest().history_acting_for == "Johan Berg"

    @pytest.mark.parametrize("part", ["performer", "submitted_by", "last_edited_by"])
    def test_not_what_they_performed_submitted_or_edited_last_themselves(self, part: str, cast: Cast, maja: User) -> None:
        follow_up = in_state(cast, "submitted")
        FollowUp.objects.filter(pk=follow_up.pk).update(**{part: maja})
        stands_in(maja, cast.johan)
        with pytest.raises(NotYours):
            verbs.approve(follow_up, by=maja)

    @pytest.mark.parametrize("part", ["performer", "submitted_by", "last_edited_by"])
    def test_nor_the_work_of_the_one_they_stand_in_for(self, part: str, cast: Cast, maja: User) -> None:
        follow_up = in_state(cast, "submitted")
        FollowUp.objects.filter(pk=follow_up.pk).update(**{part: cast.johan})
        stands_in(maja, cast.johan)
        with pytest.raises(NotYours, match="Johan Berg"):
            verbs.approve(follow_up, by=maja)

    def test_a_second_absent_manager_without_part_in_it_is_enough(self, cast: Cast, maja: User) -> None:
        other = make_user("Andra Chefen", cast.board, Role.MANAGER)
        stands_in(maja, cast.johan)
        stands_in(maja, other)
        approved = verbs.approve(in_state(cast, "submitted", performer=cast.johan), by=maja)
        assert approved.history.latest().history_acting_for == "Andra Chefen"

    def test_a_manager_of_their_own_right_approves_what_the_absent_manager_performed(self, cast: Cast) -> None:
        other = make_user("Andra Chefen", cast.board, Role.MANAGER)
        stands_in(other, cast.johan)
        assert verbs.approve(in_state(cast, "submitted", performer=cast.johan), by=other).approved_by == other

    def test_back_again_the_manager_does_not_approve_what_was_done_in_their_place(self, cast: Cast, maja: User) -> None:
        follow_up = planned(cast, performer=cast.johan)
        stands_in(maja, cast.johan)
        verbs.submit(follow_up, by=maja, draft=DRAFT)
        with pytest.raises(NotYours):
            verbs.approve(follow_up, by=cast.johan)

    def test_the_deputy_is_named_among_those_who_can_approve(self, cast: Cast, maja: User) -> None:
        stands_in(maja, cast.johan)
        assert approvers_of(in_state(cast, "submitted")) == [cast.johan, maja]
        assert approvers_of(in_state(cast, "submitted", title="Chefens", performer=cast.johan)) == []

    def test_the_inbox_holds_exactly_what_can_be_approved(self, cast: Cast, maja: User) -> None:
        """Each way of having a part in it, once as the deputy's own and once as the absent manager's."""
        stands_in(maja, cast.johan)
        for part in ("performer", "submitted_by", "last_edited_by"):
            for person in (maja, cast.johan, cast.karin):
                follow_up = in_state(cast, "submitted", title=f"{part} {person}", performer=None)
                FollowUp.objects.filter(pk=follow_up.pk).update(**{part: person})
        in_state(cast, "submitted", title="Skolans", school=True)
        listed = {row.pk for row in FollowUp.objects.filter(approvable(maja))}
        possible = set()
        for follow_up in FollowUp.objects.filter(state="submitted"):
            try:
                verbs.approve(follow_up, by=maja)
            except NotPermitted:
                continue
            possible.add(follow_up.pk)
        assert listed == possible
        assert len(listed) == 3


class TestTheInbox:
    def test_the_absent_persons_follow_ups_are_there_and_marked(self, cast: Cast, maja: User, client: Client) -> None:
        planned(cast, "Karins")
        planned(cast, "Majas", performer=maja)
        stands_in(maja, cast.karin)
        rows = {row.follow_up.control.risk.title: row.deputy_for for row in inbox_of(maja, TODAY).now.rows}
        assert rows == {"Karins": "Karin Lindqvist", "Majas": ""}
        client.force_login(maja)
        assert "Karin Lindqvist" in client.get(reverse("inbox")).content.decode()

    def test_they_are_counted_with_the_own_ones(self, cast: Cast, maja: User) -> None:
        planned(cast, "Försenad", due_on=date(2025, 9, 1))
        stands_in(maja, cast.karin)
        found = inbox_of(maja, TODAY)
        assert (found.late, found.total) == (1, 1)

    def test_what_waits_for_the_absent_managers_approval_is_marked(self, cast: Cast, maja: User) -> None:
        in_state(cast, "submitted", title="Karins")
        stands_in(maja, cast.johan)
        approvals = inbox_of(maja, TODAY).approvals
        assert [row.deputy_for for row in approvals.rows] == ["Johan Berg"]
        assert approvals.total == 1

    def test_the_page_says_whom_one_stands_in_for(self, cast: Cast, maja: User, client: Client) -> None:
        theirs, own = planned(cast, "Karins"), planned(cast, "Majas", performer=maja)
        stands_in(maja, cast.karin)
        client.force_login(maja)
        assert [client.get(one.get_absolute_url()).context["deputy_for"] for one in (theirs, own)] == ["Karin Lindqvist", ""]

    def test_the_deputy_finds_them_in_the_list(self, cast: Cast, maja: User, client: Client) -> None:
        planned(cast, "Karins")
        stands_in(maja, cast.karin)
        client.force_login(maja)
        shown = client.get(reverse("admin:controls_followup_changelist") + "?whose=mine").content.decode()
        assert "Karins" in shown
