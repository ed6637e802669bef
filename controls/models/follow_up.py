"""Follow-ups: the result of a control at a closing, with conclusions and visibility."""

from __future__ import annotations

from datetime import date
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from controls.models.control import Control
from riskreg.access.grants import kept_by_standing, stands_in_for
from riskreg.access.sight import parts_of_sight, seen_by_risk, units_around, units_where
from riskreg.access.verbs import Verb
from riskreg.database.compiled import compiled_subquery
from riskreg.models.history import tracked
from riskreg.models.risk import Risk

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from riskreg.models import User


class Conclusion(models.TextChoices):
    """The finding of a follow-up. Shown as symbol and word, never as colour alone."""

    NO_DEVIATIONS = "no_deviations", _("No deviations")
    MINOR_DEVIATIONS = "minor_deviations", _("Minor deviations")
    SIGNIFICANT_DEVIATIONS = "significant_deviations", _("Significant deviations")
    ONGOING = "ongoing", _("Ongoing")
    COULD_NOT_BE_PERFORMED = "could_not_be_performed", _("Could not be performed")

    @property
    def symbol(self) -> str:
        return {
            "no_deviations": "✓",
            "minor_deviations": "!",
            "significant_deviations": "✕",
            "ongoing": "◷",
            "could_not_be_performed": "–",
        }[self.value]

    @property
    def tone(self) -> str:
        return {
            "no_deviations": "low",
            "minor_deviations": "guard",
            "significant_deviations": "critical",
            "ongoing": "ongoing",
            "could_not_be_performed": "none",
        }[self.value]

    @property
    def is_deviation(self) -> bool:
        return self in {Conclusion.MINOR_DEVIATIONS, Conclusion.SIGNIFICANT_DEVIATIONS}

    @property
    def gravity(self) -> int:
        """0 for the gravest: of several conclusions, the one to look at first is that with the least."""
        return _GRAVEST_FIRST.index(self)


_GRAVEST_FIRST = (
    Conclusion.SIGNIFICANT_DEVIATIONS,
    Conclusion.MINOR_DEVIATIONS,
    Conclusion.COULD_NOT_BE_PERFORMED,
    Conclusion.ONGOING,
    Conclusion.NO_DEVIATIONS,
)


@kept_by_standing
def of_seen_units(user: User | AnonymousUser, field: str = "") -> Q:
    """Return the condition that a follow-up (behind `field`) belongs to a unit the user may see it of.

    Follow-ups of a municipality-wide risk: a user who reaches the risk's own unit sees every unit's, everybody else
    those of the units around them.
    """
    prefix = f"{field}__" if field else ""
    around = units_around(user)
    if around is None:
        return Q()
    risk = f"{prefix}control__risk"
    whole = units_where(user, Verb.VIEW, f"{risk}__unit")
    return Q(**{f"{risk}__is_municipality_wide": False}) | whole | Q(**{f"{prefix}unit__in": compiled_subquery(around)})


@kept_by_standing
def follow_ups_seen_by(user: User | AnonymousUser, field: str = "") -> Q:
    """Return the condition that the user sees a follow-up (behind `field`)."""
    control = f"{field}__control" if field else "control"
    return seen_by_risk(user, control, Control, "risk") & of_seen_units(user, field)


@kept_by_standing
def all_seen_by(user: User | AnonymousUser, field: str = "") -> Q:
    """Return what follow_ups_seen_by returns (without a field), worded for lists and counts of all that the user sees.

    SQLite reads all follow-ups there are where their risk may be of one's units or municipality-wide: it is told to begin with
    the risks. For a single follow-up that would be the longer way.
    """
    parts = parts_of_sight(user)
    if not parts or connection.vendor != "sqlite":
        return follow_ups_seen_by(user)
    of_risks = (compiled_subquery(Control.objects.filter(risk__in=Risk.objects.filter(part))) for part in parts)
    return reduce(or_, (Q(control__in=controls) for controls in of_risks)) & of_seen_units(user)


def people_served_by(user: User) -> list[int]:
    """Return the keys of the user and those they are deputy for."""
    return [user.pk, *stands_in_for(user)]


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def visible_to(self, user: User) -> FollowUpQuerySet:
        return self.filter(follow_ups_seen_by(user))

    def all_visible_to(self, user: User) -> FollowUpQuerySet:
        """Keep what visible_to keeps, for lists and counts of all of it."""
        return self.filter(all_seen_by(user))

    def waiting_on(self, user: User) -> FollowUpQuerySet:
        """Keep the open follow-ups that the user, or somebody they are deputy for, has to perform."""
        return self.filter(performer__in=people_served_by(user), state__in=FollowUp.OPEN_STATES)

    def late(self, on: date) -> FollowUpQuerySet:
        return self.filter(state__in=FollowUp.OPEN_STATES, due_on__lt=on)


class FollowUp(models.Model):
    """The report of a control at a closing: result, conclusion, action. One row of the report."""

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        IN_PROGRESS = "in_progress", _("In progress")
        SUBMITTED = "submitted", _("Submitted")
        APPROVED = "approved", _("Approved")

    OPEN_STATES = (State.PLANNED, State.IN_PROGRESS)

    control = models.ForeignKey(
        "controls.Control", verbose_name=_("control"), on_delete=models.PROTECT, related_name="follow_ups"
    )
    closing = models.ForeignKey(
        "controls.Closing", verbose_name=_("closing"), on_delete=models.PROTECT, related_name="follow_ups"
    )
    unit = models.ForeignKey("riskreg.Unit", verbose_name=_("unit"), on_delete=models.PROTECT, related_name="follow_ups")
    check_performed = models.ForeignKey(
        "controls.Check",
        verbose_name=_("check"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="follow_ups",
    )
    performer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("performed by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="follow_ups",
    )
    due_on = models.DateField(_("due"))
    state = models.CharField(_("state"), max_length=15, choices=State.choices, default=State.PLANNED, editable=False)

    result = models.TextField(_("result"), blank=True, help_text=_("What was examined, how much, and what it showed."))
    conclusion = models.CharField(_("conclusion"), max_length=25, choices=Conclusion.choices, blank=True)
    conclusion_reason = models.CharField(
        _("reason for the conclusion"),
        max_length=500,
        blank=True,
        help_text=_("For instance why minor deviations are acceptable."),
    )
    conclusion_wording = models.TextField(
        _("conclusion, as worded"),
        blank=True,
        editable=False,
        help_text=_("As the imported file words it, when that says more than the conclusion."),
    )
    performed_otherwise = models.CharField(
        _("performed in another way than planned"),
        max_length=500,
        blank=True,
        help_text=_("For instance a more extensive check than the planned sample. Leave empty when done as planned."),
    )

    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("submitted by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("approved by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True, editable=False)
    returned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("returned by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    returned_at = models.DateTimeField(_("returned"), null=True, blank=True, editable=False)
    return_reason = models.TextField(_("reason for the return"), blank=True, editable=False)
    last_edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("last edited by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )

    objects = FollowUpQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")
        ordering = ["due_on", "control"]
        constraints = [
            models.UniqueConstraint(
                fields=["control", "closing", "unit"], name="a_control_is_followed_up_once_a_closing_and_unit"
            ),
            models.CheckConstraint(
                name="submitted_by_and_at_go_together",
                condition=Q(submitted_by__isnull=True, submitted_at__isnull=True)
                | Q(submitted_by__isnull=False, submitted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="approved_by_and_at_go_together",
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
            ),
            models.CheckConstraint(
                name="returned_by_at_and_reason_go_together",
                condition=Q(returned_by__isnull=True, returned_at__isnull=True, return_reason="")
                | (Q(returned_by__isnull=False, returned_at__isnull=False) & ~Q(return_reason="")),
            ),
            models.CheckConstraint(
                name="a_submitted_follow_up_has_result_and_conclusion",
                condition=Q(state__in=["planned", "in_progress"])
                | (~Q(result="") & ~Q(conclusion="") & Q(submitted_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="an_approved_follow_up_says_by_whom", condition=Q(state="approved") ^ Q(approved_by__isnull=True)
            ),
            models.CheckConstraint(
                name="nobody_approves_what_they_performed_submitted_or_edited_last",
                condition=Q(approved_by__isnull=True)
                | (
                    ~Q(approved_by=F("submitted_by"))
                    & (Q(performer__isnull=True) | ~Q(approved_by=F("performer")))
                    & (Q(last_edited_by__isnull=True) | ~Q(approved_by=F("last_edited_by")))
                ),
            ),
            models.CheckConstraint(name="conclusion_is_known", condition=Q(conclusion="") | Q(conclusion__in=Conclusion.values)),
        ]
        indexes = [
            models.Index(fields=["performer", "state", "due_on"], name="follow_up_inbox"),
            models.Index(fields=["closing", "conclusion"], name="follow_up_by_conclusion"),
            # A closing's follow-ups are counted by unit and state, and those that are late, from these indexes alone.
            models.Index(fields=["closing", "unit", "state", "due_on", "control"], name="follow_up_of_closing"),
            models.Index(fields=["state", "due_on", "unit", "control"], name="follow_up_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.control.risk.title}, {self.closing}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN_STATES

    @property
    def is_returned(self) -> bool:
        return self.state == self.State.IN_PROGRESS and bool(self.return_reason)

    def is_late(self, on: date) -> bool:
        return self.is_open and self.due_on < on

    @property
    def concluded(self) -> Conclusion | None:
        return Conclusion(self.conclusion) if self.conclusion else None

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("admin:controls_followup_change", args=[self.pk])
