"""What a restored register says of itself: its trail, records and files, its drawn samples, and the ends of its history."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.utils.translation import gettext as _

from config.backup.archive import About
from controls.models import Sample
from controls.sampling.drawing import verification as of_samples
from riskreg import clock
from riskreg.heatmap import history_ends
from riskreg.trail.outcome import Outcome
from riskreg.trail.verification import verify


@dataclass(frozen=True)
class Proof:
    """What was verified, and what does not match; it was so in the backup."""

    trail: Outcome
    samples: int
    """The number of drawn samples that were verified."""
    contradicted: list[tuple[Sample, list[str]]]
    """Those that something contradicts, with what it is."""
    spans_are_intact: bool

    @property
    def is_intact(self) -> bool:
        return self.trail.is_intact and self.spans_are_intact and not self.contradicted


def prove(about: About, tell: Callable[[str], None]) -> Proof:
    """Verify the register that the product is aimed at, on the day of its demonstration where it stands still.

    The head that the backup states must be in its trail.
    """
    day = clock.pinned_day() or (date.fromisoformat(about.pinned_day) if about.pinned_day else None)
    with clock.at(day) if day else nullcontext():
        tell(_("Verifying trail, records and files"))
        trail = verify([about.head] if about.head else [], with_files=True)
        tell(_("Verifying the samples"))
        samples, contradicted = _verified_samples()
        return Proof(trail, samples, contradicted, history_ends.verify(connection).is_intact)


def _verified_samples() -> tuple[int, list[tuple[Sample, list[str]]]]:
    """Draw every sample again, and return how many there are and what contradicts which."""
    count, contradicted = 0, []
    for sample in Sample.objects.select_related("population").drawn().order_by("pk").iterator(chunk_size=100):
        count += 1
        if wrong := [one.text for one in of_samples.verify(sample) if one.verdict == of_samples.Verdict.CONTRADICTED]:
            contradicted.append((sample, wrong))
    return count, contradicted
