"""The ledger of reminders, first half: the letters. Machinery: claimed by conditional updates, no history of its own."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from riskreg.access.grants import paths_with
from riskreg.access.verbs import Verb
from riskreg.models import Unit
from riskreg.sign_in.letters import AccountLetter

if TYPE_CHECKING:
    from riskreg.models import User


class DigestQuerySet(models.QuerySet["Digest"]):
    def visible_to(self, user: User) -> DigestQuerySet:
        """Keep the letters to the people of the units where the user may chase."""
        paths = paths_with(user, Verb.CHASE)
        if "/" in paths:
            return self
        within = Q(pk__in=[])
        for path in paths:
            within |= Q(path__startswith=path)
        return self.filter(recipient__in=Unit.objects.filter(within).values("memberships__user"))

    def deliverable(self, now: datetime) -> DigestQuerySet:
        """Keep the letters that may be claimed now: due to be tried, or left by a silent worker.

        A moment further ahead than the machinery ever sets one was written before the clock was set back.
        """
        waiting = Q(state__in=Digest.WAITING) & (Q(next_attempt_at__lte=now) | Q(next_attempt_at__gt=now + Digest.LONGEST_WAIT))
        left = Q(state=Digest.State.SENDING) & (Q(claimed_until__lte=now) | Q(claimed_until__gt=now + Digest.LONGEST_WAIT))
        return self.filter(waiting | left)


class Digest(models.Model):
    """One letter to one person: a day's reminders, once a week a summary or the trail's head; or one about the account."""

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting to be sent")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed, will be tried again")
        GIVEN_UP = "given_up", _("Given up")
        NOT_NEEDED = "not_needed", _("No longer needed")

    WAITING = (State.PENDING, State.FAILED)
    LONGEST_WAIT = settings.REMINDER_LONGEST_WAIT

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("to"), on_delete=models.PROTECT, related_name="digests"
    )
    day = models.DateField(_("day"))
    summary_of = models.DateField(_("summary of the week from"), null=True, blank=True)
    is_asked_for = models.BooleanField(_("asked for"), default=False, help_text=_("Sent because somebody pressed “Send now”."))
    asked_for_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("asked for by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    account_letter = models.CharField(
        _("about the account"),
        max_length=20,
        choices=AccountLetter.choices,
        blank=True,
        default="",
        help_text=_("A link is made when the letter is sent, and stored nowhere."),
    )
    to_address = models.EmailField(
        _("to another address"),
        max_length=254,
        blank=True,
        default="",
        help_text=_("Where the letter goes instead of to the account's address."),
    )
    reference = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    """Makes the letter's Message-ID: the same however often it is tried."""

    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PENDING)
    prepared_at = models.DateTimeField(_("prepared"))
    next_attempt_at = models.DateTimeField(_("next attempt"))
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    first_attempt_at = models.DateTimeField(_("first attempt"), null=True, blank=True)
    claim = models.UUIDField(_("claim"), null=True, blank=True, editable=False)
    claimed_until = models.DateTimeField(_("claimed until"), null=True, blank=True, editable=False)
    address = models.EmailField(_("sent to the address"), max_length=254, blank=True)
    answer = models.CharField(_("the server's answer"), max_length=500, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    trail_head = models.CharField(
        _("hash of the audit trail"), max_length=90, blank=True, help_text=_("Told to auditors and controllers in this letter.")
    )

    objects = DigestQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters with reminders")
        ordering = ["-day", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "day", "is_asked_for"],
                condition=Q(account_letter=""),
                name="a_person_gets_one_digest_a_day",
            ),
            models.UniqueConstraint(fields=["recipient", "summary_of"], name="a_manager_gets_one_summary_a_week"),
            models.CheckConstraint(
                name="a_sent_letter_has_its_time_and_address",
                condition=~Q(state="sent") | (Q(sent_at__isnull=False) & ~Q(address="")),
            ),
            models.CheckConstraint(
                name="a_letter_that_is_being_sent_is_claimed",
                condition=Q(state="sending", claim__isnull=False, claimed_until__isnull=False)
                | (~Q(state="sending") & Q(claim__isnull=True, claimed_until__isnull=True)),
            ),
            models.CheckConstraint(
                name="only_letters_about_an_account_go_to_another_address",
                condition=Q(to_address="") | ~Q(account_letter=""),
            ),
            models.CheckConstraint(
                name="letter_state_is_known",
                condition=Q(state__in=["pending", "sending", "sent", "failed", "given_up", "not_needed"]),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], name="letters_to_be_sent", condition=Q(state__in=["pending", "failed", "sending"])
            ),
            models.Index(fields=["state", "day"], name="letters_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.recipient}, {formats.date_format(self.day, 'DATE_FORMAT')}"

    @property
    def goes_to(self) -> str:
        """The address that the letter is sent to."""
        return self.to_address or self.recipient.email

    @property
    def message_id(self) -> str:
        return f"<digest-{self.reference}@{settings.SITE_HOST}>"


NEEDING_SOMEBODY_FIRST = Case(
    When(state=Digest.State.GIVEN_UP, then=Value(0)), When(state=Digest.State.FAILED, then=Value(1)), default=Value(2)
)
"""To order by: given up, then failed, then the rest."""
