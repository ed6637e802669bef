"""Inquiries: that an authority, a company or a referee was asked about a company, and what the answer was."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from riskreg.access.sight import units_where
from riskreg.access.verbs import Verb
from riskreg.models.history import tracked

if TYPE_CHECKING:
    from riskreg.models import User


def inquiries_read_by(user: User, way: str = "") -> Q:
    """Return the condition on inquiries that the user may read; `way` leads to them, as `inquiry__`.

    One about an alert quotes it, so it is for those alone who may read the alert.
    """
    of_alert = Q(**{f"{way}alert__isnull": True}) | units_where(user, Verb.READ_REGISTER, f"{way}alert__watch__seen_at")
    return units_where(user, Verb.READ_REGISTER, f"{way}unit") & of_alert


class InquiryQuerySet(models.QuerySet["Inquiry"]):
    def visible_to(self, user: User) -> InquiryQuerySet:
        return self.filter(inquiries_read_by(user))

    def waiting(self) -> InquiryQuerySet:
        return self.filter(state=Inquiry.State.ASKED)


class Inquiry(models.Model):
    """A question that was put outside the product, by mail or telephone, about a company; and its answer.

    It is about an alert, or about an organisation number alone. `about` is the company as lists show it. Extracts of
    criminal records are asked about organisations only, and carry no words and no files: what a conviction says is never
    stored (GDPR article 10).
    """

    class Kind(models.TextChoices):
        TAX = "tax", _("F-tax, VAT and employer registration")
        DEBTS = "debts", _("Debts")
        INSOLVENCY = "insolvency", _("Bankruptcy, liquidation, reconstruction")
        OWNERS = "owners", _("Representatives and owners")
        ACCOUNT = "account", _("Bank account")
        PAYMENT = "payment", _("Invoice or payment")
        FINANCES = "finances", _("Finances")
        PERMITS = "permits", _("Permits and insurance")
        REFERENCES = "references", _("References")
        CRIMINAL = "criminal", _("Extract of criminal records")
        OTHER = "other", pgettext_lazy("inquiry", "Something else")

    class AskedOf(models.TextChoices):
        TAX_AGENCY = "tax_agency", _("Swedish Tax Agency")
        ENFORCEMENT = "enforcement", _("Swedish Enforcement Authority")
        COMPANIES = "companies", _("Swedish Companies Registration Office")
        POLICE = "police", _("Swedish Police Authority")
        AUTHORITY = "authority", _("Another authority")
        COMPANY = "company", _("The company itself")
        REFEREE = "referee", _("A referee")
        BANK = "bank", _("A bank")
        OTHER = "other", pgettext_lazy("inquiry", "Somebody else")

    class Outcome(models.TextChoices):
        IN_ORDER = "in_order", pgettext_lazy("inquiry", "In order")
        DEVIATION = "deviation", _("Deviation")
        UNCLEAR = "unclear", _("Cannot be judged")
        NOT_GIVEN = "not_given", _("The information is not given out")
        NO_ANSWER = "no_answer", _("No answer")
        WITHDRAWN = "withdrawn", pgettext_lazy("inquiry", "The question was withdrawn")

    class State(models.TextChoices):
        ASKED = "asked", _("Waits for an answer")
        ANSWERED = "answered", pgettext_lazy("inquiry", "Concluded")

    unit = models.ForeignKey("riskreg.Unit", verbose_name=_("unit"), on_delete=models.PROTECT, related_name="inquiries")
    alert = models.ForeignKey(
        "controls.Alert",
        verbose_name=_("alert"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="inquiries",
    )
    identity = models.CharField(_("organisation number"), max_length=10, blank=True)
    about = models.CharField(_("about"), max_length=300)
    kind = models.CharField(_("what is asked"), max_length=12, choices=Kind.choices)
    asked_of = models.CharField(_("asked of"), max_length=12, choices=AskedOf.choices)
    asked_name = models.CharField(_("who, more precisely"), max_length=120, blank=True)
    question = models.CharField(_("the question"), max_length=500, blank=True)
    asked_on = models.DateField(_("asked"))
    due_on = models.DateField(_("answer expected"))
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("waits for it"), on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ASKED, editable=False)
    answered_on = models.DateField(_("answered"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices, blank=True)
    note = models.TextField(_("note"), max_length=2000, blank=True)

    objects = InquiryQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("inquiry")
        verbose_name_plural = _("inquiries")
        ordering = ["-asked_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="an_inquiry_is_about_an_alert_or_a_company", condition=Q(alert__isnull=False) | ~Q(identity="")
            ),
            models.CheckConstraint(
                name="of_criminal_records_nothing_is_written",
                condition=~Q(kind="criminal") | (Q(asked_name="", question="", note="") & ~Q(identity="")),
            ),
            models.CheckConstraint(
                name="a_concluded_inquiry_has_its_outcome_and_day",
                condition=Q(state="asked", outcome="", answered_on__isnull=True)
                | (Q(state="answered", answered_on__isnull=False) & ~Q(outcome="")),
            ),
            models.CheckConstraint(
                name="an_inquiry_is_answered_after_it_was_asked",
                condition=Q(due_on__gte=F("asked_on")) & (Q(answered_on__isnull=True) | Q(answered_on__gte=F("asked_on"))),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_on"], name="inquiries_that_wait"),
            models.Index(fields=["identity"], name="inquiries_about_a_company"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.about}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.ASKED

    @property
    def takes_words(self) -> bool:
        """False where nothing may be written about the answer, and no file kept."""
        return self.kind != self.Kind.CRIMINAL

    @property
    def whom(self) -> str:
        """Who was asked, in words."""
        label = self.get_asked_of_display()
        return f"{label}, {self.asked_name}" if self.asked_name else label

    def days_waited(self, today: date) -> int:
        """Return how many days it took until the answer, or has taken until today."""
        return ((self.answered_on or today) - self.asked_on).days

    def is_late(self, today: date) -> bool:
        """Return whether the day is past on which the answer was expected."""
        return self.is_open and self.due_on < today

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("inquiry", args=[self.pk])
