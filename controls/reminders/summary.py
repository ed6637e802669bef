"""The weekly letter: a manager's summary of what is late and waits for approval; the trail's head to who keeps it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from functools import cached_property
from itertools import chain

from controls.reminders.items import Item, Kind, actions, approvals, checks, follow_ups
from controls.reminders.people import People
from riskreg.models import Role


class Summaries:
    """The weekly letters' contents for everybody on one day. The items are read once, by a query a kind, on first use."""

    def __init__(self, today: date, people: People) -> None:
        self.today = today
        self._people = people
        self._paths: dict[int, set[str]] = defaultdict(set)
        self.trail_keepers: set[int] = set()
        """The auditors and controllers: each letter they keep holds the trail's head outside the register."""
        for (role, path), persons in people.by_place.items():
            if role in {Role.AUDITOR, Role.CONTROLLER}:
                self.trail_keepers.update(persons)
            if role == Role.MANAGER:
                for reader, _absent in people.standing_in(persons, lambda person: True):
                    self._paths[reader].add(path)

    @property
    def readers(self) -> list[int]:
        """The managers, and during a deputyship the deputies in their place."""
        return sorted(self._paths)

    @cached_property
    def _by_place(self) -> dict[str, list[Item]]:
        found: dict[str, list[Item]] = defaultdict(list)
        last_week = self.today - timedelta(days=7)
        for item in chain(follow_ups(), checks(self.today), actions()):
            if item.deadline < self.today and not (item.is_missed and item.deadline < last_week):
                found[item.path].append(item)
        for item in approvals():
            found[item.path].append(item)
        return found

    def of(self, reader: int) -> list[Item]:
        """Return the reader's items, the oldest first.

        A confidential item only for a reader who may see it; an approval only for one who may give it.
        """
        paths = tuple(self._paths.get(reader, ()))
        found = [item for place, items in self._by_place.items() if paths and place.startswith(paths) for item in items]
        seen = [item for item in found if reader not in item.barred and self._sees(reader, item)]
        return sorted(seen, key=lambda item: (item.kind == Kind.APPROVAL, item.deadline, item.pk))

    def _sees(self, reader: int, item: Item) -> bool:
        if not item.is_confidential or reader == item.owner or reader in item.people:
            return True
        return self._people.sees_confidential_at(reader, item.path)
