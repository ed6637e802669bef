"""Admin of the ledger of reminders: the letters, their recipients and outcomes. Nothing in it is changed by hand."""

from __future__ import annotations

import re
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controls import tasks
from controls.models import Digest, Reminder
from controls.models.digest import NEEDING_SOMEBODY_FIRST
from controls.reminders import sending_now
from controls.reminders.subjects import subjects
from riskreg import clock
from riskreg.access.grants import require
from riskreg.access.verbs import Verb
from riskreg.admin.base import column, signed_in
from riskreg.admin.verbs import VerbAdmin
from riskreg.models import User
from riskreg.templatetags.presentation import mark
from riskreg.web.asking import RecordVerb, press
from riskreg.web.downloads import attachment
from riskreg.web.whole_number import whole_number

MARKS = {
    "pending": ("none", "○"), "sending": ("ongoing", "◷"), "sent": ("low", "✓"), "failed": ("guard", "!"),
    "given_up": ("critical", "✕"), "not_needed": ("none", "–"),
}  # fmt: skip
_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL)
_LOOKS = re.compile(r'\s(?:style|width|align|cellpadding|cellspacing|border)="[^"]*"')


def _send(digest: Digest, *, by: User) -> Digest:
    sent = sending_now.try_again(digest, by=by)
    cast(Any, tasks.deliver_reminders).delay_on_commit()
    return sent


class PersonForm(forms.Form):
    person = forms.ModelChoiceField(label=gettext_lazy("Person"), queryset=User.objects.none())

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(sending_now.chased_by(by)).order_by("name_sort")
        cast(Any, self.fields["person"]).queryset = people


@admin.register(Digest)
class DigestAdmin(VerbAdmin[Digest]):
    nothing_yet = gettext_lazy("Letters are prepared on working days, when something is due to somebody.")
    unit_field = ""
    view_verb = Verb.CHASE
    change_verb = Verb.CHASE
    list_display = ["recipient", "day", "state_shown", "answer", "lines_shown", "kind_shown", "next_shown"]
    list_display_links = ["recipient"]
    list_filter = ["state", "is_asked_for", "account_letter"]
    search_fields = ["recipient__name", "recipient__email", "answer"]
    ordering = [NEEDING_SOMEBODY_FIRST.asc(), "-day", "-pk"]
    list_select_related = ["recipient"]
    change_list_template = "admin/controls/digest/change_list.html"
    change_form_template = "admin/controls/digest/change_form.html"
    verbs = [
        RecordVerb(
            "try_again",
            lambda: _("Send now"),
            _send,
            lambda digest, user: digest.state in sending_now.SENDABLE,
            tone="primary",
            in_batch=True,
            said=lambda digest, _answer: (
                _("The letter to %(person)s is sent as soon as a worker takes it.") % {"person": digest.recipient}
            ),
        ),
    ]

    def may_change_now(self, request: HttpRequest, obj: Digest) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        return super().changelist_view(request, {"title": _("Ledger of reminders"), **(extra_context or {})})

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Digest]:
        lines = models.Count("lines", filter=models.Q(lines__is_moot=False))
        return super().get_queryset(request).select_related("recipient").annotate(line_count=lines)

    def get_fields(self, request: HttpRequest, obj: Digest | None = None) -> list[str]:
        return [
            "recipient",
            "day",
            "state_shown",
            "prepared_at",
            "attempts",
            "next_shown",
            "sent_at",
            "address",
            "answer",
            "summary_of",
            "trail_head",
            "asked_for_by",
            "message_id_shown",
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Digest | None = None) -> list[str]:
        return self.get_fields(request, obj)

    state_shown = column(gettext_lazy("state"), lambda row: mark(*MARKS[row.state], row.get_state_display()), ordering="state")

    @admin.display(description=gettext_lazy("what"))
    def kind_shown(self, digest: Digest) -> str:
        if digest.account_letter:
            return str(digest.get_account_letter_display())
        if digest.is_asked_for:
            return _("Sent by hand")
        return _("Digest with the week's summary") if digest.summary_of else _("Digest")

    lines_shown = column(gettext_lazy("reminders"), lambda row: int(getattr(row, "line_count", 0)))
    next_shown = column(gettext_lazy("next attempt"), lambda row: row.next_attempt_at if row.state in Digest.WAITING else "–")
    message_id_shown = column("Message-ID", lambda row: row.message_id)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        digest = context.get("original")
        if digest is not None:
            context["lines"] = _lines_of(digest, signed_in(request))
        return super().render_change_form(request, context, *args, **kwargs)

    # One person: what they would be sent, and sending it

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site.admin_view
        return [
            path("person/", site(self.person_view), name="controls_digest_person"),
            path("person/<int:user_id>/brev.eml", site(self.letter_view), name="controls_digest_letter"),
            *super().get_urls(),
        ]

    def person_view(self, request: HttpRequest) -> HttpResponseBase:
        """Show the person's letter as it would be (GET ?person=), or send it (POST person)."""
        by = signed_in(request)
        require(by, Verb.CHASE)
        person = self._person(request.POST.get("person") or request.GET.get("person"), by)
        if request.method == "POST":
            if person is None:
                raise Http404
            return self._remind(request, person, by)
        shown = sending_now.preview(person, reader=by, now=clock.now()) if person else None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Remind a person"),
            "form": PersonForm(initial={"person": person and person.pk}, by=by),
            "person": person,
            "letter": shown and shown.letter,
            "hidden": shown.hidden if shown else 0,
            "shown": _readable(shown.letter.html) if shown and shown.letter else "",
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/controls/digest/person.html", context)

    def _remind(self, request: HttpRequest, person: User, by: User) -> HttpResponseBase:
        def send() -> Digest:
            digest = sending_now.send_now(person, by=by)
            cast(Any, tasks.deliver_reminders).delay_on_commit()
            return digest

        return press(
            request,
            send,
            back=f"{reverse('admin:controls_digest_person')}?person={person.pk}",
            said=_("The reminder to %(person)s is on its way.") % {"person": person},
            goes_to=lambda digest: reverse("admin:controls_digest_change", args=[digest.pk]),
        )

    def letter_view(self, request: HttpRequest, user_id: int) -> HttpResponse:
        """Serve the letter as a file that a mail program opens, exactly as it would arrive."""
        by = signed_in(request)
        require(by, Verb.CHASE)
        person = self._person(str(user_id), by)
        letter = sending_now.preview(person, reader=by, now=clock.now()).letter if person else None
        if letter is None:
            raise Http404
        message = letter.message("<preview@localhost>").message()
        return attachment(message.as_bytes(), "message/rfc822", "paminnelse.eml")

    def _person(self, typed: str | None, by: User) -> User | None:
        key = whole_number(typed or "")
        return None if key is None else User.objects.filter(sending_now.chased_by(by), pk=key).first()


def _readable(html: str) -> SafeString:
    """Return the letter's own markup without its styles, which the page's security policy refuses.

    Its values were escaped when it was composed.
    """
    found = _BODY.search(html)
    bare = _LOOKS.sub("", found.group(1) if found else "")
    for outside, inside in (("h2", "h4"), ("h1", "h3")):
        bare = bare.replace(f"<{outside}", f"<{inside}").replace(f"</{outside}", f"</{inside}")
    return mark_safe(bare)  # noqa: S308


def _lines_of(digest: Digest, reader: User) -> list[dict[str, Any]]:
    """Return the letter's lines; with titles only of the records the reader sees."""
    rows: list[Reminder] = list(digest.lines.select_related("deputy_for").order_by("deadline", "pk"))
    seen = sending_now.visible_keys(reader, [(row.kind, row.object_id) for row in rows])
    found = subjects(seen, clock.today())
    lines = []
    for row in rows:
        subject = found.get((row.kind, row.object_id))
        lines.append({"row": row, "title": subject.title if subject else "", "url": subject.path if subject else ""})
    return lines
