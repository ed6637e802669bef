"""The life of a follow-up, an action, a check and a control, as tables.

Pure data: the verbs of controls.follow_ups, controls.checks and controls.plan_controls run them.
"""

from __future__ import annotations

from riskreg.verbs.workflow import Transition, Workflow

_LOG = "log_follow_up"
_APPROVE = "approve_follow_up"
_REOPEN = "reopen_follow_up"
_ASSIGN = "assign_follow_up"
_PREPARE = "prepare_sample"
_HOLD = "hold_population"

FOLLOW_UP = Workflow(
    "follow-up",
    states=("planned", "in_progress", "submitted", "approved"),
    transitions=(
        Transition("start", ("planned",), "in_progress", right=_LOG, guards=("performs_it",)),
        Transition("save_draft", ("planned", "in_progress"), "in_progress", right=_LOG, guards=("performs_it",)),
        Transition("attach", ("planned", "in_progress"), "in_progress", right=_LOG, guards=("performs_it",)),
        Transition("detach", ("in_progress",), "in_progress", right=_LOG, guards=("performs_it",), demands_reason=True),
        Transition("submit", ("in_progress",), "submitted", right=_LOG, guards=("performs_it", "is_complete")),
        Transition("approve", ("submitted",), "approved", right=_APPROVE, guards=("has_other_eyes", "is_complete")),
        Transition("take_back", ("submitted",), "in_progress", right=_LOG, guards=("handed_it_in",)),
        Transition("return", ("submitted",), "in_progress", right=_APPROVE, demands_reason=True),
        Transition("reopen", ("approved",), "in_progress", right=_REOPEN, guards=("not_handed_in",), demands_reason=True),
        Transition("assign", ("planned",), "planned", right=_ASSIGN),
        Transition("assign", ("in_progress",), "in_progress", right=_ASSIGN),
    ),
)
"""A planned follow-up is started, submitted and approved; taken back by who submitted it until it is approved; sent back by
return, taken up again by reopen; while it is open, handed to another performer by assign."""

ACTION = Workflow(
    "action",
    states=("open", "done", "verified"),
    transitions=(
        Transition("mark_done", ("open",), "done", right=_LOG, guards=("is_measure", "answers_for_it")),
        Transition("note_effect", ("done",), "verified", right=_LOG, guards=("is_measure", "answers_for_it")),
        Transition(
            "take_up_again",
            ("done", "verified"),
            "open",
            right=_LOG,
            guards=("is_measure", "answers_for_it"),
            demands_reason=True,
        ),
    ),
)
"""A measure is done, and what it led to is noted; what turns out not to be done is taken up again."""

CHECK = Workflow(
    "check",
    states=("planned", "in_progress", "done", "missed"),
    transitions=(
        Transition("start", ("planned",), "in_progress", right=_LOG, guards=("performs_it",)),
        Transition("attach", ("planned", "in_progress"), "in_progress", right=_LOG, guards=("performs_it",)),
        Transition("detach", ("in_progress",), "in_progress", right=_LOG, guards=("performs_it",), demands_reason=True),
        Transition("complete", ("planned", "in_progress"), "done", right=_LOG, guards=("performs_it",)),
        Transition("perform_late", ("missed",), "missed", right=_LOG, guards=("performs_it",)),
        Transition("mark_missed", ("planned", "in_progress"), "missed", right=_LOG, guards=("performs_it",), demands_reason=True),
        *(Transition("move", (state,), state, right="change_plan", demands_reason=True) for state in ("planned", "in_progress")),
        *(Transition("assign", (state,), state, right=_ASSIGN) for state in ("planned", "in_progress")),
    ),
)
"""A check is performed or missed, and then stands; that a missed one was performed late stands beside it. Its day is moved
by who answers for the plan, with the reason."""

_WITH_REASON = {"drop", "reschedule", "add_exception", "choose_watches", "choose_series"}

CONTROL = Workflow(
    "control",
    states=("draft", "proposed", "adopted", "closed"),
    transitions=tuple(
        Transition(verb, (state,), state, right="change_plan", demands_reason=verb in _WITH_REASON)
        for verb, states in (
            ("add", ("draft", "proposed")),
            ("change", ("draft", "proposed")),
            ("hand_over", ("draft", "proposed", "adopted")),
            ("retain", ("draft", "proposed", "adopted")),
            ("drop", ("draft", "proposed")),
            ("restore", ("draft", "proposed")),
            ("reschedule", ("draft", "proposed", "adopted")),
            ("add_exception", ("draft", "proposed", "adopted")),
            ("remove_exception", ("draft", "proposed", "adopted")),
            ("choose_watches", ("draft", "proposed", "adopted")),
            ("choose_series", ("draft", "proposed", "adopted")),
        )
        for state in states
    ),
)
"""The verbs on a control in each state of its plan: an adopted plan's controls stand, but
who performs them may change, on which days, and which watched rules and indicators follow them up."""

POPULATION = Workflow(
    "population",
    states=("draft", "locked", "weeded"),
    transitions=(
        Transition("choose_columns", ("draft",), "draft", right=_PREPARE),
        Transition("read_sheet", ("draft",), "draft", right=_PREPARE),
        Transition("answer", ("draft",), "draft", right=_PREPARE),
        Transition("lock", ("draft",), "locked", right=_PREPARE),
        Transition("discard", ("draft",), "draft", right=_PREPARE),
        Transition("begin_sample", ("locked",), "locked", right=_PREPARE),
        *(Transition("save_source", (state,), state, right=_PREPARE) for state in ("draft", "locked", "weeded")),
        Transition("hold", ("locked",), "locked", right=_HOLD, demands_reason=True),
        Transition("release", ("locked",), "locked", right=_HOLD, demands_reason=True),
        Transition("retain", ("locked",), "locked", right=_HOLD, demands_reason=True),
    ),
)
"""A file is read, its columns are chosen, what it leaves open is answered, it is locked.

Then it stands until it is weeded, unless a legal hold keeps it."""

SAMPLE = Workflow(
    "sample",
    states=("designed", "seeded", "drawn", "closed"),
    transitions=(
        Transition("design", ("designed",), "designed", right=_PREPARE),
        Transition("seed", ("designed",), "seeded", right=_PREPARE, guards=("is_unsettled",)),
        Transition("draw", ("seeded",), "drawn", right=_PREPARE, guards=("is_unsettled",)),
        Transition("log", ("drawn",), "drawn", right="log_sample", guards=("is_unsettled",)),
        Transition("replace", ("drawn",), "drawn", right=_PREPARE, guards=("is_unsettled",), demands_reason=True),
        Transition("extend", ("drawn",), "drawn", right=_PREPARE, guards=("is_unsettled",), demands_reason=True),
        Transition("close", ("drawn",), "closed", right=_PREPARE),
        Transition("reopen", ("closed",), "drawn", right=_PREPARE, demands_reason=True),
    ),
)
"""Designed on a locked population, seeded once, drawn once; replaced and extended by the next tickets. What changes what it
shows is not possible once the follow-up or check that stands on it is handed in or recorded (is_unsettled)."""

_KEEP = "keep_register"
_FEED = "feed_register"

REGISTER = Workflow(
    "register",
    states=("in_use", "closed"),
    transitions=(
        Transition("change", ("in_use",), "in_use", right=_KEEP),
        Transition("map_columns", ("in_use",), "in_use", right=_KEEP),
        Transition("feed", ("in_use",), "in_use", right=_FEED),
        Transition("close", ("in_use",), "closed", right=_KEEP, demands_reason=True),
        Transition("reopen", ("closed",), "in_use", right=_KEEP, demands_reason=True),
    ),
)
"""A register is fed with files until it is closed; what it holds stays."""

SNAPSHOT = Workflow(
    "snapshot",
    states=("draft", "taken", "weeded"),
    transitions=(
        Transition("take", ("draft",), "taken", right=_KEEP),
        Transition("discard", ("draft",), "draft", right=_FEED),
    ),
)
"""A file is read; where nothing is odd about it, it is taken, else a person takes or discards it. Then it stands until it
is weeded."""

_WEIGH = "weigh_alert"

WATCH = Workflow(
    "watched rule",
    states=("proposed", "on", "asking", "stopped", "off"),
    transitions=(
        Transition("propose", ("proposed", "on", "asking", "stopped", "off"), "proposed", right=_KEEP, demands_reason=True),
        Transition("switch_on", ("proposed", "asking", "stopped"), "on", right=_KEEP, guards=("is_second_person",)),
        Transition("switch_off", ("proposed", "on", "asking", "stopped"), "off", right=_KEEP, demands_reason=True),
    ),
)
"""A rule is proposed with its limits and switched on, by a second person where the register wants that. It stops by itself
when it can no longer be run, and asks first when it would tell too much."""

ALERT = Workflow(
    "alert",
    states=("new", "examined", "confirmed", "explained", "false_alarm", "asleep", "excluded"),
    transitions=(
        Transition("examine", ("new",), "examined", right=_WEIGH),
        Transition("assign", ("new", "examined"), "examined", right=_WEIGH),
        Transition("attach", ("new", "examined"), "examined", right=_WEIGH),
        Transition("detach", ("examined",), "examined", right=_WEIGH, demands_reason=True),
        Transition("ask", ("new", "examined"), "examined", right=_WEIGH),
        Transition("ask", ("asleep",), "asleep", right=_WEIGH),
        Transition("confirm", ("new", "examined", "asleep"), "confirmed", right=_WEIGH, demands_reason=True),
        Transition("explain", ("new", "examined", "asleep"), "explained", right=_WEIGH, demands_reason=True),
        Transition("dismiss", ("new", "examined", "asleep"), "false_alarm", right=_WEIGH, demands_reason=True),
        Transition("sleep", ("new", "examined"), "asleep", right=_WEIGH, demands_reason=True),
        Transition(
            "exclude",
            ("new", "examined", "asleep", "explained", "false_alarm"),
            "excluded",
            right=_WEIGH,
            demands_reason=True,
        ),
        Transition(
            "reopen",
            ("confirmed", "explained", "false_alarm", "asleep", "excluded"),
            "examined",
            right=_WEIGH,
            demands_reason=True,
        ),
    ),
)
"""An alert is examined and concluded by a person. What is concluded or asleep returns as new when its facts change."""

INQUIRY = Workflow(
    "inquiry",
    states=("asked", "answered"),
    transitions=(
        Transition("conclude", ("asked",), "answered", right=_WEIGH),
        Transition("wait_longer", ("asked",), "asked", right=_WEIGH),
        Transition("assign", ("asked",), "asked", right=_WEIGH),
        Transition("attach", ("asked",), "asked", right=_WEIGH, guards=("takes_files",)),
        Transition("detach", ("asked",), "asked", right=_WEIGH, demands_reason=True),
        Transition("reopen", ("answered",), "asked", right=_WEIGH, demands_reason=True),
    ),
)
"""A question is asked, waited for, and concluded with what came of it."""

_MEASURE = "keep_indicator"
_RECORD = "record_indicator"

INDICATOR = Workflow(
    "indicator",
    states=("in_use", "closed"),
    transitions=(
        Transition("change", ("in_use",), "in_use", right=_MEASURE),
        Transition("close", ("in_use",), "closed", right=_MEASURE, demands_reason=True),
        Transition("reopen", ("closed",), "in_use", right=_MEASURE, demands_reason=True),
    ),
)
"""A definition is changed until it is closed; its series keep what they hold."""

SERIES = Workflow(
    "indicator series",
    states=("in_use", "closed"),
    transitions=(
        Transition("change", ("in_use",), "in_use", right=_MEASURE),
        Transition("set_levels", ("in_use",), "in_use", right=_MEASURE),
        Transition("remove_levels", ("in_use",), "in_use", right=_MEASURE, demands_reason=True),
        Transition("record", ("in_use",), "in_use", right=_RECORD),
        Transition("revise", ("in_use",), "in_use", right=_RECORD, demands_reason=True),
        Transition("note", ("in_use",), "in_use", right=_RECORD),
        Transition("remove_note", ("in_use",), "in_use", right=_RECORD, demands_reason=True),
        Transition("close", ("in_use",), "closed", right=_MEASURE, demands_reason=True),
        Transition("reopen", ("closed",), "in_use", right=_MEASURE, demands_reason=True),
    ),
)
"""Values are recorded as their periods pass, and revised with the reason; a closed series stands as it is."""

REPORT = Workflow(
    "report",
    states=("handed_in", "taken_up"),
    transitions=(
        Transition("take_up", ("handed_in",), "taken_up", right="hand_in_report", guards=("is_newest",), demands_reason=True),
    ),
)
"""A report that is handed in stands; taken up, its follow-ups may be reopened, and a new version is handed in beside it."""

CLOSING = Workflow("closing", states=("there",), transitions=(Transition("change", ("there",), "there", right="change_closing"),))
"""A closing's days change as long as the municipality says so: it has no states."""

REMINDER_STAGES = Workflow(
    "reminder stages", states=("there",), transitions=(Transition("change", ("there",), "there", right="change_closing"),)
)
"""When a municipality reminds; changed by who sets its closings."""

REPORT_TEMPLATE = Workflow(
    "report template",
    states=("in_use", "out_of_use"),
    transitions=(
        Transition("take_into_use", ("in_use", "out_of_use"), "in_use", right="administer"),
        Transition("take_out_of_use", ("in_use", "out_of_use"), "out_of_use", right="administer"),
    ),
)
"""A version of a Word template is used or not; asked for what it is already, it stays so."""
