"""Cells as people see them: no personal number is whole."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from controls.monitoring.kinds import FieldType
from controls.monitoring.registers.cells import cell_text, mask_persons

DAY = date(2025, 9, 8)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("640823-3234", "19640823-****"),
        ("Anna Ek, 19640823-3234, Lillköping", "Anna Ek, 19640823-****, Lillköping"),
        ("196408233234", "19640823-****"),
        ("556016-0680", "556016-0680"),  # an organisation's
        ("640823-3235", "640823-3235"),  # no one's: its check digit is wrong
        ("Faktura 6408233234567", "Faktura 6408233234567"),
    ],
)
def test_a_personal_number_is_masked_wherever_it_stands(text: str, shown: str) -> None:
    assert mask_persons(text, on=DAY) == shown


def test_typed_cells_are_told_as_their_kind() -> None:
    assert cell_text("196408233234", FieldType.IDENTITY, on=DAY) == "19640823-****"
    assert cell_text("5560160680", FieldType.IDENTITY, on=DAY) == "556016-0680"
    assert cell_text(Decimal("1234.5000"), FieldType.AMOUNT, on=DAY).replace("\N{NO-BREAK SPACE}", " ") == "1 234,50"
    assert cell_text(date(2025, 6, 30), FieldType.DAY, on=DAY) == "2025-06-30"
    assert cell_text(None, FieldType.FLAG, on=DAY) == ""
