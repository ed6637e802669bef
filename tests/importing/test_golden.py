"""The file of each kind of layout has its values; and of all files together every word is accounted for."""

from __future__ import annotations

import io
from collections import Counter

import pytest

from controls.importing.comparing import compare
from controls.importing.reading import read
from controls.importing.target import find_target
from riskreg.importing.account import Account, Fate
from riskreg.importing.columns import ImportRow
from riskreg.models import ControlPlan
from tests.cast import Cast

from .golden import GOLDEN, Golden
from .test_account import files_that_tests_make, files_under_tests

pytestmark = pytest.mark.one_engine


def imported(cast: Cast, name: str, data: bytes, wanted: dict[str, str] | None = None) -> tuple[list[ImportRow], Account]:
    """Read the file and answer what it asks; the account is of the plan that it would make."""
    ControlPlan.objects.filter(pk=cast.plan.pk).update(state="draft")
    target = find_target(cast.board, 2025, closing=cast.interim)
    answers: dict[str, str] = {}
    for _more in range(3):
        reading = read(io.BytesIO(data), name, target, {}, answers)
        changes = compare(reading.rows, target, by=cast.eva, answers=answers)
        questions = [*reading.asked.questions, *changes.findings.asked.questions]
        answers |= {
            question.key: choice
            for question in questions
            for start, choice in (wanted or {}).items()
            if question.key.startswith(start)
        }
    account = reading.account(changes.findings.settled)
    assert account.balances(reading.content), name
    return reading.rows, account


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.name)
def test_the_file_of_each_layout_has_its_values(cast: Cast, golden: Golden) -> None:
    rows, account = imported(cast, golden.name, golden.make(), golden.answers)
    assert [{name: getattr(row, name) for name in wanted} for row, wanted in zip(rows, golden.rows, strict=False)] == golden.rows
    assert len(rows) == len(golden.rows)
    assert {entry.text for entry in account.of(Fate.KEPT)} == golden.kept
    assert {(entry.text, entry.settlement.reason) for entry in account.of(Fate.LEFT_OUT)} == golden.left_out


WORDS = {Fate.TAKEN: 2576, Fate.KEPT: 45, Fate.LEFT_OUT: 51}
"""Of all files of plans under tests, those that tests make among them: changes with them."""


def test_of_every_file_under_tests_taken_kept_and_left_out_are_all(cast: Cast) -> None:
    """The sum of the words is the account's own figure of how much is accounted for."""
    files = {str(path): path.read_bytes() for path in files_under_tests()} | files_that_tests_make()
    answers = {golden.name: golden.answers for golden in GOLDEN}
    counted: Counter[Fate] = Counter()
    for name, data in (files | {golden.name: golden.make() for golden in GOLDEN}).items():
        rows, account = imported(cast, name, data, answers.get(name))
        assert rows, name
        counted.update({fate: count.words for fate, count in account.counts().items()})
    assert counted == WORDS, counted.total()
