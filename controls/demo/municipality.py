"""Loading of the demonstration, in the order things happened: 2024, the new plan, the half-year, the year-end on its way."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from django.db import transaction
from django.utils import translation

from controls.checks.opening import mark_missed, open_due_checks
from controls.checks.verbs import move
from controls.demo import indicators, sampling_chapters, samplings
from controls.demo.assessments import assess
from controls.demo.checks import run_checks
from controls.demo.people import BOARD, BOARD_OFFICE, CARE, CARE_OFFICE, MUNICIPALITY, SCHOOL, SCHOOL_OFFICE, make_people
from controls.demo.reminders import remind
from controls.demo.watching.chapter import feed_registers
from controls.demo.watching.follow_ups import follow_up_by_watching
from controls.demo.watching.inquiries import ask
from controls.follow_ups import verbs
from controls.follow_ups.actions import mark_action_done
from controls.follow_ups.draft import Draft
from controls.follow_ups.opening import open_follow_ups
from controls.importing.plan import import_rows
from controls.importing.reading import read
from controls.importing.target import find_target
from controls.models import Action, Check, Closing, FollowUp
from controls.reporting import jobs
from controls.reporting.handing_in.verbs import hand_in
from controls.reporting.kinds import KINDS, Subject
from riskreg import clock
from riskreg.models import ControlPlan, ImpactLevel, LikelihoodLevel, RiskBand, RiskMatrix, Unit, User
from riskreg.plans import life
from riskreg.plans.risks import change_risk, keep_risk
from riskreg.trail.seals import seal

TODAY = date(2026, 1, 12)
"""The demonstration's day: the half-year is reported, the year-end is due in three days."""

DATA = Path(__file__).parent / "data"
ASSUMED = "Demonstrationens antagande: källan anger bara riskvärdet."
REAL_SOURCE = (
    "Riskernas rubriker, riskvärden, metoder och utfall är hämtade ur kommunstyrelsens delårsbokslut 2025; formuleringarna "
    "är egna. Sannolikhet och konsekvens, hur ofta kontrollerna görs, ansvariga, beslutsdatum, paragraf, "
    "år 2024 och årsbokslutet är demonstrationens antaganden."
)
INVENTED_SOURCE = "Påhittat exempel för demonstrationen; inte nämndens egen plan."

FACTORS_2024 = {
    "Välfärdsbrottslighet": (3, 4),
    "Energibrist": (3, 4),
    "Felaktiga löneutbetalningar": (3, 2),
    "Ramavtal följs inte": (4, 2),
    "Felaktig utbetalning till förtroendevalda": (3, 3),
}
# One risk is left as the report has it, with its score alone: the heatmap lists it as not placed.
FACTORS_2025 = {
    "Välfärdsbrottslighet": (3, 4),
    "Energibrist": (2, 4),
    "Felaktiga löneutbetalningar": (3, 2),
    "Bristande service mot förvaltningar och företag i upphandlingsfrågor": (3, 2),
    "Ramavtal följs inte": (2, 3),
    "Felaktig utbetalning till förtroendevalda": (2, 3),
}


def is_loaded() -> bool:
    """Return whether the demonstration's municipality exists."""
    return Unit.objects.filter(name=MUNICIPALITY, parent__isnull=True).exists()


@transaction.atomic
def load() -> bool:
    """Load everything; return False, and load nothing, when it is there already."""
    if is_loaded():
        return False
    with clock.from_nine():
        with clock.at(date(2023, 11, 6)):
            story = _Story()
        story.year_2024()
        story.checks_of(2024, (1, 12))
        story.plans_2025()
        story.checks_of(2025, (1, 8))
        story.half_year_2025()
        story.half_year_handed_in()
        story.checks_of(2025, (9, 12))
        feed_registers(story.units[MUNICIPALITY], by=story.eva)
        ask(story.units[MUNICIPALITY], by=story.eva)
        follow_up_by_watching(story.plan, by=story.eva)
        story.year_end_2025()
        story.checks_now()
    with clock.at(TODAY):
        mark_missed(clock.today())
        seal(clock.now())
    remind()
    return True


class _Story:
    def __init__(self) -> None:
        self.units = _make_units()
        self.people = make_people(self.units)
        _make_matrix(self.units[MUNICIPALITY])
        self.eva = self.people["Eva Dahl"]
        self.closings = {
            (year, kind): _make_closing(self.units[MUNICIPALITY], year, kind)
            for year in (2024, 2025)
            for kind in ("interim", "annual")
        }

    # What several chapters do

    def import_file(self, name: str, unit: str, year: int, closing: Closing | None = None) -> ControlPlan:
        target = find_target(self.units[unit], year, closing=closing)
        with (DATA / name).open("rb") as file:
            reading = read(file, name, target)
        if reading.errors:
            raise RuntimeError(f"{name}: {[str(problem.message) for problem in reading.errors]}")
        return import_rows(reading.rows, target, by=self.eva, source=name).plan

    def place_all(self, plan: ControlPlan, factors: dict[str, tuple[int, int]]) -> None:
        for risk in plan.risks.filter(title__in=factors, likelihood__isnull=True):
            likelihood, impact = factors[risk.title]
            change_risk(risk, by=self.eva, likelihood=likelihood, impact=impact, placement_note=ASSUMED)

    def adopt(self, plan: ControlPlan, on: date, paragraph: str, manager: User, source: str, registry_number: str) -> None:
        plan = ControlPlan.objects.get(pk=plan.pk)
        plan.source, plan.registry_number = source, registry_number
        plan.save()
        life.propose(plan, by=manager)
        with clock.at(on):
            life.adopt(ControlPlan.objects.get(pk=plan.pk), by=self.eva, on=on, paragraph=paragraph)

    def follow_up(self, plan: ControlPlan, closing: Closing, title: str) -> FollowUp:
        return FollowUp.objects.get(control__risk__plan=plan, control__risk__title=title, closing=closing)

    def approve_submitted(self, plan: ControlPlan, closing: Closing, manager: User, leaving: tuple[str, ...] = ()) -> None:
        waiting = FollowUp.objects.filter(control__risk__plan=plan, closing=closing, state=FollowUp.State.SUBMITTED)
        for follow_up in waiting.exclude(control__risk__title__in=leaving):
            verbs.approve(follow_up, by=manager)

    def assess(self, *, after: date, until: date) -> None:
        assess((self.plan, self.school_plan, self.care_plan), by=self.eva, after=after, until=until)

    # The chapters

    def year_2024(self) -> None:
        johan = self.people["Johan Berg"]
        with clock.at(date(2023, 11, 20)):
            self.plan_2024 = self.import_file("ks-plan-2024.csv", BOARD, 2024)
            self.place_all(self.plan_2024, FACTORS_2024)
        with clock.at(date(2023, 12, 18)):
            self.adopt(self.plan_2024, date(2023, 12, 18), "§ 204", johan, REAL_SOURCE, "KS 2023/512")
        annual = self.closings[2024, "annual"]
        with clock.at(date(2024, 12, 2)):
            open_follow_ups(self.plan_2024, annual, by=self.eva)
        with clock.at(date(2025, 1, 9)):
            self.import_file("ks-uppfoljning-arsbokslut-2024.csv", BOARD, 2024, annual)
            self._hand_in(self.plan_2024, annual, date(2025, 6, 30))
        with clock.at(date(2025, 1, 13)):
            self.approve_submitted(self.plan_2024, annual, johan)

    def plans_2025(self) -> None:
        johan = self.people["Johan Berg"]
        with clock.at(date(2025, 1, 14)):
            life.carry_over(ControlPlan.objects.get(pk=self.plan_2024.pk), by=self.eva, year=2025)
        with clock.at(date(2025, 1, 17)):
            self.plan = self.import_file("ks-plan-2025.csv", BOARD, 2025)
            self.place_all(self.plan, FACTORS_2025)
            for risk in self.plan.risks.filter(carried_from__isnull=False):
                keep_risk(risk, by=self.eva)
            self.school_plan = self.import_file("bun-plan-2025.csv", SCHOOL, 2025)
            self.care_plan = self.import_file("von-plan-2025.csv", CARE, 2025)
        with clock.at(date(2025, 1, 27)):
            self.adopt(self.plan, date(2025, 1, 27), "§ 12", johan, REAL_SOURCE, "KS 2024/587")
            self.adopt(self.school_plan, date(2025, 1, 29), "§ 7", self.people["Ulla Norén"], INVENTED_SOURCE, "BUN 2024/91")
            self.adopt(self.care_plan, date(2025, 1, 30), "§ 5", self.people["Peter Alm"], INVENTED_SOURCE, "VÄN 2024/63")
        self.assess(after=date(2025, 1, 31), until=date(2025, 6, 26))
        indicators.begin(self.plan, self.units[MUNICIPALITY], self.people, by=self.eva)
        indicators.enter(self.people, after=indicators.BEGUN_ON, until=indicators.REVISED_ON)
        indicators.revise(self.people)
        with clock.at(date(2025, 6, 27)):
            for action in Action.objects.filter(follow_up__control__risk__plan=self.plan_2024).open():
                if "ordning" in action.description or "Granska" in action.description:
                    mark_action_done(
                        action, by=johan, done_on=date(2025, 6, 27), effect="Genomfört; resultatet syns i delårsbokslutet 2025."
                    )

    def checks_of(self, year: int, months: tuple[int, int]) -> None:
        """Open and record the checks of the months, by the schedule; the holidays' checks are missed."""
        for month in range(months[0], months[1] + 1):
            run_checks(year, month)

    def checks_now(self) -> None:
        """Open the checks of the last weeks before the demonstration's own day, and move one."""
        with clock.at(date(2025, 12, 15)):
            open_due_checks(clock.today())
            for check in Check.objects.open().filter(control__risk__title="Ramavtal följs inte"):
                move(check, by=self.eva, due_on=date(2026, 1, 19), reason="Inköpsstatistiken kommer först i januari.")

    def half_year_2025(self) -> None:
        interim = self.closings[2025, "interim"]
        self.assess(after=date(2025, 6, 26), until=date(2025, 8, 24))
        # The value of August comes after the half-year's follow-up: until then the row goes on.
        indicators.enter(self.people, after=indicators.REVISED_ON, until=date(2025, 9, 10))
        with clock.at(date(2025, 8, 25)):
            for plan in (self.plan, self.school_plan, self.care_plan):
                open_follow_ups(ControlPlan.objects.get(pk=plan.pk), interim, by=self.eva)
        self.sample(interim, "Välfärdsbrottslighet", "Anders Holm", sampling_chapters.SUPPLIERS)
        self.sample(interim, "Energibrist", "Petra Nyström", sampling_chapters.OPERATIONS)
        with clock.at(date(2025, 9, 11)):
            self.import_file("ks-uppfoljning-delarsbokslut-2025.csv", BOARD, 2025, interim)
            self.import_file("bun-uppfoljning-delarsbokslut-2025.csv", SCHOOL, 2025, interim)
            self._hand_in(self.plan, interim, date(2025, 12, 31))
            self._hand_in(self.school_plan, interim, date(2025, 9, 30))
        with clock.at(date(2025, 9, 18)):
            self.approve_submitted(self.plan, interim, self.people["Johan Berg"])
            self.approve_submitted(
                self.school_plan, interim, self.people["Ulla Norén"], leaving=("Elevers frånvaro följs inte upp",)
            )

    def half_year_handed_in(self) -> None:
        """Hand in the board's half-year report, frozen as the committee reads it."""
        plan = ControlPlan.objects.select_related("unit", "matrix").get(pk=self.plan.pk)
        closing = Closing.objects.select_related("unit").get(pk=self.closings[2025, "interim"].pk)
        with clock.at(date(2025, 10, 14)), translation.override("sv"):
            report = hand_in(KINDS["follow_up"], Subject(plan.unit, plan.year, plan, closing), by=self.eva)
            jobs.write(report.job.pk)

    def year_end_2025(self) -> None:
        annual, johan, karin = self.closings[2025, "annual"], self.people["Johan Berg"], self.people["Karin Lindqvist"]
        self.assess(after=date(2025, 8, 24), until=date(2025, 12, 7))
        indicators.enter(self.people, after=date(2025, 9, 10), until=TODAY)
        with clock.at(date(2025, 12, 8)):
            for plan in (self.plan, self.school_plan, self.care_plan):
                open_follow_ups(ControlPlan.objects.get(pk=plan.pk), annual, by=self.eva)
        with clock.at(date(2026, 1, 8)):
            self.import_file("ks-uppfoljning-arsbokslut-2025.csv", BOARD, 2025, annual)
            self._hand_in(self.plan, annual, date(2026, 6, 30))
            pay = self.follow_up(self.plan, annual, "Felaktiga löneutbetalningar")
            draft = Draft(
                result="Höstens attester granskas. Hittills har två attester av trettioen gjorts efter utbetalningsdagen.",
                conclusion="",
            )
            verbs.save_draft(pay, by=karin, draft=draft)
        with clock.at(date(2026, 1, 9)):
            verbs.approve(self.follow_up(self.plan, annual, "Välfärdsbrottslighet"), by=johan)
            verbs.return_(
                self.follow_up(self.plan, annual, "Ramavtal följs inte"),
                by=johan,
                reason="Ange hur stor del av inköpsvolymen som stickprovet täcker.",
            )

        self.sample(annual, "Felaktiga löneutbetalningar", "Karin Lindqvist", sampling_chapters.ATTESTATIONS)
        self.sample(annual, "Ramavtal följs inte", "Anders Holm", sampling_chapters.PROCUREMENTS)
        self.sample(annual, "Felaktig utbetalning till förtroendevalda", "Lena Sandberg", sampling_chapters.COMPENSATIONS)

    def sample(self, closing: Closing, title: str, performer: str, plan: samplings.Plan) -> None:
        samplings.carry_out(plan, self.follow_up(self.plan, closing, title), by=self.people[performer])

    def _hand_in(self, plan: ControlPlan, closing: Closing, due_on: date) -> None:
        """Say who is responsible for each imported measure (the risk's owner) and by when, and hand in what lacked that."""
        measures = Action.objects.filter(follow_up__control__risk__plan=plan, follow_up__closing=closing).open()
        for action in measures.select_related("follow_up__control__risk__owner", "follow_up__performer"):
            action.responsible = action.follow_up.control.risk.owner or action.follow_up.performer
            action.due_on = due_on
            action.save()
        waiting = FollowUp.objects.filter(control__risk__plan=plan, closing=closing, state=FollowUp.State.IN_PROGRESS)
        for follow_up in waiting.exclude(conclusion="").order_by("pk"):
            verbs.submit(follow_up, by=self.eva)


def _make_units() -> dict[str, Unit]:
    kinds = Unit.Kind
    units = {MUNICIPALITY: Unit.objects.create(name=MUNICIPALITY, kind=kinds.MUNICIPALITY)}
    for committee, office in ((BOARD, BOARD_OFFICE), (SCHOOL, SCHOOL_OFFICE), (CARE, CARE_OFFICE)):
        units[committee] = Unit.objects.create(name=committee, kind=kinds.COMMITTEE, parent=units[MUNICIPALITY])
        units[office] = Unit.objects.create(name=office, kind=kinds.ADMINISTRATION, parent=units[committee])
    for department in ("Ekonomiavdelningen", "HR-avdelningen", "Kansliavdelningen", "IT- och kommunikationsavdelningen"):
        units[department] = Unit.objects.create(name=department, kind=kinds.DEPARTMENT, parent=units[BOARD_OFFICE])
    return units


def _make_matrix(municipality: Unit) -> RiskMatrix:
    matrix = RiskMatrix.objects.create(
        unit=municipality,
        name="Kommunens riskmatris",
        version=1,
        valid_from=date(2023, 11, 6),
        note="Demonstrationens antagande: rapporten anger riskvärden men inte skalorna.",
    )
    for value, label in enumerate(("Osannolik", "Mindre sannolik", "Möjlig", "Sannolik"), start=1):
        LikelihoodLevel.objects.create(matrix=matrix, value=value, label=label)
    for value, label in enumerate(("Försumbar", "Lindrig", "Kännbar", "Allvarlig"), start=1):
        ImpactLevel.objects.create(matrix=matrix, value=value, label=label)
    for from_score, name, tone, demand in (
        (1, "Låg", "low", "accept"),
        (4, "Bevaka", "guard", "watch"),
        (6, "Medel", "high", "control"),
        (12, "Hög", "critical", "act"),
    ):
        RiskBand.objects.create(matrix=matrix, from_score=from_score, name=name, tone=tone, demand=demand)
    return matrix


def _make_closing(municipality: Unit, year: int, kind: str) -> Closing:
    days = {
        "interim": (date(year, 8, 31), date(year, 9, 12), date(year, 9, 22), date(year, 10, 31)),
        "annual": (date(year, 12, 31), date(year + 1, 1, 15), date(year + 1, 1, 30), date(year + 1, 4, 15)),
    }[kind]
    cut_off, follow_up_due, approval_due, report_due = days
    return Closing.objects.create(
        unit=municipality,
        year=year,
        kind=kind,
        cut_off=cut_off,
        follow_up_due=follow_up_due,
        approval_due=approval_due,
        report_due=report_due,
    )
