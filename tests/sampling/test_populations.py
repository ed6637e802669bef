"""A population's way in: uploaded, read, its columns chosen, locked; and what is refused on the way, with nothing left."""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from controls.data_files import disk
from controls.data_files.content import content_hash
from controls.models import Check, Population, SamplingRun
from controls.sampling import work
from controls.sampling.populations import verbs
from controls.sampling.populations.kept_upload import SHELF, find_kept_upload, keep_upload
from controls.sampling.populations.verbs import Columns
from riskreg.access.verbs import NotPermitted
from riskreg.verbs.errors import NotInThisState, ReasonNeeded, Refused
from riskreg.web.kept_uploads import MAX_HOURS, KeptUpload
from tests.cast import Cast
from tests.data_files.files import HEADINGS, csv_bytes, invoices, xlsx_bytes
from tests.sampling.scene import a_control, locked, read_in, uploaded, with_columns

pytestmark = [pytest.mark.django_db(transaction=False), pytest.mark.usefixtures("today")]


def files_left() -> list[str]:
    folder = Path(django_settings.MEDIA_ROOT) / "populations"
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) if folder.exists() else []


def test_an_uploaded_file_is_read_and_its_likely_key_proposed(cast: Cast) -> None:
    population = read_in(cast)
    assert population.state == "draft"
    assert population.columns == list(HEADINGS)
    assert (population.row_count, population.first_row) == (200, 2)
    assert (population.original_format, population.original_encoding) == ("csv", "UTF-8")
    assert population.key_columns == ["Faktura"]
    assert population.personal_columns == []
    assert population.profile["checked"]["problems"]["found"] == []
    assert files_left() == [str(Path(str(population.file.name)).relative_to("populations"))]


def test_its_history_says_who_and_what(population: Population) -> None:
    rows = [(row.history_user_name, row.history_change_reason) for row in population.history.order_by("history_id")]
    assert [who for who, _ in rows] == ["Karin Lindqvist"] * len(rows)
    assert "fakturor.csv" in rows[0][1]
    assert population.sha256 in rows[-1][1]


def test_a_locked_population_has_its_counts_its_hash_and_its_time(cast: Cast, population: Population) -> None:
    assert population.is_locked
    assert population.sha256 == content_hash(HEADINGS, invoices(200), ["Faktura"])
    assert population.row_count == 200
    assert population.control_total == sum(Decimal(row[2].replace(",", ".")) for row in invoices(200))
    assert population.locked_by == cast.karin
    assert population.retained_until == date(2027, 9, 8)


def test_the_control_says_how_long_its_populations_are_kept(cast: Cast) -> None:
    assert locked(cast, control=a_control(cast, retention_months=6)).retained_until == date(2026, 3, 8)


def test_the_same_content_from_another_kind_of_file_has_the_same_hash(cast: Cast) -> None:
    control = a_control(cast)
    hashes = {
        locked(cast, control=control).sha256,
        locked(cast, xlsx_bytes(invoices(200)), control=control, filename="fakturor.xlsx").sha256,
    }
    assert len(hashes) == 1


def test_duplicates_keep_it_from_being_locked_and_are_named_by_row(cast: Cast) -> None:
    rows = [*invoices(5), invoices(5)[1]]
    population = with_columns(read_in(cast, csv_bytes(rows)), cast.karin)
    _, run = verbs.lock(population, by=cast.karin)
    work.perform(run.pk)
    run.refresh_from_db()
    population.refresh_from_db()
    assert (run.state, population.state) == ("failed", "draft")
    assert run.problem
    [problem] = population.profile["checked"]["problems"]["found"]
    assert (problem["row"], problem["other"], problem["value"]) == (7, "3", "F000002")


def test_once_locked_nothing_of_it_changes(cast: Cast, population: Population) -> None:
    with pytest.raises(NotInThisState):
        verbs.choose_columns(population, by=cast.karin, columns=Columns(("Faktura",)))
    with pytest.raises(NotInThisState):
        verbs.lock(population, by=cast.karin)
    with pytest.raises(NotInThisState):
        verbs.discard(population, by=cast.karin)


def test_a_file_changed_behind_the_product_s_back_is_not_locked(cast: Cast) -> None:
    population = with_columns(read_in(cast), cast.karin)
    path = Path(population.file.path)
    path.write_bytes(path.read_bytes() + b"x")
    _, run = verbs.lock(population, by=cast.karin)
    work.perform(run.pk)
    run.refresh_from_db()
    assert run.state == "failed"
    assert Population.objects.get(pk=population.pk).state == "draft"


def test_locking_before_a_key_is_chosen_says_so(cast: Cast) -> None:
    population = read_in(cast, csv_bytes([("1", "a", "1", "x"), ("1", "a", "1", "x")]))
    assert population.key_columns == []
    with pytest.raises(Refused, match=r"[Kk]ey|nyckel"):
        verbs.lock(population, by=cast.karin)


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        (Columns(()), "key"),
        (Columns(("Verifikation",)), "key"),
        (Columns(("Faktura",), amount="Summa"), "amount"),
        (Columns(("Faktura",), stratum="Grupp"), "stratum"),
    ],
)
def test_columns_that_are_not_there_are_refused_by_field(cast: Cast, columns: Columns, field: str) -> None:
    population = read_in(cast)
    with pytest.raises(ValidationError) as caught:
        verbs.choose_columns(population, by=cast.karin, columns=columns)
    assert list(caught.value.message_dict) == [field]


@pytest.mark.parametrize(
    ("content", "filename"), [(b"", "a.csv"), (b"%PDF-1.7", "a.pdf"), (b"PK\x03\x04", "a.xlsx"), (b"Nr;B\n1;2", "a.xlsx")]
)
def test_what_is_no_population_is_refused_at_the_door(cast: Cast, content: bytes, filename: str) -> None:
    with pytest.raises(ValidationError) as caught:
        uploaded(cast, content, filename=filename)
    assert list(caught.value.message_dict) == ["file"]
    assert files_left() == []
    assert not Population.objects.exists()


def test_a_file_above_the_limit_is_refused(cast: Cast, settings: Any) -> None:
    settings.POPULATION_MAX_BYTES = 100
    with pytest.raises(ValidationError):
        uploaded(cast)


@pytest.mark.parametrize("content", [b"Nr;Belopp\n", b"Nr;Belopp\n1;2\n3;4;5\n"])
def test_a_file_that_turns_out_unreadable_leaves_a_draft_that_says_why(cast: Cast, content: bytes) -> None:
    run = uploaded(cast, content)
    work.perform(run.pk)
    run.refresh_from_db()
    assert run.state == "failed"
    assert run.problem
    assert files_left() == []
    assert not Population.objects.get().file


def test_a_draft_can_be_discarded_with_its_file(cast: Cast, django_capture_on_commit_callbacks: Any) -> None:
    population = read_in(cast)
    with django_capture_on_commit_callbacks(execute=True):
        verbs.discard(population, by=cast.karin)
    assert files_left() == []
    assert not Population.objects.exists()
    assert Population.history.filter(history_type="-").exists()


def test_only_one_thing_at_a_time_is_done_with_a_population(cast: Cast) -> None:
    run = uploaded(cast)
    with pytest.raises(Refused):
        verbs.choose_columns(run.population, by=cast.karin, columns=Columns(("Faktura",)))
    population = read_in(cast, control=a_control(cast, "En annan risk"))
    verbs.lock(population, by=cast.karin)
    with pytest.raises(Refused):
        verbs.lock(population, by=cast.karin)


def test_columns_that_seem_to_hold_personal_data_are_proposed_as_such(cast: Cast) -> None:
    rows = [(f"F{i}", "Anna Berg", "100,00", f"4{i:03}") for i in range(20)]
    population = read_in(cast, csv_bytes(rows, ("Faktura", "Attestant", "Belopp", "Konto")))
    assert population.personal_columns == ["Attestant"]
    assert population.profile["personal"] == {"Attestant": "names"}


# A refused form keeps the file


def keep(cast: Cast, control: Any, content: bytes = b"Nr;Belopp\n1;2\n3;4\n", name: str = "a.csv") -> KeptUpload:
    return keep_upload(control, by=cast.karin, file=SimpleUploadedFile(name, content))


def test_a_kept_upload_becomes_one_population(cast: Cast) -> None:
    control = a_control(cast)
    found = find_kept_upload(keep(cast, control).token, control, by=cast.karin)
    assert found is not None
    given: dict[str, Any] = {"by": cast.karin, "unit": control.risk.unit, "file": found, "name": ""}
    with pytest.raises(ValidationError):
        verbs.upload(control, source_system=" ", **given)
    population, run = verbs.upload(control, source_system="Raindance", **given)
    assert work.perform(run.pk)
    population.refresh_from_db()
    assert (population.row_count, population.original_name, population.original_sha256) == (2, "a.csv", found.sha256)
    assert find_kept_upload(found.token, control, by=cast.karin) is None
    with pytest.raises(ValidationError) as caught:
        verbs.upload(control, source_system="Raindance", **given)
    assert list(caught.value.message_dict) == ["file"]
    assert len(files_left()) == 1


def test_a_file_that_is_refused_leaves_the_earlier_one_kept(cast: Cast) -> None:
    control = a_control(cast)
    kept = keep(cast, control)
    with pytest.raises(ValidationError):
        keep(cast, control, b"MZ", "b.exe")
    assert kept.path.exists()


def test_a_refusal_of_the_database_leaves_the_upload_kept(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any, **_given: Any) -> None:
        raise Refused("nej")

    control = a_control(cast)
    kept = keep(cast, control)
    monkeypatch.setattr(verbs, "ask", refuse)
    with pytest.raises(Refused):
        verbs.upload(control, by=cast.karin, unit=control.risk.unit, file=kept, name="", source_system="Raindance")
    assert kept.path.exists()


def test_a_kept_upload_is_its_user_s_and_its_control_s_for_a_day(cast: Cast) -> None:
    control, other = a_control(cast), a_control(cast, "En annan risk")
    token = keep(cast, control).token
    assert find_kept_upload(token, control, by=cast.johan) is None
    assert find_kept_upload(token, other, by=cast.karin) is None
    assert find_kept_upload(token[:-1] + ("a" if token[-1] != "a" else "b"), control, by=cast.karin) is None
    assert find_kept_upload("", control, by=cast.karin) is None
    with time_machine.travel(time.time() + (MAX_HOURS + 1) * 3600):
        assert find_kept_upload(token, control, by=cast.karin) is None


def test_of_one_user_and_control_one_upload_is_kept_and_for_a_day(cast: Cast) -> None:
    control = a_control(cast)
    first, second = keep(cast, control), keep(cast, control, name="b.csv")
    other = keep(cast, a_control(cast, "En annan risk"))
    assert (first.path.exists(), second.path.exists(), other.path.exists()) == (False, True, True)
    os.utime(second.path, (time.time(), time.time() - (MAX_HOURS + 1) * 3600))
    assert SHELF.delete_old(datetime.now(tz=UTC)) == 1
    assert (second.path.exists(), other.path.exists()) == (False, True)


def test_a_file_for_which_the_disk_has_no_room_is_refused_at_the_door(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "RESERVE_MB", 10**9)
    with pytest.raises(ValidationError) as caught:
        uploaded(cast)
    assert list(caught.value.message_dict) == ["file"]
    assert files_left() == []


# Rights


def test_who_may_prepare_a_sample(cast: Cast) -> None:
    control = a_control(cast)
    for person in (cast.karin, cast.johan, cast.eva):
        assert uploaded(cast, control=control, by=person).pk
    for person in (cast.ake, cast.siv, cast.bo, cast.ulla, cast.nils):
        with pytest.raises(NotPermitted):
            uploaded(cast, control=control, by=person)


def test_a_stranger_s_population_is_not_seen(cast: Cast) -> None:
    population = read_in(cast)
    assert not Population.objects.visible_to(cast.bo).exists()
    with pytest.raises(NotPermitted):
        verbs.lock(population, by=cast.bo)


def test_a_check_of_another_control_is_refused(cast: Cast) -> None:
    day = date(2025, 9, 30)
    other = Check.objects.create(
        control=a_control(cast, "En annan risk"), unit=cast.board, nominal_on=day, due_on=day, last_day=day
    )
    with pytest.raises(ValidationError) as caught:
        uploaded(cast, occasion=other)
    assert "occasion" in caught.value.message_dict


# Saved sources


def test_a_saved_source_brings_its_columns_to_the_next_file(cast: Cast) -> None:
    control = a_control(cast)
    first = with_columns(
        read_in(cast, control=control), cast.karin, "Faktura", amount="Belopp", stratum="Konto", personal=("Leverantör",)
    )
    source = verbs.save_source(first, by=cast.karin, name="Fakturajournal")
    again = read_in(cast, csv_bytes(invoices(50, start=900)), control=control, source=source, source_system="")
    assert (again.key_columns, again.amount_column, again.stratum_column) == (["Faktura"], "Belopp", "Konto")
    assert again.personal_columns == ["Leverantör"]
    assert again.source_system == first.source_system
    assert again.profile["checked"]["total"]


def test_a_source_whose_columns_are_gone_names_them(cast: Cast) -> None:
    control = a_control(cast)
    source = verbs.save_source(with_columns(read_in(cast, control=control), cast.karin), by=cast.karin, name="Journal")
    other = read_in(cast, b"Nr;Namn\n1;a\n2;b\n", control=control, source=source)
    [problem] = other.profile["checked"]["problems"]["found"]
    assert (problem["code"], problem["column"]) == ("key_missing", "Faktura")


# Legal hold and time


def test_a_legal_hold_needs_its_reason_and_is_for_controllers_and_managers(cast: Cast, population: Population) -> None:
    with pytest.raises(ReasonNeeded):
        verbs.hold(population, by=cast.eva, reason=" ")
    with pytest.raises(NotPermitted):
        verbs.hold(population, by=cast.karin, reason="Tvist")
    held = verbs.hold(population, by=cast.eva, reason="Tvist om fakturan")
    assert (held.is_held, held.hold_reason) == (True, "Tvist om fakturan")
    with pytest.raises(Refused):
        verbs.hold(population, by=cast.johan, reason="Igen")
    assert not verbs.release(population, by=cast.johan, reason="Tvisten är avgjord").is_held


def test_the_time_is_moved_to_a_day_to_come(cast: Cast, population: Population, today: date) -> None:
    with pytest.raises(ValidationError):
        verbs.retain(population, by=cast.eva, until=today - timedelta(days=1), reason="Arkivet")
    assert verbs.retain(population, by=cast.eva, until=date(2030, 1, 1), reason="Arkivet").retained_until == date(2030, 1, 1)


# The database refuses nonsense


@pytest.mark.parametrize(
    "change",
    [
        {"sha256": ""},
        {"locked_at": None},
        {"locked_by": None},
        {"row_count": 0},
        {"source_system": ""},
        {"is_held": True},
        {"hold_reason": "x"},
        {"state": "weeded"},
        {"state": "draft"},
    ],
)
def test_a_locked_population_keeps_what_it_says(population: Population, change: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Population.objects.filter(pk=population.pk).update(**change)


def test_a_run_that_ended_has_its_time(cast: Cast) -> None:
    run = uploaded(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        SamplingRun.objects.filter(pk=run.pk).update(state="done")
