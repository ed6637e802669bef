"""Ready rules of a register: the packs, what one rule would tell with which limits, and watching it, or a whole pack."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from controls.models import Register, Watch
from controls.monitoring.registers.latest import latest_snapshots
from controls.monitoring.rules import PACKS, RULES
from controls.monitoring.rules.rule import Pack, Rule
from controls.monitoring.rules.words import sentence
from controls.monitoring.watching import watches
from controls.monitoring.watching.composing import is_composed
from controls.monitoring.watching.sources import used_by
from controls.monitoring.watching.words import missing_words, problem_words, rule_label, watch_sentence
from controls.views.monitoring.limits_form import LimitsForm, PackForm, WatchForm
from controls.views.monitoring.seen import crumbs_of, reading, seen_register, start_watch_runs
from controls.views.monitoring.tried import MOST_HITS, TooLong, compare_tried, hit_words, try_pack, try_rules
from riskreg.access.grants import may, require
from riskreg.access.verbs import Verb
from riskreg.models import User
from riskreg.web.asking import REFUSALS, add_refusal


@require_safe
def register_rules(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the ready rules that begin in the register, by pack: which are watched, and which registers some of them lack."""
    user = cast(User, request.user)
    found = read_register(user, pk)
    latest = latest_snapshots(user, found)
    watched = {watch.rule: watch for watch in found.watches.select_related("register")}
    packs = [
        (pack, [_row(rule, watched.get(rule.code), latest) for rule in pack.rules if _begins_in(rule, found)])
        for pack in PACKS.values()
    ]
    context = {
        "title": _("Rules"),
        "crumbs": crumbs_of(found),
        "register": found,
        "packs": [(pack, rules) for pack, rules in packs if rules],
        "composed": [_composed_row(watch) for code, watch in sorted(watched.items()) if is_composed(code)],
        "can_compose": bool(latest.get(found.kind)),
        "may_keep": may(user, Verb.KEEP_REGISTER, found.unit) and found.is_in_use,
    }
    return render(request, "controls/registers/rules.html", context)


def _composed_row(watch: Watch) -> dict[str, Any]:
    return {
        "label": rule_label(watch.rule),
        "sentence": watch_sentence(watch),
        "watch": watch,
        "problem": problem_words(watch),
    }


def _row(rule: Rule, watch: Watch | None, latest: Any) -> dict[str, Any]:
    return {
        "rule": rule,
        "sentence": (watch_sentence(watch) if watch is not None else "") or sentence(rule, rule.values({})),
        "missing": [missing_words(alias) for alias in rule.needs if alias not in latest],
        "watch": watch,
        "problem": problem_words(watch) if watch is not None else "",
    }


@require_safe
def register_rule(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Show what the rule would tell of the latest snapshots, with the limits that are asked for. Nothing is stored."""
    found, rule = _found_rule(cast(User, request.user), pk, code)
    given = request.GET if any(parameter.code in request.GET for parameter in rule.parameters) else None
    return _rule_page(request, found, rule, LimitsForm(given, rule=rule, watch=_watch_of(found, rule)))


@require_POST
def register_watch(request: HttpRequest, pk: int, code: str) -> HttpResponseBase:
    """Watch the rule with the limits that were tried, or change those of a watched one."""
    user = cast(User, request.user)
    found, rule = _found_rule(user, pk, code)
    require(user, Verb.KEEP_REGISTER, found.unit)
    watch = _watch_of(found, rule)
    limits, form, status = LimitsForm(request.POST, rule=rule, watch=watch), WatchForm(request.POST, watch=watch), 200
    values = limits.values()
    if values is not None and form.is_valid():
        given = form.cleaned_data
        try:
            watch = watches.propose(
                found, by=user, rule=code, values=values, most_alerts=given["most_alerts"], reason=given["reason"]
            )
        except REFUSALS as refusal:
            status = add_refusal(form, refusal)
        else:
            start_watch_runs()
            messages.success(request, watched_words(watch))
            return redirect(watch)
    return _rule_page(request, found, rule, limits, form, status=status)


def watched_words(watch: Watch) -> str:
    """Return what a page says when a rule has been watched or proposed."""
    if watch.is_on:
        return _("The rule is watched. The worker runs it on the latest snapshots now, and on each new one.")
    return _("The rule is proposed. A second person switches it on.")


def _rule_page(
    request: HttpRequest, found: Register, rule: Rule, limits: LimitsForm, form: WatchForm | None = None, *, status: int = 200
) -> HttpResponse:
    user, watch = cast(User, request.user), _watch_of(found, rule)
    latest = latest_snapshots(user, found)
    used = used_by(rule, latest)
    missing = [missing_words(alias) for alias in rule.needs if alias not in latest]
    values = limits.values()
    context: dict[str, Any] = {
        "title": str(rule.label),
        "crumbs": [*crumbs_of(found), (_("Rules"), reverse("register_rules", args=[found.pk]))],
        "register": found,
        "rule": rule,
        "sentence": sentence(rule, values if values is not None else rule.values({})),
        "missing": missing,
        "used": list(used.values()),
        "limits": limits,
        "watch": watch,
        "problem": problem_words(watch) if watch is not None else "",
        "form": form or WatchForm(watch=watch),
        "may_watch": not missing and values is not None and found.is_in_use and may(user, Verb.KEEP_REGISTER, found.unit),
    }
    if not missing and values is not None:
        standing = limits.standing if limits.standing is not None and limits.standing != values else None
        try:
            with reading(latest[rule.needs[0]]):
                tried, before = try_rules(rule, used, values, standing)
        except TooLong:
            context["is_too_long"] = True
            return render(request, "controls/registers/rule.html", context, status=status)
        most = watch.most_alerts if watch is not None else context["form"].initial["most_alerts"]
        context |= {
            "count": tried.count,
            "hits": [hit_words(hit) for hit in tried.hits[:MOST_HITS]],
            "snapshot": latest[rule.needs[0]],
            "compared": compare_tried(tried, before) if before is not None else None,
            "is_many": tried.count > most,
            "most": most,
        }
    return render(request, "controls/registers/rule.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def register_pack(request: HttpRequest, pk: int, pack: str) -> HttpResponseBase:
    """Show what each rule of a pack would tell with its usual limits, and watch those that can be run."""
    user = cast(User, request.user)
    found = read_register(user, pk)
    require(user, Verb.KEEP_REGISTER, found.unit)
    chosen = PACKS.get(pack)
    rules = [rule for rule in chosen.rules if _begins_in(rule, found)] if chosen is not None else []
    if chosen is None or not rules:
        raise Http404(_("There is no such pack of rules of this register."))
    watched = {watch.rule: watch for watch in found.watches.all() if watch.state != Watch.State.OFF}
    latest = latest_snapshots(user, found)
    ready = [rule for rule in rules if rule.code not in watched and all(alias in latest for alias in rule.needs)]
    form, status = PackForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            done = watches.propose_all(
                found, by=user, rules={rule.code: given["most_alerts"] for rule in ready}, reason=given["reason"]
            )
        except REFUSALS as refusal:
            status = add_refusal(form, refusal)
        else:
            start_watch_runs()
            messages.success(request, _pack_words(done))
            return redirect("register_rules", found.pk)
    return _pack_page(request, found, chosen, rules, watched, latest, ready, form, status)


def _pack_page(
    request: HttpRequest,
    found: Register,
    pack: Pack,
    rules: list[Rule],
    watched: dict[str, Watch],
    latest: Any,
    ready: list[Rule],
    form: PackForm,
    status: int,
) -> HttpResponse:
    counts: dict[str, int] = {}
    if ready:
        with reading(latest[found.kind]):
            counts = try_pack(ready, latest)
    rows = [
        {
            "rule": rule,
            "sentence": sentence(rule, rule.values({})),
            "missing": [missing_words(alias) for alias in rule.needs if alias not in latest],
            "watch": watched.get(rule.code),
            "count": counts.get(rule.code),
        }
        for rule in rules
    ]
    context = {
        "title": _("Watch “%(pack)s”") % {"pack": pack.label},
        "crumbs": [*crumbs_of(found), (_("Rules"), reverse("register_rules", args=[found.pk]))],
        "register": found,
        "pack": pack,
        "rows": rows,
        "ready": len(ready),
        "is_too_long": len(counts) < len(ready),
        "form": form if found.is_in_use else None,
    }
    return render(request, "controls/registers/pack.html", context, status=status)


def _pack_words(done: list[Watch]) -> str:
    on = sum(1 for watch in done if watch.is_on)
    if done and not on:
        words = ngettext("%(count)d rule is proposed.", "%(count)d rules are proposed.", len(done))
        return words % {"count": len(done)} + " " + _("A second person switches them on.")
    return ngettext("%(count)d rule is watched.", "%(count)d rules are watched.", on) % {"count": on}


def _found_rule(user: User, pk: int, code: str) -> tuple[Register, Rule]:
    found, rule = read_register(user, pk), RULES.get(code)
    if rule is None or not _begins_in(rule, found):
        raise Http404(_("There is no such rule of this register."))
    return found, rule


def _watch_of(register: Register, rule: Rule) -> Watch | None:
    return register.watches.select_related("register__unit").filter(rule=rule.code).first()


def read_register(user: User, pk: int) -> Register:
    """Return the register, whose rows the user may read. Raises NotPermitted."""
    found = seen_register(user, pk)
    require(user, Verb.READ_REGISTER, found.unit)
    return found


def _begins_in(rule: Rule, register: Register) -> bool:
    return rule.needs[0] == register.kind
