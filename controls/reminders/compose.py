"""Composition of a digest's letter, as things are now.

Read for many digests at once, in a number of queries that does not grow with them, and written in the recipient's
language.

It is composed when it is sent, not when it was due: a letter that waited for the mail server says "yesterday", not
"tomorrow", and leaves out what was done meanwhile. Links are absolute and direct. No word of a confidential risk is
in a letter (controls.reminders.subjects).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import loader
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controls.models import Digest, Reminder
from controls.reminders.items import Item, Kind
from controls.reminders.people import People
from controls.reminders.subjects import Key, Subject, subjects
from controls.reminders.summary import Summaries
from controls.scheduling.due_in_words import due_in_words
from riskreg.models import Deputyship, User
from riskreg.sign_in import letters as account_letters
from riskreg.sign_in.letters import AccountLetter
from riskreg.trail.seals import Head, head

SUMMARY_SHOWN = 10
SOON_DAYS = 7
Reason = Reminder.Reason


class LineFields(NamedTuple):
    """The fields of a reminder that a letter needs."""

    pk: int
    kind: str
    object_id: int
    deadline: date
    reason: str
    recipient_id: int
    deputy_for_id: int | None
    deputy_for_name: str | None

    @classmethod
    def of(cls, line: Reminder) -> LineFields:
        name = line.deputy_for.get_full_name() if line.deputy_for is not None else None
        return cls(line.pk, line.kind, line.object_id, line.deadline, line.reason, line.recipient_id, line.deputy_for_id, name)


LINE_FIELDS = ("pk", "kind", "object_id", "deadline", "reason", "recipient_id", "deputy_for_id", "deputy_for__name")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a letter."""

    title: str
    what: str
    note: str
    """The person whose work it is, when it is not the reader's own."""
    day: str
    words: str
    tone: str
    """late, soon or later; the words say the same."""
    url: str


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    entries: list[Entry]
    more: int = 0
    more_late: int = 0
    """The number late among those not shown."""


@dataclass(frozen=True, slots=True)
class Letter:
    recipient: User
    subject: str
    text: str
    html: str
    """'' for a letter of text alone."""
    trail_head: str = ""
    """The head of the trail that the letter tells, "17:9f3a…"."""
    to: str = ""
    """'' for the recipient's own address."""

    def message(self, message_id: str, connection: Any = None) -> EmailMultiAlternatives:
        headers = {"Message-ID": message_id, "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
        to = [self.to or self.recipient.email]
        message = EmailMultiAlternatives(self.subject, self.text, to=to, headers=headers, connection=connection)
        if self.html:
            message.attach_alternative(self.html, "text/html")
        return message


@dataclass
class Letters:
    """The letters of some digests on one day."""

    now: datetime
    _subjects: dict[Key, Subject] = field(default_factory=dict)
    _lines: dict[int, list[LineFields]] = field(default_factory=dict)
    _weeks: dict[int, list[Item]] = field(default_factory=dict)
    _in_force: set[tuple[int, int]] = field(default_factory=set)
    """(absent, deputy)"""
    _days: dict[tuple[date, str], tuple[str, str, str]] = field(default_factory=dict)
    _heads: dict[int, Head] = field(default_factory=dict)
    """The head of the trail, for each digest that tells it."""
    moot: list[int] = field(default_factory=list)
    """Lines that need not be said any more."""

    @classmethod
    def of(cls, digests: Collection[Digest], now: datetime, summaries: Callable[[], Summaries] | None = None) -> Letters:
        """Read what the letters need. The digests come with their recipients.

        summaries: the managers' weeks, read for all of them when the first is asked for; a run of many shares them.
        """
        letters = cls(now)
        rows = Reminder.objects.filter(digest__in=[digest.pk for digest in digests], is_moot=False).order_by("deadline", "pk")
        for digest_id, *values in rows.values_list("digest_id", *LINE_FIELDS):
            letters._lines.setdefault(digest_id, []).append(LineFields(*values))
        keys = {(row.kind, row.object_id) for lines in letters._lines.values() for row in lines}
        if any(row.deputy_for_id for lines in letters._lines.values() for row in lines):
            letters._in_force = set(Deputyship.objects.in_force(now.date()).values_list("absent_id", "deputy_id"))
        with_summary = [digest for digest in digests if digest.summary_of is not None]
        if with_summary:
            weeks = summaries() if summaries else Summaries(now.date(), People.on(now.date()))
            letters._weeks = {digest.pk: weeks.of(digest.recipient_id) for digest in with_summary}
            keys |= {(item.kind, item.pk) for items in letters._weeks.values() for item in _lines_to_show(items)}
            now_last = head()
            if now_last is not None:
                keepers = [digest.pk for digest in with_summary if digest.recipient_id in weeks.trail_keepers]
                letters._heads = dict.fromkeys(keepers, now_last)
        letters._subjects = subjects(keys, now.date())
        for digest in digests:
            letters._settle(digest)
        return letters

    @classmethod
    def unsaved(cls, digest: Digest, lines: list[Reminder], now: datetime) -> Letters:
        """Make the letter of a preview, from reminders that are not saved."""
        letters = cls(now, _subjects=subjects({(line.kind, line.object_id) for line in lines}, now.date()))
        letters._lines[digest.pk] = [LineFields.of(line) for line in lines]
        letters._in_force = set(Deputyship.objects.in_force(now.date()).values_list("absent_id", "deputy_id"))
        letters._settle(digest)
        return letters

    def _settle(self, digest: Digest) -> None:
        """Keep the lines that are still needed; for a closed account none is."""
        lines = self._lines.get(digest.pk, [])
        needed = [line for line in lines if digest.recipient.is_active and self._is_needed(line)]
        self._lines[digest.pk] = needed
        kept = set(map(id, needed))
        self.moot += [line.pk for line in lines if id(line) not in kept]

    def compose(self, digest: Digest) -> Letter | None:
        """Compose the digest's letter; None when nothing is left to say, or the account is closed."""
        recipient = digest.recipient
        if digest.account_letter:
            return _about_the_account(digest)
        if not recipient.is_active:
            return None
        with translation.override(recipient.language):
            lines = self._lines.get(digest.pk, [])
            said = {(line.kind, line.object_id) for line in lines}
            sections = self._sections(lines) + self._week(self._weeks.get(digest.pk, []), said)
            last = self._heads.get(digest.pk)
            return render_letter(recipient, sections, self.now.date(), last) if sections or last else None

    def _is_needed(self, line: LineFields) -> bool:
        subject = self._subjects.get((line.kind, line.object_id))
        if subject is None or subject.deadline != line.deadline:
            return False
        if not subject.is_open:
            return subject.is_missed and line.reason in {Reason.MANAGER, Reason.CONTROLLER}
        person = line.deputy_for_id or line.recipient_id
        if line.deputy_for_id is not None and (line.deputy_for_id, line.recipient_id) not in self._in_force:
            return False
        if line.kind == Kind.APPROVAL:
            return line.recipient_id not in subject.hands and person not in subject.hands
        return line.reason != Reason.NAMED or subject.person in {None, person}

    def _sections(self, lines: list[LineFields]) -> list[Section]:
        own: list[Entry] = []
        others: list[Entry] = []
        plans: list[Entry] = []
        for line in lines:
            subject = self._subjects[line.kind, line.object_id]
            entry = self._entry(subject, _note(line, subject))
            if line.kind == Kind.PLAN:
                plans.append(entry)
            else:
                (own if line.reason in {Reason.NAMED, Reason.UNNAMED} else others).append(entry)
        are_late = any(entry.tone == "late" for entry in plans)
        heading = _("No plan is adopted for the year") if are_late else _("The next year's plans")
        found = [Section(heading, plans), Section(_("To do"), own), Section(_("Late in your units"), others)]
        return [section for section in found if section.entries]

    def _week(self, items: list[Item], said: set[tuple[str, int]]) -> list[Section]:
        """Return the manager's summary, without what the letter says above."""
        found = []
        for heading, approvals in ((_("The week: late in your units"), False), (_("The week: waiting for your approval"), True)):
            piled = [one for one in items if (one.kind == Kind.APPROVAL) == approvals and (one.kind, one.pk) not in said]
            known = [self._subjects.get((item.kind, item.pk)) for item in piled[:SUMMARY_SHOWN]]
            shown = [subject for subject in known if subject is not None]
            if shown:
                entries = [self._entry(subject, _whose(subject)) for subject in shown]
                rest = piled[SUMMARY_SHOWN:]
                late = sum(item.deadline < self.now.date() for item in rest)
                found.append(Section(heading, entries, len(rest), late))
        return found

    def _entry(self, subject: Subject, note: str) -> Entry:
        assert subject.deadline is not None
        day, words, tone = self._deadline(subject.deadline, str(translation.get_language()))
        return Entry(subject.title, subject.what, note, day, words, tone, subject.url)

    def _deadline(self, deadline: date, language: str) -> tuple[str, str, str]:
        """Return day, words and tone of a deadline; cached, as thousands of lines share a few days."""
        key = deadline, language
        if key not in self._days:
            today = self.now.date()
            days = (deadline - today).days
            tone = "late" if days < 0 else "soon" if days <= SOON_DAYS else "later"
            self._days[key] = _day(deadline), due_in_words(deadline, today), tone
        return self._days[key]


def _about_the_account(digest: Digest) -> Letter | None:
    person, kind, last_login = digest.recipient, AccountLetter(digest.account_letter), digest.recipient.last_login
    if kind == AccountLetter.NEW_PASSWORD and last_login is not None and last_login > digest.prepared_at:
        return None  # they have found their password
    with translation.override(person.language):
        words = account_letters.words_to(person, kind, by=digest.asked_for_by, at=digest.prepared_at)
        return words and Letter(person, *words, "", to=digest.to_address)


def _lines_to_show(items: list[Item]) -> list[Item]:
    """Fetch twice the displayed number of late and of waiting items, because items listed above are skipped."""
    late = [item for item in items if item.kind != Kind.APPROVAL]
    waiting = [item for item in items if item.kind == Kind.APPROVAL]
    return late[: 2 * SUMMARY_SHOWN] + waiting[: 2 * SUMMARY_SHOWN]


def _note(line: LineFields, subject: Subject) -> str:
    if line.deputy_for_id is not None:
        return _("As deputy for %(name)s") % {"name": line.deputy_for_name}
    if line.reason == Reason.UNNAMED:
        return _("Nobody performs it yet: say who does.")
    if line.kind == Kind.APPROVAL or line.reason != Reason.NAMED:
        return _whose(subject)
    return ""


def _whose(subject: Subject) -> str:
    if not subject.person_name:
        return subject.unit
    return f"{subject.person_name}, {subject.unit}" if subject.unit else subject.person_name


def _day(day: date) -> str:
    return formats.date_format(day, "j F Y")


@dataclass(frozen=True, slots=True)
class TrailHead:
    """The head of the trail in a letter, in the words of its reader."""

    head: str
    heading: str
    sealed: str
    why: str
    url: str

    @classmethod
    def of(cls, last: Head) -> TrailHead:
        when = formats.date_format(timezone.localtime(last.sealed_at), "DATETIME_FORMAT")
        return cls(
            str(last),
            _("The audit trail's hash this week"),
            _("Sealed %(when)s") % {"when": when},
            _(
                "Keep this letter. Whoever verifies the trail with this hash finds out if anything that was written in Riskreg "
                "before then has been changed since, even if all seals have been made again."
            ),
            settings.SITE_URL + reverse("trail"),
        )


def render_letter(recipient: User, sections: list[Section], today: date, last: Head | None = None) -> Letter:
    """Render the letter in the active language; `last` is the head of the trail, for those who keep it."""
    trail = TrailHead.of(last) if last is not None else None
    entries = [entry for section in sections for entry in section.entries]
    count = len(entries) + sum(section.more for section in sections)
    late = sum(entry.tone == "late" for entry in entries) + sum(section.more_late for section in sections)
    subject = ngettext("Riskreg: %(count)d thing waits", "Riskreg: %(count)d things wait", count) % {"count": count}
    if not count:
        subject = _("Riskreg: the audit trail's hash this week")
    if late:
        subject += ", " + ngettext("%(late)d is late", "%(late)d are late", late) % {"late": late}
    inbox_url, choices_url = settings.SITE_URL + reverse("inbox"), settings.SITE_URL + reverse("my_reminders")
    context = {
        "language": translation.get_language(),
        "subject": subject,
        "recipient": recipient,
        "sections": sections,
        "trail": trail,
        "today": _day(today),
        "site": settings.SITE_URL,
        "inbox_url": inbox_url,
        "choices_url": choices_url,
    }
    html = loader.get_template("emails/digest.html").render(context)
    text = _text(recipient, sections, trail, inbox_url, choices_url)
    return Letter(recipient, subject, text, html, trail.head if trail is not None else "")


def _text(recipient: User, sections: list[Section], trail: TrailHead | None, inbox_url: str, choices_url: str) -> str:
    """Render the letter as plain text."""
    greeting = _("Hello %(name)s,") % {"name": " ".join(recipient.get_short_name().split())}
    waits = [" ".join((_("This waits for you in Riskreg:"), inbox_url)), ""] if sections else []
    lines = [greeting, "", *waits]
    for section in sections:
        lines += ["", section.heading.upper(), ""]
        for entry in section.entries:
            note = [f"  {entry.note}"] if entry.note else []
            lines += [f"* {entry.title}", f"  {entry.what}", *note, f"  {entry.day} ({entry.words})", f"  {entry.url}", ""]
        if section.more:
            more = ngettext("and %(more)s more", "and %(more)s more", section.more) % {"more": section.more}
            lines += [f"{more}: {inbox_url}", ""]
    if trail is not None:
        lines += ["", trail.heading.upper(), "", trail.head, trail.sealed, "", trail.why, trail.url, ""]
    why = _("Riskreg reminds you of what you are to do, or answer for. Choose day and hour, or add the dates to your calendar:")
    return "\n".join([*lines, "--", why, choices_url, ""])
