"""Confidential records at the board, with one word in every text of theirs that must not reach who lacks the right."""

from __future__ import annotations

from datetime import date
from typing import Any

from controls.models import Action, Check, Conclusion, Evidence, FollowUp, PlanImport
from riskreg.models import Risk
from tests.architecture.scene import Scene
from tests.architecture.scene_records import NOW, make_evidence, make_handed_in, make_import, make_version
from tests.cast import make_closing, make_control, make_follow_up, make_risk

WORD = "zebrafink"
"""So long that no random token holds it: five letters did once, among the thousands of a walk's answers."""
SEARCHED = "zebrafin"
"""What is searched for: a page may say the question again, but not the answer."""
BLIND = "ocads"
"""Without the right to confidential risks, and not named to do anything about them."""
SEEING = "me"


class Secrets:
    """The confidential risk with all that belongs to it; an open one whose last year's was confidential, and the reverse."""

    def __init__(self, scene: Scene) -> None:
        performer, plans = scene.own.person, scene.own.plans
        hidden: dict[str, Any] = {"is_confidential": True, "confidentiality_section": "OSL 19:3", **_texts(Risk)}
        last_year = make_risk(plans["adopted"], **hidden)
        self.risk = make_risk(plans["draft"], **hidden, decision_reason="Zebrafink kvar", carried_from=last_year)
        self.dropped = make_risk(plans["carried"], **hidden, is_dropped=True, carried_from=last_year)
        self.opened = make_risk(plans["carried"], "Numera öppen", carried_from=last_year)
        open_before = make_risk(plans["adopted"], "Var öppen")
        self.closed = make_risk(plans["carried"], **hidden, carried_from=open_before)
        self.controls = [
            make_control(each, "Kontroll av zebrafink", performer=performer, target="Zebrafink", performer_text="Zebrafink AB")
            for each in (last_year, self.risk, self.closed)
        ]
        closing, before = scene.cast.interim, make_closing(scene.cast.municipality, "interim", 2023)
        self.follow_up = make_follow_up(self.controls[1], closing, performer=performer, **_complete(performer))
        self.earlier = make_follow_up(self.controls[0], before, performer=performer, **_complete(performer))
        self.submitted = make_follow_up(
            make_control(self.risk, "Zebrafink igen"),
            closing,
            performer=performer,
            **_complete(performer),
        )
        FollowUp.objects.filter(pk=self.submitted.pk).update(state="submitted", submitted_by=performer, submitted_at=NOW)
        self.actions = [
            Action.objects.create(
                follow_up=each, description="Zebrafink åtgärdas", responsible=performer, due_on=date(2025, 9, 1)
            )
            for each in (self.follow_up, self.earlier)
        ]
        self.evidence: Evidence = make_evidence(self.follow_up, performer, "zebrafink.txt")
        self.check = Check.objects.create(
            control=self.controls[1],
            unit=scene.own.unit,
            performer=performer,
            state="in_progress",
            note="Zebrafink",
            nominal_on=date(2025, 9, 30),
            due_on=date(2025, 9, 30),
            last_day=date(2025, 10, 14),
        )
        self.evidence_of_check: Evidence = make_evidence(self.check, performer, "zebrafink-lista.txt")
        self.version = make_version(plans["adopted"], scene.users["m"], number=2)
        self.handed_in = make_handed_in(plans["adopted"], closing, scene.users["m"], "Zebrafink i rapport")
        # By its number, and a title that resembles the confidential one.
        text = f"Nr;Identifierad risk;Riskvärde;Kontrollmoment\n{self.risk.number};Avtal om zebrafin;12;Något annat\n"
        self.plan_import: PlanImport = make_import(scene.own.unit, plans["draft"], scene.users["e"], text, on_page=WORD)


def _texts(model: Any) -> dict[str, Any]:
    return {
        "title": "Avtal om zebrafink",
        "description": "Zebrafink i text",
        "process": "Zebrafink i en process",
        "owner_text": "Zebrafink",
        "placement_note": "Zebrafink i not",
    }


def _complete(performer: Any) -> dict[str, Any]:
    return {
        "state": "in_progress",
        "result": "Zebrafink granskad",
        "conclusion": Conclusion.MINOR_DEVIATIONS,
        "conclusion_reason": "Zebrafink är liten",
        "performed_otherwise": "Zebrafink",
        "last_edited_by": performer,
    }
