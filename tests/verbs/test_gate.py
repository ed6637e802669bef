"""The gate asks everything in its order, saves in one author's name, and nobody writes past it unsaid."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from controls.follow_ups.gate import FOLLOW_UPS
from controls.follow_ups.people import NotYours
from controls.models import FollowUp
from controls.transitions import FOLLOW_UP
from riskreg.access.grants import require
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import Deputyship, User
from riskreg.models.author import RISKREG, SYSTEM, Author
from riskreg.verbs.concurrency import Stale, version_of
from riskreg.verbs.errors import NotInThisState, ReasonNeeded
from tests.cast import Cast, make_user
from tests.follow_ups.follow_ups import in_state

PRODUCT = [path for app in ("config", "controls", "riskreg") for path in (Path(settings.BASE_DIR) / app).rglob("*.py")]
GATE = Path(settings.BASE_DIR) / "riskreg" / "verbs" / "gate.py"


def _attempt(follow_up: FollowUp, verb: str, by: User, *, version: int | None = None, reason: str = "") -> None:
    with FOLLOW_UPS.open(follow_up, verb, by=by, version=version, reason=reason):
        pytest.fail("It was let through.")


@pytest.mark.django_db
def test_of_several_refusals_the_first_in_the_gates_order_is_given(cast: Cast, today: date) -> None:
    submitted = in_state(cast, "submitted")
    opened = version_of(submitted)
    submitted.save()
    stranger = make_user("Kim Kollega", cast.board, "control_owner")
    with pytest.raises(NotPermitted):
        _attempt(submitted, "approve", cast.karin, version=opened)
    with pytest.raises(Stale):
        _attempt(submitted, "detach", stranger, version=opened)
    with pytest.raises(NotInThisState):
        _attempt(submitted, "detach", stranger)
    begun = in_state(cast, "in_progress", title="Två")
    with pytest.raises(NotYours):
        _attempt(begun, "detach", stranger)
    with pytest.raises(ReasonNeeded):
        _attempt(begun, "detach", cast.karin)


@pytest.mark.django_db
def test_whatever_is_raised_inside_undoes_everything(cast: Cast, today: date) -> None:
    follow_up = in_state(cast, "planned")

    def fail_after_saving() -> None:
        with FOLLOW_UPS.open(follow_up, "start", by=cast.karin) as turn:
            turn.save()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_saving()
    assert FollowUp.objects.get(pk=follow_up.pk).state == "planned"
    assert not follow_up.history.filter(history_user=cast.karin).exists()


@pytest.mark.django_db
def test_asking_a_right_leaves_nothing_on_the_user(cast: Cast, today: date) -> None:
    Deputyship.objects.create(absent=cast.johan, deputy=cast.karin, first_day=today, last_day=today)
    karin = User.objects.get(pk=cast.karin.pk)
    require(karin, Verb.VIEW, cast.board)
    before = dict(vars(karin))
    require(karin, Verb.APPROVE_FOLLOW_UP, cast.board)
    assert vars(karin) == before


def test_the_product_itself_does_only_what_is_its_own() -> None:
    with pytest.raises(NotPermitted), FOLLOW_UPS.open(FollowUp(pk=1), "approve", by=None):
        pytest.fail("It was let through.")
    assert (RISKREG.name, RISKREG.user) == (SYSTEM, None)
    with pytest.raises(ValueError, match="by itself"):
        RISKREG.person  # noqa: B018 - a property that raises


def test_the_names_of_many_absent_people_fit_into_the_history() -> None:
    assert len(Author(None, "Ett långt namn, " * 100).acting_for) == 400


def test_a_table_whose_guard_or_label_is_missing_is_refused() -> None:
    with pytest.raises(ValueError, match="has_other_eyes"):
        replace(FOLLOW_UPS, guards={})
    with pytest.raises(ValueError, match="reopen"):
        replace(FOLLOW_UPS, labels={verb: FOLLOW_UPS.labels[verb] for verb in FOLLOW_UP.verbs if verb != "reopen"})


def test_a_row_that_is_locked_outside_the_gate_says_why_above_it() -> None:
    unsaid = []
    for path in PRODUCT:
        lines = path.read_text(encoding="utf-8").splitlines() if path != GATE else []
        for number, line in enumerate(lines):
            said = any(above.strip().startswith("#") for above in lines[max(0, number - 7) : number])
            if ".select_for_update(" in line and not said:
                unsaid.append(f"{path.relative_to(settings.BASE_DIR)}:{number + 1}")
    assert unsaid == []


def test_history_is_signed_in_one_place() -> None:
    signing = re.compile(r"\._history_user\s*=")
    found = {path.name for path in PRODUCT if signing.search(path.read_text(encoding="utf-8"))}
    assert found == {"history.py"}
