"""Placing a risk in the matrix: what is offered, and the two clicks that do it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from riskreg.access.grants import may
from riskreg.access.verbs import Verb
from riskreg.models import ImpactLevel, LikelihoodLevel, Risk, User
from riskreg.plans.placing import can_be_placed, place
from riskreg.scoring import Cell
from riskreg.verbs.errors import NotInThisState


@dataclass(frozen=True, slots=True)
class Option:
    """A cell that the score could mean, in figures and words."""

    likelihood: LikelihoodLevel
    impact: ImpactLevel

    @property
    def words(self) -> str:
        return Cell(self.likelihood.value, self.impact.value).words


@dataclass(frozen=True, slots=True)
class Placing:
    """A risk without factors, and the cells it could belong to."""

    risk: Risk
    options: list[Option]
    allowed: bool
    """Whether this user may place it, now."""

    @property
    def could_be(self) -> str:
        """ "2 × 3 or 3 × 2"."""
        options = [option.words for option in self.options]
        if len(options) < 2:
            return "".join(options)
        return _("%(cells)s or %(last)s") % {"cells": ", ".join(options[:-1]), "last": options[-1]}


def placings(risks: Iterable[Risk], *, by: User) -> list[Placing]:
    """What each of the risks could be, and whether the user may say it. Their plan, unit and matrix should be loaded."""
    made = []
    for risk in risks:
        likelihoods = {level.value: level for level in risk.plan.matrix.likelihoods}
        impacts = {level.value: level for level in risk.plan.matrix.impacts}
        options = [Option(likelihoods[cell.likelihood], impacts[cell.impact]) for cell in risk.possible_cells]
        made.append(Placing(risk, options, can_be_placed(risk) and may(by, Verb.CHANGE_PLAN, risk.unit)))
    return made


class PlacingForm(forms.Form):
    likelihood = forms.IntegerField(label=gettext_lazy("Likelihood"), min_value=1, max_value=10)
    impact = forms.IntegerField(label=gettext_lazy("Impact"), min_value=1, max_value=10)
    note = forms.CharField(
        label=gettext_lazy("Note on the assessment"), required=False, max_length=Risk._meta.get_field("placement_note").max_length
    )


class PlaceRiskView(View):
    """Takes the second click. Goes back to where the first one was made."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int, *args: Any, **kwargs: Any) -> HttpResponseRedirect:
        user = cast(User, request.user)
        risk = Risk.objects.visible_to(user).filter(pk=pk).first()
        if risk is None:
            raise Http404
        form = PlacingForm(request.POST)
        if not form.is_valid():
            for name, errors in form.errors.items():
                messages.error(request, f"{form.fields[name].label}: {' '.join(map(str, errors))}")
            return self._back(risk)
        cell = Cell(form.cleaned_data["likelihood"], form.cleaned_data["impact"])
        try:
            placed = place(risk, cell, by=user, note=form.cleaned_data["note"])
        except NotInThisState as refusal:
            messages.error(request, str(refusal))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("%(risk)s is placed at %(cell)s.") % {"risk": placed, "cell": cell.words})
        return self._back(risk)

    def _back(self, risk: Risk) -> HttpResponseRedirect:
        goal = self.request.POST.get("next", "")
        if url_has_allowed_host_and_scheme(goal, {self.request.get_host()}, require_https=self.request.is_secure()):
            return HttpResponseRedirect(goal)
        return redirect(risk)
