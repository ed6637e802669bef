from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from riskreg.models import Membership, Risk, Role
from riskreg.trail import verify_export
from riskreg.trail.export import compare, export_lines
from riskreg.trail.seals import head, seal
from riskreg.trail.verify_export import Mismatch, canonical, verify
from riskreg.trail.weeding import weed
from tests.cast import make_risk, make_user
from tests.examples import some
from tests.trail import tampering
from tests.trail.conftest import SealedTrail

VERIFIER = Path(verify_export.__file__)


def exported(reader: Any = None) -> list[str]:
    return list(export_lines(reader, timezone.now()))


def rows(lines: list[str]) -> dict[tuple[str, int], dict[str, Any]]:
    parsed = (json.loads(line) for line in lines)
    return {(line["model"], line["id"]): line for line in parsed if line["kind"] == "row"}


def test_an_export_verifies_with_its_heads(sealed: SealedTrail) -> None:
    lines = exported()
    counts = verify(lines, str(head()))
    assert counts["seals"] == 3
    assert counts["shown"] == len(rows(lines)) > 40
    assert verify(lines, sealed.seals[0].hash) == counts
    with pytest.raises(Mismatch, match="no seal has the hash"):
        verify(lines, "3:" + "ab" * 32)


def test_an_export_with_weeded_rows_verifies(sealed: SealedTrail) -> None:
    weed(Risk, sealed.rows[0], ["title", "title_sort"], by=sealed.cast.siv, reason="Beslut", now=timezone.now())
    lines = exported()
    assert verify(lines)["weeded"] == 3
    assert "Felaktiga" not in "".join(lines)


def test_the_verifier_names_a_row_that_was_changed_in_the_register(sealed: SealedTrail) -> None:
    tampering.change(sealed.rows[1][1], "title", "Elpriser")
    with pytest.raises(Mismatch, match=f"riskreg.risk {sealed.rows[1][1]} has been changed"):
        verify(exported())


def test_the_verifier_names_a_row_that_was_deleted_in_the_register(sealed: SealedTrail) -> None:
    tampering.delete_row(sealed.rows[1][1])
    with pytest.raises(Mismatch, match=f"riskreg.risk {sealed.rows[1][1]} is missing"):
        verify(exported())


def test_the_verifier_finds_a_missing_seal(sealed: SealedTrail) -> None:
    tampering.delete_seal(2)
    with pytest.raises(Mismatch, match="seal 2 does not follow"):
        verify(exported())


def test_the_verifier_runs_by_itself_without_the_project(sealed: SealedTrail, tmp_path: Path) -> None:
    file = tmp_path / "trail.jsonl"
    out = StringIO()
    call_command("export_trail", str(file), stdout=out)
    alone = tmp_path / "verify_export.py"
    alone.write_bytes(VERIFIER.read_bytes())
    run = [sys.executable, "-I", str(alone), str(file), "--head", str(head())]
    answer = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.startswith("Intact: 3 seals")
    file.write_text(file.read_text(encoding="utf-8").replace("Energibrist", "Elpriser", 1), encoding="utf-8")
    answer = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert answer.returncode == 1
    assert "DOES NOT MATCH: line" in answer.stderr


def test_the_verifier_needs_the_standard_library_alone() -> None:
    source = VERIFIER.read_text(encoding="utf-8")
    imported = {line.split()[1].partition(".")[0] for line in source.splitlines() if line.startswith(("import ", "from "))}
    assert imported <= set(sys.stdlib_module_names)


def test_an_export_never_overwrites_a_file(sealed: SealedTrail, tmp_path: Path) -> None:
    file = tmp_path / "trail.jsonl"
    file.write_text("kept", encoding="utf-8")
    with pytest.raises(CommandError, match=r"trail\.jsonl"):
        call_command("export_trail", str(file))
    assert file.read_text(encoding="utf-8") == "kept"


# Who reads what


def test_who_verifies_at_the_top_and_sees_the_confidential_reads_everything(sealed: SealedTrail) -> None:
    lines = exported(sealed.cast.eva)
    assert json.loads(lines[0])["scope"] == "all"
    assert verify(lines)["withheld"] == 0


def test_an_auditor_of_one_committee_reads_its_rows_and_verifies_all(sealed: SealedTrail) -> None:
    theirs = make_risk(sealed.cast.school_plan, "Elevhälsan räcker inte")
    seal(timezone.now())
    lines = exported(make_user("Ragnhild Revisor", sealed.cast.school_board, Role.AUDITOR))
    assert verify(lines, str(head()))["withheld"] > 0
    shown = {key for key, line in rows(lines).items() if line["state"] == "shown"}
    ids = Risk.history.filter(id=theirs.pk).values_list("history_id", flat=True)
    assert {number for model, number in shown if model == "riskreg.risk"} == set(ids)
    assert "Energibrist" not in "".join(lines)


def test_a_confidential_risk_is_withheld_from_who_may_not_see_it(sealed: SealedTrail) -> None:
    risk = sealed.risks[1]
    risk.is_confidential, risk.confidentiality_section = True, "OSL 18:8"
    risk.save()
    seal(timezone.now())
    lines = exported(sealed.cast.ake)
    assert verify(lines)["withheld"] > 0
    assert "Energibrist" not in "".join(lines)
    withheld = rows(lines)["riskreg.risk", sealed.rows[1][0]]
    assert set(withheld) == {"hash", "id", "kind", "model", "record", "state"}


def test_the_rows_of_a_deleted_record_are_withheld_from_who_does_not_read_the_whole_trail(sealed: SealedTrail) -> None:
    membership = Membership.objects.get(user=sealed.cast.karin)
    membership.delete()
    seal(timezone.now())
    states = [line["state"] for (model, _id), line in rows(exported(sealed.cast.ake)).items() if model == "riskreg.membership"]
    assert set(states) == {"withheld"}


# Compared with an earlier export


def test_an_earlier_export_names_the_row_that_was_changed_before_all_seals_were_made_again(
    sealed: SealedTrail, tmp_path: Path
) -> None:
    file = tmp_path / "before.jsonl"
    call_command("export_trail", str(file), stdout=StringIO())
    tampering.change(sealed.rows[1][1], "title", "Elpriser")
    tampering.make_seals_again()
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_trail", export=file, stdout=out)
    assert f"{sealed.rows[1][1]}" in out.getvalue()
    assert "Energibrist" in out.getvalue()


def test_an_earlier_export_agrees_with_a_register_that_has_grown_and_been_weeded(sealed: SealedTrail, tmp_path: Path) -> None:
    file = tmp_path / "before.jsonl"
    call_command("export_trail", str(file), stdout=StringIO())
    weed(Risk, sealed.rows[0], ["title", "title_sort"], by=sealed.cast.siv, reason="Beslut", now=timezone.now())
    make_risk(sealed.cast.plan)
    seal(timezone.now())
    call_command("verify_trail", export=file, head=[str(sealed.seals[0])], stdout=StringIO())


def test_seals_made_again_without_any_change_are_told_from_changed_rows(sealed: SealedTrail) -> None:
    before = [json.loads(line) for line in exported()]
    tampering.delete_seal(3)
    seal(timezone.now())
    found = compare(before)
    assert found is not None
    assert found.kind == "entry"


def test_a_file_that_is_no_export_is_refused_with_its_line(sealed: SealedTrail, tmp_path: Path) -> None:
    file = tmp_path / "wrong.jsonl"
    file.write_text("nothing\n", encoding="utf-8")
    with pytest.raises(CommandError, match=r"wrong\.jsonl.* 1"):
        call_command("verify_trail", export=file, stdout=StringIO())


# Any alteration


@pytest.fixture
def lines(sealed: SealedTrail) -> list[str]:
    weed(Risk, sealed.rows[0][:1], ["title", "title_sort"], by=sealed.cast.siv, reason="Beslut", now=timezone.now())
    return exported()


def resealed(body: list[str]) -> list[str]:
    """The body with a correct last line, as who alters an export knows to write it."""
    sum_ = hashlib.sha256("".join(body).encode()).hexdigest()
    return [*body, canonical({"kind": "end", "lines": len(body), "sha256": sum_}) + "\n"]


def test_any_change_of_any_letter_is_found(lines: list[str]) -> None:
    text = "".join(lines)

    @settings(max_examples=some(150), deadline=None, database=None)
    @given(st.integers(0, len(text) - 1), st.characters(codec="utf-8"), st.sampled_from(["replace", "insert", "delete"]))
    def check(place: int, letter: str, how: str) -> None:
        after = {"replace": letter + text[place + 1 :], "insert": letter + text[place:], "delete": text[place + 1 :]}[how]
        altered = text[:place] + after
        if altered == text:
            return
        with pytest.raises((Mismatch, ValueError, KeyError, TypeError, AttributeError)):
            verify(StringIO(altered, newline="\n"))

    check()


def test_any_alteration_of_lines_is_found_also_with_a_corrected_end(lines: list[str]) -> None:
    body = lines[1:-1]
    places = st.integers(0, len(body) - 1)

    @settings(max_examples=some(150), deadline=None, database=None)
    @given(places, places, st.sampled_from(["delete", "swap", "repeat", "move"]))
    def check(one: int, other: int, how: str) -> None:
        altered = list(body)
        if how == "delete":
            if one == len(body) - 1:
                return  # the last seal without its rows: the test below
            del altered[one]
        elif how == "swap":
            altered[one], altered[other] = altered[other], altered[one]
        elif how == "repeat":
            altered.insert(other, altered[one])
        else:
            altered.insert(other, altered.pop(one))
        if altered == body:
            return
        with pytest.raises(Mismatch):
            verify(resealed([lines[0], *altered]))

    check()


def test_any_change_inside_a_line_is_found_also_with_a_corrected_end(lines: list[str]) -> None:
    body = [json.loads(line) for line in lines[1:-1]]

    def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        if isinstance(value, dict):
            return [leaf for key, each in value.items() for leaf in leaves(each, (*path, key))]
        if isinstance(value, list):
            return [leaf for index, each in enumerate(value) for leaf in leaves(each, (*path, index))]
        return [path]

    places = [(number, path) for number, line in enumerate(body) for path in leaves(line)]

    @settings(max_examples=some(300), deadline=None, database=None)
    @given(st.sampled_from(places), st.one_of(st.none(), st.booleans(), st.integers(0, 10**6), st.text(max_size=8)))
    def check(place: tuple[int, tuple[Any, ...]], value: object) -> None:
        number, path = place
        line = json.loads(json.dumps(body[number]))
        inside = line
        for step in path[:-1]:
            inside = inside[step]
        if inside[path[-1]] == value and type(inside[path[-1]]) is type(value):
            return
        inside[path[-1]] = value
        altered = [canonical(each) + "\n" for each in [*body[:number], line, *body[number + 1 :]]]
        with pytest.raises((Mismatch, ValueError, KeyError, TypeError, AttributeError)):
            verify(resealed([lines[0], *altered]))

    check()


@pytest.mark.parametrize("rows_too", [True, False])
def test_the_last_seal_taken_out_is_found(lines: list[str], rows_too: bool) -> None:
    known = json.loads(lines[-2])["hash"]
    seals = [number for number, line in enumerate(lines) if '"kind":"seal"' in line]
    body = lines[: seals[-2] + 1] if rows_too else lines[:-2]
    with pytest.raises(Mismatch):
        verify(resealed(body), known)
