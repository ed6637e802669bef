"""Deputies: what they are lent, by whom, for how long, and what they never get."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from riskreg.access.grants import grants_of, may, user_with_roles
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import Deputyship, Risk, Role, User
from riskreg.people import deputies
from riskreg.people.deputies import NobodyAppointsThemselves
from riskreg.plans import risks
from riskreg.trail.reading import entries, with_previous
from riskreg.verbs.errors import Refused
from tests.cast import Cast, make_risk, make_user

FIRST, LAST = date(2025, 9, 8), date(2025, 9, 14)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def stand_in(cast: Cast, absent: User, deputy: User, **how: Any) -> Deputyship:
    how = {"by": absent, "first_day": FIRST, "last_day": LAST, **how}
    return deputies.set_deputy(absent=absent, deputy=deputy, **how)


def again(user: User) -> User:
    """The person as a new request reads them."""
    found = user_with_roles(user.pk)
    assert found is not None
    return found


class TestWhatIsLent:
    def test_the_deputy_may_what_the_absent_person_may(self, cast: Cast) -> None:
        assert not may(cast.karin, Verb.APPROVE_FOLLOW_UP, cast.board)
        stand_in(cast, cast.johan, cast.karin)
        assert may(again(cast.karin), Verb.APPROVE_FOLLOW_UP, cast.payroll)
        assert not may(again(cast.karin), Verb.APPROVE_FOLLOW_UP, cast.school_board)

    def test_the_right_to_confidential_risks_follows_the_grant(self, cast: Cast) -> None:
        secret = make_risk(cast.plan, "Hemligt", is_confidential=True, confidentiality_section="OSL 18:8")
        assert not Risk.objects.visible_to(cast.karin).filter(pk=secret.pk).exists()
        stand_in(cast, cast.johan, cast.karin)
        assert Risk.objects.visible_to(again(cast.karin)).filter(pk=secret.pk).exists()

    def test_what_the_absent_person_owns_is_seen_too(self, cast: Cast) -> None:
        secret = make_risk(cast.plan, "Hemligt", is_confidential=True, confidentiality_section="OSL 18:8", owner=cast.karin)
        colleague = make_user("Maja Lund", cast.board, Role.CONTROL_OWNER)
        assert not Risk.objects.visible_to(colleague).filter(pk=secret.pk).exists()
        stand_in(cast, cast.karin, colleague)
        assert Risk.objects.visible_to(again(colleague)).filter(pk=secret.pk).exists()

    def test_the_administrators_role_is_never_lent(self, cast: Cast) -> None:
        stand_in(cast, cast.siv, cast.karin)
        deputy = again(cast.karin)
        assert not may(deputy, Verb.ADMINISTER)
        assert not may(deputy, Verb.VIEW, cast.school_board)

    def test_an_operators_standing_is_never_lent(self, cast: Cast) -> None:
        cast.johan.is_superuser = True
        cast.johan.save()
        stand_in(cast, cast.johan, cast.karin)
        assert not may(again(cast.karin), Verb.ADMINISTER)

    def test_deputies_of_deputies_do_not_chain(self, cast: Cast) -> None:
        stand_in(cast, cast.johan, cast.karin)
        stand_in(cast, cast.karin, cast.bo)
        assert may(again(cast.bo), Verb.LOG_FOLLOW_UP, cast.board)
        assert not may(again(cast.bo), Verb.APPROVE_FOLLOW_UP, cast.board)

    def test_a_deputy_sets_no_deputies_by_a_lent_right(self, cast: Cast) -> None:
        stand_in(cast, cast.johan, cast.bo)
        with pytest.raises(NotPermitted):
            stand_in(cast, cast.karin, cast.ulla, by=again(cast.bo))

    def test_a_closed_account_lends_nothing(self, cast: Cast) -> None:
        stand_in(cast, cast.johan, cast.karin)
        cast.johan.is_active = False
        cast.johan.save()
        assert not may(again(cast.karin), Verb.APPROVE_FOLLOW_UP)

    @pytest.mark.parametrize(
        ("day", "expected"),
        [(date(2025, 9, 7), False), (date(2025, 9, 8), True), (date(2025, 9, 14), True), (date(2025, 9, 15), False)],
    )
    def test_it_begins_on_its_first_day_and_ends_by_itself_after_its_last(
        self, day: date, expected: bool, cast: Cast, settings: Any
    ) -> None:
        stand_in(cast, cast.johan, cast.karin)
        settings.RISKREG_TODAY = day
        assert may(again(cast.karin), Verb.APPROVE_FOLLOW_UP) is expected

    def test_a_membership_that_has_run_out_is_not_lent(self, cast: Cast) -> None:
        former = make_user("Gamla Chefen", cast.board, Role.MANAGER, valid_to=date(2025, 9, 1))
        Deputyship.objects.create(absent=former, deputy=cast.karin, first_day=FIRST, last_day=LAST)
        assert not may(again(cast.karin), Verb.APPROVE_FOLLOW_UP)

    def test_it_costs_no_query_more(self, cast: Cast) -> None:
        stand_in(cast, cast.johan, cast.karin)
        with CaptureQueriesContext(connection) as queries:
            deputy = again(cast.karin)
            assert len(grants_of(deputy)) == 2
        assert len(queries) == 1

    def test_who_has_no_role_of_their_own_can_stand_in_and_be_read(self, cast: Cast) -> None:
        Deputyship.objects.create(absent=cast.johan, deputy=cast.nils, first_day=FIRST, last_day=LAST)
        assert again(cast.nils) == cast.nils
        assert may(again(cast.nils), Verb.APPROVE_FOLLOW_UP, cast.board)


class TestWhoSetsIt:
    def test_everybody_sets_their_own(self, cast: Cast) -> None:
        for person, deputy in [(cast.karin, cast.johan), (cast.johan, cast.karin), (cast.ake, cast.eva)]:
            assert stand_in(cast, person, deputy).history.get().history_user == person

    @pytest.mark.parametrize("who", ["johan", "eva", "siv"])
    def test_manager_controller_and_administrator_set_it_for_somebody_absent(self, who: str, cast: Cast) -> None:
        deputy = make_user("Maja Lund", cast.board, Role.CONTROL_OWNER)
        assert stand_in(cast, cast.karin, deputy, by=getattr(cast, who)).absent == cast.karin

    @pytest.mark.parametrize("who", ["ulla", "bo", "ake", "nils"])
    def test_nobody_else_does(self, who: str, cast: Cast) -> None:
        with pytest.raises(NotPermitted):
            stand_in(cast, cast.karin, cast.johan, by=getattr(cast, who))

    def test_a_manager_does_not_for_somebody_above_them(self, cast: Cast) -> None:
        with pytest.raises(NotPermitted):
            stand_in(cast, cast.eva, cast.karin, by=cast.johan)

    @pytest.mark.parametrize("who", ["eva", "siv"])
    def test_nobody_makes_themselves_a_deputy(self, who: str, cast: Cast) -> None:
        person = getattr(cast, who)
        with pytest.raises(NobodyAppointsThemselves):
            stand_in(cast, cast.johan, person, by=person)
        assert not Deputyship.objects.exists()

    def test_nobody_passes_on_a_right_to_confidential_risks_that_they_lack(self, cast: Cast) -> None:
        controller = make_user("Carin Controller", cast.board, Role.CONTROLLER)
        with pytest.raises(NotPermitted):
            stand_in(cast, cast.johan, cast.karin, by=controller)

    def test_a_deputy_is_an_active_colleague(self, cast: Cast) -> None:
        cast.bo.is_active = False
        cast.bo.save()
        for stranger in (cast.bo, cast.nils):
            with pytest.raises(ValidationError, match=stranger.name):
                stand_in(cast, cast.karin, stranger)


class TestThePeriod:
    def test_nobody_is_their_own_deputy(self, cast: Cast) -> None:
        with pytest.raises(ValidationError):
            stand_in(cast, cast.karin, cast.karin)

    def test_it_ends_after_it_begins(self, cast: Cast) -> None:
        with pytest.raises(ValidationError) as refusal:
            stand_in(cast, cast.karin, cast.johan, first_day=LAST, last_day=FIRST)
        assert "last_day" in refusal.value.message_dict

    def test_it_is_not_all_in_the_past(self, cast: Cast) -> None:
        with pytest.raises(ValidationError):
            stand_in(cast, cast.karin, cast.johan, first_day=date(2025, 8, 1), last_day=date(2025, 9, 7))

    @pytest.mark.parametrize(
        ("first", "last"), [(FIRST, LAST), (date(2025, 9, 14), date(2025, 9, 20)), (date(2025, 9, 1), FIRST)]
    )
    def test_the_same_deputy_is_not_set_twice_for_a_day(self, first: date, last: date, cast: Cast) -> None:
        stand_in(cast, cast.karin, cast.johan)
        with pytest.raises(ValidationError, match="Johan Berg"):
            stand_in(cast, cast.karin, cast.johan, first_day=first, last_day=last)

    def test_after_the_first_another_period_may_follow(self, cast: Cast) -> None:
        stand_in(cast, cast.karin, cast.johan)
        stand_in(cast, cast.karin, cast.johan, first_day=date(2025, 9, 15), last_day=date(2025, 9, 20))
        assert Deputyship.objects.count() == 2

    def test_the_database_refuses_nonsense(self, cast: Cast) -> None:
        for fields in ({"deputy": cast.karin}, {"first_day": LAST, "last_day": FIRST}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Deputyship.objects.create(
                    **{"absent": cast.karin, "deputy": cast.johan, "first_day": FIRST, "last_day": LAST, **fields}
                )

    def test_calling_it_off_ends_it_at_once(self, cast: Cast) -> None:
        deputyship = stand_in(cast, cast.johan, cast.karin)
        deputies.call_off(deputyship, by=cast.johan, reason="Hemma igen")
        assert not may(again(cast.karin), Verb.APPROVE_FOLLOW_UP)
        assert deputyship.history.first().history_change_reason == "Hemma igen"

    def test_what_was_called_off_can_be_set_anew(self, cast: Cast) -> None:
        deputies.call_off(stand_in(cast, cast.johan, cast.karin), by=cast.karin)
        stand_in(cast, cast.johan, cast.karin)
        assert may(again(cast.karin), Verb.APPROVE_FOLLOW_UP)

    def test_the_deputy_cannot_prolong_it(self, cast: Cast) -> None:
        deputyship = stand_in(cast, cast.johan, cast.karin)
        with pytest.raises(NotPermitted):
            deputies.change_deputyship(deputyship, by=again(cast.karin), last_day=date(2026, 9, 14))

    def test_the_absent_person_prolongs_it_but_its_beginning_stands(self, cast: Cast) -> None:
        deputyship = stand_in(cast, cast.johan, cast.karin)
        later = deputies.change_deputyship(deputyship, by=cast.johan, last_day=date(2025, 9, 21))
        assert later.last_day == date(2025, 9, 21)
        with pytest.raises(ValidationError):
            deputies.change_deputyship(later, by=cast.johan, first_day=date(2025, 9, 10), last_day=LAST)

    def test_what_is_over_is_over(self, cast: Cast, settings: Any) -> None:
        deputyship = stand_in(cast, cast.johan, cast.karin)
        settings.RISKREG_TODAY = date(2025, 9, 15)
        with pytest.raises(Refused):
            deputies.call_off(deputyship, by=cast.johan)


class TestTheTrail:
    def test_the_history_says_who_did_it_and_as_whose_deputy(self, cast: Cast) -> None:
        risk = make_risk(cast.plan)
        stand_in(cast, cast.johan, cast.karin)
        risks.change_risk(risk, by=again(cast.karin), title="Ny titel")
        row = with_previous(Risk.history.filter(id=risk.pk)).order_by("-history_id")[0]
        assert (row.history_user_name, row.history_acting_for) == ("Karin Lindqvist", "Johan Berg")
        who = entries([row], cast.eva)[0].who
        assert "Karin Lindqvist" in who
        assert "Johan Berg" in who

    def test_what_a_deputy_does_by_their_own_right_is_their_own(self, cast: Cast) -> None:
        risk = make_risk(cast.plan)
        stand_in(cast, cast.johan, cast.eva)
        risks.change_risk(risk, by=again(cast.eva), title="Ny titel")
        assert Risk.history.filter(id=risk.pk).latest().history_acting_for == ""

    def test_rows_made_in_bulk_say_it_too(self, cast: Cast) -> None:
        from riskreg.models import ControlPlan
        from riskreg.plans import life

        make_risk(cast.plan)
        ControlPlan.objects.filter(pk=cast.plan.pk).update(state="adopted", adopted_on=FIRST, adopted_paragraph="§ 1")
        stand_in(cast, cast.johan, cast.karin)
        made = life.carry_over(cast.plan, by=again(cast.karin))
        assert made.risks.get().history.get().history_acting_for == "Johan Berg"


class TestThePages:
    def test_a_person_sets_their_own_deputy_from_the_link_beside_their_name(self, cast: Cast, client: Client) -> None:
        client.force_login(cast.karin)
        link = reverse("admin:riskreg_deputyship_changelist")
        assert f'href="{link}"' in client.get(reverse("inbox")).content.decode()
        form = {
            "absent": cast.karin.pk,
            "deputy": cast.johan.pk,
            "first_day": "2025-09-08",
            "last_day": "2025-09-14",
            "note": "Ring.",
        }
        answer = client.post(reverse("admin:riskreg_deputyship_add"), form)
        assert answer.status_code == 302, answer.context["errors"]
        assert "Johan Berg" in client.get(link).content.decode()
        assert Deputyship.objects.get().history.get().history_user == cast.karin

    def test_a_refusal_stays_in_the_form_with_what_was_typed(self, cast: Cast, client: Client) -> None:
        client.force_login(cast.karin)
        form = {
            "absent": cast.karin.pk,
            "deputy": cast.johan.pk,
            "first_day": "2025-09-14",
            "last_day": "2025-09-08",
            "note": "Ring.",
        }
        answer = client.post(reverse("admin:riskreg_deputyship_add"), form)
        assert answer.status_code == 200
        assert "last_day" in answer.context["adminform"].form.errors
        assert 'value="Ring."' in answer.content.decode()

    def test_it_is_called_off_from_its_page(self, cast: Cast, client: Client) -> None:
        deputyship = stand_in(cast, cast.karin, cast.johan)
        client.force_login(cast.karin)
        page = reverse("admin:riskreg_deputyship_change", args=[deputyship.pk])
        verb = reverse("admin:riskreg_deputyship_verb", args=[deputyship.pk, "call_off"])
        assert verb in client.get(page).content.decode()
        client.post(verb, {"reason": "Hemma"})
        deputyship.refresh_from_db()
        assert deputyship.called_off_at is not None

    def test_the_list_shows_only_what_concerns_the_person(self, cast: Cast, client: Client) -> None:
        stand_in(cast, cast.bo, cast.ulla)
        seen = {}
        for name in ("bo", "ulla", "karin", "johan", "eva", "siv", "ake"):
            client.force_login(getattr(cast, name))
            seen[name] = "Bo Svensson" in client.get(reverse("admin:riskreg_deputyship_changelist")).content.decode()
        assert [name for name, shown in seen.items() if shown] == ["bo", "ulla", "eva", "siv", "ake"]

    def test_the_frame_says_whom_one_stands_in_for(self, cast: Cast, client: Client) -> None:
        stand_in(cast, cast.johan, cast.karin)
        client.force_login(cast.karin)
        assert "Johan Berg" in client.get(reverse("inbox")).content.decode()
