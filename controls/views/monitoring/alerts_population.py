"""The alerts of a follow-up's period made a population, from which a sample is drawn as from any other."""

from __future__ import annotations

from typing import cast

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from controls.models import FollowUp, Population
from controls.monitoring.behind_follow_ups.as_file import AlertsFile, alerts_file
from controls.sampling.populations import verbs
from controls.sampling.populations.verbs import Columns
from controls.views.sampling.population import start
from riskreg.access.grants import require
from riskreg.access.verbs import Verb
from riskreg.models import User
from riskreg.numbers import number_text
from riskreg.verbs.errors import Refused
from riskreg.web.asking import press


@require_POST
def alerts_population(request: HttpRequest, pk: int, follow_up: int) -> HttpResponseBase:
    """Make a draft population of the alerts of the follow-up's period, its columns chosen."""
    user = cast(User, request.user)
    seen = FollowUp.objects.visible_to(user).select_related("closing", "unit", "control__risk__plan__unit", "control__risk__unit")
    found = get_object_or_404(seen, pk=follow_up, control=pk)
    require(user, Verb.PREPARE_SAMPLE, found.unit)
    require(user, Verb.READ_REGISTER, found.unit)

    def make() -> Population:
        file = alerts_file(found, user)
        if not file.count:
            raise Refused(_("There are no alerts of the period that a sample could be drawn from."))
        return _population(found, user, file)

    page = reverse("control_watches", args=[pk])
    return press(request, make, back=page, said=_made_words, goes_to=lambda made: made)


def _population(follow_up: FollowUp, user: User, file: AlertsFile) -> Population:
    closing = str(follow_up.closing)
    where = _("Riskreg, alerts of the control's watched rules")
    if file.left_out:
        said = ngettext("%(count)s alert left out", "%(count)s alerts left out", file.left_out)
        where += "; " + said % {"count": number_text(file.left_out)}
    made, run = verbs.upload(
        follow_up.control,
        by=user,
        unit=follow_up.unit,
        file=SimpleUploadedFile("larm.csv", file.content, "text/csv"),
        name=_("Alerts, %(closing)s") % {"closing": closing},
        source_system=where,
    )
    start(run)
    made.refresh_from_db()
    if made.file:
        columns = Columns((file.key,), stratum=file.groups, personal=file.personal)
        start(verbs.choose_columns(made, by=user, columns=columns)[1])
    return made


def _made_words(made: Population) -> str:
    return _("The alerts are a population. Look through its columns, and lock it before the sample is drawn.")
