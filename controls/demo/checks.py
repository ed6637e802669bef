"""The demonstration's checks of a month: opened by the schedule and recorded by their performers, except July's."""

from __future__ import annotations

from datetime import date, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from controls.checks import verbs
from controls.checks.evidence import attach_to_check
from controls.checks.opening import mark_missed, open_due_checks
from controls.models import Check, Conclusion
from riskreg import clock

HOLIDAYS = 7
LEFT_OPEN = date(2025, 12, 29)
"""The first due date of the checks that are still open on the demonstration's day."""
FOUND = {
    (2025, 5, "Felaktiga löneutbetalningar"): (
        Conclusion.MINOR_DEVIATIONS,
        "En attest av trettio var gjord dagen efter utbetalning. Rättat samma dag.",
    ),
    (2025, 10, "Felaktiga löneutbetalningar"): (
        Conclusion.MINOR_DEVIATIONS,
        "Två attester av trettioen var gjorda efter utbetalningsdagen.",
    ),
    (2025, 6, "Ramavtal följs inte"): (
        Conclusion.MINOR_DEVIATIONS,
        "Ett köp utanför ramavtal, 14 000 kr. Beställaren informerad.",
    ),
}
"""The deviations found: (year, month, risk) → conclusion and note."""
FILES = {
    (2025, 10, "Felaktiga löneutbetalningar"): {
        "Attester oktober 2025.csv": (
            "attest;lön utbetald;attesterad;dagar sent\n17;2025-10-27;2025-10-28;1\n24;2025-10-27;2025-10-29;2\n"
        ),
    },
    (2025, 6, "Ramavtal följs inte"): {
        "Köp utanför ramavtal, kvartal 2.csv": "beställning;leverantör;belopp\nB-2025-0411;Exempelbolaget AB;14000\n",
    },
}
"""The files attached by the performer; as invented as the rest of the demonstration."""


def run_checks(year: int, month: int) -> None:
    """Open what is due by the month's end and record what is due in it, two days before."""
    with clock.at(date(year, month, 5)):
        open_due_checks(clock.today())
        mark_missed(clock.today())
    # January's wait for the plans, which were adopted in its last days.
    with clock.at(date(year, month, 28 if (year, month) == (2025, 1) else 15)):
        open_due_checks(clock.today())
    due = Check.objects.open().filter(due_on__year=year, due_on__month=month, performer__isnull=False)
    for check in due.select_related("performer", "control__risk").order_by("due_on", "pk"):
        if month == HOLIDAYS or check.due_on >= LEFT_OPEN:
            continue
        conclusion, note = FOUND.get((year, month, check.control.risk.title), (Conclusion.NO_DEVIATIONS, ""))
        assert check.performer is not None
        with clock.at(check.due_on - timedelta(days=2)):
            for name, content in FILES.get((year, month, check.control.risk.title), {}).items():
                attach_to_check(check, by=check.performer, file=SimpleUploadedFile(name, content.encode()))
            verbs.complete(check, by=check.performer, conclusion=conclusion, note=note)
