"""What is posted but not asked for, and what belongs to others: no right and no record is reached that way."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

from controls.models import Action, Closing, Control, FollowUp
from riskreg import clock
from riskreg.models import ControlPlan, Deputyship, Membership, Risk, RiskMatrix, Role, Unit, User
from tests.architecture.address_book import formset
from tests.architecture.addresses import addresses
from tests.architecture.scene import Scene
from tests.cast import make_risk, make_user

pytestmark = pytest.mark.django_db


def post(scene: Scene, letter: str, name: str, place: Any = None, **more: Any) -> Any:
    """The form of the address, with what is added to it."""
    address, form = addresses(scene, place or scene.own)[name]()
    return scene.clients[letter].post(address, {**form, **more})


class TestFieldsThatAreNotShown:
    def test_of_a_risk_change_nothing(self, scene: Scene) -> None:
        risk = scene.own.control.risk
        other = scene.other.plans["draft"].pk
        hidden = {
            "plan": other, "number": 99, "is_dropped": "on", "carried_from": scene.other.risk.pk, "decision": "kept",
            "decided_by": scene.users["m"].pk, "title_sort": "x", "created_at": "2001-01-01",
        }  # fmt: skip
        assert post(scene, "m", "admin:riskreg_risk_change", **hidden).status_code == 302
        now = Risk.objects.get(pk=risk.pk)
        assert now.title == "Ny titel"
        assert (now.plan_id, now.number, now.is_dropped) == (risk.plan_id, risk.number, False)
        assert (now.carried_from_id, now.decided_by_id) == (risk.carried_from_id, scene.users["m"].pk)

    def test_of_a_plan_change_nothing(self, scene: Scene) -> None:
        hidden = {"state": "adopted", "adopted_on": "2025-01-01", "adopted_paragraph": "§ 1", "year": 2031, "created_by": 1}
        assert post(scene, "m", "admin:riskreg_controlplan_change", **hidden).status_code == 302
        now = ControlPlan.objects.get(pk=scene.own.plans["draft"].pk)
        assert (now.registry_number, now.state, now.adopted_on, now.year) == ("KS 2025/1", "draft", None, 2025)

    def test_of_a_control_change_nothing(self, scene: Scene) -> None:
        post(scene, "m", "admin:controls_control_change", risk=scene.other.control.risk_id, is_dropped="on", position=7)
        now = Control.objects.get(pk=scene.own.control.pk)
        assert now.description == "Annan text"
        assert (now.risk_id, now.is_dropped, now.position) == (scene.own.control.risk_id, False, 1)

    def test_of_a_follow_up_change_nothing(self, scene: Scene) -> None:
        hidden = {
            "state": "approved",
            "approved_by": scene.users["o"].pk,
            "unit": scene.other.unit.pk,
            "performer": scene.users["m"].pk,
            "submitted_by": scene.users["m"].pk,
            "due_on": "2030-01-01",
            "closing": scene.other.closing.pk,
        }
        post(scene, "o", "admin:controls_followup_change", **hidden)
        before = scene.own.follow_ups["in_progress"]
        now = FollowUp.objects.get(pk=before.pk)
        assert now.result == "Nytt resultat"
        for name in ("state", "approved_by_id", "unit_id", "performer_id", "due_on", "closing_id", "submitted_by_id"):
            assert getattr(now, name) == getattr(before, name), name

    def test_of_a_person_make_no_operator(self, scene: Scene) -> None:
        post(scene, "d", "admin:riskreg_user_change", is_superuser="on", password="x", is_staff="on")
        now = User.objects.get(pk=scene.own.person.pk)
        assert (now.name, now.is_superuser, now.password) == ("Annat Namn", False, scene.own.person.password)
        post(scene, "d", "admin:riskreg_user_add", is_superuser="on")
        assert not User.objects.filter(name="Ny Person", is_superuser=True).exists()


class TestWhatBelongsToOthers:
    def test_a_risk_gets_no_unit_or_owner_of_others(self, scene: Scene) -> None:
        elsewhere = Unit.objects.get(name="Storköpings kommun")
        stranger = make_user("Signe Stor", elsewhere, Role.MANAGER)
        for hidden in ({"unit": scene.other.unit.pk}, {"unit": elsewhere.pk}, {"owner": stranger.pk}):
            assert post(scene, "m", "admin:riskreg_risk_change", **hidden).status_code == 200
            assert post(scene, "m", "admin:riskreg_risk_add", **hidden).status_code == 200

    def test_a_risk_is_not_added_to_anothers_plan(self, scene: Scene) -> None:
        address = reverse("admin:riskreg_risk_add") + f"?plan={scene.other.plans['draft'].pk}"
        form = {"unit": scene.own.unit.pk, "title": "Ny", **formset("controls")}
        assert scene.clients["m"].post(address, form).status_code == 404

    def test_a_plan_gets_no_matrix_of_another_municipality(self, scene: Scene) -> None:
        foreign = RiskMatrix.objects.create(
            unit=Unit.objects.get(name="Storköpings kommun"), name="Deras", version=1, valid_from=date(2024, 1, 1)
        )
        assert post(scene, "m", "admin:riskreg_controlplan_add", matrix=foreign.pk).status_code == 200
        assert post(scene, "m", "admin:controls_planimport_add", matrix=foreign.pk).status_code == 200

    def test_a_control_under_anothers_risk_is_not_reached_through_ones_own(self, scene: Scene) -> None:
        theirs = scene.other.control
        row = {"id": theirs.pk, "risk": theirs.risk_id, "description": "Kapad", "method": "review", "frequency": "yearly"}
        post(scene, "m", "admin:riskreg_risk_change", **formset("controls", [row], initial=1))
        assert Control.objects.get(pk=theirs.pk).description == theirs.description

    def test_a_role_of_somebody_else_is_not_reached_through_a_persons_page(self, scene: Scene) -> None:
        theirs = scene.users["m"].memberships.get()
        row = {"id": theirs.pk, "user": scene.own.person.pk, "unit": scene.own.unit.pk, "role": "administrator"}
        post(scene, "d", "admin:riskreg_user_change", **formset("memberships", [row], initial=1))
        now = Membership.objects.get(pk=theirs.pk)
        assert (now.user_id, now.role) == (scene.users["m"].pk, "manager")

    def test_an_import_takes_no_closing_of_another_municipality(self, scene: Scene) -> None:
        for closing in (scene.other.closing, Closing.objects.get(pk=scene.own.closing.pk)):
            assert post(scene, "m", "admin:controls_planimport_add", closing=closing.pk).status_code == 200  # another year's

    def test_a_measure_is_given_to_nobody_of_another_unit_and_takes_no_action_of_anothers(self, scene: Scene) -> None:
        theirs = {"action_id": scene.other.action.pk, "responsible": scene.cast.bo.pk}
        row = {**theirs, "description": "Kapad", "due_on": "2025-12-01"}
        post(scene, "o", "admin:controls_followup_change", decision="measure", **formset("measures", [row]))
        assert Action.objects.get(pk=scene.other.action.pk).description == "Ny rutin"
        assert not Action.objects.filter(description="Kapad", responsible=scene.cast.bo).exists()

    def test_a_record_is_not_reached_below_another_record(self, scene: Scene) -> None:
        mine, theirs = scene.own.follow_ups["in_progress"], scene.other
        for address in (
            reverse("admin:controls_followup_evidence_remove", args=[mine.pk, theirs.evidence.pk]),
            reverse("admin:controls_followup_action", args=[mine.pk, theirs.action.pk, "mark_done"]),
            reverse("check_evidence_remove", args=[scene.own.evidence_of_check.occasion_id, theirs.evidence_of_check.pk]),
        ):
            assert scene.clients["o"].post(address, {"reason": "x", "done_on": "2025-09-01"}).status_code == 404
        page = reverse("plan_review", args=[scene.own.plans["carried"].pk])
        assert scene.clients["m"].post(page, {"act": "drop", "risk": theirs.risk.pk, "reason": "x"}).status_code == 404
        assert scene.clients["m"].get(reverse("plan_version", args=[scene.own.plans["draft"].pk, 1])).status_code == 404

    def test_rows_of_others_are_not_reached_by_choosing_all(self, scene: Scene) -> None:
        address = reverse("admin:controls_followup_changelist") + "?all="
        keys = list(FollowUp.objects.values_list("pk", flat=True))
        scene.clients["m"].post(address, {"action": "approve", "_selected_action": keys, "select_across": "1"})
        assert FollowUp.objects.get(pk=scene.own.follow_ups["submitted"].pk).state == "approved"
        assert FollowUp.objects.get(pk=scene.other.follow_ups["submitted"].pk).state == "submitted"


class TestAdministrators:
    def test_take_nothing_confidential_over_themselves(self, scene: Scene) -> None:
        hidden = make_risk(
            scene.own.plans["draft"], "Hemligt", owner=scene.own.person, is_confidential=True, confidentiality_section="OSL 18:8"
        )
        page = reverse("admin:riskreg_user_verb", args=[scene.own.person.pk, "hand_over"])
        assert scene.clients["d"].post(page, {"to": scene.users["d"].pk, "reason": "Min nu"}).status_code == 200
        assert Risk.objects.get(pk=hidden.pk).owner == scene.own.person
        assert scene.clients["d"].post(page, {"to": scene.users["o"].pk, "reason": "Karins nu"}).status_code == 302

    def test_set_nobodys_password(self, scene: Scene) -> None:
        form = {"usable_password": "true", "password1": "sju-gröna-elefanter", "password2": "sju-gröna-elefanter"}
        for letter in "ds":
            for person in (scene.own.person, scene.own.invited, scene.cast.eva):
                for page in (f"/admin/riskreg/user/{person.pk}/password/", f"/admin/auth/user/{person.pk}/password/"):
                    scene.clients[letter].post(page, form, follow=True)
                hidden = {"password": "sju-gröna-elefanter", **form}
                post(scene, letter, "admin:riskreg_user_change", **hidden)
                now = User.objects.get(pk=person.pk)
                assert now.password == person.password, (letter, person)

    def test_send_no_link_to_who_reaches_further(self, scene: Scene) -> None:
        for person in (scene.users["s"], scene.cast.eva, scene.cast.ulla):
            page = reverse("admin:riskreg_user_verb", args=[person.pk, "send_link"])
            assert scene.clients["d"].post(page).status_code in {403, 404}, person

    @pytest.mark.parametrize("starts", [0, 30], ids=["now", "later"])
    def test_send_no_link_to_who_stands_in_for_somebody_further_away(self, scene: Scene, starts: int) -> None:
        """Whoever signed in as the deputy would do what the absent person may, at a unit that is not the administrator's."""
        first = clock.today() + timedelta(days=starts)
        person, absent = scene.own.person, scene.cast.ulla
        standing_in = Deputyship.objects.create(absent=absent, deputy=person, first_day=first, last_day=first + timedelta(days=9))
        assert post(scene, "d", "admin:riskreg_user_verb send_link").status_code == 403
        assert post(scene, "d", "admin:riskreg_user_change", email="min@lillkoping.example").status_code == 403
        assert User.objects.get(pk=person.pk).email == person.email
        Deputyship.objects.filter(pk=standing_in.pk).update(called_off_at=clock.now())
        assert post(scene, "d", "admin:riskreg_user_verb send_link").status_code == 302

    def test_send_no_link_to_who_has_no_role_but_stands_in_for_somebody(self, scene: Scene) -> None:
        today = clock.today()
        Deputyship.objects.create(absent=scene.cast.ulla, deputy=scene.cast.nils, first_day=today, last_day=today)
        page = reverse("admin:riskreg_user_verb", args=[scene.cast.nils.pk, "send_link"])
        assert scene.clients["d"].post(page).status_code == 403

    def test_leave_in_the_history_that_they_sent_a_link(self, scene: Scene) -> None:
        assert post(scene, "d", "admin:riskreg_user_verb send_link").status_code == 302
        row = scene.own.person.history.latest()
        assert row.history_user == scene.users["d"]
        assert row.history_change_reason

    def test_make_no_municipality_and_move_no_unit_out_of_reach(self, scene: Scene) -> None:
        for parent in ("", scene.other.unit.pk, scene.cast.municipality.pk):
            post(scene, "d", "admin:riskreg_unit_add", parent=parent)
            post(scene, "d", "admin:riskreg_unit_change", parent=parent)
        assert not Unit.objects.filter(name="Ny enhet").exists()
        assert Unit.objects.get(pk=scene.own.unit.pk).parent == scene.cast.municipality

    def test_the_municipalitys_own_administrator_renames_it(self, scene: Scene, client: Any) -> None:
        client.force_login(scene.cast.siv)
        page = reverse("admin:riskreg_unit_change", args=[scene.cast.municipality.pk])
        assert client.post(page, {"name": "Lillköping", "kind": "municipality", "is_active": "on"}).status_code == 302
        assert Unit.objects.get(pk=scene.cast.municipality.pk).name == "Lillköping"

    def test_see_no_password(self, scene: Scene) -> None:
        for letter in "ds":
            page = scene.clients[letter].get(reverse("admin:riskreg_user_change", args=[scene.own.person.pk])).content.decode()
            assert scene.own.person.password not in page
            assert scene.own.person.password.rpartition("$")[2] not in page


def test_who_is_in_force_only_elsewhere_or_in_another_time_does_nothing(scene: Scene) -> None:
    Membership.objects.filter(user=scene.users["m"]).update(valid_to=date(2025, 9, 7))
    assert scene.clients["m"].get(reverse("risk", args=[scene.own.risk.pk])).status_code == 404
    assert post(scene, "m", "admin:controls_followup_verb approve").status_code == 404


def test_a_risk_that_turns_confidential_is_gone_at_once(scene: Scene) -> None:
    address = reverse("risk", args=[scene.own.risk.pk])
    assert scene.clients["a"].get(address).status_code == 200
    Risk.objects.filter(pk=scene.own.risk.pk).update(is_confidential=True, confidentiality_section="OSL 18:8")
    assert scene.clients["a"].get(address).status_code == 404
