"""The tables that methods of control add to the auditor's file: what was examined, by whom, and what proves it."""

from __future__ import annotations

from abc import abstractmethod

from django.db.models import QuerySet

from controls.follow_ups.backing import BackingMethod, registered_methods
from controls.models import Closing
from controls.reporting.paper import Table
from riskreg.models import Risk, User


class ProvenMethod(BackingMethod):
    """A method of control whose work is proven in the auditor's file by a table of its own."""

    @abstractmethod
    def prove(self, user: User, risks: QuerySet[Risk], closing: Closing) -> Table:
        """Return what the user may see of the method's work for the risks at the closing, in a fixed number of queries."""


def proofs(user: User, risks: QuerySet[Risk], closing: Closing) -> list[Table]:
    """Return the table of each method that has one."""
    return [method.prove(user, risks, closing) for method in registered_methods() if isinstance(method, ProvenMethod)]
