"""A number that a program reads is written without the thousands separator that a reader is given: 1626, never 1 626."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
ATTRIBUTE = re.compile(r'=\s*"([^"]*)"')
KEY = re.compile(r"\{\{\s*[a-zA-Z_.]*(?:\.pk|\.id|\.[a-z]+_id|\.year)\s*(\|[^}]*)?\}\}")
TEXTS = {"field.auto_id", "rows.auto_id", "column.id"}
"""Made by a form or a page as text."""


def faults(template: str) -> list[str]:
    """Keys and years in attributes that would be written as figures for a reader."""
    found = []
    for attribute in ATTRIBUTE.finditer(template):
        for key in KEY.finditer(attribute.group(1)):
            name = key.group(0).strip("{} ").split("|")[0].strip()
            if name not in TEXTS and not re.search(r"stringformat:'d'|unlocalize", key.group(1) or ""):
                found.append(key.group(0))
    return found


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_keys_and_years_in_attributes_are_no_figures(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


def test_one_that_is_a_figure_is_found() -> None:
    assert faults('<option value="{{ plan.pk }}">') == ["{{ plan.pk }}"]
    assert faults('<a href="?unit={{ row.unit_id }}&amp;year={{ found.year }}">') == ["{{ row.unit_id }}", "{{ found.year }}"]
    assert faults("<option value=\"{{ plan.pk|stringformat:'d' }}\">") == []
