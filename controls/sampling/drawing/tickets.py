"""The draw, as arithmetic: which items a seed picks. Pure; the same answers as docs/sampling.md and the shipped script.

ticket(item) = SHA-256 of the UTF-8 bytes of seed + "\\n" + key, in lower-case hex. The sample is the n smallest tickets
(ties by key), so that the rows' order does not matter and a larger sample contains the smaller. After Rivest's
consistent sampling (ISO 24153 asks for a draw that a reviewer can check).

Amounts are integers of UNIT: a draw by amount must come out the same everywhere, and floats do not.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import accumulate
from typing import Any

ALGORITHM = "riskreg-ticket 1"
"""Name and version; a change of what is drawn by the same seed is a new version."""
UNIT = Decimal("0.0001")
MIN_SEED_DIGITS = 20
"""Digits of a seed from a public event: twenty throws of a ten-sided die, 66 bits, more than anybody can try out."""
SYSTEM_SEED_DIGITS = 40
"""Digits of a seed from the operating system: 10^40 is more than 2^128."""
MAX_SEED_DIGITS = 400


class InvalidSeed(ValueError):
    """`code`: letters, too_short, too_long or monotonous."""

    def __init__(self, code: str, **values: object) -> None:
        self.code, self.values = code, values
        super().__init__(code)


def normalise_seed(typed: str) -> str:
    """Return the seed as digits alone, without the spaces and dashes that people group them by.

    Raises InvalidSeed.
    """
    digits = "".join(letter for letter in typed if not letter.isspace() and letter not in "-–,;.")
    stranger = next((letter for letter in digits if letter not in "0123456789"), None)
    if stranger is not None:
        raise InvalidSeed("letters", value=stranger)
    if len(digits) < MIN_SEED_DIGITS:
        raise InvalidSeed("too_short", count=len(digits), limit=MIN_SEED_DIGITS)
    if len(digits) > MAX_SEED_DIGITS:
        raise InvalidSeed("too_long", count=len(digits), limit=MAX_SEED_DIGITS)
    if len(set(digits)) == 1:
        raise InvalidSeed("monotonous", value=digits[0])
    return digits


def ticket(seed: str, key: str) -> str:
    """Return the ticket of the key: SHA-256 of seed, line feed and key, in lower-case hex."""
    return hashlib.sha256(f"{seed}\n{key}".encode()).hexdigest()


def smallest(seed: str, keys: Iterable[str], n: int) -> list[str]:
    """Return the keys of the n smallest tickets, in their order; all keys when n is larger."""
    return [key for _, key in heapq.nsmallest(n, ((ticket(seed, key), key) for key in keys))]


def by_stratum(seed: str, keys: Mapping[str, str], sizes: Mapping[str, int]) -> dict[str, list[str]]:
    """Return the n smallest tickets of each stratum, in their order. `keys`: key → stratum."""
    groups: dict[str, list[str]] = {stratum: [] for stratum in sizes}
    for key, stratum in keys.items():
        if stratum in groups:
            groups[stratum].append(key)
    return {stratum: smallest(seed, groups[stratum], n) for stratum, n in sizes.items()}


def reserves_for(n: int) -> int:
    """Return how many reserves are drawn beside n items: a tenth, at least five."""
    return max(5, math.ceil(n / 10))


def units(amount: Decimal) -> int:
    """Return an amount in whole units, rounded half away from zero."""
    return int((amount / UNIT).to_integral_value(ROUND_HALF_UP))


def start_point(seed: str, interval: Fraction) -> Fraction:
    """Return the start of a draw by amount, in (0, interval].

    It is the seed's ticket of the empty key, which no item has, as a share of the interval.
    """
    return interval * Fraction(int(ticket(seed, ""), 16) + 1, 2**256)


def thresholds(seed: str, interval: Fraction, book: int) -> list[int]:
    """Return the cumulative amounts (in units) to be reached: start, start + interval … up to the book value.

    Rounded up, which changes nothing against whole amounts and makes them comparable in a database.
    """
    if interval <= 0:
        raise ValueError("The interval must be above zero.")
    start = start_point(seed, interval)
    if start > book:
        return []
    return [math.ceil(start + i * interval) for i in range(int((book - start) / interval) + 1)]


@dataclass(frozen=True, slots=True)
class ByAmount:
    """A fixed-interval draw: the items taken whole, the items hit, and what it was done with."""

    interval: Fraction
    whole: tuple[str, ...]
    hit: tuple[str, ...]


def by_amount(seed: str, amounts: Mapping[str, int], n: int, interval: Fraction | None = None) -> ByAmount:
    """Draw by amount (monetary unit sampling). `amounts`: key → units; those not above zero are left out.

    The interval is the book value / n unless given. Items at or above it are taken whole; the others are laid end to
    end in the order of their tickets, and an item is hit when its cumulative amount is the first to reach a threshold.
    """
    positive = {key: amount for key, amount in amounts.items() if amount > 0}
    book = sum(positive.values())
    if n < 1 or not positive:
        raise ValueError("A draw by amount needs a size of at least one and a positive amount.")
    step = Fraction(book, n) if interval is None else interval
    by_ticket = sorted(positive, key=lambda key: (ticket(seed, key), key))
    whole = tuple(key for key in by_ticket if positive[key] >= step)
    rest = [key for key in by_ticket if positive[key] < step]
    reached = list(accumulate(positive[key] for key in rest))
    hit = dict.fromkeys(rest[bisect_left(reached, point)] for point in thresholds(seed, step, reached[-1] if reached else 0))
    return ByAmount(step, whole, tuple(hit))


# What the record commits to


def leaf(salt: str, ticket_: str, key: str) -> str:
    """Return the salted hash of an item. Once salt and key are weeded, nobody can guess the key from it."""
    return hashlib.sha256(f"{salt}\n{ticket_}\n{key}".encode()).hexdigest()


def canonical_json(value: Any) -> str:
    """Return the value as JSON with sorted keys and no spaces."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def record_hash(head: Mapping[str, Any], items: Iterable[tuple[int, str, str]]) -> str:
    """Return the SHA-256 of the record: its head, and each item's number, kind and leaf.

    No key is in it, so weeding leaves it true.
    """
    return hashlib.sha256(canonical_json({"head": head, "items": [list(item) for item in items]}).encode()).hexdigest()
