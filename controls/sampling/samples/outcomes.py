"""Outcomes of sampled items: logged one by one by several people, or read back from the work file.

Each outcome is one transaction on the locked item, with the sample and what stands on it locked before
(controls.sampling.settled). Two at once: an item counts its saves, and a save on top of another's is refused with
what the other wrote. They raise NotPermitted, NotInThisState, Taken, ValidationError by field.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from controls.models import Sample, SampleItem
from controls.sampling.gate import OUTCOMES
from controls.sampling.statistics.design import Method
from riskreg import clock
from riskreg.access.confidential_times import withheld_numbers
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import User
from riskreg.models.author import Author
from riskreg.models.history import save_with_history
from riskreg.numbers import number_text
from riskreg.verbs.concurrency import Change
from riskreg.verbs.errors import Refused

Outcome = SampleItem.Outcome
MAX_NOTE = 5000


@dataclass(frozen=True, slots=True)
class Found:
    """The outcome of an item as a person writes it."""

    outcome: str
    note: str = ""
    correct_amount: Decimal | None = None


class Taken(Refused):
    """Somebody else saved the item meanwhile. Nothing was written; `item` is as they left it."""

    def __init__(self, item: SampleItem, opened: int, mine: Found, *, by: User) -> None:
        self.item, self.mine, self.opened, self.by = item, mine, opened, by
        when = formats.date_format(timezone.localtime(item.examined_at), "SHORT_DATETIME_FORMAT") if item.examined_at else ""
        super().__init__(
            _("%(who)s saved item %(number)d first %(when)s, so yours was not saved. What you wrote is still here.")
            % {"who": item.examined_by or _("Somebody else"), "number": item.position, "when": when}
        )

    def rows(self) -> list[Change]:
        """Return the differences side by side: as it was when opened, theirs, mine."""
        before = SampleItem.history.filter(id=self.item.pk, version=self.opened).first()
        was = _words_of(Found(before.outcome, before.note, before.correct_amount) if before else Found(Outcome.PENDING))
        if before and withheld_numbers(type(before), [before.pk], self.by):
            was = (_("not shown to you"),) * 3
        now = _words_of(Found(self.item.outcome, self.item.note, self.item.correct_amount))
        mine = _words_of(self.mine)
        named = [("outcome", _("Outcome")), ("note", _("Note")), ("correct_amount", _("Correct amount"))]
        return [
            Change(name, label, was[i], now[i], mine[i])
            for i, (name, label) in enumerate(named)
            if now[i] != was[i] or now[i] != mine[i]
        ]


def _words_of(found: Found) -> tuple[str, str, str]:
    amount = "" if found.correct_amount is None else number_text(found.correct_amount.normalize())
    return str(Outcome(found.outcome).label), found.note, amount


def log(item: SampleItem, *, by: User, found: Found, version: int | None = None, at: datetime | None = None) -> SampleItem:
    """Save the outcome. `version` is the one the user had before them; None asks for none.

    Writes nothing when nothing changed. *Not yet examined* takes an outcome back.
    """
    with OUTCOMES.open(item.sample, "log", by=by) as turn:
        row = _lock_item(item, turn.row, by=by)
        if version is not None and row.version != version:
            raise Taken(row, version, found, by=by)
        kept = checked(row, found)
        if (row.outcome, row.note, row.correct_amount) == (kept.outcome, kept.note, kept.correct_amount):
            return row
        return save_outcome(row, kept, by=turn.author, at=at)


def save_outcome(row: SampleItem, found: Found, *, by: Author, at: datetime | None = None, reason: str = "") -> SampleItem:
    """Save what was found on a row that is locked and checked."""
    row.outcome, row.note, row.correct_amount = found.outcome, found.note, found.correct_amount
    is_pending = found.outcome == Outcome.PENDING
    row.examined_by, row.examined_at = (None, None) if is_pending else (by.person, at or clock.now())
    row.version += 1
    return save_with_history(row, by=by, reason=reason or str(Outcome(found.outcome).label))


def _lock_item(item: SampleItem, sample: Sample, *, by: User) -> SampleItem:
    """Return the item's row, locked: a companion of the sample that is being logged. Raises NotPermitted, Refused."""
    # A companion of the sample, which is locked.
    items = SampleItem.objects.visible_to(by).select_for_update(of=("self",)).select_related("examined_by", "replaced_by")
    row = items.filter(pk=item.pk).first()
    if row is None:
        raise NotPermitted(Verb.VIEW)
    row.sample = sample
    if row.kind == SampleItem.Kind.RESERVE or hasattr(row, "replaced_by"):
        number = {"number": row.position}
        raise Refused(_("Item %(number)d is not in the sample: it is a reserve, or it was replaced.") % number)
    return row


def require_logging(sample: Sample, *, by: User) -> None:
    """Raise NotPermitted or NotInThisState unless the user may write outcomes of the sample now."""
    refusal = OUTCOMES.why_not(sample, "log", by)
    if refusal is not None:
        raise refusal


def may_log(sample: Sample, by: User) -> bool:
    """Return whether the user may write outcomes of the sample now."""
    return OUTCOMES.why_not(sample, "log", by) is None


def checked(row: SampleItem, found: Found) -> Found:
    """Return the outcome as it is stored. Raises ValidationError by field."""
    if found.outcome not in Outcome.values:
        allowed = ", ".join(str(outcome.label) for outcome in Outcome)
        raise ValidationError(
            {"outcome": [_("“%(value)s” is no outcome. Allowed: %(allowed)s.") % {"value": found.outcome, "allowed": allowed}]}
        )
    note = found.note.replace("\r\n", "\n").strip()
    if len(note) > MAX_NOTE:
        words = _("The note is longer than %(limit)d characters. Attach a file instead.") % {"limit": MAX_NOTE}
        raise ValidationError({"note": [words]})
    return Found(found.outcome, note, _checked_amount(row, found))


def _checked_amount(row: SampleItem, found: Found) -> Decimal | None:
    """Return the correct amount of a deviation; needed for a draw by amount, None for other outcomes."""
    amount = found.correct_amount
    if found.outcome != Outcome.DEVIATION:
        return None
    by_amount = row.sample.method == Method.MONETARY.value
    if amount is None:
        if by_amount:
            raise ValidationError({"correct_amount": [_("Write the correct amount: the sample was drawn by amount.")]})
        return None
    if row.amount is None:
        raise ValidationError({"correct_amount": [_("The item has no amount in the population, so there is none to correct.")]})
    if not amount.is_finite() or abs(amount) >= Decimal(10) ** 15:
        raise ValidationError({"correct_amount": [_("The amount is too large.")]})
    if by_amount and amount < 0:
        raise ValidationError(
            {
                "correct_amount": [
                    _(
                        "The correct amount is zero or more. What should have been a credit is zero here, "
                        "and the rest goes in the note."
                    )
                ]
            }
        )
    amount = amount.quantize(Decimal("0.0001"))
    if by_amount and amount == row.amount:
        raise ValidationError({"correct_amount": [_("The correct amount is the item's own amount: then it is OK.")]})
    return amount


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress through the sample's items."""

    total: int
    examined: int
    deviations: int
    not_examined: int

    @property
    def left(self) -> int:
        return self.total - self.examined


def progress_of(sample: Sample) -> Progress:
    """Count the progress. One query."""
    found = (
        SampleItem.objects.filter(sample=sample)
        .in_sample()
        .aggregate(
            total=Count("pk"),
            examined=Count("pk", filter=~Q(outcome=Outcome.PENDING)),
            deviations=Count("pk", filter=Q(outcome=Outcome.DEVIATION)),
            not_examined=Count("pk", filter=Q(outcome=Outcome.NOT_EXAMINED)),
        )
    )
    return Progress(**found)
