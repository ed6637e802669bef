"""docs/trail.md says of every table whether it has a history, and of every column that a history lacks why."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.apps import apps
from simple_history.models import HistoricalChanges

from riskreg.trail.findings import Kind, Sentences
from riskreg.trail.left_out import LEFT_OUT
from riskreg.trail.tables import trail_tables

pytestmark = pytest.mark.one_engine

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "trail.md").read_text(encoding="utf-8")


def test_every_model_is_tracked_or_listed_with_the_reason() -> None:
    """A new model fails here until it is decided: track it, or say in docs/trail.md why not."""
    part = PAGE.partition("**Kinds of record without a history.**")[2].partition("\n## ")[0]
    listed = {label for label, why in re.findall(r"^\| ([a-z]+\.[a-z]+) \| (.{10,}) \|$", part, re.MULTILINE)}
    models = {model._meta.label_lower for model in apps.get_models() if not issubclass(model, HistoricalChanges)}
    assert models - set(trail_tables()) == listed


def test_every_column_left_out_is_in_the_page() -> None:
    rows = re.findall(r"^\| ([a-z]+\.[a-z]+) \| ([a-z_]+) \| .{10,} \| (.+) \|$", PAGE, re.MULTILINE)
    assert {(label, column): instead == "its SHA-256" for label, column, instead in rows} == {
        place: bool(left_out.hash_column) for place, left_out in LEFT_OUT.items()
    }


def test_every_kind_of_finding_has_its_sentence() -> None:
    assert set(Sentences.OF) == set(Kind)
