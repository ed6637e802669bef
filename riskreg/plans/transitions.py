"""The life of a plan and of the risks in it, as tables. Pure data: the verbs of riskreg.plans.life run it."""

from __future__ import annotations

from riskreg.verbs.workflow import Transition, Workflow

_CHANGE = "change_plan"
_ADOPT = "adopt_plan"

PLAN = Workflow(
    "plan",
    states=("draft", "proposed", "adopted", "closed"),
    transitions=(
        Transition("propose", ("draft",), "proposed", right=_CHANGE, guards=("has_risks",)),
        Transition("withdraw", ("proposed",), "draft", right=_CHANGE, demands_reason=True),
        Transition("adopt", ("proposed",), "adopted", right=_ADOPT, guards=("has_risks",)),
        Transition("revise", ("adopted",), "draft", right=_ADOPT, demands_reason=True),
        Transition("close", ("adopted",), "closed", right=_ADOPT),
        Transition("run_on", ("adopted",), "adopted", right=_ADOPT, guards=("next_plan_is_awaited",)),
        Transition("stop_running_on", ("adopted",), "adopted", right=_ADOPT, guards=("runs_on",)),
        Transition("change", ("draft",), "draft", right=_CHANGE),
        Transition("change", ("proposed",), "proposed", right=_CHANGE),
        Transition("add_risk", ("draft",), "draft", right=_CHANGE),
        Transition("add_risk", ("proposed",), "proposed", right=_CHANGE),
        Transition("carry_over", ("adopted",), "adopted", right=_CHANGE),
        Transition("carry_over", ("closed",), "closed", right=_CHANGE),
    ),
)
"""A plan is proposed, adopted by the committee and closed with its year; revise takes an adopted one up again.
`run_on` lets its checks go on into the next year until that year's plan is adopted."""

RISK = Workflow(
    "risk",
    states=PLAN.states,
    transitions=tuple(
        Transition(verb, (state,), state, right=_CHANGE, demands_reason=demands_reason)
        for verb, states, demands_reason in (
            ("change", ("draft", "proposed"), False),
            ("reassess", ("draft", "proposed", "adopted"), True),
            ("place", ("draft", "proposed", "adopted"), False),
            ("hand_over", ("draft", "proposed", "adopted"), False),
            ("keep", ("draft", "proposed"), False),
            ("drop", ("draft", "proposed"), True),
            ("restore", ("draft", "proposed"), False),
            ("show_earlier", PLAN.states, True),
            ("withhold_earlier", PLAN.states, True),
        )
        for state in states
    ),
)
"""The verbs on a risk in each state of its plan. `change` is of its text, `reassess` of its likelihood, impact
or score, `place` gives a bare score the factors it is the product of, `hand_over` is of who owns it and who may see
it: an adopted plan's text stands, but owners leave. `show_earlier` and `withhold_earlier` are of what was written while the
risk was confidential, which stays in the history whatever becomes of the plan."""
