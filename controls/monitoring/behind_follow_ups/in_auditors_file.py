"""The watched rules in the auditor's file: what was watched for each follow-up, what it gave, and when that was kept."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from controls.models import Closing, FollowUp, KeptWatching
from controls.monitoring.behind_follow_ups import words
from controls.monitoring.behind_follow_ups.period import Watching
from controls.reporting.kinds.words import number_cell, title_cell, who_when
from controls.reporting.paper import Column, Table, text_cell
from riskreg.models import Risk, User


def table_of_watching(user: User, risks: QuerySet[Risk], closing: Closing) -> Table:
    """Return a row for each handed-in follow-up that watched rules back. One query, whatever their number."""
    seen = FollowUp.objects.visible_to(user).filter(control__risk__in=risks, closing=closing)
    settled = seen.exclude(state__in=FollowUp.OPEN_STATES).order_by().values("pk")
    related = ("follow_up__control__risk__plan", "follow_up__unit", "follow_up__submitted_by")
    found = KeptWatching.objects.filter(follow_up__in=settled).select_related(*related)
    order = ("follow_up__control__risk__number", "follow_up__control__position", "follow_up__unit__path", "pk")
    latest = {kept.follow_up_id: kept for kept in found.order_by(*order)}
    rows = []
    for kept in latest.values():
        follow_up, watching = kept.follow_up, Watching.of_json(kept.figures)
        risk = follow_up.control.risk
        rows.append(
            (
                title_cell(risk.title, risk.reference),
                text_cell(follow_up.unit.name),
                text_cell(words.watched_words(watching) or _("Nothing")),
                number_cell(len(watching.days)),
                number_cell(watching.rules),
                number_cell(watching.not_watched),
                text_cell(words.alerts_sentence(watching)),
                text_cell(str(words.suggested(watching).label)),
                who_when(follow_up.submitted_by, kept.kept_at),
            )
        )
    return Table(
        "watching",
        _("Watched rules"),
        (
            Column("risk", _("Identified risk"), 18),
            Column("unit", _("Unit"), 14),
            Column("watched", _("Watched"), 18),
            Column("snapshots", _("Snapshots"), 9, "number"),
            Column("rules", _("Rules"), 8, "number"),
            Column("not_watched", _("Not watched"), 9, "number"),
            Column("alerts", _("Alerts"), 24),
            Column("suggested", _("Suggested conclusion"), 14),
            Column("kept", _("As it was at the hand-in by"), 15),
        ),
        tuple(rows),
        description=_(
            "One row for each handed-in follow-up that watched rules back: what was watched in its period, what the rules told "
            "and what became of the alerts, as it was when the follow-up was handed in."
        ),
        nothing=_("No follow-up that was handed in is backed by watched rules."),
    )
