"""The tests' municipality, Lillköping: its units, its people in every role, its year 2025.

Karin performs controls at the central office, Johan is her manager, Eva the controller of
the whole municipality, Åke its auditor, Siv runs the system. Bo and Ulla do Karin's and
Johan's work in the school administration, so that every test has somebody else's unit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from simple_history.utils import bulk_create_with_history

from controls.models import Closing, Control, FollowUp
from riskreg.models import (
    ControlPlan,
    ImpactLevel,
    LikelihoodLevel,
    Membership,
    Risk,
    RiskBand,
    RiskCategory,
    RiskMatrix,
    Role,
    Unit,
    User,
)

PASSWORD = "korrekt-häst-batteri"


@dataclass
class Cast:
    municipality: Unit
    board: Unit
    central_office: Unit
    payroll: Unit
    school_board: Unit
    school_office: Unit
    karin: User
    johan: User
    eva: User
    ake: User
    siv: User
    bo: User
    ulla: User
    nils: User
    matrix: RiskMatrix
    plan: ControlPlan
    school_plan: ControlPlan
    interim: Closing
    annual: Closing

    def by_role(self) -> dict[str, User]:
        return {
            Role.CONTROL_OWNER: self.karin,
            Role.MANAGER: self.johan,
            Role.CONTROLLER: self.eva,
            Role.AUDITOR: self.ake,
            Role.ADMINISTRATOR: self.siv,
        }


def make_user(name: str, unit: Unit | None = None, role: str | None = None, **membership: Any) -> User:
    email = name.split(" ", maxsplit=1)[0].lower().replace("å", "a").replace("ä", "a").replace("ö", "o") + "@lillkoping.example"
    user = User(email=email, name=name)
    user.set_password(PASSWORD)
    user.save()
    if unit is not None and role is not None:
        Membership.objects.create(user=user, unit=unit, role=role, **membership)
    return user


def make_matrix(unit: Unit, size: int = 4, name: str = "Kommunens riskmatris") -> RiskMatrix:
    matrix = RiskMatrix.objects.create(unit=unit, name=name, version=1, valid_from=date(2024, 1, 1))
    likelihood = ["Osannolik", "Mindre sannolik", "Möjlig", "Sannolik", "Trolig", "Nästan säker"]
    impact = ["Försumbar", "Lindrig", "Kännbar", "Allvarlig", "Mycket allvarlig", "Katastrofal"]
    for value in range(1, size + 1):
        LikelihoodLevel.objects.create(matrix=matrix, value=value, label=likelihood[value - 1])
        ImpactLevel.objects.create(matrix=matrix, value=value, label=impact[value - 1])
    for from_score, label, tone, demand in [
        (1, "Låg", "low", "accept"),
        (4, "Bevaka", "guard", "watch"),
        (6, "Medel", "high", "control"),
        (12, "Hög", "critical", "act"),
    ]:
        RiskBand.objects.create(matrix=matrix, from_score=from_score, name=label, tone=tone, demand=demand)
    return RiskMatrix.objects.get(pk=matrix.pk)


def make_cast() -> Cast:
    municipality = Unit.objects.create(name="Lillköpings kommun", kind=Unit.Kind.MUNICIPALITY)
    board = Unit.objects.create(name="Kommunstyrelsen", kind=Unit.Kind.COMMITTEE, parent=municipality)
    central_office = Unit.objects.create(name="Kommunledningskontoret", kind=Unit.Kind.ADMINISTRATION, parent=board)
    payroll = Unit.objects.create(name="Löneenheten", kind=Unit.Kind.DEPARTMENT, parent=central_office)
    school_board = Unit.objects.create(name="Barn- och utbildningsnämnden", kind=Unit.Kind.COMMITTEE, parent=municipality)
    school_office = Unit.objects.create(name="Utbildningsförvaltningen", kind=Unit.Kind.ADMINISTRATION, parent=school_board)
    matrix = make_matrix(municipality)
    return Cast(
        municipality=municipality,
        board=board,
        central_office=central_office,
        payroll=payroll,
        school_board=school_board,
        school_office=school_office,
        karin=make_user("Karin Lindqvist", board, Role.CONTROL_OWNER),
        johan=make_user("Johan Berg", board, Role.MANAGER, sees_confidential=True),
        eva=make_user("Eva Åström", municipality, Role.CONTROLLER, sees_confidential=True),
        ake=make_user("Åke Öberg", municipality, Role.AUDITOR),
        siv=make_user("Siv Ek", municipality, Role.ADMINISTRATOR),
        bo=make_user("Bo Svensson", school_board, Role.CONTROL_OWNER),
        ulla=make_user("Ulla Nyman", school_board, Role.MANAGER),
        nils=make_user("Nils Utanroll"),
        matrix=matrix,
        plan=ControlPlan.objects.create(unit=board, year=2025, matrix=matrix),
        school_plan=ControlPlan.objects.create(unit=school_board, year=2025, matrix=matrix),
        interim=make_closing(municipality, Closing.Kind.INTERIM),
        annual=make_closing(municipality, Closing.Kind.ANNUAL),
    )


def make_closing(municipality: Unit, kind: str, year: int = 2025) -> Closing:
    dates = {
        "interim": (date(year, 8, 31), date(year, 9, 12), date(year, 9, 22), date(year, 10, 31)),
        "annual": (date(year, 12, 31), date(year + 1, 1, 15), date(year + 1, 1, 31), date(year + 1, 4, 15)),
    }[kind]
    cut_off, follow_up_due, approval_due, report_due = dates
    return Closing.objects.create(
        unit=municipality,
        year=year,
        kind=kind,
        cut_off=cut_off,
        follow_up_due=follow_up_due,
        approval_due=approval_due,
        report_due=report_due,
    )


def make_risk(plan: ControlPlan, title: str = "Felaktiga löneutbetalningar", **fields: Any) -> Risk:
    """A risk with the plan's next number; 3 × 2 unless factors or a bare score are given."""
    if "likelihood" not in fields and "risk_score" not in fields:
        fields |= {"likelihood": 3, "impact": 2}
    if fields.get("likelihood") is not None:
        fields["risk_score"] = fields["likelihood"] * fields["impact"]
    fields.setdefault("unit", plan.unit)
    fields.setdefault("number", plan.risks.count() + 1)
    return Risk.objects.create(plan=plan, title=title, **fields)


def make_control(risk: Risk, description: str = "Stickprov av attest", **fields: Any) -> Control:
    fields.setdefault("method", "sampling")
    fields.setdefault("position", risk.controls.count() + 1)
    return Control.objects.create(risk=risk, description=description, **fields)


def make_follow_up(control: Control, closing: Closing, **fields: Any) -> FollowUp:
    fields.setdefault("unit", control.risk.unit)
    fields.setdefault("performer", control.performer)
    fields.setdefault("due_on", closing.follow_up_due)
    return FollowUp.objects.create(control=control, closing=closing, **fields)


def make_many_risks(
    plan: ControlPlan,
    how_many: int,
    *,
    closing: Closing | None = None,
    performer: User | None = None,
    analyze: bool = True,
    history: bool = False,
) -> None:
    """Many risks with a control each (and a follow-up, when a closing is given), spread over the matrix; for query budgets.

    With `history` for what verifies the trail; it takes twice the time.
    """

    def create(model: Any, rows: Iterable[Any]) -> list[Any]:
        made: list[Any] = bulk_create_with_history(list(rows), model) if history else model.objects.bulk_create(rows)
        return made

    categories = [RiskCategory.objects.get_or_create(name=name)[0] for name in ("Ekonomi", "Personal", "Ärenden")]
    first = plan.risks.count() + 1
    risks = create(
        Risk,
        (
            Risk(
                plan=plan,
                unit=plan.unit,
                number=first + i,
                title=f"Risk nummer {first + i}",
                category=categories[i % 3],
                owner=performer,
                description="Risk att något går fel.",
                **_factors(i),
            )
            for i in range(how_many)
        ),
    )
    methods = ["sampling", "survey", "review", "reconciliation"]
    controls = create(
        Control,
        (
            Control(risk=risk, description="Kontroll av underlag", method=methods[i % 4], performer=performer)
            for i, risk in enumerate(risks)
        ),
    )
    if closing is not None:
        create(
            FollowUp,
            (
                FollowUp(control=control, closing=closing, unit=plan.unit, performer=performer, due_on=closing.follow_up_due)
                for control in controls
            ),
        )
    if analyze and connection.vendor == "postgresql":
        # What autovacuum does for a register that has lived: without it the planner takes every table for empty.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _factors(i: int) -> dict[str, int | None]:
    if i % 10 == 9:
        return {"likelihood": None, "impact": None, "risk_score": (6, 8, 12)[i % 3]}
    likelihood, impact = i % 4 + 1, i // 4 % 4 + 1
    return {"likelihood": likelihood, "impact": impact, "risk_score": likelihood * impact}
