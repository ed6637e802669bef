"""Workflows as data: from which states a verb leads where, with which right, past which guards.

Pure: no Django, no clock, no database. An app writes its workflow as a table of transitions, asks `answer` what a
verb means in a state, and runs the guards it named itself. The same table says which buttons there are, which
errors are due, and is what the tests are generated from.

    PLAN = Workflow("plan", states=("draft", "proposed", "adopted", "closed"), transitions=(
        Transition("propose", ("draft",), "proposed", right="change_plan", guards=("has_risks",)),
        Transition("revise", ("adopted",), "draft", right="change_plan", demands_reason=True),
    ))
    PLAN.answer("draft", "propose")   → the transition
    PLAN.answer("closed", "propose")  → NotPossible(verb="propose", state="closed", possible=(), leads_from=("draft",))
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Transition:
    """One verb from one or several states to one state."""

    verb: str
    from_states: tuple[str, ...]
    to_state: str
    right: str
    """The access verb it takes (riskreg.access.Verb's value), asked at the record's unit."""
    guards: tuple[str, ...] = ()
    """Further conditions by name, run in this order by the app that owns the record."""
    demands_reason: bool = False

    @property
    def stays(self) -> bool:
        """True if it can leave the record in the state it was in."""
        return self.to_state in self.from_states


@dataclass(frozen=True, slots=True)
class NotPossible:
    """The answer for a verb that does not start in the state."""

    verb: str
    state: str
    possible: tuple[str, ...]
    """The verbs possible in the state instead, whoever may do them."""
    leads_from: tuple[str, ...]
    """The states in which the verb is possible."""


class UnknownVerb(LookupError):
    """The workflow has no such verb or state at all: a programming error, never a user's."""


class Workflow:
    """A table of transitions over named states. Raises ValueError for a table that contradicts itself."""

    def __init__(self, name: str, *, states: tuple[str, ...], transitions: tuple[Transition, ...]) -> None:
        self.name, self.states, self.transitions = name, states, transitions
        self._by: dict[tuple[str, str], Transition] = {}
        for transition in transitions:
            for state in (*transition.from_states, transition.to_state):
                if state not in states:
                    raise ValueError(f"{name}: {transition.verb} names the unknown state {state!r}")
            for state in transition.from_states:
                if (state, transition.verb) in self._by:
                    raise ValueError(f"{name}: {transition.verb} leads from {state} to two places")
                self._by[state, transition.verb] = transition
        self.verbs: tuple[str, ...] = tuple(dict.fromkeys(transition.verb for transition in transitions))

    def answer(self, state: str, verb: str) -> Transition | NotPossible:
        """Return the transition of the verb in the state, or that it is not possible there."""
        if verb not in self.verbs:
            raise UnknownVerb(f"{self.name} has no verb {verb!r}")
        if state not in self.states:
            raise UnknownVerb(f"{self.name} has no state {state!r}")
        found = self._by.get((state, verb))
        if found is not None:
            return found
        leads_from = tuple(one for one in self.states if (one, verb) in self._by)
        return NotPossible(verb, state, self.verbs_from(state), leads_from)

    def verbs_from(self, state: str) -> tuple[str, ...]:
        """Return the verbs that start in the state, in the table's order."""
        return tuple(verb for verb in self.verbs if (state, verb) in self._by)

    def right_of(self, verb: str) -> str:
        """Return the right that the verb takes, the same in every state. Raises UnknownVerb."""
        for transition in self.transitions:
            if transition.verb == verb:
                return transition.right
        raise UnknownVerb(f"{self.name} has no verb {verb!r}")

    def demands_reason(self, verb: str) -> bool:
        return any(transition.demands_reason for transition in self.transitions if transition.verb == verb)
