"""A register's files: taken when nothing is odd about them, asked about when something is; then they stand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from controls.models import Register, RegisterRun, RegisterSnapshot
from controls.monitoring.kinds import KINDS
from controls.monitoring.registers import verbs
from controls.monitoring.registers.asks import ask_words
from controls.monitoring.registers.weeding import weed_due
from controls.monitoring.registers.work import perform
from riskreg.access.verbs import NotPermitted
from riskreg.verbs.errors import Refused
from tests.cast import Cast
from tests.monitoring.registers.scene import AUGUST, JULY, JUNE, SUPPLIERS, a_file, a_register, described, fed

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]


@pytest.fixture
def register(cast: Cast, today: date) -> Register:
    return a_register(cast.board, cast.johan)


def codes(snapshot: RegisterSnapshot) -> list[str]:
    return [ask["code"] for ask in snapshot.asks]


def test_the_models_kinds_are_those_that_are_known() -> None:
    assert {kind.value: str(kind.label) for kind in Register.Kind} == {code: str(kind.label) for code, kind in KINDS.items()}


def test_a_file_whose_headings_are_known_is_taken_at_once_and_its_columns_are_remembered(register: Register, cast: Cast) -> None:
    snapshot = fed(register, cast.karin)
    assert (snapshot.state, snapshot.row_count, snapshot.asks) == ("taken", 4, [])
    register.refresh_from_db()
    assert register.mapping == snapshot.mapping
    assert register.mapping["supplier_number"] == "Leverantörsnummer"
    stored = duckdb.sql(f"select key, name, identity, identity_is_person from '{snapshot.file.path}' order by key").fetchall()
    assert stored[0] == ("1001", "Bygg & Son AB", "5560160680", False)
    assert stored[3][2:] == ("196408233234", True)


def test_the_same_file_twice_is_one(register: Register, cast: Cast) -> None:
    fed(register, cast.karin)
    with pytest.raises(Refused, match=r"2025-08-31|31 augusti 2025"):
        verbs.feed(register, by=cast.karin, file=a_file(), as_of=AUGUST)
    assert register.snapshots.count() == 1


def test_a_file_that_says_less_than_the_one_before_is_asked_about(register: Register, cast: Cast) -> None:
    fed(register, cast.karin, as_of=JUNE)
    fewer = fed(register, cast.karin, SUPPLIERS[0], as_of=JULY)
    assert codes(fewer) == ["fewer_rows"]
    others = [("9" + row[0], *row[1:]) for row in SUPPLIERS]
    assert codes(fed(register, cast.karin, *others, as_of=JULY)) == ["key_changed"]
    headings = ("Leverantörsnummer", "Namn", "Organisationsnummer", "Annat", "Ort")
    gone = fed(register, cast.karin, as_of=JULY, headings=headings)
    assert codes(gone) == ["vanished"]
    assert RegisterSnapshot.objects.taken().count() == 1


def test_amounts_that_may_be_thousands_are_asked_about(cast: Cast, today: date) -> None:
    agreements = a_register(cast.board, cast.johan, kind="agreements")
    headings = ("Avtalsnr", "Leverantör", "Takvärde", "Gäller till")
    odd = fed(agreements, cast.karin, ("1", "Bygg & Son AB", "1.234", "2026-01-31"), as_of=JUNE, headings=headings)
    assert odd.asks == [{"code": "thousands", "fields": ["ceiling"]}]
    assert str(KINDS["agreements"].field("ceiling").label) in ask_words(odd.asks[0], KINDS["agreements"])
    plain = fed(agreements, cast.karin, ("1", "Bygg & Son AB", "1.234,50", "2026-01-31"), as_of=JULY, headings=headings)
    assert plain.asks == []


def test_what_was_asked_about_is_taken_or_discarded_by_a_person(register: Register, cast: Cast) -> None:
    fed(register, cast.karin, as_of=JUNE)
    fewer = fed(register, cast.karin, SUPPLIERS[0], as_of=JULY)
    with pytest.raises(NotPermitted):
        verbs.take(fewer, by=cast.karin)
    assert verbs.take(fewer, by=cast.johan, reason="Rensat").state == "taken"
    other = fed(register, cast.karin, *[("9" + row[0], *row[1:]) for row in SUPPLIERS], as_of=AUGUST)
    path = Path(other.file.path)
    with transaction.atomic():
        verbs.discard(other, by=cast.karin)
    assert RegisterSnapshot.objects.count() == 2
    assert RegisterSnapshot.history.filter(id=other.pk, history_type="-").exists()
    assert path.exists()  # the file goes when the transaction of the test would end


def test_a_file_without_the_key_waits_for_its_columns_and_is_taken_once_they_are_chosen(register: Register, cast: Cast) -> None:
    snapshot = fed(register, cast.karin, headings=("Id", "Kallas", "Org", "Konto", "Plats"))
    assert "no_key" in codes(snapshot)
    with pytest.raises(Refused, match=r"nyckeln|key"):
        verbs.take(snapshot, by=cast.johan)
    _row, (run,) = verbs.map_columns(
        register, by=cast.johan, mapping={"supplier_number": "Id", "name": "Kallas", "identity": "Org"}
    )
    assert perform(run.pk)
    snapshot = RegisterSnapshot.objects.get(pk=snapshot.pk)
    assert (snapshot.state, snapshot.mapping["supplier_number"]) == ("taken", "Id")


def test_a_register_of_an_own_kind_needs_its_key_chosen(cast: Cast, today: date) -> None:
    register = a_register(cast.board, cast.johan, kind="own", name="Nycklar")
    snapshot = fed(register, cast.karin, headings=("Nyckel", "Namn", "Nr", "Konto", "Plats"))
    assert codes(snapshot) == ["no_key"]
    _row, (run,) = verbs.map_columns(register, by=cast.johan, mapping={}, key_columns=["Nyckel"])
    assert perform(run.pk)
    assert RegisterSnapshot.objects.get(pk=snapshot.pk).is_taken


def test_an_older_snapshot_takes_its_place_in_time(register: Register, cast: Cast) -> None:
    latest = fed(register, cast.karin, as_of=AUGUST)
    late = fed(register, cast.karin, *SUPPLIERS[:3], as_of=JUNE)
    assert list(register.snapshots.taken()) == [latest, late]
    assert RegisterSnapshot.objects.before(latest).get() == late
    with pytest.raises(ValidationError, match=r"2025-12-31|31 december 2025"):
        verbs.feed(register, by=cast.karin, file=a_file(SUPPLIERS[:2]), as_of=date(2025, 12, 31))


def test_a_taken_snapshot_stands(register: Register, cast: Cast) -> None:
    snapshot = fed(register, cast.karin)
    for values in ({"sha256": "0" * 64}, {"as_of": JUNE}, {"row_count": 1}):
        with pytest.raises(DatabaseError, match="stands"), transaction.atomic():
            RegisterSnapshot.objects.filter(pk=snapshot.pk).update(**values)


def test_a_closed_register_takes_no_file_until_it_is_taken_into_use_again(register: Register, cast: Cast) -> None:
    verbs.close(register, by=cast.johan, reason="Nytt system")
    with pytest.raises(Refused):
        verbs.feed(register, by=cast.karin, file=a_file(), as_of=AUGUST)
    verbs.reopen(register, by=cast.johan, reason="Ändå inte")
    assert fed(register, cast.karin).is_taken


def test_a_snapshot_is_weeded_when_its_registers_time_is_over(register: Register, cast: Cast, settings: Any) -> None:
    snapshot = fed(register, cast.karin, as_of=JUNE)
    assert weed_due(datetime(2027, 6, 30, tzinfo=UTC)) == 0
    assert weed_due(datetime(2027, 7, 2, tzinfo=UTC)) == 1
    snapshot.refresh_from_db()
    assert (snapshot.state, snapshot.file.name, snapshot.sha256 != "") == ("weeded", "", True)
    assert "duplicates" not in snapshot.facts
    # The same file may come again.
    assert fed(register, cast.karin, as_of=JUNE).is_taken


def test_a_register_is_described_whole(cast: Cast, today: date) -> None:
    with pytest.raises(ValidationError) as refused:
        verbs.open_register(cast.board, by=cast.johan, kind="suppliers", described=described("", retention_months=0))
    assert set(refused.value.message_dict) == {"name", "retention_months"}
    with pytest.raises(NotPermitted):
        verbs.open_register(cast.board, by=cast.karin, kind="suppliers", described=described())


def test_a_file_that_cannot_be_read_says_why_and_leaves_no_upload(register: Register, cast: Cast, settings: Any) -> None:
    _snapshot, run = verbs.feed(register, by=cast.karin, file=a_file(name="lev.json"), as_of=AUGUST)
    assert perform(run.pk)
    run = RegisterRun.objects.get(pk=run.pk)
    assert (run.state, run.problem != "") == ("failed", True)
    assert list((Path(settings.MEDIA_ROOT) / "registers/incoming").iterdir()) == []
