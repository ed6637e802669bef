"""The rows of "Follow-up of internal control", the report of a plan at a closing, as every writer shows them.

A row is a control's follow-up by one unit. It keeps words and values, no model: so it can be
frozen. Words are in the language that is active when the report is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from controls.follow_ups.several_units import Summed
from controls.models import Action, Closing, Conclusion
from riskreg.models import ControlPlan


class Missing(TextChoices):
    """The parts that a row lacks before it can be submitted; the label is shown where the part should have stood."""

    SCORE = "score", _("Missing: risk score")
    CONTROL = "control", _("Missing: control")
    FOLLOW_UP = "follow_up", _("Missing: follow-up")
    RESULT = "result", _("Missing: result")
    CONCLUSION = "conclusion", _("Missing: conclusion")
    ACTION = "action", _("Missing: action")
    SUBMISSION = "submission", _("Not submitted")
    APPROVAL = "approval", _("Not approved")


class Sign(NamedTuple):
    """The presentation of a conclusion or a band: a symbol and a word, which the tone's colour only helps."""

    code: str
    symbol: str
    word: str
    tone: str

    @classmethod
    def of(cls, conclusion: Conclusion) -> Sign:
        return cls(conclusion.value, conclusion.symbol, str(conclusion.label), conclusion.tone)


@dataclass(frozen=True, slots=True)
class ReportAction:
    """One action: what is done, by whom, by when; or the decision that it goes on, or that nothing is needed."""

    kind: str
    kind_label: str
    description: str
    responsible: str = ""
    due_on: date | None = None
    done_on: date | None = None
    effect: str = ""

    @property
    def text(self) -> str:
        return self.description or self.kind_label

    @property
    def decision(self) -> str:
        """The kind in words, where it is a decision of its own and the text does not already say the same."""
        said = self.text.strip().rstrip(".").casefold()
        return "" if self.kind == Action.Kind.MEASURE or said == self.kind_label.casefold() else self.kind_label


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One row of the report.

    `risk_span` and `control_span` count the rows that the risk's and the control's cells reach over; 0 in the rows
    below their first.
    """

    risk_pk: int
    reference: str
    title: str
    description: str
    score: int | None
    band: Sign | None
    confidentiality: str
    control_pk: int | None = None
    control: str = ""
    method: str = ""
    method_wording: str = ""
    target: str = ""
    follow_up_pk: int | None = None
    unit: str = ""
    performer: str = ""
    control_performer: str = ""
    state: str = ""
    state_code: str = ""
    result: str = ""
    performed_otherwise: str = ""
    conclusion: Sign | None = None
    conclusion_wording: str = ""
    conclusion_reason: str = ""
    actions: tuple[ReportAction, ...] = ()
    missing: tuple[Missing, ...] = ()
    risk_span: int = 1
    control_span: int = 1
    likelihood: int | None = None
    impact: int | None = None
    before: str = ""
    """The conclusion that was ongoing at the closing before, in words."""
    units_together: Summed | None = None
    """In the first row of a control that several units follow up: what they come to."""

    @property
    def action(self) -> str:
        return "\n\n".join(action.text for action in self.actions)

    @property
    def is_done(self) -> bool:
        return self.state_code in {"submitted", "approved"}

    @property
    def is_approved(self) -> bool:
        return self.state_code == "approved"


class LeftOut(NamedTuple):
    """Risks the reader may not see: how many, by which section of the law."""

    section: str
    risks: int


@dataclass(frozen=True)
class Report:
    """A report: the heading's facts, and the rows by highest score, then the risk's number, then the control's place."""

    plan: ControlPlan
    closing: Closing
    organisation: str
    unit: str
    heading: str
    subtitle: str
    date_line: str
    adopted: str
    adopted_on: date | None
    adopted_paragraph: str
    registry_number: str
    drawn_up_on: date
    rows: tuple[ReportRow, ...]
    left_out: tuple[LeftOut, ...] = ()
    trail_head: str = ""
    """The audit trail's last seal as it is printed, "17:9f3a…"; empty before the first seal."""
    uncovered: str = ""
    """The months up to the cut-off that no plan covered, in words."""
    not_listed: int = 0
    """Risks without a control whose band demands none: there is nothing to follow up."""

    @cached_property
    def groups(self) -> list[list[ReportRow]]:
        """The rows of each risk."""
        return [list(rows) for _pk, rows in groupby(self.rows, key=lambda row: row.risk_pk)]

    @cached_property
    def conclusions(self) -> list[tuple[Sign, int]]:
        """Every conclusion with its number of rows, also those that nobody reached."""
        count = Counter(row.conclusion.code for row in self.rows if row.conclusion)
        return [(Sign.of(conclusion), count[conclusion.value]) for conclusion in Conclusion]

    @cached_property
    def missing(self) -> list[tuple[Missing, int]]:
        """The missing parts, each with its number of rows; empty when the report is complete."""
        count = Counter(part for row in self.rows for part in row.missing)
        return [(part, count[part]) for part in Missing if count[part]]

    @property
    def total(self) -> int:
        return len(self.rows)

    @cached_property
    def done(self) -> int:
        """The number of rows submitted for approval, or approved."""
        return sum(row.is_done for row in self.rows)

    @cached_property
    def approved(self) -> int:
        return sum(row.is_approved for row in self.rows)

    @cached_property
    def ongoing(self) -> list[ReportRow]:
        """Rows that are not finished, or were not at the closing before."""
        return [row for row in self.rows if row.before or (row.conclusion and row.conclusion.code == Conclusion.ONGOING)]

    @property
    def is_complete(self) -> bool:
        return not self.missing

    @cached_property
    def sections_shown(self) -> list[str]:
        """The sections of the law behind the confidential risks that this report does show."""
        return list(dict.fromkeys(row.confidentiality for row in self.rows if row.confidentiality))

    @property
    def left_out_count(self) -> int:
        return sum(part.risks for part in self.left_out)

    @property
    def left_out_sections(self) -> list[str]:
        return [part.section for part in self.left_out]

    def __iter__(self) -> Iterator[ReportRow]:
        return iter(self.rows)
