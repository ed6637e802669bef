"""Ask each method of control what backs a follow-up, by one registry: completeness, the page and the reports ask here only.

A method of control (sampling, monitoring) lies above this package and registers itself when the app starts
(controls.apps); nothing here, in controls.reporting or in controls.views.follow_ups imports one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from controls.follow_ups.contributions import Contribution
from controls.models import Check, Conclusion, Control, FollowUp
from riskreg.access.verbs import Verb
from riskreg.models import User
from riskreg.models.author import Author


@dataclass(frozen=True, slots=True)
class Link:
    """A page of the method, for those who have `right` at the follow-up's unit; None: for everybody who sees the follow-up."""

    address: str
    label: str
    label_of_work: str = ""
    """Replaces `label` for the person who can write in the follow-up, while there is work left on the page."""
    right: Verb | None = None

    def label_for(self, *, writes: bool) -> str:
        return self.label_of_work if writes and self.label_of_work else self.label


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing in the card of a backing: the template, which finds `drawing` as `plot`."""

    template: str
    drawing: object


@dataclass(frozen=True, slots=True)
class Backing:
    """The result of one sample, comparison, series … for a follow-up, in words that the page and the reports print."""

    source: str
    """The subject of the sentence that suggests the conclusion: “The sample”."""
    heading: str
    suggested: Conclusion
    verdict: str
    sentence: str
    """The verdict in a few words, and the sentence behind it."""
    tone: str
    symbol: str
    facts: Sequence[tuple[str, str]]
    """(label, value)."""
    done: int
    total: int
    """The number of items to examine, beside the number examined."""
    draft: str
    """The follow-up's result as a text to edit."""
    missing: Sequence[str] = ()
    """The remaining work, a sentence each. Until it is done the method suggests that the follow-up is ongoing."""
    remarks: Sequence[str] = ()
    link: Link | None = None
    measure: str = ""
    """Says what `done` of `total` counts; empty: items that are examined."""
    picture: Picture | None = None

    @property
    def is_complete(self) -> bool:
        return self.total > 0 and self.done == self.total


class BackingMethod(ABC):
    """A method of control as it backs follow-ups. One object a method, registered once."""

    code: str

    @abstractmethod
    def show(self, follow_ups: Sequence[FollowUp]) -> Sequence[Sequence[Backing]]:
        """Return what backs each of the follow-ups, in their order, in a number of queries that does not grow with theirs.

        A follow-up may be one that is not saved yet (an import asks what it would lack); its control, too.
        """

    def start(self, control: Control, *, follow_up: FollowUp | None = None, check: Check | None = None) -> Link | None:
        """Return where work by this method is begun for a control that is performed so, or for one follow-up or check of it."""
        return None

    def work_on(self, check: Check, user: User) -> tuple[str, Sequence[Link]]:
        """Return the pages of what was done by this method for the check, of those that the user sees, under a heading."""
        return "", ()

    def keep(self, follow_ups: Sequence[FollowUp], *, by: Author) -> None:
        """Keep what backs follow-ups as it is when they are handed in, in the transaction that hands them in.

        For a method whose results go on changing: afterwards `show` returns what was kept, until they are taken up again.
        """
        return

    def contributions(self) -> Sequence[Contribution]:
        """Return the kinds of work by this method that keep a person from approving the follow-up that it backs."""
        return ()


_METHODS: dict[str, BackingMethod] = {}


def register(method: BackingMethod) -> None:
    """Add a method of control, or replace the one of the same code."""
    _METHODS[method.code] = method


def unregister(code: str) -> None:
    """Remove a method of control."""
    del _METHODS[code]


def registered_methods() -> list[BackingMethod]:
    """Return the registered methods."""
    return list(_METHODS.values())


def keep_backings(follow_ups: Sequence[FollowUp], *, by: Author) -> None:
    """Let each method keep what backs the follow-ups that are handed in now."""
    if follow_ups:
        for method in _METHODS.values():
            method.keep(follow_ups, by=by)


def backings_of_each(follow_ups: Sequence[FollowUp]) -> list[list[Backing]]:
    """Return what backs each of the follow-ups, by every method, in the order of the follow-ups."""
    found: list[list[Backing]] = [[] for _one in follow_ups]
    if follow_ups:
        for method in _METHODS.values():
            for backings, more in zip(found, method.show(follow_ups), strict=True):
                backings.extend(more)
    return found


def backings_of(follow_up: FollowUp) -> list[Backing]:
    """Return the backings of one follow-up."""
    return backings_of_each([follow_up])[0]


def starting_links(control: Control, *, follow_up: FollowUp | None = None, check: Check | None = None) -> list[Link]:
    """Return where work for the control is begun, or for one follow-up or check of it, by each method it is performed by."""
    begun = (method.start(control, follow_up=follow_up, check=check) for method in _METHODS.values())
    return [link for link in begun if link is not None]


def works_on(check: Check, user: User) -> list[tuple[str, Sequence[Link]]]:
    """Return what was done for the check by each method, for the user: a heading and the pages."""
    return [(heading, links) for method in _METHODS.values() for heading, links in [method.work_on(check, user)] if links]


def gravest(backings: Sequence[Backing]) -> Backing | None:
    """Return the one that suggests the gravest conclusion: that is what they suggest together."""
    return min(backings, key=lambda one: one.suggested.gravity, default=None)


def departure(follow_up: FollowUp, backings: Sequence[Backing]) -> str:
    """Return in words how the conclusion departs from what the backings suggest; an empty text when it does not."""
    deciding = gravest(backings)
    if deciding is None or not follow_up.conclusion or deciding.suggested == follow_up.conclusion:
        return ""
    said = _("%(source)s suggests “%(suggested)s”, and the conclusion is “%(chosen)s”.") % {
        "source": deciding.source,
        "suggested": deciding.suggested.label,
        "chosen": Conclusion(follow_up.conclusion).label,
    }
    return " ".join([said, *deciding.missing])
