"""A risk that was opened: what was written of it before, and where that could be told."""

from __future__ import annotations

import json
from typing import Any

from django.urls import reverse

from controls.follow_ups import verbs as follow_ups
from controls.follow_ups.draft import Draft
from controls.models import FollowUp
from riskreg import clock
from riskreg.models import Risk, User
from riskreg.trail.export import export_lines

SECRET = "Hemlighetsmakeri"


def fresh(record: Any) -> Any:
    return type(record)._default_manager.get(pk=record.pk)


def write(follow_up: FollowUp, by: User, result: str) -> None:
    follow_ups.save_draft(fresh(follow_up), by=by, draft=Draft(result=result, conclusion="no_deviations"))


def addresses(risk: Risk) -> list[str]:
    control = risk.controls.get()
    records = [risk, control, control.follow_ups.get(), risk.plan.versions.get()]
    return [
        reverse("risk_timeline", args=[risk.pk]),
        *(reverse("history", args=[one._meta.app_label, one._meta.model_name, one.pk]) for one in records),
        reverse("admin:riskreg_risk_history", args=[risk.pk]),
        reverse("admin:controls_control_history", args=[control.pk]),
        reverse("plan_version", args=[risk.plan_id, 1]),
    ]


def exported(reader: User) -> list[dict[str, Any]]:
    return [json.loads(line) for line in export_lines(reader, clock.now())]
