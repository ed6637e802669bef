"""The gallery's sample content and its address: every component once, in the product's shell."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from controls.templatetags.conclusions import conclusion_choices
from riskreg.models import RiskBand

BANDS = [
    RiskBand(from_score=1, name="Låg", tone="low"),
    RiskBand(from_score=4, name="Bevaka", tone="guard"),
    RiskBand(from_score=5, name="Medel", tone="high"),
    RiskBand(from_score=10, name="Hög", tone="critical"),
]
STEPS = [
    ("Planerad", "done"),
    ("Pågår", "current"),
    ("Inlämnad", "later"),
    ("Godkänd av Johan Berg", "later"),
    ("I rapporten", "later"),
]


class FollowUpForm(forms.Form):
    result = forms.CharField(label="Resultat", widget=forms.Textarea, help_text="Förslaget bygger på stickprovet. Ändra fritt.")
    conclusion: Any = forms.ChoiceField(
        label="Bedömning",
        choices=conclusion_choices,
        widget=forms.RadioSelect(attrs={"class": "choice"}),
        help_text="Föreslås: pågår.",
    )
    due = forms.DateField(label="Klart senast", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    method = forms.ChoiceField(label="Metod", choices=[("sampling", "Stickprov"), ("survey", "Enkät")])
    units = forms.MultipleChoiceField(
        label="Enheter",
        required=False,
        choices=[("a", "Kultur"), ("b", "Skola")],
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choice"}),
    )
    secret = forms.BooleanField(label="Sekretess", required=False, help_text="Med stöd av 21 kap. OSL.")


class MultipleFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class UploadForm(forms.Form):
    evidence = forms.FileField(label="Underlag", widget=MultipleFiles(attrs={"multiple": True}), help_text="Högst 25 MB per fil.")


class FilterForm(forms.Form):
    q = forms.CharField(label="Sök", required=False, widget=forms.TextInput(attrs={"type": "search"}))
    unit = forms.ChoiceField(label="Enhet", required=False, choices=[("", "Alla"), ("ks", "Kommunstyrelsen med underliggande")])
    method = forms.ChoiceField(label="Metod", required=False, choices=[("", "Alla"), ("sampling", "Stickprov")])
    day = forms.DateField(label="Läget den", required=False, widget=forms.DateInput(attrs={"type": "date"}))


def heat_rows() -> list[dict[str, Any]]:
    rows = []
    for likelihood, label in ((4, "Sannolik"), (3, "Möjlig"), (2, "Mindre sannolik"), (1, "Osannolik")):
        cells = []
        for impact in range(1, 5):
            score = likelihood * impact
            band = [band for band in BANDS if band.from_score <= score][-1]
            risks = {(3, 2): [4, 5], (3, 4): [1], (2, 3): [6, 7], (2, 4): [2]}.get((likelihood, impact), [])
            cells.append({"score": score, "band": band, "risks": risks, "count": 128 if (likelihood, impact) == (1, 1) else 0})
        rows.append({"value": likelihood, "label": label, "cells": cells})
    return rows


def gallery(request: HttpRequest) -> HttpResponse:
    messages.success(request, "Uppföljningen är sparad.")
    messages.warning(request, "Två poster återstår i stickprovet.")
    messages.error(request, "Rad 12: riskvärdet 7 kan inte vara 2 × 3.")
    messages.info(request, "Planen är antagen: ändringar blir en revidering.")
    form = FollowUpForm({"result": "", "conclusion": "ongoing", "method": "sampling", "due": "i morgon"})
    return render(
        request,
        "components/gallery.html",
        {
            "crumbs": [("Kommunstyrelsen", "#x"), ("Internkontrollplan 2025", "#x"), ("Delårsbokslut per 31 aug 2025", None)],
            "bands": BANDS,
            "steps": STEPS,
            "impacts": ["Försumbar", "Lindrig", "Kännbar", "Allvarlig"],
            "heat": heat_rows(),
            "form": form,
            "upload": UploadForm(),
            "filter": SimpleNamespace(form=FilterForm(request.GET or None)),
            "page_obj": Paginator(range(500), 50).page(4),
        },
    )
