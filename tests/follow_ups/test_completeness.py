from __future__ import annotations

from datetime import date

import pytest

from controls.follow_ups import verbs
from controls.follow_ups.completeness import Incomplete
from controls.follow_ups.draft import Decision, Draft, Measure
from controls.models import Action, FollowUp
from tests.cast import Cast
from tests.follow_ups.follow_ups import fresh, planned, with_measure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def hand_in(cast: Cast, conclusion: str, decision: Decision | None = None, result: str = "Granskat.") -> FollowUp:
    follow_up = planned(cast)
    return verbs.submit(follow_up, by=cast.karin, draft=Draft(result=result, conclusion=conclusion, decision=decision))


def missing(cast: Cast, *args: object, **kwargs: object) -> set[str]:
    with pytest.raises(Incomplete) as refusal:
        hand_in(cast, *args, **kwargs)  # type: ignore[arg-type]
    return set(refusal.value.message_dict)


def test_an_empty_follow_up_lacks_result_and_conclusion(cast: Cast) -> None:
    assert missing(cast, "", result="  ") == {"result", "conclusion"}


def test_without_deviations_nothing_more_is_asked(cast: Cast) -> None:
    assert hand_in(cast, "no_deviations").state == "submitted"


@pytest.mark.parametrize("conclusion", ["minor_deviations", "significant_deviations"])
def test_a_deviation_demands_an_action(cast: Cast, conclusion: str) -> None:
    assert missing(cast, conclusion) == {"decision"}


def test_a_deviation_is_answered_by_a_measure_with_who_and_when(cast: Cast) -> None:
    measure = Measure("Ny attestrutin", cast.karin.pk, date(2025, 11, 1))
    assert hand_in(cast, "minor_deviations", Decision("measure", (measure,))).state == "submitted"


@pytest.mark.parametrize("gap", ["responsible", "due"])
def test_a_measure_without_who_or_when_is_not_enough(cast: Cast, gap: str) -> None:
    measure = Measure(
        "Ny attestrutin", None if gap == "responsible" else cast.karin.pk, None if gap == "due" else date(2025, 11, 1)
    )
    assert missing(cast, "minor_deviations", Decision("measure", (measure,))) == {"decision"}


def test_a_deviation_may_be_accepted_with_a_reason(cast: Cast) -> None:
    assert hand_in(cast, "minor_deviations", Decision("none_needed", text="Acceptabel nivå.")).state == "submitted"


def test_a_deviation_accepted_without_a_reason_is_refused(cast: Cast) -> None:
    assert missing(cast, "minor_deviations", Decision("none_needed")) == {"decision"}


def test_a_deviation_is_not_answered_by_going_on(cast: Cast) -> None:
    assert missing(cast, "significant_deviations", Decision("continues", text="Vi granskar vidare.")) == {"decision"}


def test_ongoing_demands_what_goes_on(cast: Cast) -> None:
    assert missing(cast, "ongoing") == {"decision"}
    follow_up = FollowUp.objects.get()
    assert (
        verbs.submit(
            follow_up,
            by=cast.karin,
            draft=Draft("Granskat.", "ongoing", decision=Decision("continues", text="29 poster återstår.")),
        ).state
        == "submitted"
    )


def test_what_is_refused_writes_nothing_at_all(cast: Cast) -> None:
    missing(cast, "minor_deviations")
    follow_up = FollowUp.objects.get()
    assert (follow_up.state, follow_up.result, follow_up.history.count()) == ("planned", "", 1)


def test_changing_the_decision_removes_open_measures_and_keeps_done_ones(cast: Cast) -> None:
    follow_up = planned(cast)
    done = with_measure(follow_up, description="Klar", done_on=date(2025, 9, 1))
    with_measure(follow_up, description="Öppen")
    verbs.save_draft(follow_up, by=cast.karin, draft=Draft(decision=Decision("none_needed", text="Räcker.")))
    kinds = {(action.kind, action.description) for action in fresh(follow_up).actions.all()}
    assert kinds == {("measure", "Klar"), ("none_needed", "Räcker.")}
    assert Action.history.filter(history_type="-").count() == 1
    assert done.pk in fresh(follow_up).actions.values_list("pk", flat=True)


def test_a_kept_measure_keeps_its_row(cast: Cast) -> None:
    follow_up = planned(cast)
    action = with_measure(follow_up)
    measure = Measure("Ny rutin, skärpt", cast.karin.pk, action.due_on, action.pk)
    verbs.save_draft(follow_up, by=cast.karin, draft=Draft(decision=Decision("measure", (measure,))))
    assert list(fresh(follow_up).actions.values_list("pk", "description")) == [(action.pk, "Ny rutin, skärpt")]


def test_a_measure_of_another_follow_up_cannot_be_taken_over(cast: Cast) -> None:
    other = with_measure(planned(cast, "Annan risk"), description="Deras")
    follow_up = planned(cast)
    stolen = Measure("Min", None, None, other.pk)
    verbs.save_draft(follow_up, by=cast.karin, draft=Draft(decision=Decision("measure", (stolen,))))
    other.refresh_from_db()
    assert other.description == "Deras"
    assert fresh(follow_up).actions.get().description == "Min"
