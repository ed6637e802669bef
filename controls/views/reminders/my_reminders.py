"""A user's own reminders: when they come, and the addresses their calendar program reads."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from controls.models import CalendarFeed, ReminderPreference
from controls.reminders import choosing
from riskreg.access.grants import require
from riskreg.access.sight import units_where
from riskreg.access.verbs import Verb
from riskreg.models import Unit, User
from riskreg.time_zones import time_zone_names
from riskreg.web.asking import REFUSALS, add_refusal
from riskreg.web.whole_number import whole_number


class ChoiceForm(forms.Form):
    rhythm = forms.ChoiceField(
        label=gettext_lazy("How often"),
        choices=ReminderPreference.Rhythm.choices,
        widget=forms.RadioSelect(attrs={"class": "choice"}),
        help_text=gettext_lazy("What is late is always sent: that cannot be switched off."),
    )
    weekday = forms.TypedChoiceField(
        label=gettext_lazy("Day of the week"),
        choices=ReminderPreference.Weekday.choices,
        coerce=int,
        help_text=gettext_lazy("Of the weekly digest, and of a manager's summary. On a public holiday: the next working day."),
    )
    hour = forms.TypedChoiceField(label=gettext_lazy("Time of day"), coerce=int)
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        required=False,
        help_text=gettext_lazy(
            "For who works abroad: the time of day above, and every time shown to you. Due days stay those of the "
            "municipality, and letters leave within its hours."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hours = range(settings.REMINDER_FROM_HOUR, settings.REMINDER_TO_HOUR)
        cast(forms.ChoiceField, self.fields["hour"]).choices = [(hour, _("from %(hour)d") % {"hour": hour}) for hour in hours]
        usual = _("The municipality's (%(zone)s)") % {"zone": settings.TIME_ZONE}
        zones = cast(forms.ChoiceField, self.fields["time_zone"])
        zones.choices = [("", usual), *((name, name.replace("_", " ")) for name in time_zone_names())]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def my_reminders(request: HttpRequest) -> HttpResponse:
    """Show when the digests come (GET), or save the choice (POST)."""
    user = cast(User, request.user)
    form = ChoiceForm(request.POST or None, initial=_as_chosen(user))
    if request.method == "POST":
        require(user, Verb.VIEW)
        if form.is_valid():
            try:
                choosing.choose_reminders(by=user, **form.cleaned_data)
            except REFUSALS as refusal:
                add_refusal(form, refusal)
            else:
                messages.success(request, _("Your choice is saved. It holds from the next digest."))
                return redirect("my_reminders")
    return _page(request, user, form)


def _as_chosen(user: User) -> dict[str, Any]:
    chosen = choosing.preference_of(user)
    return {"rhythm": chosen.rhythm, "weekday": chosen.weekday, "hour": chosen.hour, "time_zone": user.time_zone}


def _page(request: HttpRequest, user: User, form: ChoiceForm, secret: tuple[CalendarFeed, str] | None = None) -> HttpResponse:
    feeds = list(CalendarFeed.objects.of(user).select_related("unit"))
    read = choosing.last_read(feeds)
    address = "" if secret is None else settings.SITE_URL + reverse("calendar", args=[secret[1]])
    context = {
        "title": _("Reminders and calendar"),
        "form": form,
        "feeds": [(feed, read.get(feed.pk)) for feed in feeds],
        "own": next((feed for feed in feeds if feed.unit_id is None), None),
        "units": Unit.objects.filter(units_where(user, Verb.VIEW), is_active=True).order_by("path"),
        "new_feed": secret and secret[0],
        "new_address": address,
        "from_hour": settings.REMINDER_FROM_HOUR,
        "to_hour": settings.REMINDER_TO_HOUR,
    }
    return TemplateResponse(request, "controls/my_reminders.html", context)


@never_cache
@require_POST
def open_feed(request: HttpRequest) -> HttpResponse:
    """Create an address for the posted unit (empty: the user's own dates) and show it.

    The answer is the only page that ever shows the address: it does not redirect to another that could.
    """
    user = cast(User, request.user)
    require(user, Verb.VIEW)
    typed = request.POST.get("unit", "")
    unit = None
    if typed:
        key = whole_number(typed)
        if key is None:
            raise BadRequest
        unit = Unit.objects.visible_to(user).filter(pk=key, is_active=True).first()
        if unit is None:
            raise Http404
    feed, token = choosing.open_feed(by=user, unit=unit)
    form = ChoiceForm(initial=_as_chosen(user))
    return _page(request, user, form, (feed, token))


@require_POST
def close_feed(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an address of the user's own."""
    user = cast(User, request.user)
    feed = CalendarFeed.objects.of(user).filter(pk=pk).first()
    if feed is None:
        raise Http404
    choosing.close_feed(feed, by=user)
    messages.success(request, _("The calendar address no longer works. Programs that read it get nothing more."))
    return redirect("my_reminders")
