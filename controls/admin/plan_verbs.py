"""The verbs on a plan's page in the admin, with those that controls add."""

from __future__ import annotations

from controls.views.risks.plan_verbs import OPEN_FOLLOW_UPS, with_what_is_left
from riskreg.admin.plan import PlanAdmin

PlanAdmin.verbs = [*map(with_what_is_left, PlanAdmin.verbs), OPEN_FOLLOW_UPS]
