"""Draws that the product makes by itself, for a check that is open and due within a week.

The population is locked and the design has its size. Until then a person can draw it, or take the seed from a public
event.

Population and plan are people's, and each has its author; the seed is the system's own, and seed and draw are signed
by Riskreg itself, for nobody did them. Each step is the verb a person would use, so run twice or by two at once it
draws once: the second is refused. The draw itself is a sampling run, which the worker takes.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation

from controls.models import Check, Population, Sample, SamplingRun
from controls.sampling.drawing import verbs
from riskreg.verbs.errors import Refused

DRAWN_BEFORE = timedelta(days=7)


def draw_what_is_ready(today: date) -> list[int]:
    """Queue the draws that are ready; return the keys of the runs.

    A sample that cannot be drawn waits for a person, who is told why when they try.
    """
    ready = Sample.objects.filter(
        state__in=(Sample.State.DESIGNED, Sample.State.SEEDED),
        size__isnull=False,
        population__state=Population.State.LOCKED,
        occasion__state__in=Check.OPEN_STATES,
        occasion__due_on__lte=today + DRAWN_BEFORE,
    ).exclude(runs__state__in=(SamplingRun.State.WAITING, SamplingRun.State.RUNNING))
    asked = []
    # What the history says of it is in the installation's language, whoever's worker this is.
    with translation.override(settings.LANGUAGE_CODE):
        for sample in ready.order_by("pk"):
            try:
                seeded = verbs.seed_from_system(sample, by=None) if sample.state == Sample.State.DESIGNED else sample
                _row, run = verbs.draw(seeded, by=None)
            except (Refused, ValidationError):
                continue
            asked.append(run.pk)
    return asked
