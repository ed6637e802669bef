"""Signals of one invoice are one, and a subject's score is explained term by term."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from controls.monitoring.rules import RULES
from controls.monitoring.rules.benford import EXPECTED, Fit, compare
from controls.monitoring.rules.combining import combine
from controls.monitoring.rules.rule import Hit


def hit(rule: str, subject: str, *rows: int, amount: int = 10) -> Hit:
    return Hit(rule, subject, f"Firma {subject}", {}, rows, Decimal(amount))


def test_several_signals_of_one_invoice_are_one_with_several_reasons() -> None:
    [subject] = combine(
        [
            hit("round_sums", "1", 5),
            hit("days_off", "1", 7),
            hit("double_same_day", "1", 4, 5, amount=30),
            hit("days_off", "1", 4),
        ],
        RULES,
    )
    assert [signal.reasons for signal in subject.signals] == [("double_same_day", "days_off", "round_sums"), ("days_off",)]
    assert subject.signals[0].amount == 30


def test_a_signal_of_many_invoices_stays_by_itself() -> None:
    [subject] = combine([hit("consecutive_numbers", "1", 4, 5, 6), hit("round_sums", "1", 5)], RULES)
    assert {signal.reasons for signal in subject.signals} == {("consecutive_numbers",), ("round_sums",)}


def test_the_same_rows_of_another_payee_are_another_signal() -> None:
    assert len(combine([hit("round_sums", "1", 5), hit("days_off", "2", 5)], RULES)) == 2


@pytest.mark.parametrize(("count", "points"), [(1, Fraction(5)), (2, Fraction(25, 4)), (5, Fraction(10)), (50, Fraction(10))])
def test_further_signals_of_a_rule_add_less_and_less(count: int, points: Fraction) -> None:
    [subject] = combine([hit("bankruptcy", "1", row) for row in range(count)], RULES)
    [term] = subject.terms
    assert (term.rule, term.weight, term.count, term.points) == ("bankruptcy", 5, count, points)


def test_the_score_is_the_sum_of_its_terms_and_sorts() -> None:
    low, high = hit("round_sums", "1", 5), [hit("bankruptcy", "2", 1), hit("no_f_tax", "2", 1)]
    first, second = combine([low, *high], RULES)
    assert (first.subject, first.score, second.score) == ("2", Fraction(9), Fraction(1))
    assert [term.rule for term in first.terms] == ["bankruptcy", "no_f_tax"]


def test_first_digits_are_an_indicator_with_figures() -> None:
    lawful = compare([round(10_000 * share) for share in EXPECTED])
    assert (lawful.fit, lawful.total) == (Fit.CLOSE, 10_000)
    assert compare([1000] * 9).fit == Fit.NONE
    assert compare([30, 18, 12, 10, 8, 7, 6, 5, 4]).fit == Fit.TOO_FEW
