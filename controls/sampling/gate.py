"""The gates of populations and samples (riskreg.verbs.gate)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from django.utils.translation import gettext as _

from controls.models import Population, Sample
from controls.sampling.settled import lock_what_stands_on, require_unsettled
from controls.transitions import POPULATION, SAMPLE
from riskreg.verbs.gate import Gated, lock_row

VERB_LABELS: dict[str, Callable[[], str]] = {
    "choose_columns": lambda: _("Choose columns"),
    "read_sheet": lambda: _("Read another sheet"),
    "answer": lambda: _("Answer the questions"),
    "lock": lambda: _("Lock the population"),
    "discard": lambda: _("Discard"),
    "begin_sample": lambda: _("Design a sample"),
    "save_source": lambda: _("Save as a source for next time"),
    "hold": lambda: _("Put on legal hold"),
    "release": lambda: _("Release the legal hold"),
    "retain": lambda: _("Keep longer"),
    "design": lambda: _("Change the design"),
    "seed": lambda: _("Set the seed"),
    "draw": lambda: _("Draw"),
    "log": lambda: _("Log an outcome"),
    "replace": lambda: _("Replace"),
    "extend": lambda: _("Extend"),
    "close": lambda: _("Close the sample"),
    "reopen": lambda: _("Reopen"),
}
UNSETTLED = frozenset(one.verb for one in SAMPLE.transitions if "is_unsettled" in one.guards)
"""Verbs that change the result of a sample: refused once the follow-up or the check that stands on it is settled."""

POPULATIONS: Gated[Population] = Gated(
    workflow=POPULATION,
    labels=VERB_LABELS,
    rows=lambda: Population.objects.select_related("unit", "control__risk"),
    unit=lambda population: population.unit,
)


def _lock_with_population(sample: Sample) -> None:
    """Lock what stands on the sample, then its population, so that nothing happens to them meanwhile."""
    lock_what_stands_on(sample)
    lock_row(Population.objects.all(), sample.population_id)


SAMPLES: Gated[Sample] = Gated(
    workflow=SAMPLE,
    labels=VERB_LABELS,
    rows=lambda: Sample.objects.select_related("population__unit", "population__control__risk"),
    unit=lambda sample: sample.population.unit,
    conditions={"is_unsettled": require_unsettled},
    lock_first=_lock_with_population,
    # What the product does with a sample when nobody asks: the plan is a person's, the seed is chance.
    by_itself=frozenset({"seed", "draw"}),
)

OUTCOMES: Gated[Sample] = replace(
    SAMPLES,
    rows=lambda: Sample.objects.select_related("population__unit", "follow_up", "occasion"),
    lock_first=lock_what_stands_on,
    no_key=True,
)
"""A sample whose outcomes are logged: several people at once, so only what stands on it and its own row are locked."""
