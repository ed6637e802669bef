"""Ready rules on registers: data and one query each, run on snapshots by `trying`.

Rules are grouped in packs. A query is written here and binds its parameters; no text of anybody's becomes part of it. The room
knows no models: it reads Parquet files through controls.data_files.engine. Begin reading in `rule`, then `packs.operations`.
"""

from __future__ import annotations

from controls.monitoring.rules.packs import (
    agreements,
    ledger_quality,
    operations,
    payments,
    procurement,
    suppliers,
    systems,
)
from controls.monitoring.rules.rule import Pack, Rule

PACKS: dict[str, Pack] = {
    room.PACK.code: room.PACK for room in (suppliers, payments, agreements, procurement, systems, operations, ledger_quality)
}
RULES: dict[str, Rule] = {rule.code: rule for pack in PACKS.values() for rule in pack.rules}
