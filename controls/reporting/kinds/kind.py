"""The definition of a kind of report: who may read it, its subject, and its paper. One object for each kind, in the registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise

from controls.models import Closing
from controls.reporting.paper import Paper
from riskreg.access.verbs import Verb
from riskreg.models import ControlPlan, Unit, User


@dataclass(frozen=True, slots=True)
class Subject:
    """The subject of a report: a plan, or a whole municipality; at a closing, where the kind has one."""

    unit: Unit
    year: int
    plan: ControlPlan | None = None
    closing: Closing | None = None

    @property
    def key(self) -> int:
        """The key in the report's address."""
        return self.plan.pk if self.plan is not None else self.unit.pk

    @property
    def occasion(self) -> str:
        """The closing as it stands in the address: its kind, of a municipality with its year; or the plan itself."""
        if self.closing is None:
            return PLAN
        return self.closing.kind if self.plan is not None else f"{self.closing.kind}-{self.closing.year}"


PLAN = "plan"

Write = Callable[[User, Subject, date, bool], Paper]


@dataclass(frozen=True, slots=True)
class ReportKind:
    code: str
    slug: str
    label: Promise
    about: Promise
    """One line on what it holds, for who chooses."""
    draw_up: Write
    """The paper as the user may see it; the last argument: only what everybody may."""
    has_closing: bool = True
    of_municipality: bool = False
    verb: Verb = Verb.READ_REPORT
    hand_in_verb: Verb = Verb.HAND_IN_REPORT
