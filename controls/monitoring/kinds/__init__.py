"""The kinds of registers: the columns that files of each are known to have, under the headings that people use.

Data only, and it knows no files: `recognition` reads headings, controls.monitoring.snapshots the cells. A new kind is a
module here and a line in KINDS.
"""

from __future__ import annotations

from controls.monitoring.kinds.companies import COMPANIES, WATCHED
from controls.monitoring.kinds.kind import Field, FieldType, Kind, Shape
from controls.monitoring.kinds.ledger import LEDGER
from controls.monitoring.kinds.own_lists import AGREEMENTS, OPERATIONS, OWN, SYSTEMS
from controls.monitoring.kinds.suppliers import BANK_ACCOUNTS, SUPPLIERS

KINDS: dict[str, Kind] = {
    kind.code: kind for kind in (SUPPLIERS, LEDGER, COMPANIES, WATCHED, AGREEMENTS, SYSTEMS, OPERATIONS, BANK_ACCOUNTS, OWN)
}

__all__ = ["KINDS", "Field", "FieldType", "Kind", "Shape"]
