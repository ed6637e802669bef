"""The outcome of a verification: what was looked at, and what was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from riskreg.trail.findings import Finding, Kind
from riskreg.trail.seals import Head

MOST_FINDINGS = 50
"""The number of findings named; the rest are counted."""
MOST_NAMED = 10_000
"""The history rows remembered as altered, so that their records are not named once more."""


class Sealed(Protocol):
    """What is reported of an entry of a seal."""

    @property
    def model(self) -> str: ...
    @property
    def history_id(self) -> int: ...
    @property
    def record(self) -> str: ...


@dataclass
class Outcome:
    """The result of a verification. Intact when `found` is 0."""

    head: Head | None
    seals: int = 0
    checked: int = 0
    weeded: int = 0
    unsealed: int = 0
    compared: int = 0
    """Live records compared with their history."""
    files: int = 0
    """Files compared with the hashes that the history holds."""
    file_work: int = 0
    """The work of the files that are done, those left out among them, and of the part of the one under way."""
    rows_left: int = 0
    """Sealed rows that an earlier verification recomputed, and this one did not."""
    files_left: int = 0
    """Files that an earlier verification hashed, and this one did not."""
    found: int = 0
    findings: list[Finding] = field(default_factory=list)
    named: set[tuple[str, int]] = field(default_factory=set, repr=False)
    """The history rows, by model and number, that are themselves found to be altered."""

    @property
    def is_intact(self) -> bool:
        return self.found == 0

    @property
    def done(self) -> int:
        """How much of the `work` is done."""
        return self.checked + self.compared + self.file_work

    def add(self, finding: Finding) -> None:
        """Count the finding, and keep it unless there are far too many."""
        self.found += 1
        if len(self.findings) < 20 * MOST_FINDINGS:
            self.findings.append(finding)

    def report(self, kind: Kind, seal: int | None = None, entry: Sealed | None = None, **more: Any) -> None:
        """Add a finding; of a history row, it is remembered as altered."""
        if entry is not None:
            more |= {"model": entry.model, "history_id": entry.history_id, "record": entry.record}
        if more.get("history_id") is not None and len(self.named) < MOST_NAMED:
            self.named.add((more["model"], more["history_id"]))
        self.add(Finding(str(kind), seal, **more))

    def is_named(self, label: str, history_id: int) -> bool:
        """Return whether the history row is itself found to be altered."""
        return (label, history_id) in self.named

    def close(self) -> None:
        """Put the findings in order, and keep those that are named."""
        self.findings.sort(key=lambda found: (found.seal is None, found.seal or 0))
        del self.findings[MOST_FINDINGS:]
