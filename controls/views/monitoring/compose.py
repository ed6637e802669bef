"""The pages where a rule of a register is composed in a sentence, tried, and watched or changed."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from controls.models import Register, Watch
from controls.monitoring.kinds import KINDS
from controls.monitoring.registers.latest import Latest, latest_snapshots
from controls.monitoring.rules.composed.definition import OWN, Definition
from controls.monitoring.rules.composed.saying import rule_words
from controls.monitoring.watching import composing, watches
from controls.monitoring.watching.sources import used_by
from controls.monitoring.watching.words import missing_words, problem_words, rule_label
from controls.views.monitoring.compose_form import ComposeForm, SaveForm
from controls.views.monitoring.rules import read_register, watched_words
from controls.views.monitoring.seen import crumbs_of, reading, seen_watch, start_watch_runs
from controls.views.monitoring.tried import MOST_HITS, TooLong, compare_tried, hit_words, try_rule_against
from riskreg.access.grants import may, require
from riskreg.access.verbs import Verb
from riskreg.models import User
from riskreg.web.asking import REFUSALS, add_refusal


@require_http_methods(["GET", "HEAD", "POST"])
def register_compose(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Compose a rule of the register: what is asked for by GET is tried, what is sent by POST is watched."""
    return _compose(request, read_register(cast(User, request.user), pk), None)


@require_http_methods(["GET", "HEAD", "POST"])
def watch_compose(request: HttpRequest, pk: int, watch: int) -> HttpResponseBase:
    """Compose a watched rule anew: what comes and goes is shown against how it stands."""
    user = cast(User, request.user)
    found = seen_watch(user, pk, watch)
    require(user, Verb.READ_REGISTER, found.register.unit)
    if not composing.is_composed(found.rule):
        raise Http404(_("There is no such rule of this register."))
    return _compose(request, found.register, found)


def _compose(request: HttpRequest, register: Register, watch: Watch | None) -> HttpResponseBase:
    user, given = cast(User, request.user), request.POST if request.method == "POST" else request.GET
    latest = latest_snapshots(user, register)
    standing = _standing(watch)
    asked = given if "field" in given else None
    form = ComposeForm(asked, register=register, fields=composing.fields_of(register, latest), standing=standing)
    save, status = SaveForm(request.POST if request.method == "POST" else None, watch=watch), 200
    definition = standing if not form.is_bound else _definition(form, register, latest)
    if request.method == "POST":
        require(user, Verb.KEEP_REGISTER, register.unit)
        if definition is not None and save.is_valid():
            try:
                made = _save(register, user, watch, definition, save.cleaned_data)
            except REFUSALS as refusal:
                status = add_refusal(save, refusal)
            else:
                start_watch_runs()
                messages.success(request, watched_words(made))
                return redirect(made)
    context = {
        "title": _("Compose a rule") if watch is None else _("Compose “%(rule)s” anew") % {"rule": rule_label(watch.rule)},
        "crumbs": [*crumbs_of(register), (_("Rules"), reverse("register_rules", args=[register.pk]))],
        "register": register,
        "watch": watch,
        "problem": problem_words(watch) if watch is not None else "",
        "form": form if latest.get(register.kind) else None,
        "save": save,
        **_tried(register, definition, standing, latest, save, user),
    }
    return render(request, "controls/registers/compose.html", context, status=status)


def _standing(watch: Watch | None) -> Definition | None:
    if watch is None:
        return None
    try:
        return Definition.of_json(watch.definition)
    except ValidationError:
        return None


def _definition(form: ComposeForm, register: Register, latest: Latest) -> Definition | None:
    """Return what was composed; None where it makes no sense, which the form says."""
    if not form.is_valid():
        return None
    definition: Definition = form.cleaned_data["definition"]
    try:
        composing.require_composable(definition, register, latest)
    except ValidationError as error:
        form.add_error(None, error)
        return None
    return definition


def _save(register: Register, user: User, watch: Watch | None, definition: Definition, given: dict[str, Any]) -> Watch:
    try:
        code = watch.rule if watch is not None else composing.name_of(given["name"], register)
    except ValidationError as error:
        raise ValidationError({"name": error.messages}) from error
    return watches.compose(
        register,
        by=user,
        rule=code,
        definition=definition,
        most_alerts=given["most_alerts"],
        reason=given["reason"],
        is_new=watch is None,
    )


def _tried(
    register: Register, definition: Definition | None, standing: Definition | None, latest: Latest, save: SaveForm, user: User
) -> dict[str, Any]:
    """Return what the rule would tell of the latest snapshots, against how it stands."""
    if definition is None:
        return {}
    kind = KINDS[register.kind]
    found: dict[str, Any] = {"sentence": rule_words(definition, kind)}
    try:
        rule = composing.composed_rule(OWN, definition, register, latest)
    except ValidationError:
        return found
    _alias, gone = composing.columns_gone(definition, register, latest)
    missing = [missing_words(one) for one in rule.needs if one not in latest]
    if missing or gone:
        return {**found, "missing": missing}
    before = None
    if standing is not None and standing != definition and not composing.columns_gone(standing, register, latest)[1]:
        before = composing.composed_rule(OWN, standing, register, latest)
        before = before if all(one in latest for one in before.needs) else None
    used = used_by(rule, latest) | (used_by(before, latest) if before is not None else {})
    found |= {
        "used": list(used_by(rule, latest).values()),
        "may_watch": register.is_in_use and may(user, Verb.KEEP_REGISTER, register.unit),
    }
    try:
        with reading(latest[register.kind]):
            tried, stood = try_rule_against(rule, before, used)
    except TooLong:
        return {**found, "is_too_long": True}
    most = save.initial["most_alerts"]
    return {
        **found,
        "count": tried.count,
        "hits": [hit_words(hit) for hit in tried.hits[:MOST_HITS]],
        "snapshot": latest[register.kind],
        "compared": compare_tried(tried, stood) if stood is not None else None,
        "is_many": tried.count > most,
        "most": most,
    }
