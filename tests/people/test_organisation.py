"""Units, people, roles and matrices: the constraints, and what an administrator may not do."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from riskreg.access.grants import may
from riskreg.access.verbs import Verb
from riskreg.admin.matrix import copy_as_new_version
from riskreg.models import Membership, RiskMatrix, Role, Unit, User
from riskreg.models.matrix import check_scales
from tests.cast import PASSWORD, Cast, make_risk, make_user


def test_a_unit_knows_what_lies_above_it(cast: Cast) -> None:
    assert cast.payroll.is_within(cast.board)
    assert not cast.board.is_within(cast.payroll)
    assert not cast.school_office.is_within(cast.board)
    assert cast.payroll.depth == 3


def test_a_moved_unit_takes_everything_below_it_along(cast: Cast) -> None:
    cast.central_office.parent = cast.school_board
    cast.central_office.save()
    payroll = Unit.objects.get(pk=cast.payroll.pk)
    assert payroll.is_within(cast.school_board)
    assert set(Unit.objects.within(cast.school_board)) == {cast.school_board, cast.school_office, cast.central_office, payroll}


def test_a_unit_cannot_belong_to_itself_or_to_what_is_below_it(cast: Cast) -> None:
    cast.board.parent = cast.payroll
    with pytest.raises(ValidationError):
        cast.board.clean()


def test_names_are_unique_under_their_parent_and_at_the_top(cast: Cast) -> None:
    for parent in (cast.municipality, None):
        name = "Kommunstyrelsen" if parent else "Lillköpings kommun"
        with pytest.raises(IntegrityError), transaction.atomic():
            Unit.objects.create(name=name, kind="committee", parent=parent)


def test_an_address_is_one_person_s_whatever_its_case(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="KARIN@lillkoping.example", name="Karin igen")


def test_a_role_reaches_the_units_below_and_no_other(cast: Cast) -> None:
    assert may(cast.johan, Verb.APPROVE_FOLLOW_UP, cast.payroll)
    assert not may(cast.johan, Verb.APPROVE_FOLLOW_UP, cast.municipality)
    assert not may(cast.johan, Verb.APPROVE_FOLLOW_UP, cast.school_office)


def test_a_role_counts_between_its_dates(cast: Cast, settings: object) -> None:
    from datetime import date

    stand_in = make_user("Vikarie Viksson", cast.board, Role.MANAGER, valid_from=date(2025, 7, 1), valid_to=date(2025, 7, 31))
    for day, expected in [
        (date(2025, 6, 30), False),
        (date(2025, 7, 1), True),
        (date(2025, 7, 31), True),
        (date(2025, 8, 1), False),
    ]:
        settings.RISKREG_TODAY = day  # type: ignore[attr-defined]
        stand_in.forget_grants()
        assert may(stand_in, Verb.APPROVE_FOLLOW_UP, cast.board) is expected


def test_the_administrator_s_role_alone_changes_no_result(cast: Cast) -> None:
    for verb in (Verb.CHANGE_PLAN, Verb.LOG_FOLLOW_UP, Verb.APPROVE_FOLLOW_UP, Verb.REOPEN_FOLLOW_UP, Verb.CHANGE_CLOSING):
        assert not may(cast.siv, verb, cast.board)


def test_signing_in_leaves_no_row_in_the_history(cast: Cast, client: Client) -> None:
    before = cast.karin.history.count()
    assert client.login(username=cast.karin.email, password=PASSWORD)
    assert User.objects.get(pk=cast.karin.pk).last_login is not None
    assert cast.karin.history.count() == before


class TestMatrices:
    def test_levels_run_from_one_without_gaps(self) -> None:
        with pytest.raises(ValidationError):
            check_scales([1, 2, 4], [1, 2, 3], [1])

    def test_some_band_starts_at_one(self) -> None:
        with pytest.raises(ValidationError):
            check_scales([1, 2, 3], [1, 2, 3], [2, 4])

    def test_no_band_starts_above_the_highest_score(self) -> None:
        with pytest.raises(ValidationError):
            check_scales([1, 2, 3], [1, 2, 3], [1, 10])

    def test_scales_that_make_a_matrix_are_accepted(self) -> None:
        check_scales([1, 2, 3, 4, 5], [1, 2, 3], [1, 4, 12])

    def test_a_new_version_is_a_copy_that_leaves_the_old_one(self, cast: Cast) -> None:
        copy = RiskMatrix.objects.get(pk=copy_as_new_version(cast.matrix).pk)
        assert copy.version == 2
        assert [str(level) for level in copy.likelihoods] == [str(level) for level in cast.matrix.likelihoods]
        assert [band.name for band in copy.ordered_bands] == ["Låg", "Bevaka", "Medel", "Hög"]
        assert not copy.has_been_used()
        assert cast.matrix.has_been_used()

    def test_a_used_matrix_cannot_be_edited(self, cast: Cast, client: Client) -> None:
        client.force_login(cast.siv)
        answer = client.post(reverse("admin:riskreg_riskmatrix_change", args=[cast.matrix.pk]), {"name": "Ändrad"})
        assert answer.status_code == 403
        assert RiskMatrix.objects.get(pk=cast.matrix.pk).name == "Kommunens riskmatris"

    def test_a_matrix_is_made_whole_in_the_admin(self, cast: Cast, client: Client) -> None:
        client.force_login(cast.siv)
        answer = client.post(reverse("admin:riskreg_riskmatrix_add"), matrix_form(cast))
        assert answer.status_code == 302, answer.context["errors"]
        made = RiskMatrix.objects.get(name="Ny matris")
        assert (len(made.likelihoods), len(made.impacts), len(made.ordered_bands)) == (3, 3, 2)

    def test_a_matrix_with_a_gap_in_its_scale_is_refused_and_nothing_is_kept(self, cast: Cast, client: Client) -> None:
        client.force_login(cast.siv)
        answer = client.post(reverse("admin:riskreg_riskmatrix_add"), {**matrix_form(cast), "likelihood_levels-2-value": "5"})
        assert answer.status_code == 200
        assert not RiskMatrix.objects.filter(name="Ny matris").exists()


def matrix_form(cast: Cast) -> dict[str, object]:
    form: dict[str, object] = {
        "unit": cast.municipality.pk,
        "name": "Ny matris",
        "version": 1,
        "valid_from": "2026-01-01",
        "note": "",
    }
    for prefix in ("likelihood_levels", "impact_levels"):
        form |= {f"{prefix}-TOTAL_FORMS": 3, f"{prefix}-INITIAL_FORMS": 0}
        for index in range(3):
            form |= {f"{prefix}-{index}-value": index + 1, f"{prefix}-{index}-label": f"Nivå {index + 1}"}
    form |= {"bands-TOTAL_FORMS": 2, "bands-INITIAL_FORMS": 0}
    for index, (from_score, name, tone) in enumerate([(1, "Låg", "low"), (5, "Hög", "critical")]):
        form |= {
            f"bands-{index}-from_score": from_score,
            f"bands-{index}-name": name,
            f"bands-{index}-tone": tone,
            f"bands-{index}-demand": "accept",
        }
    return form


class TestPeopleInTheAdmin:
    def test_nobody_changes_their_own_roles(self, cast: Cast, client: Client) -> None:
        client.force_login(cast.siv)
        membership = cast.siv.memberships.get()
        client.post(
            reverse("admin:riskreg_user_change", args=[cast.siv.pk]),
            {
                **person_form(cast.siv),
                "memberships-TOTAL_FORMS": 1,
                "memberships-INITIAL_FORMS": 1,
                "memberships-0-id": membership.pk,
                "memberships-0-user": cast.siv.pk,
                "memberships-0-unit": cast.municipality.pk,
                "memberships-0-role": Role.MANAGER,
            },
        )
        assert cast.siv.memberships.get().role == Role.ADMINISTRATOR

    @pytest.mark.parametrize("change", [{"DELETE": "on"}, {"valid_to": "2025-09-07"}])
    def test_the_last_role_is_not_taken_from_somebody_who_owns_something(
        self, cast: Cast, client: Client, today: date, change: dict[str, str]
    ) -> None:
        make_risk(cast.plan, owner=cast.karin)
        client.force_login(cast.siv)
        address = reverse("admin:riskreg_user_change", args=[cast.karin.pk])
        only = cast.karin.memberships.get()
        role = {"id": only.pk, "user": cast.karin.pk, "unit": only.unit_id, "role": only.role}
        form = person_form(cast.karin, **{"memberships-TOTAL_FORMS": 1, "memberships-INITIAL_FORMS": 1})
        form |= {f"memberships-0-{name}": value for name, value in (role | change).items()}
        page = client.post(address, form)
        assert page.status_code == 200
        assert "äger fortfarande 1 risk" in page.content.decode()
        assert reverse("admin:riskreg_user_verb", args=[cast.karin.pk, "hand_over"]) in page.content.decode()
        assert cast.karin.memberships.get().valid_to is None
        # A last day to come is no end yet; and another role is enough.
        later = {name: value for name, value in form.items() if "DELETE" not in name} | {"memberships-0-valid_to": "2025-12-31"}
        told = client.post(address, later, follow=True).content.decode()
        assert "upphör 31 december 2025" in told
        assert "äger 1 risk" in told
        another = {f"memberships-1-{name}": value for name, value in {"unit": cast.payroll.pk, "role": Role.MANAGER}.items()}
        assert client.post(address, form | another | {"memberships-TOTAL_FORMS": 2}).status_code == 302

    def test_the_last_role_of_somebody_who_owns_nothing_is_taken(self, cast: Cast, client: Client) -> None:
        client.force_login(cast.siv)
        only = cast.karin.memberships.get()
        form = person_form(cast.karin, **{"memberships-TOTAL_FORMS": 1, "memberships-INITIAL_FORMS": 1})
        role = {"id": only.pk, "user": cast.karin.pk, "unit": only.unit_id, "role": only.role, "DELETE": "on"}
        form |= {f"memberships-0-{name}": value for name, value in role.items()}
        assert client.post(reverse("admin:riskreg_user_change", args=[cast.karin.pk]), form).status_code == 302
        assert not cast.karin.memberships.exists()

    def test_an_administrator_of_a_part_cannot_reach_somebody_above(self, cast: Cast, client: Client) -> None:
        local = make_user("Lokal Admin", cast.school_board, Role.ADMINISTRATOR)
        client.force_login(local)
        answer = client.post(reverse("admin:riskreg_user_verb", args=[cast.eva.pk, "send_link"]))
        assert answer.status_code in {302, 403, 404}
        answer = client.post(reverse("admin:riskreg_user_change", args=[cast.eva.pk]), person_form(cast.eva, name="Kapad"))
        assert answer.status_code in {302, 403, 404}
        assert User.objects.get(pk=cast.eva.pk).name == "Eva Åström"

    def test_only_an_operator_makes_operators(self, cast: Cast, client: Client) -> None:
        client.force_login(cast.siv)
        client.post(reverse("admin:riskreg_user_change", args=[cast.bo.pk]), {**person_form(cast.bo), "is_superuser": "on"})
        assert not User.objects.get(pk=cast.bo.pk).is_superuser

    def test_a_role_is_given_only_where_one_administers(self, cast: Cast, client: Client) -> None:
        local = make_user("Lokal Admin", cast.school_board, Role.ADMINISTRATOR)
        client.force_login(local)
        client.post(
            reverse("admin:riskreg_user_change", args=[cast.bo.pk]),
            {
                **person_form(cast.bo),
                "memberships-TOTAL_FORMS": 1,
                "memberships-INITIAL_FORMS": 0,
                "memberships-0-user": cast.bo.pk,
                "memberships-0-unit": cast.board.pk,
                "memberships-0-role": Role.MANAGER,
            },
        )
        assert not Membership.objects.filter(user=cast.bo, unit=cast.board).exists()

    def test_a_new_person_is_made_without_a_password(self, cast: Cast, client: Client) -> None:
        client.force_login(cast.siv)
        form = {
            "email": "Ny.Person@lillkoping.example", "name": "Ny Person", "title": "", "language": "sv",
            "memberships-TOTAL_FORMS": 1, "memberships-INITIAL_FORMS": 0,
            "memberships-0-unit": cast.payroll.pk, "memberships-0-role": Role.CONTROL_OWNER,
        }  # fmt: skip
        answer = client.post(reverse("admin:riskreg_user_add"), form)
        assert answer.status_code == 302, answer.context["errors"]
        made = User.objects.get(email="ny.person@lillkoping.example")
        assert not made.has_usable_password()
        assert may(made, Verb.LOG_FOLLOW_UP, cast.payroll)


def person_form(user: User, **changes: object) -> dict[str, object]:
    return {
        "name": user.name,
        "email": user.email,
        "title": user.title,
        "language": user.language,
        "is_active": "on",
        "memberships-TOTAL_FORMS": 0,
        "memberships-INITIAL_FORMS": 0,
        **changes,
    }
