"""What is made from the history by the database and shown instead of it: registered here, and verified with the trail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from riskreg.trail.findings import Finding, Kind

Differing = Callable[[], Iterable[int]]
_sources: list[tuple[str, Differing]] = []


def verify_also(model: str, differing: Differing) -> None:
    """Register what returns the records of the model whose derived rows differ from their history. Called once, at the start."""
    _sources.append((model, differing))


def altered() -> Iterator[Finding]:
    """Yield a finding for each record whose derived rows differ from its history."""
    for model, differing in _sources:
        for record in differing():
            yield Finding(str(Kind.LOOK_BACK), model=model, record=str(record))
