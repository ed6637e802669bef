"""Units as people write them: `Omsorgsnämnd`, `Omsorgsnämnden` and `ON` are one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from controls.importing.words import name_key
from riskreg.models import Unit

_BODIES = ("nämnd", "styrelse", "förvaltning", "kontor", "utskott", "avdelning", "enhet", "bolag")
_DEFINITE = re.compile(rf"({'|'.join(_BODIES)})(?:en|n|et)\b")
_COMPOUND = re.compile(rf"(\w+?)s?({'|'.join(_BODIES)})$")


class UnitNames:
    """The units by their names, by their names without the definite ending, and by their initials where only one has them."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self.all = list(units)
        self._exact = {name_key(unit.name): unit for unit in self.all}
        self._others: dict[str, list[Unit]] = defaultdict(list)
        for unit in self.all:
            for form in {_indefinite(unit.name), initials(unit.name)}:
                self._others[form].append(unit)

    def named(self, text: str) -> Unit | None:
        """Return the one unit that the text names; None for no unit, or when several could be meant."""
        if exact := self._exact.get(name_key(text)):
            return exact
        found = self._others.get(_indefinite(text), [])
        return found[0] if len(found) == 1 else None


def _indefinite(text: str) -> str:
    return _DEFINITE.sub(r"\1", name_key(text))


def initials(name: str) -> str:
    """Return the initials of a unit's name: `Barn- och utbildningsnämnden` is `bun`, `Omsorgsnämnden` `on`."""
    letters = ""
    for word in _indefinite(name).replace("-", " ").split():
        if word in {"och", "för", "i"}:
            continue
        compound = _COMPOUND.match(word)
        letters += word[0] + (compound[2][0] if compound and compound[1] else "")
    return letters
