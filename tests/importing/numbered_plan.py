"""A plan whose risks are named in files by their numbers alone, and what comes of reading such a file."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from controls.importing.changes import PlanChanges
from controls.importing.comparing import compare
from controls.importing.plan import ImportOutcome, import_rows
from controls.importing.reading import Reading, read
from controls.importing.target import Target
from controls.models import Control, FollowUp
from riskreg.importing.questions import Question
from riskreg.models import ControlPlan, Risk, User
from tests.cast import Cast, make_control, make_risk

NUMBERS = """Nr;Resultat;Bedömning;Åtgärd
1;Tolv av 40 löner var fel.;Väsentliga avvikelser;Rutinen ses över
2;Inga fel.;Inga avvikelser;
"""
BY_RISKS_NUMBER = NUMBERS.replace("Nr;", "Risknr;")
CONTROLS = """Kontrollmoment;Resultat;Slutsats
Stickprov av inköp;Inga fel.;Inga avvikelser
Stickprov av  ATTEST;Två fel.;Mindre avvikelser
"""


@dataclass
class Plan:
    """An adopted plan of two risks, the first with one control and the second with two."""

    salaries: Risk
    purchases: Risk
    attest: Control
    samples: Control
    agreements: Control


def adopted_plan(cast: Cast) -> Plan:
    """Make the plan."""
    salaries, purchases = make_risk(cast.plan, "Felaktiga löner"), make_risk(cast.plan, "Ramavtal följs inte")
    attest = make_control(salaries, "Stickprov av attest")
    made = Plan(
        salaries, purchases, attest, make_control(purchases, "Stickprov av inköp"), make_control(purchases, "Genomgång av avtal")
    )
    ControlPlan.objects.filter(pk=cast.plan.pk).update(state="adopted", adopted_on="2025-01-15", adopted_paragraph="§ 4")
    return made


def reading_of(text: str | bytes, target: Target, answers: Mapping[str, str] | None = None, name: str = "r.csv") -> Reading:
    return read(io.BytesIO(text if isinstance(text, bytes) else text.encode()), name, target, answers=answers)


def compared(text: str | bytes, target: Target, by: User | None, answers: Mapping[str, str] | None = None) -> PlanChanges:
    reading = reading_of(text, target, answers)
    assert reading.errors == []
    return compare(reading.rows, target, by=by, answers=answers)


def questions_of(changes: PlanChanges) -> list[Question]:
    return changes.findings.asked.questions


def answered(changes: PlanChanges, choose: Callable[[Question], str]) -> dict[str, str]:
    return {question.key: choose(question) for question in questions_of(changes)}


def go(text: str | bytes, target: Target, by: User, answers: Mapping[str, str] | None = None) -> ImportOutcome:
    rows = reading_of(text, target, answers).rows
    return import_rows(rows, target, by=by, source="r.csv", answers=answers)


def results() -> dict[str, tuple[str, str | None]]:
    found = FollowUp.objects.select_related("control")
    return {one.control.description: (one.result, one.conclusion) for one in found}


def errors(changes: PlanChanges) -> list[tuple[int | None, str]]:
    return [(problem.row, problem.message) for problem in changes.errors]
