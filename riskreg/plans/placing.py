"""Placing of a risk whose source states only the score: the one change of an assessment that changes no score."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from riskreg.models import ControlPlan, Risk, User
from riskreg.plans.gate import RISKS, VERB_LABELS
from riskreg.scoring import Cell
from riskreg.verbs.errors import NotInThisState


def place(risk: Risk, cell: Cell, *, by: User, note: str = "") -> Risk:
    """Give a risk whose source states only the score its two factors; the score itself stands.

    Allowed until the plan is closed: an adopted plan's scores are not changed by it. Placing again in the same cell
    changes nothing and says nothing, so a double click is one change.

    Raises NotPermitted, NotInThisState when the plan is closed or the risk dropped, without a score, or placed
    elsewhere already, and ValidationError for a cell that the score cannot mean or a note that is too long.
    """
    with RISKS.enter(risk, RISKS.right_of("place"), by=by) as turn:
        row = turn.row
        if (row.likelihood, row.impact) == cell:
            return row
        turn.ask("place")
        _require_placeable(row)
        _require_possible(row, cell)
        row.likelihood, row.impact = cell
        note = note.strip()
        if note:
            row.placement_note = note
        Risk._meta.get_field("placement_note").clean(row.placement_note, row)
        return turn.save(reason=note or _("Placed at %(cell)s") % {"cell": cell.words})


def can_be_placed(risk: Risk) -> bool:
    """Return whether the risk's and its plan's states let it be placed; the right is another question."""
    return risk.plan.state != ControlPlan.State.CLOSED and not risk.is_dropped and bool(risk.possible_cells)


def _require_placeable(risk: Risk) -> None:
    verb = VERB_LABELS["place"]()
    if risk.is_dropped:
        raise NotInThisState(verb, _("Dropped"))
    if risk.likelihood is not None and risk.impact is not None:
        placed = _("Placed at %(cell)s") % {"cell": Cell(risk.likelihood, risk.impact).words}
        raise NotInThisState(verb, placed, [_("Change the assessment in the administration")])
    if risk.risk_score is None:
        raise NotInThisState(verb, _("Not scored"), [_("Give likelihood and impact in the administration")])


def _require_possible(risk: Risk, cell: Cell) -> None:
    if cell not in risk.possible_cells:
        raise ValidationError(
            _("%(risk)s has the score %(score)d; %(cell)s is not one of its cells. Possible: %(possible)s."),
            params={
                "risk": risk.reference,
                "score": risk.risk_score,
                "cell": cell.words,
                "possible": ", ".join(one.words for one in risk.possible_cells) or "–",
            },
        )
