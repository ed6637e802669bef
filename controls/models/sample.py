"""Samples: draws from populations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from controls.models.follow_up import follow_ups_seen_by
from riskreg.access.sight import units_where
from riskreg.access.verbs import Verb
from riskreg.models.history import tracked

if TYPE_CHECKING:
    from riskreg.models import User


class SampleQuerySet(models.QuerySet["Sample"]):
    def visible_to(self, user: User) -> SampleQuerySet:
        return self.filter(follow_ups_seen_by(user, "population"))

    def reserved_for(self, user: User) -> SampleQuerySet:
        """Keep the samples whose `Sample.reserved` fields are open to the user.

        They are for readers of the population's rows.
        """
        return self.filter(units_where(user, Verb.READ_POPULATION, "population__unit"))

    def drawn(self) -> SampleQuerySet:
        return self.filter(state__in=Sample.DRAWN_STATES)


class Sample(models.Model):
    """One draw from a population: how many and why, by which seed, and the record that anyone can verify.

    `design` keeps every planning input as the designer gave it. The draw itself reads these keys of it, all optional:

    * `strata`: {stratum: size} (method stratified): the n smallest tickets of each
    * `whole_from`: amount as text; items at or above it are all taken, outside `size`
    * `interval`: amount as text (method monetary)
    """

    class Method(models.TextChoices):
        RANDOM = "random", _("Random sample")
        STRATIFIED = "stratified", _("Random sample by group")
        MONETARY = "monetary", _("By amount (monetary units)")
        CENSUS = "census", _("Every item")

    class State(models.TextChoices):
        DESIGNED = "designed", _("Designed")
        SEEDED = "seeded", _("Seed set")
        DRAWN = "drawn", _("Drawn")
        CLOSED = "closed", _("Closed")

    class SeedOrigin(models.TextChoices):
        SYSTEM = "system", _("Drawn by the system")
        EVENT = "event", _("From a public event")

    DRAWN_STATES = (State.DRAWN, State.CLOSED)

    population = models.ForeignKey(
        "controls.Population", verbose_name=_("population"), on_delete=models.PROTECT, related_name="samples"
    )
    occasion = models.ForeignKey(
        "controls.Check", verbose_name=_("check"), null=True, blank=True, on_delete=models.PROTECT, related_name="samples"
    )
    follow_up = models.ForeignKey(
        "controls.FollowUp",
        verbose_name=_("follow-up"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="samples",
    )
    method = models.CharField(_("method"), max_length=12, choices=Method.choices, default=Method.RANDOM, editable=False)
    design: models.JSONField[Any, Any] = models.JSONField(_("design"), default=dict, blank=True, editable=False)
    size = models.PositiveIntegerField(_("size"), null=True, blank=True, editable=False)
    seed = models.CharField(_("seed"), max_length=400, blank=True, editable=False)
    seed_origin = models.CharField(_("origin of the seed"), max_length=10, choices=SeedOrigin.choices, blank=True, editable=False)
    seed_event = models.CharField(
        _("event, place and witnesses"),
        max_length=500,
        blank=True,
        editable=False,
        help_text=_("For a seed from a public event: what, where, when and who saw it."),
    )
    seed_set_at = models.DateTimeField(_("seed set"), null=True, blank=True, editable=False)
    seed_set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("seed set by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    seed_set_by_itself = models.BooleanField(_("seed set by Riskreg itself"), default=False, editable=False)
    population_locked_at = models.DateTimeField(_("population locked"), null=True, blank=True, editable=False)
    population_sha256 = models.CharField(_("SHA-256 of the population"), max_length=64, blank=True, editable=False)
    algorithm = models.CharField(_("algorithm"), max_length=60, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DESIGNED, editable=False)
    drawn_at = models.DateTimeField(_("drawn"), null=True, blank=True, editable=False)
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("drawn by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    drawn_by_itself = models.BooleanField(_("drawn by Riskreg itself"), default=False, editable=False)
    record: models.JSONField[Any, Any] = models.JSONField(_("record of the draw"), default=dict, blank=True, editable=False)
    record_sha256 = models.CharField(_("SHA-256 of the record"), max_length=64, blank=True, editable=False)

    reserved = frozenset({"design", "record"})
    """They name the groups, which may be names of people."""

    objects = SampleQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("sample")
        verbose_name_plural = _("samples")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["population", "occasion"],
                condition=Q(occasion__isnull=False),
                name="a_population_is_drawn_from_once_for_a_check",
            ),
            models.UniqueConstraint(
                fields=["population", "follow_up"],
                condition=Q(occasion__isnull=True, follow_up__isnull=False),
                name="a_population_is_drawn_from_once_for_a_follow_up",
            ),
            models.UniqueConstraint(
                fields=["population"],
                condition=Q(occasion__isnull=True, follow_up__isnull=True),
                name="a_population_is_drawn_from_once_without_a_check",
            ),
            models.CheckConstraint(
                name="a_seed_has_its_origin_time_and_author",
                condition=Q(state="designed", seed="", seed_origin="", seed_set_at__isnull=True)
                | (Q(seed_set_at__isnull=False) & ~Q(state="designed") & ~Q(seed="") & ~Q(seed_origin="")),
            ),
            models.CheckConstraint(
                name="a_seed_was_set_by_a_person_or_by_riskreg_itself",
                condition=Q(seed="", seed_set_by__isnull=True, seed_set_by_itself=False)
                | (~Q(seed="") & (Q(seed_set_by__isnull=False) ^ Q(seed_set_by_itself=True))),
            ),
            models.CheckConstraint(
                name="riskreg_itself_takes_the_seed_from_the_system",
                condition=Q(seed_set_by_itself=False) | Q(seed_origin="system"),
            ),
            models.CheckConstraint(
                name="a_seed_is_set_after_the_population_was_locked",
                condition=Q(seed="")
                | (Q(population_locked_at__isnull=False, seed_set_at__gt=F("population_locked_at")) & ~Q(population_sha256="")),
            ),
            models.CheckConstraint(name="a_seed_from_an_event_says_which", condition=~Q(seed_origin="event") | ~Q(seed_event="")),
            models.CheckConstraint(
                name="a_drawn_sample_has_its_record",
                condition=Q(state__in=["designed", "seeded"], drawn_at__isnull=True, record_sha256="")
                | (Q(state__in=["drawn", "closed"], drawn_at__isnull=False) & ~Q(record_sha256="") & ~Q(algorithm="")),
            ),
            models.CheckConstraint(
                name="a_sample_was_drawn_by_a_person_or_by_riskreg_itself",
                condition=Q(drawn_at__isnull=True, drawn_by__isnull=True, drawn_by_itself=False)
                | (Q(drawn_at__isnull=False) & (Q(drawn_by__isnull=False) ^ Q(drawn_by_itself=True))),
            ),
            models.CheckConstraint(
                name="a_seeded_sample_has_its_size", condition=Q(state="designed") | Q(size__isnull=False, size__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.population}, {self.get_method_display()}"

    @property
    def is_drawn(self) -> bool:
        return self.state in self.DRAWN_STATES

    @property
    def seed_setter(self) -> str:
        """The name of the person or process that set the seed, for a page."""
        return _author(self.seed_set_by, self.seed_set_by_itself)

    @property
    def drawer(self) -> str:
        """The name of the person or process that drew, for a page."""
        return _author(self.drawn_by, self.drawn_by_itself)

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("sample", args=[self.pk])


def _author(person: User | None, is_itself: bool) -> str:
    return gettext("Riskreg (by itself)") if is_itself else str(person or "–")
