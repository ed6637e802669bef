"""What the walks walk over: the board's records, the school's and another municipality's, and a person in every role.

Everybody with a role has it at the executive board. To them the board is their own unit; the school board, in the same
municipality, is another unit. What belongs to the top of a municipality (closings, matrices) is their own when it is
Lillköping's, and another's when it is Storköping's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

from django.core.files.base import ContentFile
from django.test import Client

from controls.models import (
    Action,
    CalendarFeed,
    Check,
    Closing,
    Digest,
    FollowUp,
    LatePerformance,
    ReminderStages,
    ReportTemplate,
    Sample,
)
from controls.reminders.choosing import hash_of
from controls.reporting.writers.word.default_template import pack
from controls.sampling.populations import verbs
from riskreg.models import (
    ControlPlan,
    Deputyship,
    Risk,
    RiskCategory,
    RiskMatrix,
    Role,
    Unit,
    User,
    Verification,
)
from tests.architecture.scene_indicators import make_indicators
from tests.architecture.scene_records import (
    NOW,
    TODAY,
    make_evidence,
    make_follow_ups,
    make_handed_in,
    make_import,
    make_report_job,
    make_version,
)
from tests.architecture.scene_registers import make_registers
from tests.cast import Cast, make_closing, make_control, make_matrix, make_risk, make_user
from tests.sampling.samples import drawn_sample, locked_population
from tests.sampling.scene import draws_of

ROLES = {
    "o": "control owner",
    "m": "manager",
    "c": "controller",
    "a": "auditor",
    "d": "administrator",
    "e": "controller of the whole municipality",
    "s": "operator (superuser)",
    "n": "signed in, without a role",
    "x": "made inactive while signed in",
    "-": "anonymous",
}


@dataclass
class Place:
    """The records of one unit that an address or an action can be about."""

    unit: Unit
    person: User
    matrix: RiskMatrix
    closing: Closing
    plans: dict[str, ControlPlan] = field(default_factory=dict)
    """By state; `carried` is a draft carried over from the adopted one."""
    risk: Any = None
    """Scored, not placed, carried over and not decided on."""
    dropped_risk: Any = None
    opened_risk: Any = None
    """It was confidential once; what was written then is withheld."""
    shown_risk: Any = None
    """The same, and it may be shown."""
    control: Any = None
    dropped_control: Any = None
    follow_ups: dict[str, FollowUp] = field(default_factory=dict)
    """By state; the one in progress is complete."""
    check: Any = None
    other_performer: Any = None
    """Who could perform the check instead."""
    evidence: Any = None
    evidence_of_check: Any = None
    missed_check: Any = None
    late: Any = None
    action: Any = None
    done_action: Any = None
    plan_import: Any = None
    handed_in: Any = None
    """A report with a public file and a whole one."""
    report_job: Any = None
    """Done, of the performer."""
    report_template: Any = None
    digest: Any = None
    """A reminder of the performer's that waits to be sent."""
    feed: Any = None
    feed_token: str = ""
    stages: Any = None
    unsampled: Any = None
    """A locked population without a sample, on legal hold."""
    designed: Any = None
    """A sample that is begun and not drawn."""
    examined: Any = None
    """A drawn sample whose items wait to be examined."""
    closed: Any = None
    """A sample that is closed."""
    draft_population: Any = None
    """Read in, its key chosen."""
    seedable: Any = None
    """A sample with its size, from a locked population with its file."""
    seeded: Any = None
    drawn: Any = None
    """A drawn sample of three: the first could not be examined, the others were."""
    run: Any = None
    """A file that waits to be read."""
    source: Any = None
    register: Any = None
    """With two snapshots, and a file that is asked about."""
    snapshot: Any = None
    draft_snapshot: Any = None
    closed_register: Any = None
    register_run: Any = None
    """A file that waits to be read."""
    watch: Any = None
    """With an alert that is open."""
    stopped_watch: Any = None
    composed_watch: Any = None
    evidence_of_alert: Any = None
    ledger_snapshot: Any = None
    inquiry: Any = None
    """That waits for its answer, with a file."""
    concluded_inquiry: Any = None
    """About an alert."""
    evidence_of_inquiry: Any = None
    indicator: Any = None
    closed_indicator: Any = None
    unkept_indicator: Any = None
    """Of which no unit keeps a series."""
    series: Any = None
    """With levels, values, a note, and periods that wait for theirs."""
    closed_series: Any = None
    value: Any = None
    level: Any = None
    indicator_note: Any = None
    alert: Any = None
    settled_alert: Any = None
    """Explained, of another watched rule."""
    invited: Any = None
    """A person of the unit who has not chosen a password yet."""
    deputyship: Any = None
    """Of the person; it has not begun, so it lends nothing yet."""


class QuickClient(Client):
    """Without the copies of every template's context that Django's own keeps; it costs half the time."""

    def request(self, **request: Any) -> Any:
        response: Any = self.handler(self._base_environ(**request))  # type: ignore[attr-defined]
        self.cookies.update(response.cookies)
        return response


@dataclass
class Scene:
    cast: Cast
    own: Place
    other: Place
    users: dict[str, User]
    clients: dict[str, Client]
    category: RiskCategory
    verification: Verification


def make_scene(cast: Cast) -> Scene:
    elsewhere = Unit.objects.create(name="Storköpings kommun", kind=Unit.Kind.MUNICIPALITY)
    own = Place(
        cast.board,
        make_user("Kim Kollega", cast.board, Role.CONTROL_OWNER),
        make_matrix(cast.board, name="Styrelsens matris"),
        cast.interim,
    )
    other = Place(
        cast.school_board,
        cast.bo,
        make_matrix(cast.school_board, name="Skolans matris"),
        make_closing(elsewhere, Closing.Kind.INTERIM),
    )
    users = {
        "o": cast.karin,
        "m": cast.johan,
        "c": make_user("Carin Controller", cast.board, Role.CONTROLLER),
        "a": make_user("Anna Revisor", cast.board, Role.AUDITOR),
        "d": make_user("Disa Förvaltare", cast.board, Role.ADMINISTRATOR),
        "e": cast.eva,
        "s": make_user("Sven Drift"),
        "n": cast.nils,
        "x": make_user("Xerxes Slutat", cast.board, Role.MANAGER, sees_confidential=True),
    }
    users["s"].is_superuser = True
    users["s"].save()
    furnish(own, performer=cast.karin, approver=cast.johan, closing=cast.interim, plan=cast.plan)
    furnish(other, performer=cast.bo, approver=cast.ulla, closing=cast.interim, plan=cast.school_plan)
    clients: dict[str, Client] = {letter: QuickClient() for letter in ROLES}
    for letter, user in users.items():
        clients[letter].force_login(user)
    users["x"].is_active = False
    users["x"].save()
    verification = Verification.objects.create(asked_by=cast.eva, asked_at=NOW, seen_at=NOW, finished_at=NOW, state="done")
    return Scene(cast, own, other, users, clients, RiskCategory.objects.create(name="Ekonomi"), verification)


def make_opened(plan: ControlPlan, title: str) -> Risk:
    """A risk that was confidential and is open."""
    risk = make_risk(plan, title, is_confidential=True, confidentiality_section="OSL 18:8")
    risk.is_confidential, risk.confidentiality_section = False, ""
    risk.save()
    return risk


def furnish(place: Place, *, performer: User, approver: User, closing: Closing, plan: ControlPlan) -> None:
    """A record of every kind, in the states that the verbs start from."""
    states = ControlPlan.State
    decided = {"adopted_on": date(2022, 12, 12), "adopted_paragraph": "§ 145"}
    made = {"unit": place.unit, "matrix": plan.matrix}
    place.plans = {
        "draft": plan,
        "adopted": ControlPlan.objects.create(year=2023, state=states.ADOPTED, **decided, **made),
        "proposed": ControlPlan.objects.create(year=2027, state=states.PROPOSED, **made),
        "earlier": ControlPlan.objects.create(year=2020, state=states.ADOPTED, **decided, **made),
        "ending": ControlPlan.objects.create(year=2024, state=states.ADOPTED, **decided, **made),
        "running on": ControlPlan.objects.create(
            year=2022, state=states.ADOPTED, runs_on_from=date(2023, 1, 1), **decided, **made
        ),
    }
    place.invited = make_user(f"Inbjuden{place.unit.pk} Ny", place.unit, Role.CONTROL_OWNER)
    place.invited.set_unusable_password()
    place.invited.invited_at = NOW
    place.invited.save()
    place.plans["carried"] = ControlPlan.objects.create(year=2026, carried_from=place.plans["adopted"], **made)
    before = make_risk(place.plans["adopted"], "Energibrist", risk_score=8)
    make_risk(place.plans["proposed"], "Ramavtal följs inte")
    for each in (plan, place.plans["carried"]):
        place.risk = make_risk(each, "Energibrist", risk_score=8, carried_from=before)
    place.opened_risk, place.shown_risk = (make_opened(place.plans["proposed"], title) for title in ("Inköp", "Arkiv"))
    place.shown_risk.opened_before = NOW
    place.shown_risk.save()
    place.dropped_risk = make_risk(place.plans["carried"], "Inte längre aktuell", is_dropped=True)
    first = plan.risks.get()
    place.control = make_control(first, performer=performer)
    place.dropped_control = make_control(first, "Inte längre aktuell", is_dropped=True)
    place.check = Check.objects.create(
        control=make_control(first, "Kontroll varje månad", performer=performer, frequency="monthly"),
        unit=place.unit,
        performer=performer,
        nominal_on=date(2025, 9, 30),
        due_on=date(2025, 9, 30),
        last_day=date(2025, 10, 14),
    )
    place.other_performer = approver
    place.follow_ups = make_follow_ups(first, closing, performer=performer, approver=approver)
    concluded = place.follow_ups["in_progress"]
    place.action = Action.objects.create(
        follow_up=concluded, kind=Action.Kind.MEASURE, description="Ny rutin", responsible=performer, due_on=date(2025, 11, 1)
    )
    place.done_action = Action.objects.create(
        follow_up=concluded,
        kind=Action.Kind.MEASURE,
        description="Utbildning",
        responsible=performer,
        due_on=date(2025, 6, 1),
        done_on=date(2025, 5, 1),
    )
    place.evidence = make_evidence(concluded, performer, "underlag.txt")
    begun = Check.objects.create(
        control=place.check.control,
        unit=place.unit,
        performer=performer,
        state="in_progress",
        nominal_on=date(2025, 8, 29),
        due_on=date(2025, 8, 29),
        last_day=date(2025, 9, 12),
    )
    place.missed_check, missed_late = (
        Check.objects.create(
            control=place.check.control,
            unit=place.unit,
            performer=performer,
            state="missed",
            missed_at=NOW,
            nominal_on=day,
            due_on=day,
            last_day=day,
        )
        for day in (date(2025, 6, 30), date(2025, 7, 31))
    )
    place.late = LatePerformance.objects.create(
        missed_check=missed_late, conclusion="no_deviations", note="Semester", performed_on=TODAY, recorded_by=performer
    )
    place.evidence_of_check = make_evidence(begun, performer, "lista.txt")
    make_version(place.plans["adopted"], approver)
    # Of the planned follow-up: nothing has to be complete there.
    planned = place.follow_ups["planned"]
    place.unsampled = locked_population(planned, name="Löneattester", by=performer)
    place.designed = Sample.objects.create(
        population=locked_population(planned, name="Fakturor", by=performer), follow_up=planned
    )
    place.examined = drawn_sample(planned, name="Ramavtal", size=3)
    place.unsampled.is_held, place.unsampled.hold_reason = True, "Tvist"
    place.unsampled.save()
    place.closed = drawn_sample(planned, name="Intyg", size=1)
    place.closed.state = Sample.State.CLOSED
    place.closed.save()
    make_draws(place, performer)
    make_registers(place, place.unit, performer, approver)
    make_indicators(place, place.unit, performer, approver)
    place.deputyship = Deputyship.objects.create(
        absent=place.person, deputy=User.objects.get(name="Ulla Nyman"), first_day=date(2025, 12, 1), last_day=date(2025, 12, 7)
    )
    place.digest = Digest.objects.create(recipient=performer, day=TODAY, prepared_at=NOW, next_attempt_at=NOW)
    place.feed_token = f"secret-of-{performer.pk}"
    place.feed = CalendarFeed.objects.create(owner=performer, token_hash=hash_of(place.feed_token), made_at=NOW)
    place.stages = ReminderStages.objects.create(unit=place.closing.unit, closing=place.closing)
    place.handed_in = make_handed_in(plan, closing, approver)
    place.report_job = make_report_job(plan, closing, performer)
    content = pack()
    template = ReportTemplate(
        unit=place.unit, version=1, name="mall.docx", sha256=sha256(content).hexdigest(), uploaded_by=approver, uploaded_at=NOW
    )
    template.file.save("mall.docx", ContentFile(content), save=True)
    place.report_template = template
    place.plan_import = make_import(place.unit, plan, approver, "Identifierad risk;Riskvärde\nNy risk;8\n")


def make_draws(place: Place, performer: User) -> None:
    """Populations with their files: a draft that can be locked, one being read, and locked ones with samples in each state."""
    place.draft_population, place.seedable, place.seeded, place.drawn, place.run = draws_of(place.control, performer)
    place.source = verbs.save_source(place.drawn.population, by=performer, name="Verifikationer")
