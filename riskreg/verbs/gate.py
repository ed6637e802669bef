"""The one gate: every verb that changes a tracked record goes through it.

Each model says once how it is gated, and each verb is a function with the verb's name:

    ROOMS = Gated(
        workflow=ROOM,                                             # the table of transitions (riskreg.verbs.workflow)
        labels={"close": lambda: _("Close the room")},             # the verbs, for people
        rows=lambda: Room.objects.select_related("unit"),          # a queryset with visible_to
        unit=lambda room: room.unit,                               # where the right is asked
        guards={"is_caretaker": is_caretaker},                     # about the person: (row, user), raise NotYours
    )

    def close_room(room: Room, *, by: User, until: date, reason: str = "", version: int | None = None) -> Room:
        \"\"\"Close the room until the day. Raises what the gate raises.\"\"\"
        with ROOMS.open(room, "close", by=by, reason=reason, version=version) as turn:
            turn.row.closed_until = until
            return turn.save()

`open` begins a transaction, locks the row, reads it again, and asks in this order:

1. is it visible to the user, and is it their right at its unit?  → NotPermitted
2. did somebody else save it since `version`?                       → Stale
3. is the verb possible in its state?                               → NotInThisState
4. do the transition's conditions hold (about the record)?          → Refused
5. do its guards (about the person)?                                → NotPermitted
6. is there a reason, where one is demanded?                        → ReasonNeeded

Whatever is raised, here or inside, rolls everything back. `turn.save` asks what must be filled in, moves the row to the
transition's state, and saves it with its history: who, as deputy for whom, and why. Other records that the verb changes
are saved by `turn.save_also`, so that they name the same author. Where the change itself decides which verb it is,
`enter` does the first two and `turn.ask` the rest.

`making` is the gate of what is not there yet. `lock_row` locks a row that is no verb's target but has to stand still.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import models, transaction

from riskreg import clock
from riskreg.access.grants import acting_for, author_with, require, standing_of
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.database.compiled import rows_once_compiled
from riskreg.models.author import RISKREG, Author
from riskreg.models.history import save_with_history, sign
from riskreg.models.unit import Unit
from riskreg.models.user import User
from riskreg.verbs.concurrency import Change, refuse_if_changed
from riskreg.verbs.errors import NotInThisState, ReasonNeeded, Refused
from riskreg.verbs.workflow import NotPossible, Transition, Workflow

R = TypeVar("R", bound=models.Model)
S = TypeVar("S", bound=models.Model)
Label = Callable[[], str]


@dataclass(slots=True)
class Turn(Generic[R]):
    """One verb under way: the locked row as it is now, and who changes it why. Ends with the transaction."""

    gated: Gated[R]
    row: R
    author: Author
    reason: str = ""
    transition: Transition | None = None

    def ask(self, verb: str) -> Transition:
        """Make this the verb of the turn. Raises NotInThisState, Refused, NotPermitted, ReasonNeeded, in this order."""
        self.transition = self.gated.ask_possible(self.row, verb, self.author.user)
        if self.transition.demands_reason and not self.reason.strip():
            raise ReasonNeeded(self.gated.labels[verb]())
        return self.transition

    def save(self, *, reason: str = "") -> R:
        """Save the row in its new state, with its history; the reason is the one given here, the user's, or the verb's name."""
        said = reason or self.reason.strip()
        if self.transition is not None:
            for name in self.transition.guards:
                if name in self.gated.completeness:
                    self.gated.completeness[name](self.row, self.author.person)
            if self.gated.state is None:
                self.row.state = self.transition.to_state  # type: ignore[attr-defined]
            said = said or self.gated.labels[self.transition.verb]()
        return save_with_history(self.row, by=self.author, reason=said)

    def save_also(self, record: S, *, reason: str) -> S:
        """Save another record that the verb changes, in the same author's name."""
        return save_with_history(record, by=self.author, reason=reason)

    def delete_also(self, record: models.Model, *, reason: str) -> None:
        """Delete another record, or the row itself, in the same author's name."""
        sign(record, by=self.author, reason=reason)
        record.delete()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gated(Generic[R]):
    """The gate of one kind of record."""

    workflow: Workflow
    labels: Mapping[str, Label]
    rows: Callable[[], Any]
    """Its queryset, with visible_to, and with what the verbs read along (select_related)."""
    unit: Callable[[R], Unit] | None = None
    """The unit at which the right is asked; without it, `permits` says whose the verbs are."""
    permits: Callable[[R, User], bool] | None = None
    """Whether it is the user's at all, where that is not a right at a unit."""
    state: Callable[[R], str] | None = None
    """The state, where it is not the record's own field `state`: its plan's, or derived. Then no verb moves it."""
    state_label: Callable[[R], str] = lambda row: str(row.get_state_display())  # type: ignore[attr-defined]
    guards: Mapping[str, Callable[[R, User], None]] = field(default_factory=dict)
    """About the person, by the name that the workflow uses. Raise NotPermitted."""
    conditions: Mapping[str, Callable[[R, str], None]] = field(default_factory=dict)
    """About the record, given the verb's label. Raise Refused."""
    completeness: Mapping[str, Callable[[R, User], None]] = field(default_factory=dict)
    """Checks of what must be filled in: asked of the row as the verb has changed it, last before it is saved."""
    acts_for: Callable[[R, Verb, User], Mapping[int, str]] | None = None
    """Those whose deputy the user is in this, where that is more than by whose right (riskreg.access.grants.acting_for)."""
    changed_beside: Callable[[R, datetime], list[Change]] | None = None
    """The changes since a moment in rows that belong to the record; said by Stale."""
    lock_first: Callable[[R], object] | None = None
    """Locks what has to stand still, in the one order that everybody locks in, before the row itself."""
    no_key: bool = False
    """Whether new rows that refer to the record may be written meanwhile."""
    by_itself: frozenset[str] = frozenset()
    """The verbs that the product does by itself (by=None); no other."""

    def __post_init__(self) -> None:
        named = {name for transition in self.workflow.transitions for name in transition.guards}
        unknown = named - self.guards.keys() - self.conditions.keys() - self.completeness.keys()
        unlabelled = set(self.workflow.verbs) - self.labels.keys()
        if unknown or unlabelled:
            raise ValueError(f"{self.workflow.name}: no guard {sorted(unknown)}, no label for {sorted(unlabelled)}")

    def right_of(self, verb: str) -> Verb:
        """Return the right that the verb takes."""
        return Verb(self.workflow.right_of(verb))

    @contextmanager
    def open(self, record: R, verb: str, *, by: User | None, reason: str = "", version: int | None = None) -> Iterator[Turn[R]]:
        """Open a transaction around one verb; gives the turn. Raises as the module says."""
        if by is None and verb not in self.by_itself:
            raise NotPermitted(Verb.VIEW)
        with self.enter(record, self.right_of(verb), by=by, reason=reason, version=version) as turn:
            turn.ask(verb)
            yield turn

    @contextmanager
    def enter(
        self, record: R, right: Verb, *, by: User | None, reason: str = "", version: int | None = None
    ) -> Iterator[Turn[R]]:
        """Open a transaction whose verb the change decides: `turn.ask` it before saving. Raises NotPermitted and Stale."""
        with transaction.atomic():
            row = self._lock(record, by)
            author = RISKREG if by is None else self.author_of(row, right, by)
            beside = self.changed_beside
            refuse_if_changed(row, version, by=by, related=None if beside is None else lambda opened: beside(row, opened))
            yield Turn(self, row, author, reason)

    def author_of(self, row: R, right: Verb, by: User) -> Author:
        """Return the user as author of what the right allows with the row. Raises NotPermitted."""
        self._require(row, right, by)
        if self.acts_for is not None:
            names = self.acts_for(row, right, by)
        else:
            names = {} if self.unit is None else acting_for(by, right, self.unit(row))
        return Author(by, ", ".join(names.values()))

    def _require(self, row: R, right: Verb, by: User) -> None:
        if self.unit is not None:
            require(by, right, self.unit(row))
        if self.permits is not None and not self.permits(row, by):
            raise NotPermitted(right)

    def _lock(self, record: R, by: User | None) -> R:
        if self.lock_first is not None:
            self.lock_first(record)

        def locked(pk: int) -> Any:
            rows = self.rows() if by is None else self.rows().visible_to(by)
            return rows.order_by().select_for_update(of=("self",), no_key=self.no_key).filter(pk=pk)

        known = "gate", self.rows, self.no_key, None if by is None else standing_of(by), clock.today()
        found: list[R] = [] if record.pk is None else rows_once_compiled(known, locked, record.pk)
        if not found:
            raise NotPermitted(Verb.VIEW)
        return found[0]

    def ask_possible(self, row: R, verb: str, by: User | None) -> Transition:
        """Return what the verb means now. Raises NotInThisState, Refused for a condition, NotPermitted for a guard."""
        answer = self.workflow.answer(self.state_of(row), verb)
        if isinstance(answer, NotPossible):
            possible = [self.labels[one]() for one in answer.possible]
            raise NotInThisState(self.labels[verb](), self.state_label(row), possible)
        for name in answer.guards:
            if name in self.conditions:
                self.conditions[name](row, self.labels[verb]())
        for name in answer.guards:
            if name in self.guards and by is not None:
                self.guards[name](row, by)
        return answer

    def state_of(self, row: R) -> str:
        """Return the state that decides which verbs are possible."""
        return str(row.state) if self.state is None else self.state(row)  # type: ignore[attr-defined]

    def require_right(self, row: R, verb: str, by: User) -> None:
        """Raise NotPermitted unless the verb is the user's right at the row's unit; whether it is possible now is not asked."""
        self._require(row, self.right_of(verb), by)

    def why_not(self, row: R, verb: str, by: User) -> Exception | None:
        """Return why the user cannot do it now, or None when they can. What is to be filled in is said at the try."""
        try:
            self.require_right(row, verb, by)
            self.ask_possible(row, verb, by)
        except (NotPermitted, Refused) as refusal:
            return refusal
        return None

    def verbs_open_to(self, row: R, by: User) -> list[str]:
        """Return the verbs that the user may do in the state it is in, in the workflow's order."""
        return [verb for verb in self.workflow.verbs_from(self.state_of(row)) if self.why_not(row, verb, by) is None]


@contextmanager
def making(right: Verb, unit: Unit, *, by: User, one_at_a_time: bool = False) -> Iterator[Author]:
    """Open a transaction around a record that is made at the unit; gives its author. Raises NotPermitted.

    `one_at_a_time`: the unit's row is the lock, where two at once must not make the same.
    """
    with transaction.atomic():
        author = author_with(by, right, unit)
        if one_at_a_time:
            lock_row(Unit.objects.all(), unit.pk)
        yield author


def lock_row(rows: models.QuerySet[Any], pk: int | None) -> None:
    """Lock a row that is no verb's target until the transaction ends, so that nothing happens to it meanwhile."""
    rows.order_by().select_for_update(of=("self",)).only("pk").filter(pk=pk).first()
