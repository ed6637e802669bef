"""The people who are told: read once for everybody, so that the cost does not grow with the number of people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

from django.conf import settings
from django.utils import timezone

from controls.models import ReminderPreference
from riskreg.models import Deputyship, Membership, Role, User
from riskreg.models.unit import ancestors
from riskreg.time_zones import zone_named


@dataclass(frozen=True, slots=True)
class Choice:
    """The times at which a person wants their digests."""

    rhythm: str
    weekday: int
    hour: int
    zone: str = ""
    """In which the hour is meant; empty: the municipality's."""

    @classmethod
    def usual(cls) -> Choice:
        unsaved = ReminderPreference()
        return cls(unsaved.rhythm, unsaved.weekday, unsaved.hour)

    def moment_on(self, day: date) -> datetime:
        """Return the moment at which that day's letter is wanted.

        The hour is by the person's own clock, or the nearest to it within the hours in which letters leave.
        """
        municipal = timezone.get_default_timezone()
        wished = datetime.combine(day, time(self.hour), zone_named(self.zone))
        first = datetime.combine(day, time(settings.REMINDER_FROM_HOUR), municipal)
        last = datetime.combine(day, time(settings.REMINDER_TO_HOUR - 1), municipal)
        return min(max(wished, first), last)


@dataclass
class People:
    """The active people with their roles, deputies and choices on one day. Three queries."""

    today: date
    active: set[int] = field(default_factory=set)
    by_place: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    """(role, path of the unit) → those who have it there."""
    open_paths: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    """The paths where the person may see confidential risks."""
    deputies: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    choices: dict[int, Choice] = field(default_factory=dict)
    usual: Choice = field(default_factory=Choice.usual)

    @classmethod
    def on(cls, today: date) -> People:
        found = cls(today)
        zones = dict(User.objects.filter(is_active=True).values_list("pk", "time_zone"))
        found.active = set(zones)
        lenders = set()
        for user, role, path, sees in (
            Membership.objects.filter(user__is_active=True)
            .valid_on(today)
            .values_list("user_id", "role", "unit__path", "sees_confidential")
        ):
            found.by_place[role, path].append(user)
            if sees:
                found.open_paths[user].append(path)
            if role != Role.ADMINISTRATOR:
                lenders.add(user)
        in_force = Deputyship.objects.in_force(today).filter(deputy__is_active=True).order_by("pk")
        for absent, deputy in in_force.values_list("absent_id", "deputy_id"):
            # Who has nothing to lend is stood in for by nobody (riskreg.access).
            if absent in lenders:
                found.deputies[absent].append(deputy)
        for user, rhythm, weekday, hour in ReminderPreference.objects.values_list("user_id", "rhythm", "weekday", "hour"):
            found.choices[user] = Choice(rhythm, weekday, hour, zones.pop(user, ""))
        for user, zone in zones.items():
            if zone:
                found.choices[user] = replace(found.usual, zone=zone)
        return found

    def choice_of(self, person: int) -> Choice:
        return self.choices.get(person, self.usual)

    def nearest(self, role: Role, path: str, fits: Callable[[int], bool] = lambda person: True) -> list[int]:
        """Return the people who fit and have the role at the unit, or else the nearest unit above."""
        for above in reversed(ancestors(path)):
            here = [person for person in self.by_place.get((role, above), ()) if fits(person)]
            if here:
                return here
        return []

    def sees_confidential_at(self, person: int, path: str) -> bool:
        return any(path.startswith(above) for above in self.open_paths.get(person, ()))

    def standing_in(self, people: Iterable[int], fits: Callable[[int], bool]) -> Iterator[tuple[int, int | None]]:
        """Yield (person told, person they stand in for or None).

        During a deputyship the deputies are told, if they may do the work at all.
        """
        for person in people:
            deputies = [deputy for deputy in self.deputies.get(person, ()) if deputy != person and fits(deputy)]
            yield from ((deputy, person) for deputy in deputies)
            if not deputies:
                yield person, None
