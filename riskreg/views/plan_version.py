"""A plan as it was adopted, and the changes since."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any, cast

from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from riskreg.access.sight import confidential_open_to
from riskreg.models import ControlPlan, PlanVersion, Risk, RiskBand, User
from riskreg.plans.content import Row, content_of, differences, labels, parts, sha256_of
from riskreg.scoring import band_of
from riskreg.trail.files import stated
from riskreg.web.downloads import stored_file
from riskreg.web.file_kinds import content_type_of


@require_safe
def plan_version(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Show one adopted version.

    Risks that are confidential, or were so in what is shown, are left out and counted for users who may not see such risks.
    """
    user = cast(User, request.user)
    version = _version(user, pk, number)
    plan = version.plan
    seen = set(Risk.objects.visible_to(user).filter(plan=plan).values_list("pk", flat=True))
    changes = differences(version.content, content_of(plan))
    bands = [RiskBand(**band) for band in version.content["matrix"]["bands"]]
    opened = confidential_open_to(user)
    told = seen if opened is None else _told_of(plan, opened | Q(opened_before__gt=version.made_at))
    secret = {row["id"] for row in version.content["risks"] if row["is_confidential"]} - told
    rows = [row for row in version.content["risks"] if row["id"] in seen - secret]
    context: dict[str, Any] = {
        "title": _("%(plan)s, as adopted") % {"plan": plan},
        "crumbs": [(str(plan), plan.get_absolute_url())],
        "version": version,
        "plan": plan,
        "matrix": version.content["matrix"],
        "rows": [(row, band_of(row["risk_score"], bands), _parts(row)) for row in rows],
        "left_out": len(version.content["risks"]) - len(rows),
        "changes": [change for change in changes if change.row["id"] in seen - secret],
        "changes_left_out": len([change for change in changes if change.row["id"] not in seen - secret]),
        "field_labels": labels(),
        "is_intact": sha256_of(version.content) == version.content_sha256 == stated(version, "content_sha256"),
        "others": plan.versions.defer("content").exclude(pk=version.pk),
        "document_url": reverse("plan_version_document", args=[plan.pk, version.number]) if version.document else "",
    }
    return render(request, "riskreg/plan_version.html", context)


def _told_of(plan: ControlPlan, told: Q) -> set[int]:
    return set(Risk.objects.filter(told, plan=plan).values_list("pk", flat=True))


@require_safe
def plan_version_document(request: HttpRequest, pk: int, number: int) -> FileResponse:
    """Serve the decision's document, as a download."""
    version = _version(cast(User, request.user), pk, number)
    if not version.document:
        raise Http404
    name = PurePath(version.document_name).name
    missing = _("The document is missing in the file store.")
    sha256 = stated(version, "document_sha256")
    return stored_file(version.document, content_type_of(name), name, missing=missing, sha256=sha256)


def _version(user: User, pk: int, number: int) -> PlanVersion:
    found = PlanVersion.objects.visible_to(user).select_related("plan__unit", "plan__matrix", "made_by")
    return get_object_or_404(found, plan=pk, number=number)


def _parts(row: Row) -> list[tuple[str, list[list[tuple[str, str]]]]]:
    """Return the rows under a risk, part by part, as (label, words) pairs; empty values are left out."""
    shown = []
    for part in parts():
        below = [
            [
                (label, part.worded(name, one.get(name)))
                for name, label in part.labels().items()
                if one.get(name) not in (None, "")
            ]
            for one in row.get(part.name, [])
        ]
        if below:
            shown.append((str(part.label), below))
    return shown
