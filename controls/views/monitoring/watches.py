"""The page of a watched rule: what it tells, how it stands, what it gave; and switching it on and off."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from controls.models import Alert, Register, RegisterSnapshot, Watch, WatchOutcome, WatchRun
from controls.monitoring.rules import RULES
from controls.monitoring.watching import watches
from controls.monitoring.watching.composing import is_composed
from controls.monitoring.watching.gate import WATCH_LABELS, WATCHES
from controls.monitoring.watching.limits import of_stored, shown
from controls.monitoring.watching.repeats import repeated
from controls.monitoring.watching.words import problem_words, rule_label, watch_sentence
from controls.monitoring.watching.work import PART_OF
from controls.views.monitoring.limits_form import most_alerts_field
from controls.views.monitoring.seen import Crumbs, crumbs_of, seen_watch, start_watch_runs
from riskreg.access.grants import may
from riskreg.access.verbs import Verb
from riskreg.models import User
from riskreg.web.asking import AskingForm, Place, ReasonForm, RecordVerb, ask, by_name

MOST_OUTCOMES = 24


@require_safe
def watch(request: HttpRequest, pk: int, watch: int) -> HttpResponse:
    """Show a watched rule: its sentence and limits, its state with the reason, its alerts in numbers, and its latest runs."""
    user = cast(User, request.user)
    found = seen_watch(user, pk, watch)
    context = {
        "title": rule_label(found.rule),
        "crumbs": _crumbs(found),
        "register": found.register,
        "watch": found,
        "sentence": watch_sentence(found),
        "problem": problem_words(found),
        "limits": _limits(found),
        "sources": _sources(found, user),
        "verbs": WATCHES.verbs_open_to(found, user),
        "why_not_on": _why_not_on(found, user),
        "counts": found.alerts.aggregate(
            all=Count("pk"),
            open=Count("pk", filter=Q(state__in=Alert.OPEN_STATES)),
            confirmed=Count("pk", filter=Q(state=Alert.State.CONFIRMED)),
        ),
        "reads": may(user, Verb.READ_REGISTER, found.register.unit),
        "is_known": found.rule in RULES,
        "is_composed": is_composed(found.rule),
        "outcomes": _outcomes(found),
        "is_waiting": WatchRun.objects.open().filter(register=found.register_id).exists() if found.is_on else False,
    }
    return render(request, "controls/registers/watch.html", context)


def _crumbs(watch: Watch) -> Crumbs:
    rules = reverse("register_rules", args=[watch.register_id])
    return [*crumbs_of(watch.register), (_("Rules"), rules)]


def _limits(watch: Watch) -> list[tuple[str, str, bool]]:
    """Return each limit with its value, and whether it is another than the usual one."""
    rule = RULES.get(watch.rule)
    if rule is None or watch.problem == "limits":
        return []
    values = of_stored(rule, watch.parameters)
    return [
        (str(one.label), shown(one, values[one.code]), shown(one, values[one.code]) != shown(one, one.default))
        for one in rule.parameters
    ]


def _sources(watch: Watch, user: User) -> list[Register]:
    """Return the registers that the rule reads and that the user sees."""
    return list(Register.objects.visible_to(user).filter(pk__in=watch.sources.values()).order_by("name"))


def _why_not_on(watch: Watch, user: User) -> str:
    """Return why somebody who otherwise could may not switch it on: it takes a second person."""
    if watch.state != Watch.State.PROPOSED or not may(user, Verb.KEEP_REGISTER, watch.register.unit):
        return ""
    refusal = WATCHES.why_not(watch, "switch_on", user)
    return str(refusal) if refusal is not None else ""


def _outcomes(watch: Watch) -> list[dict[str, Any]]:
    """Return what the rule gave in its latest runs, with the days of the snapshots that it read."""
    rows = list(WatchOutcome.objects.filter(watch=watch).select_related("run").order_by("-run__pk")[:MOST_OUTCOMES])
    read = {row.pk: {pk for view, pk in row.snapshots.items() if PART_OF not in view} for row in rows}
    pks = {pk for of_row in read.values() for pk in of_row}
    days = dict(RegisterSnapshot.objects.filter(pk__in=pks).values_list("pk", "as_of"))
    moments = [row.run.finished_at for row in rows if row.run.finished_at is not None]
    again = repeated([watch.register_id], min(moments)) if moments else {}
    return [
        {
            "row": row,
            "days": sorted({days[pk] for pk in read[row.pk] if pk in days}, reverse=True),
            "times_again": len(again.get(row.pk, ())),
            "last_again": max(again.get(row.pk, ()), default=None),
        }
        for row in rows
    ]


class SwitchOnForm(AskingForm):
    """Ask, of a rule that asks first, how many alerts it may give."""

    most_alerts = most_alerts_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        watch: Watch = self.subject
        if watch.state == Watch.State.ASKING:
            self.initial["most_alerts"] = watch.problem_values.get("count", watch.most_alerts)
        else:
            fields: dict[str, forms.Field] = self.fields
            del fields["most_alerts"]

    def remarks(self) -> list[str]:
        words = problem_words(self.subject)
        return [words, _("The worker runs it on the latest snapshots at once.")] if words else []


class SwitchOffForm(ReasonForm):
    def remarks(self) -> list[str]:
        return [_("It is not run any more. The alerts that it has given stay, and can be concluded.")]


VERBS = by_name(
    RecordVerb(
        "switch_on",
        WATCH_LABELS["switch_on"],
        watches.switch_on,
        form=SwitchOnForm,
        why_not=WATCHES.why_not,
        said=lambda *_both: _("The rule is watched. The worker runs it on the latest snapshots now, and on each new one."),
    ),
    RecordVerb(
        "switch_off",
        WATCH_LABELS["switch_off"],
        watches.switch_off,
        form=SwitchOffForm,
        why_not=WATCHES.why_not,
        tone="danger",
        said=lambda *_both: _("The rule is switched off."),
    ),
)


@require_http_methods(["GET", "HEAD", "POST"])
def watch_verb(request: HttpRequest, pk: int, watch: int, verb: str) -> HttpResponseBase:
    """Switch the watched rule on or off."""
    found = seen_watch(cast(User, request.user), pk, watch)
    answer = ask(request, VERBS[verb], found, Place(found.get_absolute_url(), rule_label(found.rule), _crumbs(found)))
    if request.method == "POST":
        start_watch_runs()
    return answer
