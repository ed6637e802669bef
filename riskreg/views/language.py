"""The choice of language: stored in the account of a signed-in user, in a cookie for everyone else."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.views import i18n
from django.views.decorators.http import require_POST

from riskreg.models import User


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponseBase:
    """Save the posted language and redirect to `next`.

    An unknown language changes nothing; a foreign address in `next` is not followed.
    """
    chosen = request.POST.get(i18n.LANGUAGE_QUERY_PARAMETER, "")
    user = request.user
    if isinstance(user, User) and chosen in dict(settings.LANGUAGES) and user.language != chosen:
        user.language = chosen
        user.save(update_fields=["language"])
    return i18n.set_language(request)
