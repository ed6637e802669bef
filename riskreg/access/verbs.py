"""The rights of each role."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from riskreg.models.membership import Role

if TYPE_CHECKING:
    pass


class Verb(StrEnum):
    VIEW = "view"
    CHANGE_PLAN = "change_plan"  # plans, risks, controls: make, change, import, place
    ADOPT_PLAN = "adopt_plan"  # enter the committee's decision: adopt, revise, close
    CHANGE_CLOSING = "change_closing"
    LOG_FOLLOW_UP = "log_follow_up"  # start, log result and evidence, submit
    APPROVE_FOLLOW_UP = "approve_follow_up"  # approve, return
    REOPEN_FOLLOW_UP = "reopen_follow_up"
    READ_REPORT = "read_report"
    HAND_IN_REPORT = "hand_in_report"  # freeze it; take it up again for a new version
    ASSIGN_FOLLOW_UP = "assign_follow_up"  # say who performs it
    PREPARE_SAMPLE = "prepare_sample"  # upload and lock a population; design, seed, draw, extend a sample
    LOG_SAMPLE = "log_sample"  # write the outcomes of sampled items
    READ_POPULATION = "read_population"  # the rows of a population and the cells of its items: often personal data
    HOLD_POPULATION = "hold_population"  # legal hold: kept past its time
    KEEP_REGISTER = "keep_register"  # registers that are watched: open, change, close; take or discard what is asked about
    FEED_REGISTER = "feed_register"  # hand in a file to a register
    READ_REGISTER = "read_register"  # the rows of a register: often personal data
    WEIGH_ALERT = "weigh_alert"  # alerts of watched rules: examine, assign, conclude, put to sleep
    KEEP_INDICATOR = "keep_indicator"  # define indicators, open their series, set the levels that values are held against
    RECORD_INDICATOR = "record_indicator"  # enter, import and revise values; note what happened
    VERIFY = "verify"
    SET_DEPUTY = "set_deputy"  # for somebody else; for themselves everybody may
    CHASE = "chase"  # read the ledger of reminders, see how the machinery runs, send a reminder now
    ADMINISTER = "administer"  # users, units, roles, matrices; hand over what somebody owns


_EVERYONE = frozenset(Role)


ROLES_OF_VERB: dict[Verb, frozenset[Role]] = {
    Verb.VIEW: _EVERYONE,
    Verb.CHANGE_PLAN: frozenset({Role.CONTROLLER, Role.MANAGER}),
    Verb.ADOPT_PLAN: frozenset({Role.CONTROLLER, Role.MANAGER}),
    Verb.CHANGE_CLOSING: frozenset({Role.CONTROLLER}),
    Verb.LOG_FOLLOW_UP: frozenset({Role.CONTROL_OWNER, Role.MANAGER, Role.CONTROLLER}),
    Verb.APPROVE_FOLLOW_UP: frozenset({Role.MANAGER}),
    Verb.REOPEN_FOLLOW_UP: frozenset({Role.MANAGER, Role.CONTROLLER}),
    Verb.READ_REPORT: _EVERYONE,
    Verb.HAND_IN_REPORT: frozenset({Role.MANAGER, Role.CONTROLLER}),
    Verb.ASSIGN_FOLLOW_UP: frozenset({Role.MANAGER, Role.CONTROLLER}),
    Verb.PREPARE_SAMPLE: frozenset({Role.CONTROL_OWNER, Role.MANAGER, Role.CONTROLLER}),
    Verb.LOG_SAMPLE: frozenset({Role.CONTROL_OWNER, Role.MANAGER, Role.CONTROLLER}),
    Verb.READ_POPULATION: frozenset({Role.CONTROL_OWNER, Role.MANAGER, Role.CONTROLLER, Role.AUDITOR}),
    Verb.HOLD_POPULATION: frozenset({Role.CONTROLLER, Role.MANAGER}),
    Verb.KEEP_REGISTER: frozenset({Role.CONTROLLER, Role.MANAGER}),
    Verb.FEED_REGISTER: frozenset({Role.CONTROL_OWNER, Role.MANAGER, Role.CONTROLLER}),
    Verb.READ_REGISTER: frozenset({Role.CONTROL_OWNER, Role.MANAGER, Role.CONTROLLER, Role.AUDITOR}),
    Verb.WEIGH_ALERT: frozenset({Role.CONTROL_OWNER, Role.MANAGER, Role.CONTROLLER}),
    Verb.KEEP_INDICATOR: frozenset({Role.CONTROLLER, Role.MANAGER}),
    Verb.RECORD_INDICATOR: frozenset({Role.CONTROL_OWNER, Role.MANAGER, Role.CONTROLLER}),
    Verb.VERIFY: frozenset({Role.AUDITOR, Role.CONTROLLER}),
    Verb.SET_DEPUTY: frozenset({Role.ADMINISTRATOR, Role.CONTROLLER, Role.MANAGER}),
    Verb.CHASE: frozenset({Role.CONTROLLER, Role.ADMINISTRATOR}),
    Verb.ADMINISTER: frozenset({Role.ADMINISTRATOR}),
}


NEVER_LENT = frozenset({Verb.ADMINISTER, Verb.SET_DEPUTY})
"""Verbs that nobody does as somebody's deputy."""


class NotPermitted(PermissionDenied):
    """The user lacks the right; the message names the roles that have it."""

    def __init__(self, verb: Verb) -> None:
        roles = ", ".join(str(role.label).lower() for role in Role if role in ROLES_OF_VERB[verb])
        super().__init__(
            _("You do not have the right to do this here. It takes one of these roles: %(roles)s.") % {"roles": roles}
        )


_OPERATORS = frozenset({Verb.ADMINISTER, Verb.VIEW, Verb.SET_DEPUTY, Verb.CHASE})
