"""Refusals of verbs. A missing right is riskreg.access.NotPermitted; these are the other reasons."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _


class Refused(Exception):
    """The change was not made; the message tells a person why, and what to do instead."""


class NotInThisState(Refused):
    """The verb exists and the right may too, but not while the record is in this state.

    All three are words for people (translated labels): the verb that was tried, the state, and the verbs that
    are possible in it instead.
    """

    def __init__(self, verb: str | Promise, state: str | Promise, possible: Sequence[str | Promise] = ()) -> None:
        self.verb, self.state, self.possible = str(verb), str(state), [str(one) for one in possible]
        named = {"verb": self.verb, "state": self.state, "possible": ", ".join(self.possible)}
        if self.possible:
            message = _("“%(verb)s” is not possible in the state “%(state)s”. Possible now: %(possible)s.") % named
        else:
            message = _("“%(verb)s” is not possible in the state “%(state)s”, which is final.") % named
        super().__init__(message)


class ReasonNeeded(Refused):
    """The verb demands a reason, and none was given."""

    def __init__(self, verb: str | Promise) -> None:
        super().__init__(_("“%(verb)s” needs a reason: write a few words on why.") % {"verb": verb})
