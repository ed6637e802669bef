"""The anchors of the trail's head outside the register. Machinery: the proof is what lies outside (docs/trail-anchors.md)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Anchor(models.Model):
    """A head of the chain that is to be, or was, anchored at a place outside: a line of a file, or a time stamp.

    Of a file: the SHA-256 of the line, and the public key that signed it. Of a time stamp: the service's whole answer.
    """

    class Kind(models.TextChoices):
        FILE = "file", _("Append-only file")
        STAMP = "tsa", _("Time stamp (RFC 3161)")

    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices)
    target = models.CharField(_("place"), max_length=500)
    head_seq = models.PositiveBigIntegerField(_("seal"))
    head_hash = models.CharField(_("hash of the seal"), max_length=64)
    asked_at = models.DateTimeField(_("asked for"))
    next_attempt_at = models.DateTimeField(_("next attempt"))
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    problem = models.CharField(_("problem"), max_length=300, blank=True)
    made_at = models.DateTimeField(_("anchored"), null=True, blank=True)
    line_hash = models.CharField(_("hash of the line"), max_length=64, blank=True)
    key = models.CharField(_("public key"), max_length=64, blank=True)
    token = models.BinaryField(_("time stamp"), null=True, blank=True)

    class Meta:
        verbose_name = _("anchor of the trail")
        verbose_name_plural = _("anchors of the trail")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "target", "head_seq", "head_hash"], name="a_head_is_anchored_once_at_a_place"
            ),
            models.CheckConstraint(
                name="an_anchor_that_was_made_holds_its_proof",
                condition=Q(made_at__isnull=True)
                | (Q(kind="file") & ~Q(line_hash="") & ~Q(key=""))
                | Q(kind="tsa", token__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.head

    @property
    def head(self) -> str:
        """The head as it is printed, "17:9f3a…"."""
        return f"{self.head_seq}:{self.head_hash}"
