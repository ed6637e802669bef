"""An import hands in what is complete by everybody's rule, and says of the rest what is missing: whatever was there before."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import Any

import pytest

from controls.follow_ups import verbs
from controls.follow_ups.completeness import Incomplete, is_complete
from controls.follow_ups.people import approvers_of
from controls.importing.comparing import compare
from controls.importing.plan import ImportRefused, import_rows
from controls.importing.target import Target, find_target
from controls.models import Action, Conclusion, Control, FollowUp, Method
from riskreg.access.verbs import ROLES_OF_VERB, Verb
from riskreg.models import Role, User
from tests.cast import Cast, make_user
from tests.follow_ups.follow_ups import MOMENT
from tests.importing.test_plan_import import go, rows_of

pytestmark = pytest.mark.usefixtures("today")

HEAD = "Nr;Identifierad risk;Riskvärde;Kontrollmoment;Resultat;Bedömning;Åtgärd\n"
RESULTS = ("", "Granskat.")
CONCLUSIONS = ("", "Inga avvikelser", "Mindre avvikelser", "Väsentliga avvikelser", "Pågår", "Kunde inte genomföras")
ACTIONS = ("", "Ny rutin.", "Inga ytterligare åtgärder erfordras.")


@dataclass(frozen=True)
class Before:
    """A follow-up as it stands when the file comes."""

    state: str = "in_progress"
    result: str = ""
    conclusion: str = ""
    conclusion_reason: str = ""
    actions: tuple[tuple[str, str, bool], ...] = ()
    """(kind, description, whether it says who and when)."""
    method: str = Method.REVIEW
    fields: dict[str, Any] = field(default_factory=dict, hash=False)


BEFORE: tuple[Before | None, ...] = (
    None,
    Before("planned"),
    Before(result="Förra veckans granskning."),
    Before(conclusion=Conclusion.MINOR_DEVIATIONS, actions=(("measure", "Ny rutin.", True),)),
    Before(conclusion=Conclusion.ONGOING, actions=(("measure", "Ny rutin.", False),)),
    Before(result="Granskat.", actions=(("none_needed", "Godtagbart.", False),)),
    Before(result="Granskat.", conclusion=Conclusion.ONGOING, actions=(("continues", "", False),)),
    Before(result="Granskat.", conclusion=Conclusion.ONGOING, actions=(("continues", "Granskas i höst.", False),)),
    Before("planned", method=Method.INDICATOR),
    Before(conclusion_reason="Felen är rättade.", method=Method.INDICATOR),
)


@dataclass(frozen=True)
class Case:
    number: int
    before: Before | None
    result: str
    conclusion: str
    action: str

    @property
    def control(self) -> str:
        return f"Granskning nummer {self.number}."

    @property
    def row(self) -> str:
        return f"{self.number};Risk {self.number:03};6;{self.control};{self.result};{self.conclusion};{self.action}\n"


CASES = [
    Case(number, *values)
    for number, values in enumerate(product(BEFORE, RESULTS, CONCLUSIONS, ACTIONS), start=1)
    if any(values[1:])
]


@pytest.fixture
def at_closing(cast: Cast, target: Target) -> Target:
    """The cast's half-year, with the plan and what stands in its follow-ups before the file comes."""
    go(HEAD + "".join(f"{case.number};Risk {case.number:03};6;{case.control};;;\n" for case in CASES), target, cast)
    controls = {control.description: control for control in Control.objects.select_related("risk__unit")}
    for case in CASES:
        control, before = controls[case.control], case.before
        if before is None:
            continue
        found = FollowUp.objects.create(
            control=control,
            closing=cast.interim,
            unit=control.risk.unit,
            performer=cast.karin,
            due_on=cast.interim.follow_up_due,
            state=before.state,
            result=before.result,
            conclusion=before.conclusion,
            conclusion_reason=before.conclusion_reason,
        )
        for kind, description, is_clear in before.actions:
            clear = {"responsible": cast.karin, "due_on": date(2025, 11, 1)} if is_clear else {}
            Action.objects.create(follow_up=found, kind=kind, description=description, **clear)
        Control.objects.filter(pk=control.pk).update(method=before.method)
    return find_target(cast.board, 2025, closing=cast.interim)


@pytest.mark.usefixtures("key_figure")
@pytest.mark.parametrize("importer", ["eva", "johan"])
def test_everything_that_is_submitted_can_be_approved_and_the_rest_says_what_it_lacks(
    cast: Cast, at_closing: Target, importer: str
) -> None:
    by: User = getattr(cast, importer)
    make_user("Maja Lund", cast.board, Role.MANAGER)
    rows = rows_of(HEAD + "".join(case.row for case in CASES), at_closing)
    changes = compare(rows, at_closing, by=by)
    foreseen = {
        control.row.control: control.follow_up
        for risk in changes.risks
        for control in risk.controls
        if control.follow_up is not None and control.follow_up.is_written
    }
    told = {problem.row: problem.message for problem in changes.problems if problem.severity == "warning" and problem.row}
    import_rows(rows, at_closing, by=by, source="resultat.csv")

    submitted, in_progress = set(), set()
    written = FollowUp.objects.select_related("control", "unit").prefetch_related("actions").filter(last_edited_by=by)
    for follow_up in written:
        name = follow_up.control.description
        if follow_up.state == FollowUp.State.SUBMITTED:
            submitted.add(name)
            assert foreseen[name].lacks == {}
            approver = next(iter(approvers_of(follow_up)))
            assert verbs.approve(follow_up, by=approver).state == FollowUp.State.APPROVED
        else:
            in_progress.add(name)
            assert follow_up.state == FollowUp.State.IN_PROGRESS
            with pytest.raises(Incomplete) as lacking:
                is_complete(follow_up, by)
            assert lacking.value.message_dict == foreseen[name].lacks
            for message in lacking.value.messages:
                assert message in told[foreseen[name].row.first_row]
    assert submitted | in_progress == set(foreseen)
    assert len(submitted) > 50
    assert len(in_progress) > 100
    assert len(told) == len(in_progress)
    counts = changes.counts()
    assert (counts["follow_ups_submitted"], counts["follow_ups_in_progress"]) == (len(submitted), len(in_progress))


def test_whoever_may_import_results_may_hand_in_follow_ups() -> None:
    assert ROLES_OF_VERB[Verb.CHANGE_PLAN] <= ROLES_OF_VERB[Verb.LOG_FOLLOW_UP]


SOUND = "Identifierad risk;Riskvärde;Kontrollmoment;Resultat;Bedömning;Ansvarig\nFel lön;6;Attest;Bra.;Inga avvikelser;{}\n"


@pytest.mark.parametrize(
    ("importer", "performer", "is_alone"),
    [("eva", "", False), ("johan", "", True), ("eva", "Johan Berg", True), ("johan", "Karin Lindqvist", True)],
)
def test_it_says_where_nobody_else_could_approve(
    cast: Cast, target: Target, importer: str, performer: str, is_alone: bool
) -> None:
    at_closing = find_target(cast.board, 2025, closing=cast.interim)
    rows = rows_of(SOUND.format(performer), at_closing)
    alone = [problem.message for problem in compare(rows, at_closing, by=getattr(cast, importer)).problems]
    assert len(alone) == is_alone
    assert all("Ingen annan kan ännu godkänna" in message and "Kommunstyrelsen" in message for message in alone)
    make_user("Maja Lund", cast.board, Role.MANAGER)
    assert compare(rows, at_closing, by=getattr(cast, importer)).problems == []


def test_a_manager_of_the_risks_own_unit_can_approve_there(cast: Cast, target: Target) -> None:
    text = "Identifierad risk;Riskvärde;Enhet;Kontrollmoment;Resultat;Bedömning\n"
    text += "Fel lön;6;Löneenheten;Attest;Bra.;Inga avvikelser\nFel bidrag;6;;Beslut;Bra.;Inga avvikelser\n"
    at_closing = find_target(cast.board, 2025, closing=cast.interim)
    make_user("Maja Lund", cast.payroll, Role.MANAGER)
    (problem,) = compare(rows_of(text, at_closing), at_closing, by=cast.johan).problems
    assert "Kommunstyrelsen" in problem.message


ONE = "Identifierad risk;Riskvärde;Kontrollmoment;Resultat;Bedömning;Åtgärd\nFel lön;6;Attest;{};{};{}\n"
DEVIATION = ONE.format("Två fel.", "Mindre avvikelser", "Ny attestrutin.")


def test_a_deviation_whose_action_names_nobody_stays_in_progress_until_it_does(cast: Cast, target: Target) -> None:
    at_closing = find_target(cast.board, 2025, closing=cast.interim)
    go(DEVIATION, at_closing, cast)
    follow_up = FollowUp.objects.get()
    assert (follow_up.state, follow_up.submitted_by, follow_up.actions.get().description) == (
        "in_progress",
        None,
        "Ny attestrutin.",
    )
    follow_up.actions.update(responsible=cast.karin, due_on=date(2025, 11, 1))
    verbs.submit(follow_up, by=cast.eva)
    assert verbs.approve(follow_up, by=cast.johan).state == "approved"


def test_the_preview_says_it_of_the_row_in_the_column_of_what_is_missing(cast: Cast, target: Target) -> None:
    at_closing = find_target(cast.board, 2025, closing=cast.interim)
    for text, column, words in (
        (DEVIATION, "action", "Ange vem som ansvarar och till när"),
        (ONE.format("", "Inga avvikelser", ""), "result", "Skriv"),
        (ONE.format("Bra.", "", ""), "conclusion", "bedömning"),
        (ONE.format("Två fel.", "Väsentliga avvikelser", ""), "action", "åtgärd"),
        (ONE.format("Halva urvalet.", "Pågår", ""), "action", "till nästa bokslut"),
    ):
        (problem,) = compare(rows_of(text, at_closing), at_closing, by=cast.eva).problems
        assert (problem.severity, problem.row, problem.field) == ("warning", 2, column)
        assert problem.message.startswith("Uppföljningen ligger kvar som pågående. ")
        assert words in problem.message


def test_nothing_is_said_of_what_the_file_does_not_change(cast: Cast, target: Target) -> None:
    at_closing = find_target(cast.board, 2025, closing=cast.interim)
    go(DEVIATION, at_closing, cast)
    again = compare(rows_of(DEVIATION, at_closing), at_closing, by=cast.eva)
    assert (again.changes_nothing, again.problems) == (True, [])


@pytest.mark.parametrize("state", ["submitted", "approved"])
def test_what_is_handed_in_already_is_not_said_to_stay_in_progress(cast: Cast, target: Target, state: str) -> None:
    at_closing = find_target(cast.board, 2025, closing=cast.interim)
    go(DEVIATION, at_closing, cast)
    handed_in = {"state": state, "submitted_by": cast.eva, "submitted_at": MOMENT}
    FollowUp.objects.update(**handed_in | ({"approved_by": cast.johan, "approved_at": MOMENT} if state == "approved" else {}))
    changed = rows_of(DEVIATION.replace("Två fel.", "Tre fel."), at_closing)
    (problem,) = compare(changed, at_closing, by=cast.eva).problems
    assert problem.severity == "error"
    with pytest.raises(ImportRefused):
        import_rows(changed, at_closing, by=cast.eva, source="resultat.csv")
    assert FollowUp.objects.get().state == state


@pytest.mark.usefixtures("key_figure")
@pytest.mark.parametrize("how_many", [5, 200])
def test_completeness_asks_no_query_of_its_own_for_a_row(
    cast: Cast, target: Target, django_assert_num_queries: Any, how_many: int
) -> None:
    lines = [f"{number};Risk {number};6;Granskning {number}.;Två fel.;Mindre avvikelser;\n" for number in range(1, how_many + 1)]
    at_closing = find_target(cast.board, 2025, closing=cast.interim)
    go(HEAD + "".join(lines), at_closing, cast)
    changed = rows_of(HEAD + "".join(line.replace("Två", "Tre") for line in lines), at_closing)
    # One for what each method of control has behind the follow-ups: samples, watched rules, series of indicators.
    with django_assert_num_queries(12):
        assert compare(changed, at_closing, by=cast.eva).counts()["follow_ups_in_progress"] == how_many


def test_an_import_leaves_what_the_comparison_read_of_the_plan(cast: Cast, target: Target) -> None:
    """The comparison looks at the follow-up as it would be; the one it read stays as it was."""
    at_closing = find_target(cast.board, 2025, closing=cast.interim)
    go(DEVIATION, at_closing, cast)
    (risk,) = compare(rows_of(DEVIATION.replace("Två fel.", "Tre fel."), at_closing), at_closing, by=cast.eva).risks
    change = risk.controls[0].follow_up
    assert change is not None
    assert change.existing is not None
    assert (change.existing.result, change.values["result"]) == ("Två fel.", "Tre fel.")
