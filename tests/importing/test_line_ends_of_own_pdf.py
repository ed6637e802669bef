"""A text that a PDF of the product's own brings back has the line ends that somebody typed, and none of the page's."""

from __future__ import annotations

import pytest

from controls.models import Control, FollowUp
from controls.reporting.writers.pdf import pdf as pdf_writer
from riskreg.importing.account import Fate
from riskreg.models import ControlPlan, Risk
from tests.cast import Cast
from tests.reporting.conftest import submitted

from .test_own_files import FRAME, LONG, _in_swedish, back, paper, plan, written

__all__ = ["_in_swedish", "plan"]
pytestmark = pytest.mark.one_engine

TYPED = (
    "Vi gick igenom alla leverantörer som fått betalt under våren och jämförde dem med registret hos Bolagsverket.\n"
    "Tre saknades.\nDe är\nsmå.\n\nNästa gång tas e-fakturor med, liksom on- och offboarding av konton i IT-system.\n"
    "• en punkt som är så lång att den måste delas av sidan i flera rader eftersom spalten är smal\n• en kort"
)
ONE_LINE = "En enda lång mening utan egna radslut som sidan bryter på flera ställen men som ingen har delat upp."


def brought_back(cast: Cast, texts: dict[str, str]) -> dict[str, str]:
    """Write the report of results, let the register say something else since, and return what the file says instead."""
    for control, text in texts.items():
        FollowUp.objects.filter(control__description=control).update(result=text)
    data = written(paper(cast, "follow_up"), "pdf")
    FollowUp.objects.filter(control__description__in=texts).update(result="Annat.")
    reading, changes = back(data, "pdf", cast)
    assert [problem.message for problem in reading.problems] == []
    account = reading.account(changes.findings.settled)
    assert account.balances(reading.content)
    assert {entry.settlement.reason for entry in account.of(Fate.LEFT_OUT)} <= FRAME
    return {
        change.description: one.new
        for risk in changes.risks
        for change in risk.controls
        if change.follow_up
        for one in change.follow_up.fields
    }


def test_a_changed_text_comes_back_as_it_was_typed(cast: Cast, plan: ControlPlan) -> None:
    texts = {"Stickprov av attest": LONG, "Genomgång av kontinuitetsplaner": TYPED, "Avstämning av semesterlöneskuld": ONE_LINE}
    assert brought_back(cast, texts) == texts


def test_a_text_over_two_pages_is_one_text(cast: Cast, plan: ControlPlan) -> None:
    text = " ".join(f"mening nummer {number} om vad som granskades" for number in range(400))
    (said,) = brought_back(cast, {"Genomgång av kontinuitetsplaner": text}).values()
    assert said == text


def test_titles_and_controls_keep_no_line_end_of_a_narrow_column(cast: Cast, plan: ControlPlan) -> None:
    title, control = "Fel i utbetalningar till leverantörer", "Stickprov av utbetalningar, två per månad och förvaltning"
    Risk.objects.filter(title="Energibrist").update(title=title, number=2)
    Control.objects.filter(description="Genomgång av kontinuitetsplaner").update(description=control)
    data = written(paper(cast, "adoption"), "pdf")
    Risk.objects.filter(title=title).update(title="Fel i utbetalning till leverantörer")
    _reading, changes = back(data, "pdf", cast)
    assert [(one.name, one.new) for risk in changes.risks for one in risk.all_fields] == [("title", title)]


def test_the_name_of_a_unit_may_be_broken_by_its_column(cast: Cast, plan: ControlPlan) -> None:
    data = written(paper(cast, "follow_up"), "pdf")
    reading, _changes = back(data, "pdf", cast)
    assert "Barn- och utbildningsnämnden" in {row.follow_up_unit for row in reading.rows}


def test_of_a_file_from_before_line_ends_were_marked_it_is_said(
    cast: Cast, plan: ControlPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted(cast, Control.objects.get(description="Enkät till alla chefer"), result=ONE_LINE)
    monkeypatch.setattr(pdf_writer, "LINE_ENDS", "")
    reading, changes = back(written(paper(cast, "follow_up"), "pdf"), "pdf", cast)
    assert ["radslut" in str(problem.message) for problem in reading.problems] == [True]
    assert changes.changes_nothing
