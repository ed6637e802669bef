"""Waiting for a condition: as short as can be, and with a deadline that says what was waited for."""

from __future__ import annotations

import pytest

from tests.waiting import becomes_true, wait_until


def test_it_returns_what_the_condition_answers_as_soon_as_it_is_true() -> None:
    answers = iter([None, "", "there"])
    assert wait_until(lambda: next(answers), "it is there", seconds=20, every=0) == "there"


def test_when_the_time_is_over_it_fails_with_what_was_waited_for_as_it_is_then() -> None:
    lines: list[str] = []

    def is_said() -> bool:
        lines.append("still working")
        return False

    with pytest.raises(AssertionError, match=r"Not within 0.01 s: still working"):
        wait_until(is_said, lambda: lines[-1], seconds=0.01, every=0)
    with pytest.raises(AssertionError, match=r"Not within 0 s: the worker answers"):
        wait_until(lambda: False, "the worker answers", seconds=0)


def test_it_looks_once_also_when_there_is_no_time() -> None:
    assert becomes_true(lambda: True, seconds=0)
    assert not becomes_true(lambda: False, seconds=0)
