"""The five samplings: each with its population, its columns, its design, and its outcomes so far."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from controls.demo import populations
from controls.demo.samplings import Plan, deviation
from controls.sampling.populations.verbs import Columns
from controls.sampling.samples.outcomes import Found
from controls.sampling.statistics.design import Asked, Kind

SUPPLIERS = Plan(
    populations.suppliers,
    Columns(("Organisationsnummer", "Avtal"), amount="Årsvärde", stratum="Skuldrating"),
    Asked(confidence=Decimal("0.9"), tolerable=Decimal("0.05")),
    locked_on=date(2025, 8, 29),
    examined_on=date(2025, 9, 5),
    examined=None,
    source="Leverantörer i löpande avtal",
    is_closed=True,
)
OPERATIONS = Plan(
    populations.operations,
    Columns(("Verksamhetsnr",), stratum="Område"),
    Asked(confidence=Decimal("0.9"), tolerable=Decimal("0.1")),
    locked_on=date(2025, 8, 28),
    examined_on=date(2025, 9, 4),
    examined=None,
    digits="7194 0362 8851 4027 6639",
    is_closed=True,
)
ATTESTATIONS = Plan(
    populations.attestations,
    Columns(("Anställningsnr", "Månad"), "Bruttolön", "Verksamhet", personal=("Anställningsnr", "Namn", "Bruttolön")),
    Asked(confidence=Decimal("0.95"), tolerable=Decimal("0.05")),
    locked_on=date(2025, 12, 15),
    examined_on=date(2026, 1, 8),
    examined=31,
    source="Attestlogg",
    found={
        9: deviation("Attesterad den 27:e, två dagar efter utbetalningen."),
        24: deviation("Attesterad den 27:e; chefen var frånvarande och ersättare saknades."),
    },
)
PROCUREMENTS = Plan(
    populations.procurements,
    Columns(("Inköpsnr",), amount="Belopp", stratum="Verksamhet"),
    Asked(kind=Kind.MONETARY, confidence=Decimal("0.9"), tolerable=Decimal("0.05")),
    locked_on=date(2026, 1, 9),
    examined_on=date(2026, 1, 12),
    examined=40,
    found={
        17: deviation("Direktupphandlad trots att ramavtal fanns; priset är avtalets.", "0"),
        33: Found("not_examined", "Beställningen finns inte i diariet."),
    },
)
COMPENSATIONS = Plan(
    populations.compensations,
    Columns(("Förtroendevald",), amount="Begärd ersättning", personal=("Namn", "Underlag årsinkomst", "Begärd ersättning")),
    Asked(kind=Kind.ALL),
    locked_on=date(2026, 1, 8),
    examined_on=date(2026, 1, 12),
    examined=29,
    found={12: deviation("Underlaget avser 2023 års inkomst. Rättas vid nästa utbetalning.", "18420.00")},
)
