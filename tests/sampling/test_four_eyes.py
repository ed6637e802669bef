"""Who examined a sample's items, set its seed or drew it does not approve the follow-up that it backs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from controls.follow_ups import verbs
from controls.follow_ups.draft import Draft
from controls.follow_ups.gate import FOLLOW_UPS
from controls.follow_ups.people import NotYours, approvable
from controls.models import Check, FollowUp, Population, Sample
from controls.sampling.drawing.verbs import draw, extend, seed_from_system
from controls.sampling.samples.outcomes import Found, Taken, log
from controls.sampling.work import perform
from riskreg.models import Role, User
from tests.cast import Cast, make_user
from tests.checks.checks import make_check
from tests.sampling import scene

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def maja(cast: Cast) -> User:
    return make_user("Maja Lund", cast.board, Role.MANAGER)


def submitted(cast: Cast, follow_up: FollowUp) -> FollowUp:
    draft = Draft(result="Alla poster granskade.", conclusion="no_deviations")
    return verbs.submit(follow_up, by=cast.karin, draft=draft)


def is_barred(follow_up: FollowUp, person: User) -> bool:
    try:
        FOLLOW_UPS.ask_possible(follow_up, "approve", person)
        barred = False
    except NotYours:
        barred = True
    assert FollowUp.objects.filter(approvable(person), pk=follow_up.pk).exists() is not barred
    return barred


def of_the_follow_up(sample: Sample, follow_up: FollowUp) -> None:
    Sample.objects.filter(pk=sample.pk).update(follow_up=follow_up)


def of_a_check_of_the_period(sample: Sample, follow_up: FollowUp) -> None:
    check: Check = make_check(follow_up.control, follow_up.closing.cut_off, unit=follow_up.unit)
    Sample.objects.filter(pk=sample.pk).update(occasion=check)


@pytest.mark.parametrize("place", [of_the_follow_up, of_a_check_of_the_period])
def test_the_outcomes_a_manager_recorded_bar_them_also_when_another_records_them_anew(
    place: Callable[[Sample, FollowUp], None], cast: Cast, maja: User, sample: Sample
) -> None:
    follow_up = scene.a_follow_up(cast, sample.population.control)
    place(sample, follow_up)
    items = list(sample.items.in_sample())
    for item in items:
        log(item, by=cast.karin, found=Found("ok"))
    log(items[0], by=cast.johan, found=Found("deviation", "Fel konto"))
    log(items[0], by=cast.karin, found=Found("ok"))
    found = submitted(cast, follow_up)
    assert is_barred(found, cast.johan)
    assert not is_barred(found, maja)
    with pytest.raises(NotYours, match=r"registrerat utfall i dess stickprov.*Maja Lund"):
        verbs.approve(found, by=cast.johan)


@pytest.mark.parametrize("part", ["seed", "draw"])
def test_nor_does_who_set_the_seed_or_drew_it(part: str, cast: Cast, maja: User, population: Population) -> None:
    follow_up = scene.a_follow_up(cast, population.control)
    sample = scene.designed(population, 5, follow_up=follow_up)
    seed_from_system(sample, by=cast.johan if part == "seed" else cast.karin)
    perform(draw(sample, by=cast.johan if part == "draw" else cast.karin)[1].pk)
    for item in sample.items.in_sample():
        log(item, by=cast.karin, found=Found("ok"))
    found = submitted(cast, follow_up)
    assert is_barred(found, cast.johan)
    assert not is_barred(found, maja)


def test_a_sample_of_another_follow_up_is_no_part_of_it(cast: Cast, sample: Sample) -> None:
    other = scene.a_follow_up(cast, scene.a_control(cast, "En annan risk"))
    of_the_follow_up(sample, scene.a_follow_up(cast, sample.population.control))
    log(next(iter(sample.items.in_sample())), by=cast.johan, found=Found("ok"))
    assert not is_barred(submitted(cast, other), cast.johan)


def test_nor_does_who_extended_it(cast: Cast, maja: User, sample: Sample) -> None:
    follow_up = scene.a_follow_up(cast, sample.population.control)
    of_the_follow_up(sample, follow_up)
    extend(Sample.objects.get(pk=sample.pk), by=cast.johan, count=2, reason="Fler")
    for item in sample.items.in_sample():
        log(item, by=cast.karin, found=Found("ok"))
    found = submitted(cast, follow_up)
    assert is_barred(found, cast.johan)
    assert not is_barred(found, maja)


def test_the_old_words_of_an_item_are_not_told_after_its_risk_was_opened(cast: Cast, sample: Sample) -> None:
    risk = sample.population.control.risk
    risk.is_confidential, risk.confidentiality_section = True, "OSL 18:8"
    risk.save()
    item = log(sample.items.in_sample()[0], by=cast.eva, found=Found("deviation", "Hemligt ord"))
    opened = item.version
    log(item, by=cast.eva, found=Found("ok", "Öppet ord"))
    risk.is_confidential, risk.confidentiality_section = False, ""
    risk.save()
    reader = make_user("Rut Läsare", cast.board, Role.CONTROLLER)
    with pytest.raises(Taken) as refusal:
        log(item, by=reader, found=Found("ok", "Mitt ord"), version=opened)
    assert {row.opened for row in refusal.value.rows()} == {"visas inte för dig"}
