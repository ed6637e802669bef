"""Weeding: a row's words go and its hash stays, so that what is left is still guarded."""

from __future__ import annotations

import pytest
from django.utils import timezone

from riskreg.models import Risk, SealedRow, Tombstone
from riskreg.trail.seals import seal
from riskreg.trail.tables import TOMBSTONES
from riskreg.trail.verification import verify
from riskreg.trail.weeding import TrailAltered, weed
from tests.trail.conftest import SealedTrail
from tests.trail.tampering import change, entry_of, first, sql


def weed_title(sealed: SealedTrail, history_id: int) -> None:
    weed(
        Risk,
        [history_id],
        ["title", "title_sort"],
        by=sealed.cast.siv,
        reason="Gallringsbeslut KS 2025/12",
        now=timezone.now(),
    )


def test_a_weeded_row_verifies_and_its_words_and_salt_are_gone(sealed: SealedTrail) -> None:
    weeded = sealed.rows[1][0]
    before = entry_of(weeded)
    weed_title(sealed, weeded)
    outcome = verify()
    assert outcome.is_intact, outcome.findings
    assert outcome.weeded == 1
    row = Risk.history.get(history_id=weeded)
    assert (row.title, row.title_sort) == ("", "")
    kept = SealedRow.objects.get(pk=before.pk)
    assert (kept.hash, kept.salt, kept.weeded) == (before.hash, "", True)
    stone = Tombstone.objects.get()
    assert (stone.sealed_hash, stone.weeded_by, stone.reason) == (before.hash, "Siv Ek", "Gallringsbeslut KS 2025/12")


def test_a_row_may_be_weeded_twice(sealed: SealedTrail) -> None:
    weeded = sealed.rows[1][1]
    weed_title(sealed, weeded)
    weed(
        Risk,
        [weeded],
        ["history_user_name", "history_user_id"],
        by=sealed.cast.siv,
        reason="Gallringsbeslut KS 2025/13",
        now=timezone.now(),
    )
    assert verify().is_intact
    assert verify().weeded == 2


def test_what_is_left_of_a_weeded_row_is_still_guarded(sealed: SealedTrail) -> None:
    weeded = sealed.rows[1][0]
    weed_title(sealed, weeded)
    change(weeded, "description", "Något annat")
    assert (first().kind, first().history_id) == ("row_changed", weeded)


def test_a_row_emptied_without_a_tombstone_is_found(sealed: SealedTrail) -> None:
    change(sealed.rows[1][0], "title", "")
    assert (first().kind, first().history_id) == ("row_changed", sealed.rows[1][0])


def test_an_entry_marked_as_weeded_without_a_tombstone_is_found(sealed: SealedTrail) -> None:
    altered = sealed.rows[1][0]
    entry = entry_of(altered)
    change(altered, "title", "")
    sql("UPDATE riskreg_sealedrow SET weeded = %s, salt = '' WHERE id = %s", True, entry.pk)
    assert (first().kind, first().history_id) == ("tombstone_missing", altered)
    seal(timezone.now())
    assert (first().kind, first().history_id) == ("tombstone_missing", altered)


def test_a_forged_tombstone_is_found_and_is_not_sealed_by_the_nightly_seal(sealed: SealedTrail) -> None:
    altered = sealed.rows[1][0]
    entry = entry_of(altered)
    change(altered, "title", "")
    sql("UPDATE riskreg_sealedrow SET weeded = %s, salt = '' WHERE id = %s", True, entry.pk)
    Tombstone.objects.create(
        model="riskreg.risk",
        history_id=altered,
        sealed_hash=entry.hash,
        columns=["title"],
        reason="Gallringsbeslut",
        weeded_at=timezone.now(),
        weeded_by="Siv Ek",
    )
    seal(timezone.now())
    kinds = {(found.kind, found.history_id) for found in verify().findings}
    assert {("tombstone_missing", altered), ("tombstone_forged", altered)} <= kinds


def test_a_changed_or_deleted_tombstone_is_found(sealed: SealedTrail) -> None:
    weed_title(sealed, sealed.rows[1][0])
    stone = Tombstone.objects.get()
    sql("UPDATE riskreg_tombstone SET reason = %s WHERE id = %s", "Annat beslut", stone.pk)
    assert (first().kind, first().model, first().history_id) == ("row_changed", TOMBSTONES, stone.pk)
    sql("DELETE FROM riskreg_tombstone WHERE id = %s", stone.pk)
    assert {found.kind for found in verify().findings} == {"tombstone_missing", "row_deleted"}


def test_an_altered_row_is_not_weeded_away(sealed: SealedTrail) -> None:
    altered = sealed.rows[1][0]
    change(altered, "description", "Något annat")
    with pytest.raises(TrailAltered):
        weed_title(sealed, altered)
    assert not Tombstone.objects.exists()


def test_weeding_takes_a_reason_and_columns_that_can_be_emptied(sealed: SealedTrail) -> None:
    now, siv = timezone.now(), sealed.cast.siv
    refused = [(["title"], " "), ([], "Beslut"), (["number"], "Beslut"), (["history_date"], "Beslut"), (["id"], "Beslut")]
    for columns, reason in refused:
        with pytest.raises(ValueError, match=r"State which|cannot be empty|never weeded"):
            weed(Risk, sealed.rows[0], columns, by=siv, reason=reason, now=now)
    with pytest.raises(ValueError, match="has no column nickname"):
        weed(Risk, sealed.rows[0], ["nickname"], by=siv, reason="Beslut", now=now)
