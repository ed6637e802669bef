"""Spans: the two ends of each risk's history."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models


class RowKey(models.OneToOneField):
    """The record's key as the row's own number, where SQLite has one ("integer", by that very name): found in one search."""

    def db_type(self, connection: Any) -> str | None:
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)


class RiskSpan(models.Model):
    """The two ends of a risk's history: when it begins, and its last row, the last by date.

    An index that the databases lack, so that a look back at a day needs to search the history of those risks alone that
    changed around it. The database keeps it (riskreg/heatmap/history_ends.py) from the history alone; the product only reads.
    Times and values are the history's, so the columns carry its names.
    """

    risk = RowKey("riskreg.Risk", primary_key=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="span")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    last_row = models.BigIntegerField()
    """The key of the last row: the greater of two of the same instant is the later."""
    unit = models.ForeignKey(
        "riskreg.Unit", null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    category = models.ForeignKey(
        "riskreg.RiskCategory", null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    likelihood = models.PositiveSmallIntegerField(null=True)
    impact = models.PositiveSmallIntegerField(null=True)
    risk_score = models.PositiveSmallIntegerField(null=True)
    residual_likelihood = models.PositiveSmallIntegerField(null=True)
    residual_impact = models.PositiveSmallIntegerField(null=True)
    residual_score = models.PositiveSmallIntegerField(null=True)
    is_dropped = models.BooleanField()
    is_confidential = models.BooleanField()
    is_municipality_wide = models.BooleanField()

    class Meta:
        # Never shown and never written by people: no permissions to give.
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.risk_id}: {self.first_at} – {self.last_at}"
