"""The choice of language: stored in the account of a signed-in user, in a cookie for everyone else."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.views import i18n
from django.views.decorators.http import require_POST

from riskreg.models import User
from riskreg.verbs.gate import lock_row


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
        _save_language(user.pk, chosen)
    return i18n.set_language(request)


@transaction.atomic
def _save_language(pk: int, chosen: str) -> None:
    """Save the language of the person as they are now: the history holds the whole row, and somebody may be at it."""
    lock_row(User.objects.all(), pk)
    person = User.objects.get(pk=pk)
    person.language = chosen
    person.save(update_fields=["language"])
