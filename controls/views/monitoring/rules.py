"""Ready rules tried on a register's latest snapshots: the packs, and what one rule would tell."""

from __future__ import annotations

from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from controls.models import Register
from controls.monitoring.identities import masked
from controls.monitoring.registers.latest import Latest, latest_snapshots
from controls.monitoring.registers.runs import WORKSHOP
from controls.monitoring.registers.stored_file import path_of
from controls.monitoring.rules import PACKS, RULES
from controls.monitoring.rules.rule import Hit, Rule, is_before, kind_of
from controls.monitoring.rules.trying import Trial
from controls.monitoring.rules.words import facts_in_words, sentence
from controls.views.monitoring.seen import crumbs_of, reading, seen_register
from riskreg import clock
from riskreg.access.grants import require
from riskreg.access.verbs import Verb
from riskreg.models import User

MOST_HITS = 100
MOST_ROWS = 10
"""Rows that a hit links to."""


@require_safe
def register_rules(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the ready rules that begin in the register, by pack, and which registers some of them lack."""
    user = cast(User, request.user)
    found = _read_register(user, pk)
    latest = latest_snapshots(user, found)
    packs = [
        (
            pack,
            [(rule, sentence(rule, rule.values({})), _missing(rule, latest)) for rule in pack.rules if _begins_in(rule, found)],
        )
        for pack in PACKS.values()
    ]
    context = {
        "title": _("Try rules"),
        "crumbs": crumbs_of(found),
        "register": found,
        "latest": latest,
        "packs": [(pack, rules) for pack, rules in packs if rules],
    }
    return render(request, "controls/registers/rules.html", context)


@require_safe
def register_rule(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Show what the rule would tell of the latest snapshots, with the rows. Nothing is stored, and nobody is told."""
    user = cast(User, request.user)
    found = _read_register(user, pk)
    rule = RULES.get(code)
    if rule is None or not _begins_in(rule, found):
        raise Http404(_("There is no such rule of this register."))
    latest = latest_snapshots(user, found)
    used = {alias: latest[alias] for alias in rule.needs if alias in latest}
    # Registers that help a rule are not needed by it: supplier numbers in a ledger are read by the supplier master.
    helping = {relation.helped_by for relation in rule.every_relation()} & set(latest)
    used |= {alias: latest[alias] for alias in sorted(helping)}
    context: dict[str, Any] = {
        "title": str(rule.label),
        "crumbs": [*crumbs_of(found), (_("Try rules"), _rules_address(found))],
        "register": found,
        "rule": rule,
        "sentence": sentence(rule, rule.values({})),
        "missing": _missing(rule, latest),
        "used": list(used.values()),
    }
    if not context["missing"]:
        with reading(latest[rule.needs[0]]), WORKSHOP.scratch_engine() as engine:
            files = {alias: path_of(snapshot) for alias, snapshot in used.items()}
            tried = Trial(engine, files, clock.today()).try_rule(rule, limit=MOST_HITS)
        context |= {"count": tried.count, "hits": [_told(hit) for hit in tried.hits], "snapshot": latest[rule.needs[0]]}
    return render(request, "controls/registers/rule.html", context)


def _read_register(user: User, pk: int) -> Register:
    found = seen_register(user, pk)
    require(user, Verb.READ_REGISTER, found.unit)
    return found


def _rules_address(register: Register) -> str:
    return reverse("register_rules", args=[register.pk])


def _begins_in(rule: Rule, register: Register) -> bool:
    return rule.needs[0] == register.kind


def _missing(rule: Rule, latest: Latest) -> list[str]:
    """Return in words what the rule lacks."""
    kinds = dict(Register.Kind.choices)
    return [
        (_("an earlier snapshot of %(kind)s") if is_before(alias) else _("a snapshot of %(kind)s"))
        % {"kind": str(kinds[kind_of(alias)]).lower()}
        for alias in rule.needs
        if alias not in latest
    ]


def _told(hit: Hit) -> dict[str, Any]:
    return {
        "name": hit.subject_name or masked(hit.subject),
        "subject": masked(hit.subject),
        "facts": list(facts_in_words(hit.facts)),
        "rows": hit.rows[:MOST_ROWS],
        "more": max(0, len(hit.rows) - MOST_ROWS),
        "amount": hit.amount,
    }
