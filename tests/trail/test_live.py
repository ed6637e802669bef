"""What people see is compared with the history: what is found, what is no alteration, and who is told the values."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone, translation

from riskreg.models import ControlPlan, Membership, Risk, Role, User, Verification
from riskreg.models.author import Author
from riskreg.models.history import sign
from riskreg.trail import live
from riskreg.trail.findings import Finding, state
from riskreg.trail.live import excerpts
from riskreg.trail.seals import seal
from riskreg.trail.verification import verify
from riskreg.trail.weeding import weed
from riskreg.views.language import set_language
from tests.cast import PASSWORD, make_risk
from tests.trail import tampering
from tests.trail.conftest import SealedTrail, date_all_before
from tests.trail.past_the_product import delete, set_columns
from tests.trail.tampering import sql


def changed(column: str, risk: Risk, value: Any) -> list[Finding]:
    set_columns(Risk, risk.pk, {column: value})
    return verify().findings


def signed_in(user: User) -> Client:
    client = Client()
    assert client.login(username=user.email, password=PASSWORD)
    return client


def test_a_risk_changed_past_the_product_is_named_with_both_values(sealed: SealedTrail) -> None:
    risk = sealed.risks[1]
    set_columns(Risk, risk.pk, {"likelihood": 3, "impact": 4})
    impact, likelihood = verify().findings
    assert (impact.kind, impact.model, impact.record) == ("live_changed", "riskreg.risk", str(risk.pk))
    assert (impact.column, impact.old, impact.new) == ("impact", "3", "4")
    assert (likelihood.column, likelihood.old, likelihood.new) == ("likelihood", "4", "3")
    with translation.override("sv"):
        text = state([impact], None)[0].text
    assert "Energibrist" in text
    assert "enligt historiken är det ”3”, i registret ”4”" in text


def test_choices_pointers_and_yes_or_no_are_told_as_people_read_them(sealed: SealedTrail) -> None:
    risk = sealed.risks[0]
    set_columns(Risk, risk.pk, {"owner_id": sealed.cast.karin.pk})
    set_columns(Membership, sealed.cast.karin.memberships.get().pk, {"role": "controller"})
    set_columns(User, sealed.cast.karin.pk, {"is_active": False})
    with translation.override("sv"):
        told = {found.column: state([found], None)[0].text for found in verify().findings}
    assert "”ja”, i registret ”nej”" in told["is_active"]
    assert f"i registret ”nr {sealed.cast.karin.pk}”" in told["owner_id"]
    assert "”–”" in told["owner_id"]
    with translation.override("sv"):
        assert f"i registret ”{Role.CONTROLLER.label}”" in told["role"]


def test_a_membership_inserted_past_the_product_is_found(sealed: SealedTrail) -> None:
    row = Membership.objects.order_by("pk")[0]
    before = set(Membership.objects.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO riskreg_membership (user_id, unit_id, role, sees_confidential) VALUES (%s, %s, 'controller', %s)",
            [sealed.cast.nils.pk, row.unit_id, True],
        )
    (new,) = set(Membership.objects.values_list("pk", flat=True)) - before
    (found,) = verify().findings
    assert (found.kind, found.model, found.record) == ("live_added", "riskreg.membership", str(new))


def test_a_record_deleted_past_the_product_is_named_from_its_history(sealed: SealedTrail) -> None:
    risk = sealed.risks[1]
    delete(Risk, risk.pk)
    (found,) = verify().findings
    assert (found.kind, found.record) == ("live_deleted", str(risk.pk))
    assert "Energibrist" in state([found], None)[0].text
    assert "Energibrist" in state([found], sealed.cast.eva)[0].text, "she reads the whole trail"
    assert "Energibrist" not in state([found], sealed.cast.ake)[0].text


def test_a_record_deleted_and_changed_by_the_product_is_no_alteration(sealed: SealedTrail) -> None:
    risk = sealed.risks[2]
    risk.title = "Ny rubrik"
    sign(risk, by=Author(sealed.cast.eva), reason="Ny")
    risk.save()
    sealed.risks[0].delete()
    outcome = verify()
    assert outcome.is_intact, outcome.findings


def test_a_record_that_a_deletion_row_names_and_that_is_there_was_added(sealed: SealedTrail) -> None:
    risk = sealed.risks[0]
    row = risk.history.first()
    assert row is not None
    risk.history.create(**{field.attname: getattr(row, field.attname) for field in Risk._meta.concrete_fields}, history_type="-",
                        history_date=timezone.now())  # fmt: skip
    assert [(found.kind, found.record) for found in verify().findings] == [("live_added", str(risk.pk))]


def test_a_plan_whose_author_was_deleted_is_no_alteration(sealed: SealedTrail) -> None:
    plan, author = sealed.cast.plan, User.objects.create(email="ny@lillkoping.example", name="Ny Person")
    plan.created_by = author
    plan.save()
    author.delete()
    assert ControlPlan.objects.get(pk=plan.pk).created_by is None
    outcome = verify()
    assert outcome.is_intact, outcome.findings
    plan.refresh_from_db()
    plan.created_by = sealed.cast.eva
    plan.save()
    set_columns(ControlPlan, plan.pk, {"created_by_id": None})
    assert [found.column for found in verify().findings] == ["created_by_id"], "Eva is still there"


def test_what_was_weeded_from_the_newest_row_is_not_asked_of_the_record(sealed: SealedTrail) -> None:
    risk = sealed.risks[0]
    weed(Risk, [sealed.rows[0][2]], ["owner_text", "description"], by=sealed.cast.eva, reason="KS 2025/12", now=timezone.now())
    outcome = verify()
    assert outcome.is_intact, outcome.findings
    assert [found.column for found in changed("title", risk, "Annat")] == ["title"]


def test_a_record_whose_newest_row_was_itself_altered_is_named_once(sealed: SealedTrail) -> None:
    tampering.change(sealed.rows[1][2], "title", "Elpriser")
    assert [found.kind for found in verify().findings] == ["row_changed"]


def test_a_record_put_back_to_an_earlier_row_whose_later_rows_were_deleted_is_found_by_the_row(sealed: SealedTrail) -> None:
    tampering.delete_row(sealed.rows[1][2])
    kinds = {found.kind for found in verify().findings}
    assert "row_deleted" in kinds
    set_columns(Risk, sealed.risks[1].pk, {"title": "Elpriser"})
    assert any(found.column == "title" for found in verify().findings)


def test_a_record_written_between_the_two_looks_is_no_alteration(sealed: SealedTrail, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first look meets the record without its history row; when it is looked at again, the row is there."""
    risk = sealed.risks[0]
    set_columns(Risk, risk.pk, {"title": "Skrivs just nu"})
    suspects = live.suspects_of

    def then_written(table: Any) -> Any:
        found = suspects(table)
        if table.label == "riskreg.risk":
            assert found.records == [risk.pk]
            Risk.objects.get(pk=risk.pk).save()
        return found

    monkeypatch.setattr(live, "suspects_of", then_written)
    outcome = verify()
    assert outcome.is_intact, outcome.findings


def test_one_value_stored_in_two_ways_is_no_alteration(sealed: SealedTrail) -> None:
    sql(
        "UPDATE riskreg_controlplan SET adopted_on = adopted_on, year = %s + 0 WHERE id = %s",
        sealed.cast.plan.year,
        sealed.cast.plan.pk,
    )
    if connection.vendor == "sqlite":
        moment = datetime(2025, 3, 1, 8, tzinfo=UTC)
        user = sealed.cast.eva
        user.date_joined = moment
        user.save()
        sql("UPDATE riskreg_user SET date_joined = %s WHERE id = %s", "2025-03-01 08:00:00.000000+00:00", user.pk)
        assert live.suspects_of(live_table("riskreg.user")).records == [user.pk]
    assert verify().is_intact


def live_table(label: str) -> Any:
    from riskreg.trail.tables import trail_tables

    return trail_tables()[label]


def test_a_value_that_does_not_belong_in_its_column_is_found(sealed: SealedTrail) -> None:
    if not tampering.on_sqlite():
        pytest.skip("PostgreSQL refuses it")
    set_columns(User, sealed.cast.eva.pk, {"date_joined": "2025-13-45 99:00:00"})
    (found,) = verify().findings
    assert (found.kind, found.column, found.new) == ("live_changed", "date_joined", "?")


def test_more_alterations_than_are_looked_at_again_are_counted(sealed: SealedTrail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST_SUSPECTS", 2)
    sql("UPDATE riskreg_user SET name = 'Ingen'")
    outcome = verify()
    assert outcome.found == 8
    assert len(outcome.findings) == 2


def test_a_password_changed_past_the_product_is_not_seen_and_never_told(sealed: SealedTrail) -> None:
    """Its hash is in no history that leaves the house; docs/trail.md names it among what no seal can show."""
    set_columns(User, sealed.cast.eva.pk, {"password": "md5$hemligt"})
    assert verify().is_intact
    set_columns(User, sealed.cast.eva.pk, {"is_superuser": True})
    text = state(verify().findings, None)[0].text
    assert "hemligt" not in text


def test_a_language_chosen_from_an_old_page_leaves_a_row_of_the_person_as_they_are_now(sealed: SealedTrail) -> None:
    """The session's person was read before an administrator saved another field of it."""
    request = RequestFactory().post("/sprak/", {"language": "en"})
    request.user = User.objects.get(pk=sealed.cast.karin.pk)
    karin = sealed.cast.karin
    karin.name = "Karin Lindqvist-Berg"
    karin.save()
    set_language(request)
    karin.refresh_from_db()
    assert (karin.language, karin.name) == ("en", "Karin Lindqvist-Berg")
    outcome = verify()
    assert outcome.is_intact, outcome.findings


# Who is told


def test_values_are_told_to_who_may_read_the_record_and_to_nobody_else(sealed: SealedTrail) -> None:
    risk = sealed.risks[1]
    risk.is_confidential, risk.confidentiality_section = True, "OSL 18:8"
    risk.save()
    set_columns(Risk, risk.pk, {"owner_text": "Anders i växeln"})
    page = signed_in(sealed.cast.eva).post(reverse("trail_verify"), follow=True).content.decode()
    assert "Anders i växeln" in page
    assert "Energibrist" in page
    page = signed_in(sealed.cast.ake).get(reverse("trail")).content.decode()
    assert "har ändrats utanför Riskreg" in page
    assert "Anders i växeln" not in page
    assert "Energibrist" not in page


def test_what_was_opened_past_the_product_is_still_told_as_confidential(sealed: SealedTrail) -> None:
    risk = sealed.risks[1]
    risk.is_confidential, risk.confidentiality_section = True, "OSL 18:8"
    risk.save()
    set_columns(Risk, risk.pk, {"is_confidential": False, "title": "Ingenting"})
    findings = verify().findings
    assert {found.column for found in findings} == {"is_confidential", "title"}
    told = " ".join(statement.text for statement in state(findings, sealed.cast.ake))
    assert "Energibrist" not in told
    assert "Ingenting" not in told
    assert "Energibrist" in " ".join(statement.text for statement in state(findings, sealed.cast.eva))


def test_the_stored_outcome_keeps_what_was_found(sealed: SealedTrail) -> None:
    set_columns(Risk, sealed.risks[1].pk, {"owner_text": "Anders"})
    signed_in(sealed.cast.ake).post(reverse("trail_verify"))
    stored = Verification.objects.latest()
    assert (stored.found, stored.compared) == (1, live_total())
    assert Finding.from_json(stored.findings[0]) == verify().findings[0]
    earlier = {"kind": "row_changed", "seal": 1, "model": "riskreg.risk", "history_id": 1, "record": "1", "detail": ""}
    assert Finding.from_json(earlier).column == "", "what an earlier version stored is read"


def live_total() -> int:
    from riskreg.trail.tables import trail_tables

    return sum(live.row_count(table) for table in trail_tables().values())


def test_the_command_tells_both_values_and_how_much_was_compared(sealed: SealedTrail) -> None:
    set_columns(Risk, sealed.risks[1].pk, {"owner_text": "Anders"})
    out = StringIO()
    with pytest.raises(CommandError), translation.override("sv"):
        call_command("verify_trail", stdout=out)
    assert "enligt historiken är det ”–”, i registret ”Anders”" in out.getvalue()
    assert f"{live_total()} poster jämförda med sin historik" in out.getvalue()


def test_long_texts_are_told_around_where_they_differ() -> None:
    old, new = excerpts("a" * 300 + "gammal" + "b" * 300, "a" * 300 + "ny" + "b" * 300)
    assert "gammal" in old
    assert "ny" in new
    assert old.startswith("…")
    assert old.endswith("…")
    assert excerpts("kort", "") == ("kort", "")


# Seals that are gone


def remove_all_seals() -> None:
    sql("DELETE FROM riskreg_sealedrow")
    sql("DELETE FROM riskreg_seal")


def test_all_seals_removed_is_found_by_what_an_earlier_verification_saw(sealed: SealedTrail) -> None:
    client = signed_in(sealed.cast.ake)
    client.post(reverse("trail_verify"))
    remove_all_seals()
    kinds = [found.kind for found in verify().findings]
    assert "no_seals" in kinds
    assert "head_unknown" in kinds
    page = client.post(reverse("trail_verify"), follow=True)
    assert "Orört" not in page.content.decode()
    with pytest.raises(CommandError):
        call_command("verify_trail", stdout=StringIO())


def test_a_head_is_remembered_also_from_a_verification_that_found_something(sealed: SealedTrail) -> None:
    set_columns(Risk, sealed.risks[1].pk, {"owner_text": "Anders"})
    signed_in(sealed.cast.ake).post(reverse("trail_verify"))
    set_columns(Risk, sealed.risks[1].pk, {"owner_text": ""})
    tampering.delete_seal(3)
    assert [found.kind for found in verify().findings] == ["head_unknown"]


def test_rows_that_no_seal_has_covered_for_days_are_said_in_words(sealed: SealedTrail) -> None:
    sealed.risks[0].save()
    outcome = verify()
    assert outcome.is_intact, outcome.findings
    remove_all_seals()
    (found,) = verify().findings
    assert (found.kind, found.detail) == ("not_sealed", "3")
    with translation.override("sv"):
        assert "inte förseglats på 3 dagar" in state([found], None)[0].text
    seal(timezone.now())
    assert verify().is_intact


def test_nothing_sealed_yet_is_never_called_intact(cast: Any) -> None:
    date_all_before(timezone.now())
    out = StringIO()
    with translation.override("sv"):
        call_command("verify_trail", stdout=out)
    assert "Ingenting är förseglat ännu" in out.getvalue()
    assert "orört" not in out.getvalue()
    make_risk(cast.plan)
    page = signed_in(cast.ake).post(reverse("trail_verify"), follow=True).content.decode()
    assert "Ingenting är förseglat ännu" in page
    assert "Orört" not in page
