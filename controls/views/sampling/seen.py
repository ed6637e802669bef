"""Find what a page of sampling is about, for a user who sees it, and the way there."""

from __future__ import annotations

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from controls.models import Population, Sample
from riskreg.access.grants import require
from riskreg.access.verbs import Verb
from riskreg.models import User

Crumbs = list[tuple[str, str | None]]


def seen_population(user: User, pk: int) -> Population:
    """Return the population, for a user who sees it. Raises Http404."""
    related = ("unit", "control__risk__plan__unit", "source", "occasion", "uploaded_by", "locked_by")
    return get_object_or_404(Population.objects.visible_to(user).select_related(*related), pk=pk)


def seen_sample(user: User, pk: int, *, right: Verb = Verb.VIEW) -> Sample:
    """Return the sample, for a user who sees it and has the right at its unit. Raises Http404, NotPermitted."""
    related = ("population__unit", "population__control__risk__plan__unit", "follow_up__closing", "occasion")
    people = ("seed_set_by", "drawn_by")
    sample = get_object_or_404(Sample.objects.visible_to(user).select_related(*related, *people), pk=pk)
    if right != Verb.VIEW:
        require(user, right, sample.population.unit)
    return sample


def crumbs_of(sample: Sample) -> Crumbs:
    """Return the breadcrumbs of the sample's page."""
    risk = sample.population.control.risk
    trail: Crumbs = [(risk.title, risk.get_absolute_url())]
    if sample.follow_up is not None:
        trail.append((str(sample.follow_up.closing), sample.follow_up.get_absolute_url()))
    return [*trail, (str(sample.population), sample.population.get_absolute_url())]


def crumbs_below(sample: Sample) -> Crumbs:
    """Return the breadcrumbs of a page below the sample's."""
    return [*crumbs_of(sample), (_("Sample"), sample.get_absolute_url())]
