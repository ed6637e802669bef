"""Names that look alike, in Swedish forms, found among hundreds of thousands without comparing all with all.

A name is compared without its form of company (AB, handelsbolag, i likvidation …), accents and signs, both in its own order of
words and sorted. Names are compared within blocks: those that begin alike, those that end alike, and those whose sorted words
begin alike. A large block is cut into runs of neighbours in alphabetical order. Numbers in two names must be the same: "Brf
Eken 1" is not "Brf Eken 2".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from rapidfuzz import fuzz, process

from controls.data_files.engine import Engine

CUTOFF = 85
"""Likeness (0 to 100) from which two names are a pair; rules ask for more."""
LOOK_ALIKES = {"alike_suppliers", "alike_systems", "alike_purposes"}
"""Relations that are made of names: their query yields (row, name)."""

_FORMS = re.compile(
    r"\b(i (likvidation|konkurs|rekonstruktion)|under (likvidation|konkurs|rekonstruktion)|enskild firma|ekonomisk förening"
    r"|ek\.? ?för\.?|aktiebolaget|aktiebolag|handelsbolaget|handelsbolag|kommanditbolaget|kommanditbolag|publ|filial"
    r"|ab|hb|kb|ef|firma|inc|ltd|oy|as|gmbh|och|and)\b"
)
_SIGNS = re.compile(r"[^a-z0-9]+")
_DIGITS = re.compile(r"[0-9]+")
_LETTERS = str.maketrans("åäæöøéèüáàóñç", "aaaooeeuaaonc")
_BLOCK = 4
_MOST_IN_BLOCK = 60
_NEIGHBOURS = 12
_TOLD_EVERY = 500
Report = Callable[[float], None]


def bare_name(name: str) -> str:
    """Return the name's words in lower case without form of company, accents and signs."""
    lowered = name.lower()
    words = _SIGNS.sub(" ", _FORMS.sub(" ", lowered).translate(_LETTERS)).strip()
    return words or _SIGNS.sub(" ", lowered.translate(_LETTERS)).strip()


def look_alikes(names: Sequence[str], cutoff: float = CUTOFF, *, report: Report | None = None) -> dict[tuple[int, int], float]:
    """Return pairs of places (lower first) of names that look alike, with their similarity (0 to 100).

    `report` is told now and then how far it has come, 0 to 1; what it raises ends the work.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        bare = bare_name(name)
        if len(bare) > 2:
            places[bare].append(place)
    found: dict[tuple[str, str], float] = {}
    bares = sorted(places)
    plain = {bare: bare.replace(" ", "") for bare in bares}
    ordered = {bare: "".join(sorted(bare.split())) for bare in bares}
    blocks = ((plain, slice(None, _BLOCK)), (plain, slice(-_BLOCK, None)), (ordered, slice(None, _BLOCK)))
    for turn, (form, part) in enumerate(blocks):
        for number, block in enumerate(_blocks(bares, form, part)):
            _compare(block, form, cutoff, found)
            if report is not None and number % _TOLD_EVERY == 0:
                report(turn / len(blocks))
    pairs: dict[tuple[int, int], float] = {}
    for bare in bares:
        pairs.update({(a, b): 100.0 for i, a in enumerate(places[bare]) for b in places[bare][i + 1 :]})
    for (one, other), score in found.items():
        pairs.update({(min(a, b), max(a, b)): score for a in places[one] for b in places[other]})
    return pairs


def _blocks(bares: Iterable[str], form: dict[str, str], part: slice) -> Iterator[list[str]]:
    by_part: dict[tuple[str, str], list[str]] = defaultdict(list)
    for bare in bares:
        by_part["-".join(_DIGITS.findall(bare)), form[bare][part]].append(bare)
    ends = part.start is not None
    for block in by_part.values():
        if len(block) > 1:
            # Neighbours in a large block agree in as much as possible beyond what the block has in common.
            yield sorted(block, key=lambda bare: form[bare][::-1] if ends else form[bare])


def _compare(block: list[str], form: dict[str, str], cutoff: float, found: dict[tuple[str, str], float]) -> None:
    texts = [form[bare] for bare in block]
    reach = len(block) if len(block) <= _MOST_IN_BLOCK else _NEIGHBOURS
    for i, bare in enumerate(block[:-1]):
        ahead = texts[i + 1 : i + 1 + reach]
        for _text, score, place in process.extract(texts[i], ahead, scorer=fuzz.ratio, score_cutoff=cutoff, limit=None):
            pair = (bare, block[i + 1 + place])
            pair = pair if pair[0] < pair[1] else (pair[1], pair[0])
            found[pair] = max(found.get(pair, 0.0), score)


def find_look_alikes(engine: Engine, table: str, sql: str) -> None:
    """Make the table of pairs (one, other, score) of those rows whose names look alike, of a query for (row, name)."""
    named = engine.rows(sql)
    pairs = look_alikes([name for _row, name in named], report=engine.report)
    # Texts, because DuckDB takes a list of a thousand values much more slowly than the text of them.
    engine.rows(
        f"create or replace temp table {table} as select unnest(string_split($one, ' '))::bigint as one, "
        "unnest(string_split($other, ' '))::bigint as other, unnest(string_split($score, ' '))::double as score where $one <> ''",
        {
            "one": " ".join(str(named[one][0]) for one, _other in pairs),
            "other": " ".join(str(named[other][0]) for _one, other in pairs),
            "score": " ".join(map(str, pairs.values())),
        },
    )
