"""Fill the demonstration's register with many risks, to try the product at size.

The risks are made up and lie in committees of their own (`Provnämnd 01` …), so that the demonstration's stay what they are.
"""

from __future__ import annotations

from itertools import islice

from django.db import transaction
from simple_history.utils import bulk_create_with_history

from controls.demo.people import MUNICIPALITY
from controls.models import Closing, Control, FollowUp, Method
from riskreg import clock
from riskreg.models import ControlPlan, Membership, Risk, RiskCategory, RiskMatrix, Role, Unit, User
from riskreg.models.author import Author
from riskreg.models.history import bulk_signature

COMMITTEES, DEPARTMENTS_OF_EACH, YEARS = 20, 5, 5
BATCH = 500
REASON = "Påhittad, för att prova produkten i stor skala"
SUBJECTS = (
    ("Fel lön betalas ut", "Brister i attest och underlag kan ge fel lön."),
    ("Ramavtal följs inte", "Inköp kan göras vid sidan av ramavtalen."),
    ("Behörigheter tas inte bort", "Den som har slutat kan komma åt uppgifter."),
    ("Fakturor betalas för sent", "Sena betalningar kostar ränta och förtroende."),
    ("Beslut saknar delegation", "Beslut kan fattas av någon som inte får."),
    ("Tillsynen hinns inte med", "Planerade besök kan utebli."),
    ("Handlingar diarieförs inte", "Allmänna handlingar kan bli svåra att hitta."),
    ("Avtal löper ut obevakade", "Verksamheten kan stå utan avtal."),
    ("Bidrag betalas ut på fel grund", "Underlag kan vara fel eller saknas."),
    ("Driften avbryts", "Reservrutiner kan saknas när ett system ligger nere."),
)
METHODS = (Method.SAMPLING, Method.SURVEY, Method.REVIEW, Method.RECONCILIATION)


class NoDemonstration(Exception):
    """The register does not hold the demonstration: nothing is made up in anybody's real one."""


@transaction.atomic
def fill_register(size: int) -> int:
    """Add made-up risks until there are `size` of them, with a control each and follow-ups of the newest year.

    Returns how many were added. Raises NoDemonstration when the register does not hold the demonstration municipality.
    """
    municipality = Unit.objects.filter(name=MUNICIPALITY, parent__isnull=True).first()
    if municipality is None:
        raise NoDemonstration
    by = User.objects.get(pk=Membership.objects.filter(unit=municipality, role=Role.CONTROLLER).values("user")[:1])
    closings = list(Closing.objects.filter(unit=municipality).order_by("-cut_off"))
    newest = closings[0].year if closings else clock.today().year
    plans = _make_plans(municipality, range(newest - YEARS + 1, newest + 1))
    there = Risk.objects.filter(plan__in=plans).count()
    remaining = iter(range(there, size))
    while numbers := list(islice(remaining, BATCH)):
        _add_risks(numbers, plans, by, [closing for closing in closings if closing.year == newest])
    return max(size - there, 0)


def _make_plans(municipality: Unit, years: range) -> list[ControlPlan]:
    """Return the plans of the made-up committees, a year each; those that are missing are made."""
    matrix = RiskMatrix.objects.filter(unit=municipality).order_by("-version")[0]
    plans = []
    for number in range(1, COMMITTEES + 1):
        committee = _unit(f"Provnämnd {number:02d}", Unit.Kind.COMMITTEE, municipality)
        for part in range(1, DEPARTMENTS_OF_EACH + 1):
            _unit(f"Provenhet {number:02d}.{part}", Unit.Kind.DEPARTMENT, committee)
        for year in years:
            defaults = {"matrix": matrix, "source": REASON}
            plans.append(ControlPlan.objects.get_or_create(unit=committee, year=year, defaults=defaults)[0])
    return plans


def _unit(name: str, kind: str, parent: Unit) -> Unit:
    """Return the unit of that name below the parent; it is made when it is missing."""
    return Unit.objects.filter(name=name, parent=parent).first() or Unit.objects.create(name=name, kind=kind, parent=parent)


def _add_risks(numbers: list[int], plans: list[ControlPlan], by: User, closings: list[Closing]) -> None:
    """Add the risks of these running numbers: the first of every plan, then the second, and so on."""
    categories = list(RiskCategory.objects.all())
    signature = {**bulk_signature(Author(by)), "default_change_reason": REASON, "default_date": clock.now(), "batch_size": BATCH}
    departments: dict[int, list[Unit]] = {}
    for unit in Unit.objects.filter(parent__in={plan.unit_id for plan in plans}):
        departments.setdefault(unit.parent_id or 0, []).append(unit)
    risks = []
    for i in numbers:
        plan, number = plans[i % len(plans)], i // len(plans) + 1
        title, description = SUBJECTS[(i // 7) % len(SUBJECTS)]
        likelihood, impact = (i // 3) % 4 + 1, (i // 11) % 4 + 1
        is_placed, is_confidential = i % 10 != 9, i % 50 == 49
        risks.append(
            Risk(
                plan=plan,
                unit=departments[plan.unit_id][number % DEPARTMENTS_OF_EACH],
                number=number,
                title=f"{title} ({i + 1})",
                description=description,
                category=categories[i % len(categories)] if categories else None,
                owner=by,
                likelihood=likelihood if is_placed else None,
                impact=impact if is_placed else None,
                risk_score=likelihood * impact,
                is_confidential=is_confidential,
                confidentiality_section="OSL 18:8" if is_confidential else "",
            )
        )
    risks = bulk_create_with_history(risks, Risk, **signature)
    controls = bulk_create_with_history(
        [
            Control(risk=risk, description=f"Granska underlag: {risk.title}", method=METHODS[i % len(METHODS)], performer=by)
            for i, risk in enumerate(risks)
        ],
        Control,
        **signature,
    )
    for closing in closings:
        follow_ups = [
            FollowUp(control=control, closing=closing, unit=control.risk.plan.unit, performer=by, due_on=closing.follow_up_due)
            for control in controls
            if control.risk.plan.year == closing.year
        ]
        bulk_create_with_history(follow_ups, FollowUp, **signature)
