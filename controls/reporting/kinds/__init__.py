"""The kinds of report: each is registered here once; addresses, files, freezing and the access walk follow from that.

A kind may import the reporting room's own files and the rooms below reporting (contract rooms-of-controls). Begin
reading in `kind`, then `follow_up`, the report that the others resemble.
"""

from __future__ import annotations

from controls.reporting.kinds import adoption, auditors_file, deviations, follow_up, summary
from controls.reporting.kinds.kind import PLAN, ReportKind, Subject

KINDS: dict[str, ReportKind] = {
    one.code: one for one in (follow_up.KIND, adoption.KIND, summary.KIND, deviations.KIND, deviations.ALL, auditors_file.KIND)
}

__all__ = ["KINDS", "PLAN", "ReportKind", "Subject"]
