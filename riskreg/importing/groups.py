"""Rows over the whole width that name the process, category or unit of the rows below, in a table without a column for it.

They are told by shape and position: one short text over most of the width, or alone in the column of numbers, with a full row
below. What stands alone in the column of risks may be a risk as well, and is asked about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from .blocks import Block, BlockRow, lone_text
from .fields import Field
from .nameless import naming_field
from .questions import Asked, Choice
from .rows import NOTE, is_wide
from .text import ends_sentence
from .totals import is_total

KnownAs = Callable[[str], Field | None]
"""Returns the field whose value a name is known to be: a category, a unit; None for neither."""

_LONGEST, _LONGEST_SHOWN, _MOST_SHOWN = 100, 40, 5
_VALUES = frozenset({Field.SCORE, Field.LIKELIHOOD, Field.IMPACT, Field.CONTROL, Field.METHOD, Field.RESULT})
_COLUMNS = frozenset({Field.PROCESS, Field.CATEGORY})
"""Where a group stands in its own column, the column says what it is."""
_LETTERS = re.compile(r"[^\W\d_]{3,}|^[^\W\d_]{2}$")
_CONTINUED = re.compile(r"\s*\(?(?:forts|cont)\.?\)?$", re.IGNORECASE)
_AS_GROUPS, _AS_RISKS, _EACH = "groups", "risks", "each"


@dataclass(slots=True)
class Groups:
    """The rows that name a group, by their position among the block's rows, and what holds for each of the other rows."""

    rows: dict[int, Field] = field(default_factory=dict)
    holding: dict[int, dict[Field, str]] = field(default_factory=dict)


def find_groups(block: Block, mapping: Mapping[int, Field], known_as: KnownAs | None, asked: Asked | None) -> Groups:
    """Return the groups of a block's rows. Without anybody to ask, what stands alone in the column of risks is a risk."""
    runs = _runs(block, mapping, _alone_among_risks(block, mapping, asked))
    levels = _Levels(mapping, known_as or (lambda _text: None))
    levels.settle(
        [[_name(block.rows[at]) for at in run] for run in runs.values()],
        lambda names, kinds, guess: _ask_of_kind(names, kinds, guess, block, asked),
    )
    found = Groups()
    of_groups = {at for run in runs.values() for at in run}
    for index in range(len(block.rows)):
        if run := runs.get(index):
            named = levels.begin([_name(block.rows[at]) for at in run])
            found.rows |= {at: name for at, name in zip(run, named, strict=True) if name is not None}
        if levels.current and index not in of_groups:
            found.holding[index] = dict(levels.current)
    return found


def _runs(block: Block, mapping: Mapping[int, Field], alone: frozenset[int]) -> dict[int, list[int]]:
    """Return the rows of names above each full row, by that row."""
    runs: dict[int, list[int]] = {}
    pending: list[int] = []
    for index, row in enumerate(block.rows):
        if index in alone or _is_group(row, mapping):
            pending.append(index)
            continue
        if pending and _is_full(row, mapping):
            runs[index] = pending
        pending = []
    return runs


def _ask_of_kind(names: Sequence[str], kinds: Sequence[Field], guess: Field, block: Block, asked: Asked | None) -> str:
    """Return what all names of a level name, as a person says; without anybody to ask, the guess."""
    if asked is None:
        return guess
    text = _(
        "%(names)s stand above rows. Only some are known as a category or a unit, and one table's names are of one kind: which?"
    )
    return asked.ask(
        "group-kind",
        names,
        text % {"names": _shown(names)},
        [
            *(Choice(kind.value, str(kind.label)) for kind in kinds),
            Choice(_EACH, _("Not of one kind: each as what it is known, else as a process")),
        ],
        guess=guess.value,
        row=block.rows[0].number,
        place=block.rows[0].place,
    )


class _Levels:
    """What holds for the rows being read: of one level, or of an outer and an inner one."""

    def __init__(self, mapping: Mapping[int, Field], known_as: KnownAs) -> None:
        self.free = {Field.CATEGORY, Field.PROCESS, Field.UNIT} - set(mapping.values())
        self.known_as = known_as
        self.current: dict[Field, str] = {}
        self.outer: Field | None = None
        self.settled: dict[str, Field] = {}

    def settle(self, runs: Sequence[Sequence[str]], ask: Callable[[Sequence[str], Sequence[Field], Field], str]) -> None:
        """Read the names of one level as one kind; where only some are known as it, a person says which."""
        outer = [names[-2] for names in runs if len(names) > 1]
        self._settle(outer, (Field.CATEGORY, Field.UNIT, Field.PROCESS), ask)
        kinds = {kind for name in outer if (kind := self._field_of(name, (Field.CATEGORY,)))}
        self.free -= kinds
        # A name alone may begin the outer level anew.
        inner = [names[-1] for names in runs if len(names) > 1 or self.known_as(names[-1]) not in kinds]
        self._settle(inner, (Field.PROCESS, Field.CATEGORY, Field.UNIT), ask)
        self.free |= kinds

    def _settle(
        self, names: Sequence[str], order: Sequence[Field], ask: Callable[[Sequence[str], Sequence[Field], Field], str]
    ) -> None:
        offered = [kind for kind in order if kind in self.free]
        known = {name: self._field_of(name, ()) for name in names}
        kinds = list(known.values())
        if len(set(kinds)) < 2:
            return
        guess = next((kind for kind in offered if kinds.count(kind) * 2 > len(kinds)), offered[0])
        answer = ask(list(known), offered, guess) or guess
        chosen = next((kind for kind in offered if kind == answer), None)
        if chosen is not None:
            self.settled |= dict.fromkeys(known, chosen)

    def begin(self, names: Sequence[str]) -> list[Field | None]:
        """Begin a group under one name or two, the outer one first; return the field of each, None for more than two."""
        kept: dict[Field, str] = {}
        fields: list[Field | None] = [None] * (len(names) - 2)
        if len(names) > 1:
            self.outer = self._field_of(names[-2], (Field.CATEGORY,))
            fields.append(self.outer)
            if self.outer:
                kept[self.outer] = names[-2]
        inner = self._field_of(names[-1], (Field.PROCESS, Field.CATEGORY), without=self.outer if len(names) > 1 else None)
        if len(names) == 1 and self.outer and inner is not self.outer:
            kept = {name: text for name, text in self.current.items() if name is self.outer}
        self.current = {**kept, **({inner: names[-1]} if inner else {})}
        return [*fields, inner]

    def _field_of(self, name: str, otherwise: Sequence[Field], without: Field | None = None) -> Field | None:
        free = self.free - {without}
        known = self.settled.get(name) or self.known_as(name)
        return known if known in free else next((one for one in otherwise if one in free), None)


def _shown(names: Sequence[str]) -> str:
    return ", ".join(f"“{name[:_LONGEST_SHOWN]}”" for name in names[:_MOST_SHOWN]) + ("…" if len(names) > _MOST_SHOWN else "")


def _name(row: BlockRow) -> str:
    return _CONTINUED.sub("", " ".join(lone_text(row.cells).split()))


def _is_group(row: BlockRow, mapping: Mapping[int, Field]) -> bool:
    """Return whether the row's only text stands over most of the width, or is words in the column of numbers."""
    text = _name(row)
    if not text or len(text) > _LONGEST or ends_sentence(text) or NOTE.match(text) or is_total([text]):
        return False
    at = next(column for column, cell in enumerate(row.cells) if cell.text)
    if mapping.get(at) in _COLUMNS:
        return False
    return is_wide(row) or (mapping.get(at) is Field.NUMBER and bool(_LETTERS.search(text)))


def _is_full(row: BlockRow, mapping: Mapping[int, Field]) -> bool:
    """Return whether the row names a risk and says something of it."""
    filled = {name for at, name in mapping.items() if at < len(row.cells) and row.cells[at].text}
    naming = naming_field(mapping.values())
    named = {naming, Field.DESCRIPTION} if naming is Field.TITLE else {naming}
    return bool(filled & named) and len(filled) > 1


def _alone_among_risks(block: Block, mapping: Mapping[int, Field], asked: Asked | None) -> frozenset[int]:
    """Return the rows that a person says are groups, each a risk's name alone above a full row.

    Either the first row is one of them, or they have no number where every risk has.
    """
    rows = block.rows
    alone = [index for index, row in enumerate(rows) if _is_title_alone(row, mapping)]
    is_shape = bool(alone) and (alone[0] == 0 or _others_have_numbers(rows, alone, mapping)) and len(alone) * 2 < len(rows)
    is_shape = is_shape and all(index + 1 < len(rows) and _is_full(rows[index + 1], mapping) for index in alone)
    if asked is None or not is_shape or not _others_have_values(rows, alone, mapping):
        return frozenset()
    names = [lone_text(rows[index].cells) for index in alone]
    answer = asked.ask(
        "groups",
        names,
        _("%(names)s stand alone on their rows. Do they name the process or category of the rows below?")
        % {"names": _shown(names)},
        [
            Choice(_AS_GROUPS, _("Yes, of the rows below")),
            Choice(_AS_RISKS, _("No, they are risks of their own")),
        ],
        guess=_AS_GROUPS,
        row=rows[0].number,
        place=rows[0].place,
        field=Field.PROCESS,
    )
    return frozenset(alone) if answer == _AS_GROUPS else frozenset()


def _is_title_alone(row: BlockRow, mapping: Mapping[int, Field]) -> bool:
    text = lone_text(row.cells)
    if not text or row.is_apart or len(text) > _LONGEST or ends_sentence(text) or NOTE.match(text) or is_total([text]):
        return False
    at = next(column for column, cell in enumerate(row.cells) if cell.text)
    return mapping.get(at) is Field.TITLE and not is_wide(row)


def _others_have_numbers(rows: Sequence[BlockRow], alone: Sequence[int], mapping: Mapping[int, Field]) -> bool:
    """Return whether each row that says something of a risk has a number."""
    at = next((column for column, name in mapping.items() if name is Field.NUMBER), None)
    full = [row for index, row in enumerate(rows) if index not in alone and _is_full(row, mapping)]
    return at is not None and bool(full) and all(at < len(row.cells) and row.cells[at].text for row in full)


def _others_have_values(rows: Sequence[BlockRow], alone: Sequence[int], mapping: Mapping[int, Field]) -> bool:
    columns = [at for at, name in mapping.items() if name in _VALUES]
    others = [row for index, row in enumerate(rows) if index not in alone and not _is_group(row, mapping)]
    return all(any(at < len(row.cells) and row.cells[at].text for at in columns) for row in others)
