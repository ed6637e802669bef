"""Monitoring's part in the registry of controls.follow_ups.backing: what watched rules gave in the period of a follow-up.

While a follow-up is open it is read as it is now. When it is handed in it is kept, and that is shown from then on, beside what
has changed since; taken up again, it is read anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, Max, OuterRef, QuerySet
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import formats
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext as _

from controls.follow_ups.backing import Backing, Link
from controls.follow_ups.contributions import Contribution, Of
from controls.models import Alert, Check, Closing, Control, ControlWatch, FollowUp, KeptWatching, Method
from controls.monitoring.behind_follow_ups import in_auditors_file, words
from controls.monitoring.behind_follow_ups.period import Known, Watching, is_about, read_periods
from controls.reporting.paper import Table
from controls.reporting.proofs import ProvenMethod
from riskreg import clock
from riskreg.access.sight import units_where
from riskreg.access.verbs import Verb
from riskreg.models import Risk, User
from riskreg.models.author import Author
from riskreg.models.history import save_with_history

NOT_WATCHED = frozenset({Method.SURVEY, Method.INTERVIEW})
"""The methods of a control for which no watched rules are offered."""


class Monitoring(ProvenMethod):
    code = "monitoring"

    def show(self, follow_ups: Sequence[FollowUp]) -> list[list[Backing]]:
        """Return what the watched rules gave for each: as it is now, or as it was kept when it was handed in."""
        settled = [one.pk for one in follow_ups if one.pk and not one.is_open]
        kept = latest_kept(settled) if settled else {}
        asked = [one for one in follow_ups if one.is_open or one.pk in kept]
        now = dict(zip(map(id, asked), read_periods(asked), strict=True))
        return [_backings(one, now.get(id(one)), kept.get(one.pk)) for one in follow_ups]

    def start(self, control: Control, *, follow_up: FollowUp | None = None, check: Check | None = None) -> Link | None:
        if control.method in NOT_WATCHED:
            return None
        return Link(reverse("control_watches", args=[control.pk]), _("Watched rules and their alerts"))

    def work_on(self, check: Check, user: User) -> tuple[str, list[Link]]:
        """Return what came in since the check before, of the rules whose alerts the user may read, with the way to them."""
        seen = units_where(user, Verb.READ_REGISTER, "watch__seen_at")
        chosen = ControlWatch.objects.filter(seen, control=check.control_id).select_related("watch__register__unit")
        about = FollowUp(control=check.control, unit=check.unit)
        watches = [row.watch for row in chosen.order_by("watch__register", "watch__rule") if is_about(row.watch, about)]
        if not watches:
            return "", []
        before = Check.objects.filter(control=check.control_id, unit=check.unit_id, nominal_on__lt=check.nominal_on)
        since: date = before.aggregate(last=Max("nominal_on"))["last"] or date(check.nominal_on.year - 1, 12, 31)
        known = Known.read({watch.pk: watch for watch in watches}, [(since, check.nominal_on)])
        found = known.watching(watches, since, check.nominal_on)
        label = words.draft(found).rstrip(".")
        return _("Watched rules"), [Link(reverse("control_watches", args=[check.control_id]), label)]

    def keep(self, follow_ups: Sequence[FollowUp], *, by: Author) -> None:
        """Keep what the watched rules gave for each, in the transaction that hands them in."""
        for follow_up, seen in zip(follow_ups, read_periods(follow_ups), strict=True):
            if seen is not None:
                made = KeptWatching(follow_up=follow_up, kept_at=clock.now(), figures=seen.as_json())
                save_with_history(made, by=by, reason=_("As it was when the follow-up was handed in"))

    def prove(self, user: User, risks: QuerySet[Risk], closing: Closing) -> Table:
        return in_auditors_file.table_of_watching(user, risks, closing)

    def contributions(self) -> list[Contribution]:
        return [Contribution("weighing", lambda: _("You weighed alerts of its watched rules."), _weighing)]


def latest_kept(follow_ups: Sequence[int]) -> dict[int, KeptWatching]:
    """Return what was kept at the latest hand-in of each, by follow-up; one query."""
    return {one.follow_up_id: one for one in KeptWatching.objects.filter(follow_up__in=follow_ups).order_by("pk")}


def _backings(follow_up: FollowUp, now: Watching | None, kept: KeptWatching | None) -> list[Backing]:
    if follow_up.is_open:
        return [] if now is None else [backing_of(follow_up, now)]
    if kept is None:
        return []
    then = Watching.of_json(kept.figures)
    return [backing_of(follow_up, then, remarks=[_kept_words(kept.kept_at), *_changed_since(then, now)])]


def _kept_words(moment: datetime) -> str:
    when = formats.date_format(clock.municipal(moment), "DATETIME_FORMAT")
    return _("As it was when the follow-up was handed in, %(when)s. Later alerts do not change it.") % {"when": when}


def _changed_since(then: Watching, now: Watching | None) -> list[str]:
    if now is None or dict(now.alerts) == dict(then.alerts):
        return []
    return [_("It has changed since: %(alerts)s.") % {"alerts": words.alerts_sentence(now)}]


def backing_of(follow_up: FollowUp, seen: Watching, *, remarks: Sequence[str] = ()) -> Backing:
    """Return what watched rules gave in a period, as what backs the follow-up."""
    suggested, (verdict, sentence) = words.suggested(seen), words.verdict(seen)
    # Where nothing was told, what was done is the watching.
    done, total = (seen.total - seen.left, seen.total) if seen.total else (seen.rules - seen.not_watched, seen.rules)
    return Backing(
        source=_("The watching"),
        heading=_("What the watched rules told"),
        suggested=suggested,
        verdict=verdict,
        sentence=sentence,
        tone=suggested.tone,
        symbol=suggested.symbol,
        facts=words.facts(seen),
        done=done,
        total=total,
        measure=_("Concluded alerts") if seen.total else _("Rules that were watched"),
        draft=words.draft(seen),
        missing=words.missing(seen),
        remarks=remarks,
        link=Link(
            reverse("control_watches", args=[follow_up.control_id]),
            _("The alerts"),
            label_of_work=_("Weigh the alerts") if seen.left else "",
            right=Verb.READ_REGISTER,
        ),
    )


def _weighing(of: Of) -> QuerySet[Any]:
    """Return what people wrote, since the period began, in alerts first told until its last day, of rules ever chosen."""
    chosen = ControlWatch.history.filter(control=of.within("control_id")).order_by().values("watch")
    begun = Alert.history.filter(id=OuterRef("id"), history_type="+", snapshot__as_of__lte=of.within("closing__cut_off"))
    weighed = Alert.history.filter(Exists(begun), watch__in=chosen, history_type="~", history_user__isnull=False)
    weighed = weighed.alias(weighed_on=TruncDate("history_date", tzinfo=get_default_timezone()))
    before = Closing.objects.filter(
        unit=of.within("closing__unit_id"),
        year=of.within("closing__year"),
        cut_off__lt=of.within("closing__cut_off"),
        cut_off__gte=OuterRef("weighed_on"),
    )
    rows: QuerySet[Any] = weighed.filter(~Exists(before), weighed_on__year__gte=of("closing__year"))
    return rows
