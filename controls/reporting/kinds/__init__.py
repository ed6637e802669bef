"""The reports there are. A kind is registered once; addresses, files, freezing and the access walk follow from that."""

from __future__ import annotations

from controls.reporting.kinds import adoption, auditors_file, deviations, follow_up, summary
from controls.reporting.kinds.kind import PLAN, ReportKind, Subject

KINDS: dict[str, ReportKind] = {
    one.code: one for one in (follow_up.KIND, adoption.KIND, summary.KIND, deviations.KIND, deviations.ALL, auditors_file.KIND)
}

__all__ = ["KINDS", "PLAN", "ReportKind", "Subject"]
