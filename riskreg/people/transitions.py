"""The life of a deputyship, as a table."""

from __future__ import annotations

from riskreg.verbs.workflow import Transition, Workflow

DEPUTYSHIP = Workflow(
    "deputyship",
    states=("there",),
    transitions=(
        Transition("change", ("there",), "there", right="set_deputy", guards=("is_not_over", "may_change")),
        Transition("call_off", ("there",), "there", right="set_deputy", guards=("is_not_over",)),
    ),
)
"""Until it is over, its period changes, or it is called off. Whose that is, riskreg.people.deputies says."""
