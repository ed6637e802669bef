"""The assessments of the demonstration's risks through 2025.

They are invented, with a reason each, except where the executive board's stand at the half-year and after: those are
the report's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from controls.demo.people import BOARD, CARE, SCHOOL
from riskreg import clock
from riskreg.models import ControlPlan, Risk, User
from riskreg.plans.risks import change_risk


class Assessment(NamedTuple):
    day: date
    unit: str
    title: str
    likelihood: int
    impact: int
    reason: str
    after_controls: bool = False


SUMMER = "Brist på utbildad personal under sommaren"
ASSESSMENTS = (
    Assessment(date(2025, 2, 10), BOARD, "Energibrist", 3, 4, "Ansträngd elförsörjning under vintern."),
    Assessment(date(2025, 3, 17), BOARD, "Felaktiga löneutbetalningar", 4, 3, "Nytt lönesystem togs i drift i mars."),
    Assessment(date(2025, 4, 7), SCHOOL, "Elevers frånvaro följs inte upp", 4, 3, "Frånvaron steg under vårterminen."),
    Assessment(date(2025, 5, 19), BOARD, "Välfärdsbrottslighet", 4, 4, "Polisens lägesbild i maj."),
    Assessment(date(2025, 5, 26), CARE, SUMMER, 4, 4, "Sommarens bemanning saknar en tredjedel."),
    Assessment(date(2025, 6, 16), BOARD, "Energibrist", 2, 4, "Kontinuitetsplaner finns för de viktigaste verksamheterna."),
    Assessment(date(2025, 8, 18), BOARD, "Felaktiga löneutbetalningar", 3, 2, "Inkörningen av lönesystemet är över."),
    Assessment(date(2025, 8, 20), BOARD, "Välfärdsbrottslighet", 3, 4, "Avtalade leverantörer är kontrollerade."),
    Assessment(date(2025, 9, 29), CARE, SUMMER, 2, 3, "Sommaren är över; utfallet är utvärderat."),
    Assessment(date(2025, 10, 13), SCHOOL, "Tillbud rapporteras inte", 2, 2, "Fler rapporterar sedan blanketten förenklades."),
    Assessment(date(2025, 10, 20), CARE, "Privata utförare fakturerar för mycket", 3, 4, "Två utförares fakturor avvek."),
    Assessment(date(2025, 11, 10), BOARD, "Välfärdsbrottslighet", 2, 4, "Kontroll vid avtalsstart och varje halvår.", True),
    Assessment(date(2025, 11, 10), BOARD, "Energibrist", 2, 3, "Reservkraft på de viktigaste platserna.", True),
    Assessment(date(2025, 11, 10), BOARD, "Felaktiga löneutbetalningar", 2, 2, "Attesten följs upp varje månad.", True),
    Assessment(date(2025, 11, 17), CARE, "Läkemedel hanteras fel", 2, 3, "Dubbelkontroll vid varje delning.", True),
    Assessment(date(2025, 11, 24), SCHOOL, "Elevers frånvaro följs inte upp", 2, 3, "Frånvaron rapporteras samma dag.", True),
)


def assess(plans: Iterable[ControlPlan], *, by: User, after: date, until: date) -> None:
    """Enter the assessments after the one day and until the other, each on its day."""
    by_unit = {plan.unit.name: plan for plan in plans}
    for one in ASSESSMENTS:
        if after < one.day <= until:
            names = ("residual_likelihood", "residual_impact") if one.after_controls else ("likelihood", "impact")
            values: dict[str, Any] = dict(zip(names, (one.likelihood, one.impact), strict=True))
            with clock.at(one.day):
                risk = Risk.objects.get(plan=by_unit[one.unit], title=one.title)
                change_risk(risk, by=by, reason=one.reason, **values)
