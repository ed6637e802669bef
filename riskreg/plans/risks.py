"""Verbs on a risk in its plan: add, change, keep, drop, restore.

Each goes through the gate (riskreg.verbs.gate), the plan's row locked before the risk's.
What they raise: NotPermitted, Stale, NotInThisState (the plan's state), ReasonNeeded, Refused, ValidationError.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.dispatch import Signal
from django.utils.translation import gettext as _

from riskreg import clock
from riskreg.access.grants import author_with, standing_of
from riskreg.access.verbs import Verb
from riskreg.database.compiled import rows_once_compiled
from riskreg.models import ControlPlan, Risk, User
from riskreg.models.author import Author
from riskreg.models.history import save_with_history
from riskreg.plans.gate import PLANS, RISKS, VERB_LABELS
from riskreg.plans.numbering import next_risk_number
from riskreg.scoring import ScoreContradiction, risk_score
from riskreg.verbs.errors import ReasonNeeded, Refused
from riskreg.verbs.naming import require_open_accounts
from riskreg.verbs.saving import naming_constraints

risk_dropped = Signal()
"""Sent in the transaction that drops a risk, with `risk`, `by` (the author) and `reason`."""
risk_narrowed = Signal()
"""Sent in the transaction in which a risk stops being municipality-wide, with `risk`, `by` (the author) and `reason`."""

TEXT = frozenset({"unit", "title", "description", "category", "process", "is_municipality_wide"})
ASSESSMENT = frozenset({"likelihood", "impact", "risk_score"})
RESIDUAL = frozenset({"residual_likelihood", "residual_impact", "residual_score"})
"""The assessment after controls."""
STEWARDSHIP = frozenset({"owner", "owner_text", "is_confidential", "confidentiality_section"})
NOTE = "placement_note"
FIELDS = TEXT | ASSESSMENT | RESIDUAL | STEWARDSHIP | {NOTE}


def add_risk(plan: ControlPlan, *, by: User, **values: Any) -> Risk:
    """Save a new risk with the plan's next number; of the plan's unit unless another is given.

    Either likelihood and impact are given (the score follows), or only risk_score, or none.
    """
    with PLANS.open(plan, "add_risk", by=by) as turn:
        risk = Risk(plan=turn.row, number=next_risk_number(turn.row), unit=turn.row.unit)
        _set(risk, values)
        # The risk may be of a unit below the plan's, where the right may be another's.
        author = author_with(by, Verb.CHANGE_PLAN, risk.unit)
        require_open_accounts([risk.owner_id])
        return _save(risk, by=author, reason=VERB_LABELS["add_risk"]())


def change_risk(
    risk: Risk, *, by: User, reason: str = "", version: int | None = None, shows_earlier: bool = False, **values: Any
) -> Risk:
    """Save the values that are given and differ; nothing is written when nothing does.

    A changed likelihood, impact or score demands a reason, but for placing a bare score in a cell that has it. In an
    adopted plan only the assessment, the owner and the confidentiality change; in a closed one nothing does.

    `shows_earlier`: what was written while a risk that is opened was confidential may be shown, for the given reason.
    """
    with RISKS.enter(risk, Verb.CHANGE_PLAN, by=by, reason=reason, version=version) as turn:
        row, author = turn.row, turn.author
        before = {name: getattr(row, name) for name in FIELDS}
        _set(row, values)
        changed = {name for name in FIELDS if getattr(row, name) != before[name]}
        if not changed and not shows_earlier:
            return row
        _refuse_dropped(row)
        if shows_earlier:
            _show_earlier(row, was_confidential=before["is_confidential"], reason=reason)
        verbs = _verbs(changed, before, row)
        for verb in verbs:
            turn.ask(verb)
        if "owner" in changed:
            require_open_accounts([row.owner_id])
        if "unit" in changed:
            author = author_with(by, Verb.CHANGE_PLAN, row.unit)
        if row.carried_from_id and row.plan.is_open_for_changes and {"change", "reassess"} & set(verbs):
            _decide(row, Risk.Decision.CHANGED, by, reason)
        said = reason.strip() or ", ".join(VERB_LABELS[verb]() for verb in verbs)
        saved = _save(row, by=author, reason=said)
        if "is_municipality_wide" in changed and not saved.is_municipality_wide:
            risk_narrowed.send(sender=Risk, risk=saved, by=author, reason=said)
        return saved


def keep_risk(risk: Risk, *, by: User, version: int | None = None) -> Risk:
    """Decides that a carried risk stays: as it was, or as it has been changed since."""
    with RISKS.open(risk, "keep", by=by, version=version) as turn:
        row = turn.row
        _refuse_dropped(row)
        if row.carried_from is None:
            raise Refused(_("%(risk)s is new this year: there is nothing to decide.") % {"risk": row})
        same = all(getattr(row, name) == getattr(row.carried_from, name) for name in TEXT | ASSESSMENT | RESIDUAL)
        decision = Risk.Decision.KEPT if same else Risk.Decision.CHANGED
        if row.decision == decision:
            return row
        _decide(row, decision, by, row.decision_reason if decision == Risk.Decision.CHANGED else "")
        return turn.save()


def drop_risk(risk: Risk, *, by: User, reason: str, version: int | None = None) -> Risk:
    """Drop the risk from the plan; it can be read, with the reason, and restored."""
    with RISKS.open(risk, "drop", by=by, reason=reason, version=version) as turn:
        row = turn.row
        _refuse_dropped(row)
        row.is_dropped = True
        _decide(row, Risk.Decision.DROPPED, by, reason)
        turn.save()
        risk_dropped.send(sender=Risk, risk=row, by=turn.author, reason=reason.strip())
        return row


def restore_risk(risk: Risk, *, by: User, reason: str = "", version: int | None = None) -> Risk:
    """Brings a dropped risk back; a carried one is then undecided again."""
    with RISKS.open(risk, "restore", by=by, reason=reason, version=version) as turn:
        row = turn.row
        if not row.is_dropped:
            raise Refused(_("%(risk)s is not dropped.") % {"risk": row})
        row.is_dropped = False
        row.decision, row.decision_reason, row.decided_by, row.decided_at = "", "", None, None
        return turn.save()


def _set(risk: Risk, values: dict[str, Any]) -> None:
    """Set the values, and settle factors and score. Raises ValidationError when they contradict each other."""
    unknown = set(values) - FIELDS
    if unknown:
        raise TypeError(f"A risk has no field {', '.join(sorted(unknown))} to be set.")
    for name, value in values.items():
        setattr(risk, name, value)
    if values.keys() & ASSESSMENT:
        _settle(risk, ("likelihood", "impact", "risk_score"), values)
    if values.keys() & RESIDUAL:
        _settle(risk, ("residual_likelihood", "residual_impact", "residual_score"), values)


def _settle(risk: Risk, names: tuple[str, str, str], values: dict[str, Any]) -> None:
    """Set the score to the product of its factors."""
    likelihood, impact = getattr(risk, names[0]), getattr(risk, names[1])
    try:
        score = risk_score(likelihood, impact, values.get(names[2]))
    except ScoreContradiction as contradiction:
        raise ValidationError(
            {
                names[2]: _(
                    "Likelihood %(likelihood)d × impact %(impact)d is %(product)d, not %(stated)d. "
                    "Give the factors, or only the score."
                )
                % {
                    "likelihood": contradiction.likelihood,
                    "impact": contradiction.impact,
                    "product": contradiction.likelihood * contradiction.impact,
                    "stated": contradiction.stated,
                }
            }
        ) from None
    except ValueError:
        return  # One factor without the other: the model's own check names the one that is missing.
    if likelihood is not None or names[2] in values:
        setattr(risk, names[2], score)


def _show_earlier(row: Risk, *, was_confidential: bool, reason: str) -> None:
    """Note that the earlier wording may be shown. Raises ValidationError unless the risk is opened now, ReasonNeeded."""
    if not was_confidential or row.is_confidential:
        said = _("Earlier wording can be shown only of a risk that is not confidential any more: clear the mark as well.")
        raise ValidationError({"earlier_wording": [said]})
    if not reason.strip():
        raise ReasonNeeded(VERB_LABELS["show_earlier"]())
    row.opened_before = clock.now()


def _verbs(changed: set[str], before: dict[str, Any], row: Risk) -> list[str]:
    """Return the verbs that the change amounts to, in the workflow's words."""
    verbs = []
    if changed & ASSESSMENT:
        is_placing = before["likelihood"] is None and row.likelihood is not None and "risk_score" not in changed
        verbs.append("place" if is_placing and before["risk_score"] is not None else "reassess")
    if changed & RESIDUAL and "reassess" not in verbs:
        verbs.append("reassess")
    if changed & TEXT or (NOTE in changed and not verbs):
        verbs.append("change")
    if changed & STEWARDSHIP:
        verbs.append("hand_over")
    return verbs


def _refuse_dropped(row: Risk) -> None:
    if row.is_dropped:
        raise Refused(_("%(risk)s has been dropped. Restore it first.") % {"risk": row})


def _decide(row: Risk, decision: str, by: User, reason: str) -> None:
    longest = Risk._meta.get_field("decision_reason").max_length or 0
    row.decision, row.decision_reason = decision, reason.strip()[:longest]
    row.decided_by, row.decided_at = by, clock.now()


def _save(row: Risk, *, by: Author, reason: str) -> Risk:
    """Check and save the risk. Raises ValidationError, also where its author would not see it any more."""
    unasked = ["decided_by", "carried_from", "plan"]
    row.full_clean(exclude=unasked, validate_constraints=False)
    with naming_constraints(row, unasked):
        save_with_history(row, by=by, reason=reason)
    key = "whether a risk is seen", standing_of(by.person)
    if not rows_once_compiled(key, lambda pk: Risk.objects.filter(pk=pk).visible_to(by.person).values_list("pk"), row.pk):
        raise ValidationError(
            {
                "is_confidential": _(
                    "You would not see the risk any more yourself: you lack the right to confidential risks here. "
                    "Ask somebody who has it, or set yourself as its owner."
                )
            }
        )
    return row
