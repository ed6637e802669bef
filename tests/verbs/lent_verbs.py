"""Every verb that can be lent to a deputy: how a record comes into its state, and how the verb is then done with it.

The verbs come from the tables of transitions, wherever there are any.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from importlib import import_module
from typing import Any

import controls
import riskreg
from controls.checks.evidence import detach_from_check
from controls.follow_ups.evidence import detach
from controls.follow_ups.verbs import assign
from controls.models import (
    Closing,
    Control,
    Evidence,
    Population,
    Register,
    RegisterSnapshot,
    ReminderStages,
    Sample,
    Watch,
)
from controls.monitoring.registers import verbs as registers
from controls.monitoring.watching import watches
from controls.plan_controls.rescheduling import remove_exception
from controls.reminders.setting_stages import change_stages, set_stages
from controls.reporting.handing_in.verbs import hand_in, take_up
from controls.reporting.kinds import KINDS
from controls.sampling.drawing import verbs as drawing
from controls.sampling.populations import verbs as populations
from controls.sampling.populations.verbs import Columns
from controls.sampling.samples.outcomes import Found, log
from controls.sampling.samples.planning import begin, keep_design
from controls.sampling.statistics.design import Asked
from controls.year.closings import change_closing, make_closing
from riskreg.access.verbs import NEVER_LENT, Verb
from riskreg.models import ControlPlan, User
from riskreg.plans import life as planning
from riskreg.verbs.workflow import Workflow
from tests.cast import Cast, make_control, make_risk
from tests.checks import test_checking as checks
from tests.data_files.test_reading import book_of
from tests.follow_ups import follow_ups
from tests.follow_ups import test_actions as actions
from tests.follow_ups import test_follow_up_verbs as follow_up_verbs
from tests.indicators import test_indicator_verbs as indicator_verbs
from tests.monitoring.inquiries import test_inquiry_verbs as inquiry_verbs
from tests.monitoring.registers import scene as register_scene
from tests.monitoring.watching import scene as watching_scene
from tests.monitoring.watching import test_watching_verbs as alert_verbs
from tests.plan_controls import test_control as plan_controls
from tests.plans import test_assessing as risks
from tests.plans import test_planning as plans
from tests.reporting.conftest import approved
from tests.reporting.subjects import subject
from tests.sampling import scene

TODAY = date(2025, 9, 8)
Do = Callable[[Any, User], Any]


def _workflows() -> Iterator[Workflow]:
    """Every table of transitions of both apps."""
    for package in (controls, riskreg):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.rsplit(".", 1)[-1] == "transitions":
                yield from (one for one in vars(import_module(module.name)).values() if isinstance(one, Workflow))


WORKFLOWS = {workflow.name: workflow for workflow in _workflows()}


# How each verb is done


def _plan_of_last_year(cast: Cast, state: str) -> ControlPlan:
    """Return a plan whose controls can run on today."""
    plan = ControlPlan.objects.create(
        unit=cast.board,
        year=TODAY.year - 1,
        matrix=cast.plan.matrix,
        state=state,
        adopted_on=date(2023, 12, 12),
        adopted_paragraph="§ 145",
    )
    make_risk(plan, "Energibrist", risk_score=8)
    return plan


def _plan_that_runs_on(cast: Cast, state: str) -> ControlPlan:
    plan = _plan_of_last_year(cast, state)
    plan.runs_on_from = date(TODAY.year, 1, 1)
    plan.save()
    return plan


def _risk(cast: Cast, state: str, verb: str) -> Any:
    return risks.prepared(cast, verb, state)


def _control(cast: Cast, state: str, verb: str) -> Control:
    control = make_control(make_risk(cast.plan), frequency="monthly", is_dropped=verb == "restore")
    plans.in_state(cast.plan, state)
    return Control.objects.get(pk=control.pk)


def _plan(cast: Cast, state: str) -> Any:
    make_risk(cast.plan)
    return plans.in_state(cast.plan, state)


def _population(cast: Cast, state: str) -> Population:
    return scene.locked(cast) if state == "locked" else scene.with_columns(scene.read_in(cast), cast.karin, amount="Belopp")


def _workbook(cast: Cast, _state: str) -> Population:
    """Return a population from a workbook of which another sheet can be read."""
    return scene.read_in(cast, book_of(("Nya", "visible", 2), ("Gamla", "visible", 4)), filename="fil.xlsx")


def _held(cast: Cast) -> Population:
    return populations.hold(scene.locked(cast), by=cast.johan, reason="Tvist")


def _register(cast: Cast, _state: str) -> Register:
    return register_scene.a_register(cast.board, cast.johan)


def _draft_snapshot(cast: Cast) -> RegisterSnapshot:
    """A file that is asked about: most of the rows before are gone."""
    register = _register(cast, "")
    register_scene.fed(register, cast.johan, as_of=register_scene.JUNE)
    return register_scene.fed(register, cast.johan, register_scene.SUPPLIERS[0])


def _proposed_watch(cast: Cast, _state: str) -> Watch:
    return alert_verbs.proposed(cast, by=cast.eva)


def _watch_again(watch: Watch, by: User) -> Watch:
    return watching_scene.watched(watch.register, by, most_alerts=20)


def sample_in_state(cast: Cast, state: str) -> Sample:
    if state in {"drawn", "closed"}:
        sample = scene.drawn(cast, size=3)
    else:
        sample = scene.designed(scene.locked(cast), 3)
    if state == "seeded":
        return drawing.seed_from_event(sample, by=cast.karin, digits=scene.SEED, event=scene.EVENT)
    return _closed(sample, cast) if state == "closed" else sample


def _examined(sample: Sample, cast: Cast) -> Sample:
    for item in sample.items.in_sample():
        log(item, by=cast.karin, found=Found("ok"))
    return sample


def _closed(sample: Sample, cast: Cast) -> Sample:
    return drawing.close(_examined(sample, cast), by=cast.karin)


def _handed_in(cast: Cast) -> Any:
    approved(cast, make_control(make_risk(cast.plan, "Energibrist", risk_score=8)))
    return hand_in(KINDS["follow_up"], subject(cast, "follow_up"), by=cast.johan)


def _stages(cast: Cast) -> ReminderStages:
    return set_stages(by=cast.eva, unit=cast.municipality, closing=None, days_before="14", manager_after=7, controller_after=None)


def _with_reason(do: Callable[..., Any]) -> Do:
    return lambda row, by: do(row, by=by, reason="Underlaget saknas.")


def _file_of(**of: Any) -> Evidence:
    file = {"name": "a.csv", "file": "evidence/a.csv", "size": 1, "sha256": "0" * 64}
    return Evidence.objects.create(**of, **file, uploaded_at=follow_ups.MOMENT)


Case = tuple[Callable[[Cast, str], Any], Do]
"""How a record comes into the state, and the verb that is then done with it."""

CASES: dict[tuple[str, str], Case] = {
    **{("plan", verb): (_plan, do) for verb, do in plans.VERBS.items()},
    ("plan", "run_on"): (_plan_of_last_year, lambda row, by: planning.run_on(row, by=by)),
    ("plan", "stop_running_on"): (_plan_that_runs_on, lambda row, by: planning.stop_running_on(row, by=by)),
    **{("risk", verb): (partial(_risk, verb=verb), do) for verb, do in risks.VERBS.items()},
    **{("control", verb): (partial(_control, verb=verb), do) for verb, do in plan_controls.VERBS.items()},
    **{("follow-up", verb): (follow_ups.in_state, _with_reason(do)) for verb, do in follow_up_verbs.DO.items()},
    **{
        ("action", verb): (lambda cast, state: follow_ups.with_measure(follow_ups.planned(cast), **actions.STATES[state]), do)
        for verb, do in actions.DO.items()
    },
    ("follow-up", "take_back"): (
        lambda cast, state: follow_ups.in_state(cast, state, submitter=cast.johan),
        lambda row, by: follow_up_verbs.DO["take_back"](row, by=by),
    ),
    **{("check", verb): (checks.in_state, do) for verb, do in checks.ACTS.items()},
    ("follow-up", "detach"): (
        lambda cast, state: _file_of(follow_up=follow_ups.in_state(cast, state)),
        lambda row, by: detach(row, by=by, reason="Fel fil"),
    ),
    ("follow-up", "assign"): (
        follow_ups.in_state,
        lambda row, by: assign(row, User.objects.get(name="Eva Åström"), by=by),
    ),
    ("check", "detach"): (
        lambda cast, state: _file_of(occasion=checks.in_state(cast, state)),
        lambda row, by: detach_from_check(row, by=by, reason="Fel fil"),
    ),
    ("control", "remove_exception"): (
        lambda cast, state: plan_controls.made_exception(_control(cast, state, "remove_exception")),
        lambda row, by: remove_exception(row, by=by),
    ),
    ("population", "choose_columns"): (
        _population,
        lambda row, by: populations.choose_columns(row, by=by, columns=Columns(("Faktura",))),
    ),
    ("population", "read_sheet"): (_workbook, lambda row, by: populations.read_sheet(row, by=by, sheet="Gamla")),
    ("population", "answer"): (_population, lambda row, by: populations.answer(row, by=by, choices={})),
    ("population", "lock"): (_population, lambda row, by: populations.lock(row, by=by)),
    ("population", "discard"): (_population, lambda row, by: populations.discard(row, by=by, reason="Fel fil")),
    ("population", "begin_sample"): (_population, lambda row, by: begin(row, by=by)),
    ("population", "save_source"): (_population, lambda row, by: populations.save_source(row, by=by, name="Fakturor")),
    ("population", "hold"): (_population, lambda row, by: populations.hold(row, by=by, reason="Tvist")),
    ("population", "release"): (lambda cast, state: _held(cast), lambda row, by: populations.release(row, by=by, reason="Klart")),
    ("population", "retain"): (
        _population,
        lambda row, by: populations.retain(row, by=by, until=date(2030, 1, 1), reason="Tvist"),
    ),
    ("sample", "design"): (sample_in_state, lambda row, by: keep_design(row, by=by, asked=Asked())),
    ("sample", "seed"): (sample_in_state, lambda row, by: drawing.seed_from_system(row, by=by)),
    ("sample", "draw"): (sample_in_state, lambda row, by: drawing.draw(row, by=by)),
    ("sample", "log"): (sample_in_state, lambda row, by: log(row.items.in_sample()[0], by=by, found=Found("ok"))),
    ("sample", "replace"): (sample_in_state, lambda row, by: drawing.replace(row.items.in_sample()[0], by=by, reason="Saknas")),
    ("sample", "extend"): (sample_in_state, lambda row, by: drawing.extend(row, by=by, count=2, reason="Fler")),
    ("sample", "close"): (
        lambda cast, state: _examined(sample_in_state(cast, state), cast),
        lambda row, by: drawing.close(row, by=by),
    ),
    ("sample", "reopen"): (sample_in_state, lambda row, by: drawing.reopen(row, by=by, reason="En till")),
    ("register", "change"): (
        _register,
        lambda row, by: registers.change(row, by=by, described=register_scene.described("Annat")),
    ),
    ("register", "map_columns"): (
        lambda cast, state: _draft_snapshot(cast).register,
        lambda row, by: registers.map_columns(row, by=by, mapping={"supplier_number": "Namn"}),
    ),
    ("register", "feed"): (
        _register,
        lambda row, by: registers.feed(row, by=by, file=register_scene.a_file(), as_of=register_scene.AUGUST),
    ),
    ("register", "close"): (_register, lambda row, by: registers.close(row, by=by, reason="Nytt system")),
    ("register", "reopen"): (
        lambda cast, state: registers.close(_register(cast, state), by=cast.johan, reason="Nytt system"),
        lambda row, by: registers.reopen(row, by=by, reason="Ändå inte"),
    ),
    ("watched rule", "propose"): (_proposed_watch, _watch_again),
    ("watched rule", "switch_on"): (_proposed_watch, lambda row, by: watches.switch_on(row, by=by)),
    ("watched rule", "switch_off"): (_proposed_watch, _with_reason(watches.switch_off)),
    **{("alert", verb): (alert_verbs.in_state, do) for verb, do in alert_verbs.DO.items()},
    **{("inquiry", verb): (inquiry_verbs.in_state, do) for verb, do in inquiry_verbs.DO.items()},
    **{("indicator", verb): (indicator_verbs.indicator_in_state, do) for verb, do in indicator_verbs.DO_WITH_INDICATOR.items()},
    **{("indicator series", verb): (indicator_verbs.series_in_state, do) for verb, do in indicator_verbs.DO_WITH_SERIES.items()},
    ("snapshot", "take"): (lambda cast, state: _draft_snapshot(cast), lambda row, by: registers.take(row, by=by)),
    ("snapshot", "discard"): (lambda cast, state: _draft_snapshot(cast), lambda row, by: registers.discard(row, by=by)),
    ("report", "take_up"): (lambda cast, state: _handed_in(cast), lambda row, by: take_up(row, by=by, reason="Fel siffra")),
    ("closing", "change"): (
        lambda cast, state: cast.interim,
        lambda row, by: change_closing(row, by=by, follow_up_due=date(2025, 9, 16)),
    ),
    ("reminder stages", "change"): (
        lambda cast, state: _stages(cast),
        lambda row, by: change_stages(row, by=by, days_before="10", manager_after=5, controller_after=None),
    ),
}

LENT = [
    (workflow.name, verb)
    for workflow in WORKFLOWS.values()
    for verb in workflow.verbs
    if Verb(workflow.right_of(verb)) not in NEVER_LENT
]

MAKING: dict[str, tuple[str, Callable[[Cast, User], Any]]] = {
    "a plan": ("johan", lambda cast, by: planning.make_plan(by=by, unit=cast.board, year=2027, matrix=cast.plan.matrix)),
    "a closing": ("eva", lambda cast, by: make_closing(by=by, unit=cast.municipality, year=2027, kind=Closing.Kind.INTERIM)),
    "stages of reminders": (
        "eva",
        lambda cast, by: set_stages(
            by=by, unit=cast.municipality, closing=None, days_before="14", manager_after=7, controller_after=None
        ),
    ),
    "a population, read by the worker": ("johan", lambda cast, by: scene.uploaded(cast, by=by, control=Control.objects.get())),
    "a report, whose files the worker writes": (
        "johan",
        lambda cast, by: hand_in(KINDS["follow_up"], subject(cast, "follow_up"), by=by),
    ),
}
