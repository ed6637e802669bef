"""The drill: what somebody with the database's password may do, and that each of it is found and named."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from riskreg.models import Risk, SealedRow
from riskreg.trail.findings import state
from riskreg.trail.seals import head, seal
from riskreg.trail.verification import verify
from tests.trail import tampering
from tests.trail.conftest import SealedTrail
from tests.trail.tampering import change, entry_of, first, sql


def test_an_untouched_trail_is_intact(sealed: SealedTrail) -> None:
    outcome = verify([str(each) for each in sealed.seals])
    assert outcome.is_intact, outcome.findings
    assert (outcome.seals, outcome.unsealed) == (3, 0)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("title", "Felaktiga löneutbetalninger"),
        ("risk_score", 2),
        ("owner_text", "Någon annan"),
        ("is_confidential", True),
        ("history_user_name", "Karin Lindqvist"),
        ("history_date", "2024-01-01 12:00:00+00:00"),
        ("history_change_reason", "Enligt beslut"),
        ("history_change_reason", None),
        ("history_type", "-"),
        ("id", 4711),
    ],
)
def test_a_changed_value_is_found_in_its_row(sealed: SealedTrail, column: str, value: object) -> None:
    altered = sealed.rows[1][1]
    change(altered, column, value)
    found = first()
    assert (found.kind, found.seal, found.model, found.history_id) == ("row_changed", 2, "riskreg.risk", altered)
    assert found.record == str(sealed.risks[1].pk)


def test_a_value_of_the_wrong_kind_is_found(sealed: SealedTrail) -> None:
    if not tampering.on_sqlite():
        pytest.skip("PostgreSQL refuses it")
    altered = sealed.rows[0][2]
    change(altered, "history_date", "2025-13-45 99:00:00")
    assert (first().kind, first().history_id) == ("row_changed", altered)


@pytest.mark.parametrize("place", [0, 1, 2], ids=["first", "middle", "last"])
def test_a_deleted_row_is_found(sealed: SealedTrail, place: int) -> None:
    gone = sealed.rows[place][place]
    tampering.delete_row(gone)
    found = first()
    assert (found.kind, found.seal, found.history_id, found.record) == (
        "row_deleted",
        place + 1,
        gone,
        str(sealed.risks[place].pk),
    )


def test_a_row_inserted_between_two_sealed_ones_is_found(sealed: SealedTrail) -> None:
    gap = sealed.rows[0][0] - 1000
    tampering.copy_row(sealed.rows[0][0], gap, moment=timezone.now() - timedelta(days=3))
    found = first()
    assert (found.kind, found.history_id, found.record) == ("row_inserted", gap, str(sealed.risks[0].pk))


def test_a_row_inserted_in_a_gap_with_a_later_date_is_found(sealed: SealedTrail) -> None:
    gap = sealed.rows[0][0] - 1000
    tampering.copy_row(sealed.rows[0][0], gap, moment=timezone.now() + timedelta(hours=1))
    assert (first().kind, first().history_id) == ("row_inserted", gap)


def test_a_row_inserted_at_the_end_with_an_earlier_date_is_found_before_and_after_the_next_seal(sealed: SealedTrail) -> None:
    forged = sealed.rows[2][2] + 1000
    tampering.copy_row(sealed.rows[2][0], forged, moment=timezone.now() - timedelta(days=2))
    assert (first().kind, first().history_id) == ("row_inserted", forged)
    seal(timezone.now())
    assert (first().kind, first().history_id, first().seal) == ("row_inserted", forged, 3)


def test_a_row_that_was_under_way_while_the_seal_was_made_is_no_alteration(sealed: SealedTrail) -> None:
    """Its number was given before the seal, its transaction ended after."""
    sealed_at = sealed.seals[2].sealed_at
    tampering.copy_row(sealed.rows[2][2], sealed.rows[0][0] - 1000, moment=sealed_at - timedelta(seconds=30))
    outcome = verify()
    assert outcome.is_intact, outcome.findings
    assert outcome.unsealed == 1
    seal(timezone.now())
    assert verify().is_intact


def test_swapped_rows_are_found_as_such(sealed: SealedTrail) -> None:
    one, other = sealed.rows[0][1], sealed.rows[1][1]
    tampering.swap_rows(one, other)
    findings = verify().findings
    assert {(found.kind, found.history_id, found.detail) for found in findings} == {
        ("row_moved", one, str(other)),
        ("row_moved", other, str(one)),
    }


def test_rows_swapped_between_two_seals_are_found_as_such(sealed: SealedTrail) -> None:
    one, other = sealed.rows[0][0], sealed.rows[0][2]
    tampering.swap_rows(one, other)
    found = first()
    assert (found.kind, found.seal, found.history_id, found.detail) == ("row_moved", 1, one, str(other))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("hash", "ab" * 32),
        ("root", "cd" * 32),
        ("previous", "ef" * 32),
        ("sealed_at", "2025-01-01 00:00:00+00:00"),
        ("purpose", "weeding"),
        ("pinned_clock", True),
    ],
)
def test_a_changed_seal_is_found(sealed: SealedTrail, column: str, value: object) -> None:
    sql(f"UPDATE riskreg_seal SET {column} = %s WHERE seq = 2", value)
    found = first()
    assert (found.kind, found.seal) == ("seal_changed", 2)


def test_changed_contents_of_a_seal_are_found(sealed: SealedTrail) -> None:
    contents = sealed.seals[1].contents
    contents["riskreg.risk"]["columns"].remove("title")
    tampering.change_contents(2, contents)
    assert (first().kind, first().seal) == ("seal_changed", 2)


@pytest.mark.parametrize(
    "contents",
    [
        [],
        {"riskreg.risk": 1},
        {"riskreg.risk": {"rows": "3"}},
        {"riskreg.risk": {"columns": [["title"]], "first": 1, "last": 9, "rows": 3}},
        {"riskreg.risk": {"columns": ["title", "title"], "first": 1, "last": 9, "rows": 3}},
        7,
    ],
)
def test_contents_that_make_no_sense_do_not_stop_the_verification(sealed: SealedTrail, contents: object) -> None:
    tampering.change_contents(2, contents)
    assert (first().kind, first().seal) == ("seal_changed", 2)


def test_a_deleted_seal_in_the_middle_is_found(sealed: SealedTrail) -> None:
    tampering.delete_seal(2)
    assert (first().kind, first().seal) == ("seal_missing", 2)


def test_a_deleted_first_seal_is_found(sealed: SealedTrail) -> None:
    tampering.delete_seal(1)
    assert (first().kind, first().seal) == ("seal_missing", 1)


def test_a_deleted_last_seal_is_found_by_the_printed_head(sealed: SealedTrail) -> None:
    printed = str(head())
    tampering.delete_seal(3)
    found = first(printed)
    assert (found.kind, found.detail) == ("head_unknown", printed)


def test_a_seal_renumbered_into_anothers_place_is_found(sealed: SealedTrail) -> None:
    tampering.delete_seal(2)
    sql("UPDATE riskreg_sealedrow SET seal_id = 1 WHERE seal_id = 3")
    sql("UPDATE riskreg_seal SET seq = 2 WHERE seq = 3")
    sql(
        "UPDATE riskreg_sealedrow SET seal_id = 2 WHERE seal_id = 1 AND history_id IN (%s, %s, %s) AND model = 'riskreg.risk'",
        *[rows[2] for rows in sealed.rows],
    )
    assert (first().kind, first().seal) == ("seal_changed", 2)


def test_seals_made_again_after_a_change_are_found_by_a_head_noted_before(sealed: SealedTrail) -> None:
    printed = str(sealed.seals[1])
    change(sealed.rows[0][0], "title", "Ingenting särskilt")
    tampering.make_seals_again()
    assert verify().is_intact, "the drill's forger must be good enough to deceive without a head"
    found = first(printed)
    assert (found.kind, found.seal, found.detail) == ("head_unknown", 2, printed)
    assert first(printed.partition(":")[2]).kind == "head_unknown"


@pytest.mark.parametrize(("column", "value"), [("hash", "ab" * 32), ("link", "ab" * 32), ("record", "4711")])
def test_a_changed_entry_of_a_seal_is_found(sealed: SealedTrail, column: str, value: str) -> None:
    altered = sealed.rows[1][1]
    sql(f"UPDATE riskreg_sealedrow SET {column} = %s WHERE id = %s", value, entry_of(altered).pk)
    found = first()
    assert (found.kind, found.seal, found.history_id) == ("entry_changed", 2, altered)


def test_a_row_changed_together_with_its_entry_is_found(sealed: SealedTrail) -> None:
    from riskreg.trail import canonical
    from riskreg.trail.tables import sealed_tables

    altered = sealed.rows[1][1]
    change(altered, "title", "Elpriser")
    entry = entry_of(altered)
    values = sealed_tables()["riskreg.risk"].read(entry.seal.contents["riskreg.risk"]["columns"], [altered])[altered]
    assert values is not None
    forged = canonical.row_hash(entry.salt, canonical.row_text("riskreg.risk", altered, values))
    sql("UPDATE riskreg_sealedrow SET hash = %s WHERE id = %s", forged, entry.pk)
    found = first()
    assert (found.kind, found.seal, found.history_id) == ("entry_changed", 2, altered)


@pytest.mark.parametrize("place", [0, 1, 2], ids=["first", "middle", "last"])
def test_a_deleted_entry_of_a_seal_is_found(sealed: SealedTrail, place: int) -> None:
    altered = sealed.rows[place][1]
    sql("DELETE FROM riskreg_sealedrow WHERE id = %s", entry_of(altered).pk)
    found = first()
    assert (found.kind, found.seal, found.history_id, found.record) == (
        "entry_deleted",
        2,
        altered,
        str(sealed.risks[place].pk),
    )


def test_a_row_deleted_together_with_its_entry_is_found(sealed: SealedTrail) -> None:
    altered = sealed.rows[1][1]
    sql("DELETE FROM riskreg_sealedrow WHERE id = %s", entry_of(altered).pk)
    tampering.delete_row(altered)
    assert (first().kind, first().seal, first().model) == ("entry_deleted", 2, "riskreg.risk")


@pytest.mark.parametrize("place", ["between", "at the end"])
def test_an_entry_inserted_for_a_forged_row_is_found(sealed: SealedTrail, place: str) -> None:
    forged = sealed.rows[0][1] - 1000 if place == "between" else sealed.rows[2][1] + 1000
    tampering.copy_row(sealed.rows[0][1], forged)
    like = entry_of(sealed.rows[2][1])
    SealedRow.objects.create(
        seal_id=2, model="riskreg.risk", history_id=forged, record=like.record, salt=like.salt, hash=like.hash, link="ab" * 32
    )
    found = [each for each in verify().findings if each.history_id == forged]
    assert found
    assert found[0].kind in {"entry_inserted", "entry_changed"}


def test_all_entries_of_a_seal_deleted_are_found(sealed: SealedTrail) -> None:
    sql("DELETE FROM riskreg_sealedrow WHERE seal_id = 2")
    assert (first().kind, first().seal) == ("entry_deleted", 2)


def test_an_authors_account_may_be_deleted_without_breaking_a_seal(sealed: SealedTrail) -> None:
    eva = sealed.cast.eva
    assert Risk.history.filter(history_user=eva).exists()
    eva.memberships.all().delete()
    eva.delete()
    assert not Risk.history.filter(history_user__isnull=False).exists()
    outcome = verify()
    assert outcome.is_intact, outcome.findings


# In words


def test_every_finding_is_said_in_words_with_the_record_named(sealed: SealedTrail) -> None:
    change(sealed.rows[1][1], "title", "Elpriser")
    statement = state(verify().findings, None)[0]
    assert "2025-02 Energibrist" in statement.text
    assert f"history row {sealed.rows[1][1]}" in statement.text or str(sealed.rows[1][1]) in statement.text


def test_a_record_that_the_reader_does_not_see_is_not_named(sealed: SealedTrail) -> None:
    risk = sealed.risks[1]
    risk.is_confidential, risk.confidentiality_section = True, "OSL 18:8"
    risk.save()
    change(sealed.rows[1][1], "title", "Elpriser")
    findings = verify().findings
    assert "Energibrist" in state(findings, sealed.cast.eva)[0].text
    assert "Energibrist" not in state(findings, sealed.cast.ake)[0].text


def test_many_alterations_are_counted_and_the_first_are_named(sealed: SealedTrail) -> None:
    sql("UPDATE riskreg_historicaluser SET name = 'Ingen'")
    outcome = verify()
    assert outcome.found == 8
    assert {each.model for each in outcome.findings} == {"riskreg.user"}
