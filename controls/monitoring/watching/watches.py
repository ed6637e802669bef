"""Verbs on watched rules: propose (with limits), compose, switch_on, switch_off; a whole pack at once.

They raise what the gate raises, and ValidationError by field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from controls.models import Register, Watch
from controls.models.watch import FEWEST_ALERTS, MOST_ALERTS
from controls.monitoring.registers.latest import Latest, latest_snapshots
from controls.monitoring.rules import RULES
from controls.monitoring.rules.composed.definition import Definition
from controls.monitoring.rules.rule import Rule, Value
from controls.monitoring.watching.composing import is_composed, require_composable, rule_of
from controls.monitoring.watching.gate import WATCHES, require_register_in_use
from controls.monitoring.watching.limits import stored
from controls.monitoring.watching.runs import Cause, ask_run
from controls.monitoring.watching.sources import columns_read, used_by
from controls.monitoring.watching.words import missing_words
from riskreg.access.verbs import Verb
from riskreg.models import Unit, User
from riskreg.models.history import save_with_history
from riskreg.models.unit import ancestors
from riskreg.verbs.errors import ReasonNeeded, Refused
from riskreg.verbs.gate import lock_row, making


def rules_beginning_in(register: Register) -> list[Rule]:
    """Return the ready rules that begin in a register of its kind."""
    return [rule for rule in RULES.values() if rule.needs[0] == register.kind]


def propose(register: Register, *, by: User, rule: str, values: Mapping[str, Value], most_alerts: int, reason: str) -> Watch:
    """Watch a ready rule with these limits, or change the limits of a watched one.

    It is switched on at once, unless the register wants a second person for that.
    """
    if rule not in {one.code for one in rules_beginning_in(register)}:
        raise Refused(_("There is no such rule of this register."))
    with transaction.atomic():
        lock_row(Register.objects.all(), register.pk)
        there = Watch.objects.filter(register=register, rule=rule).first()
        watch = (
            _begin(register, by, rule, values, most_alerts, reason)
            if there is None
            else _again(there, by, values, most_alerts, reason)
        )
        if not watch.register.takes_two:
            watch = switch_on(watch, by=by)
    return watch


def compose(
    register: Register, *, by: User, rule: str, definition: Definition, most_alerts: int, reason: str, is_new: bool = False
) -> Watch:
    """Watch a composed rule, or compose a watched one anew; by the same way as a ready one.

    `rule` is its code (composing.name_of). Raises ValidationError for what makes no sense for the register as it is, and for
    the code of a new one that is there.
    """
    with transaction.atomic():
        lock_row(Register.objects.all(), register.pk)
        there = Watch.objects.filter(register=register, rule=rule).first()
        if not is_composed(rule) or (there is None) != is_new:
            raise Refused(_("The rules of the register were changed meanwhile. Open the page anew."))
        require_composable(definition, register, latest_snapshots(by, register))
        if there is None:
            watch = _begin(register, by, rule, {}, most_alerts, reason, definition)
        else:
            watch = _again(there, by, {}, most_alerts, reason, definition)
        if not watch.register.takes_two:
            watch = switch_on(watch, by=by)
    return watch


def _begin(
    register: Register,
    by: User,
    rule: str,
    values: Mapping[str, Value],
    most_alerts: int,
    reason: str,
    definition: Definition | None = None,
) -> Watch:
    with making(Verb.KEEP_REGISTER, register.unit, by=by) as author:
        current = Register.objects.select_related("unit").get(pk=register.pk)
        require_register_in_use(current)
        if not reason.strip():
            raise ReasonNeeded(_("Watch the rule"))
        watch = Watch(register=current, rule=rule, proposed_by=by)
        _set(watch, values, most_alerts, definition)
        return save_with_history(watch, by=author, reason=reason.strip())


def _again(
    watch: Watch, by: User, values: Mapping[str, Value], most_alerts: int, reason: str, definition: Definition | None = None
) -> Watch:
    with WATCHES.open(watch, "propose", by=by, reason=reason) as turn:
        require_register_in_use(turn.row.register)
        turn.row.proposed_by, turn.row.problem, turn.row.problem_values = by, "", {}
        _set(turn.row, values, most_alerts, definition)
        return turn.save()


def _set(watch: Watch, values: Mapping[str, Value], most_alerts: int, definition: Definition | None) -> None:
    if definition is not None:
        watch.definition, watch.parameters = definition.as_json(), {}
    else:
        watch.parameters = stored(RULES[watch.rule], values)
    watch.most_alerts = most_alerts
    watch.clean_fields()


def switch_on(watch: Watch, *, by: User, most_alerts: int | None = None) -> Watch:
    """Switch the rule on, with the registers that the user may read and the limit of alerts it may pass; queue a run."""
    with WATCHES.open(watch, "switch_on", by=by) as turn:
        row = turn.row
        require_register_in_use(row.register)
        rule = rule_of(row)
        if rule is None:
            raise Refused(_("The product no longer has the rule."))
        latest = latest_snapshots(by, row.register)
        if is_composed(row.rule):
            require_composable(Definition.of_json(row.definition), row.register, latest)
        used = _used(rule, latest)
        row.sources = {alias: snapshot.register_id for alias, snapshot in used.items() if alias in KINDS_OF_SOURCES}
        row.columns = columns_read(rule, used)
        row.seen_at = _seen_at([row.readers_unit, row.register.unit, *(one.register.unit for one in used.values())])
        if most_alerts is not None:
            row.most_alerts = max(FEWEST_ALERTS, min(most_alerts, MOST_ALERTS))
        row.problem, row.problem_values = "", {}
        turn.save()
        ask_run(row.register_id, Cause.SWITCHED, by=turn.author)
        return row


KINDS_OF_SOURCES = frozenset(Register.Kind.values)


def _used(rule: Rule, latest: Latest) -> Latest:
    """Return the snapshots that the rule reads. Raises Refused when one is not there."""
    missing = [missing_words(alias) for alias in rule.needs if alias not in latest]
    if missing:
        raise Refused(_("The rule cannot be watched yet. It needs %(what)s.") % {"what": ", ".join(missing)})
    return used_by(rule, latest)


def _seen_at(units: Iterable[Unit]) -> Unit:
    """Return the lowest unit that all of them lie at or below: a role there reads every register of the rule.

    It is never lowered: alerts may quote a register that the rule read before.
    """
    shared = set.intersection(*(set(ancestors(unit.path)) for unit in units))
    return Unit.objects.get(path=max(shared, key=len))


def switch_off(watch: Watch, *, by: User, reason: str) -> Watch:
    """Switch the rule off: it is not run any more. Its alerts stay."""
    with WATCHES.open(watch, "switch_off", by=by, reason=reason) as turn:
        turn.row.problem, turn.row.problem_values = "", {}
        return turn.save()


def propose_all(register: Register, *, by: User, rules: Mapping[str, int], reason: str) -> list[Watch]:
    """Watch several rules with their usual limits, each with the most alerts that it may give at a time; all or none."""
    with transaction.atomic():
        return [propose(register, by=by, rule=code, values={}, most_alerts=most, reason=reason) for code, most in rules.items()]
