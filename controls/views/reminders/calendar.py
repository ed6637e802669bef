"""The calendar at its secret address, without sign-in: calendar programs have none."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import condition, require_safe

from controls.models import CalendarFeed
from controls.reminders import choosing
from controls.reminders.calendar import calendar_of
from riskreg import clock
from riskreg.access.grants import may
from riskreg.access.verbs import Verb
from riskreg.sign_in.throttle import WrongAddresses


@login_not_required
@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """Serve the feed's calendar, with what its owner may see today.

    An address that does not exist, was closed, or whose owner lost the unit is not found, and whoever tries many is
    stopped for a while.
    """
    tries = WrongAddresses.of(request)
    if tries.are_too_many():
        return HttpResponse(status=429, headers={"Retry-After": "900"})
    feed = choosing.feed_of(token)
    if feed is None or not may(feed.owner, Verb.VIEW, feed.unit):
        tries.add()
        raise Http404
    response = _calendar(request, feed)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _calendar(request: HttpRequest, feed: CalendarFeed) -> HttpResponse:
    today = clock.today()
    content = calendar_of(feed.owner, feed.unit, today, feed.made_at)
    choosing.record_read(feed, today)

    @condition(etag_func=lambda _request: f'"{choosing.hash_of(content.decode())[:32]}"')
    def answer(_request: HttpRequest) -> HttpResponse:
        response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="riskreg.ics"'
        return response

    return answer(request)
