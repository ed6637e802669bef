"""What watched rules give a follow-up: facts, a suggested conclusion, a draft; kept as it was when it was handed in."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import translation

from controls.follow_ups import verbs
from controls.follow_ups.backing import backings_of, backings_of_each
from controls.follow_ups.completeness import Incomplete
from controls.follow_ups.contributors import contributors
from controls.follow_ups.draft import Decision, Draft
from controls.follow_ups.gate import FOLLOW_UPS
from controls.follow_ups.people import NotYours, approvers_of
from controls.models import Alert, FollowUp, Inquiry, KeptWatching, Watch
from controls.monitoring.inquiries.verbs import Asked, ask_about_alert, conclude
from controls.monitoring.registers import verbs as registers
from controls.monitoring.watching import alerts, watches
from riskreg.models import Role
from riskreg.models.author import RISKREG
from riskreg.models.history import save_with_history
from tests.cast import Cast, make_control, make_follow_up, make_risk, make_user
from tests.checks.checks import make_check
from tests.follow_ups.follow_up_pages import opened
from tests.follow_ups.follow_ups import fresh, in_state
from tests.monitoring.behind_follow_ups.scene import chosen, confirmed, explained, followed_up, the_backing, watched_operations
from tests.monitoring.registers.scene import AUGUST, JULY, JUNE
from tests.monitoring.watching.scene import HOME_CARE, SCHOOL, WATER, came, let_the_worker_run, operations, the_alert, watched
from tests.reporting.subjects import paper, written

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

DRAFT = Draft("Granskat.", "no_deviations")
ACCEPTED = Draft("Granskat.", "minor_deviations", decision=Decision("none_needed", text="Planen görs i höst."))


# What it suggests


def test_while_an_alert_is_open_it_suggests_that_it_goes_on(cast: Cast) -> None:
    follow_up = followed_up(cast, watched_operations(cast)[1])
    explained("Hemtjänst", by=cast.karin)
    shown = the_backing(follow_up)
    assert (shown.suggested, shown.missing) == ("ongoing", ["1 larm är inte avgjort ännu."])
    assert (shown.done, shown.total) == (1, 2)
    with pytest.raises(Incomplete) as refusal:
        verbs.submit(follow_up, by=cast.karin, draft=DRAFT)
    assert "1 larm är inte avgjort ännu." in refusal.value.message_dict["conclusion_reason"][0]


def test_an_alert_that_sleeps_is_left_as_well(cast: Cast) -> None:
    follow_up = followed_up(cast, watched_operations(cast)[1])
    explained("Hemtjänst", by=cast.karin)
    alerts.sleep(the_alert("Vatten"), by=cast.karin, reason="Besked kommer")
    shown = the_backing(follow_up)
    assert (shown.suggested, shown.missing) == ("ongoing", ["1 larm sover."])


def test_a_confirmed_alert_is_a_deviation(cast: Cast) -> None:
    follow_up = followed_up(cast, watched_operations(cast)[1])
    explained("Hemtjänst", by=cast.karin)
    confirmed("Vatten", by=cast.karin)
    shown = the_backing(follow_up)
    assert (shown.suggested, shown.missing) == ("minor_deviations", [])
    with pytest.raises(Incomplete):
        verbs.submit(follow_up, by=cast.karin, draft=DRAFT)
    assert verbs.submit(follow_up, by=cast.karin, draft=ACCEPTED).state == "submitted"


def test_when_all_are_explained_or_false_there_is_no_deviation(cast: Cast) -> None:
    follow_up = followed_up(cast, watched_operations(cast)[1])
    explained("Hemtjänst", by=cast.karin)
    alerts.dismiss(the_alert("Vatten"), by=cast.karin, reason="Fel i listan")
    assert the_backing(follow_up).suggested == "no_deviations"
    assert verbs.submit(follow_up, by=cast.karin, draft=DRAFT).state == "submitted"


def test_without_alerts_there_is_no_deviation_where_it_was_watched(cast: Cast) -> None:
    follow_up = followed_up(cast, watched_operations(cast, SCHOOL)[1])
    shown = the_backing(follow_up)
    assert (shown.suggested, shown.verdict, shown.is_complete) == ("no_deviations", "Inga larm.", True)


# Not watched is not the same as no alerts


def test_a_register_without_a_snapshot_in_the_period_is_not_watched(cast: Cast) -> None:
    _register, watch = watched_operations(cast, SCHOOL)
    follow_up = followed_up(cast, watch, closing=cast.annual)
    shown = the_backing(follow_up)
    assert (shown.suggested, shown.verdict, shown.is_complete) == ("could_not_be_performed", "Inte bevakat.", False)
    assert shown.missing == ["Inte bevakat: ”Kontinuitetsplan saknas”. Registret Verksamheter har ingen lägesbild i perioden."]
    assert shown.draft.startswith("Inget bevakades i perioden.")
    assert "nga larm" not in shown.draft + shown.sentence


def test_a_rule_that_was_never_run_in_the_period_is_not_watched(cast: Cast) -> None:
    register, watch = watched_operations(cast, SCHOOL, until=JUNE)
    other = watched(register, cast.johan, "plan_old")
    follow_up = in_state(cast, "in_progress", title="Energibrist")
    chosen(follow_up, watch, other, by=cast.eva)
    shown = the_backing(follow_up)
    assert shown.suggested == "ongoing"
    [left] = shown.missing
    assert left.startswith("Inte bevakat: ”")
    assert "kördes inte på någon lägesbild" in left


def test_a_rule_that_stopped_is_not_watched_from_then_on(cast: Cast) -> None:
    register, watch = watched_operations(cast, SCHOOL, until=JUNE)
    follow_up = followed_up(cast, watch)
    came(register, cast.karin, ("Skola", "Barn"), headings=("Verksamhet", "Förvaltning"), as_of=AUGUST)
    registers_waiting = register.snapshots.filter(state="draft").first()
    if registers_waiting is not None:
        registers.take(registers_waiting, by=cast.johan)
    let_the_worker_run()
    assert Watch.objects.get(pk=watch.pk).state == "stopped"
    shown = the_backing(follow_up)
    assert shown.suggested == "ongoing"
    assert shown.missing == [
        "Inte bevakat efter 30 juni 2025: ”Kontinuitetsplan saknas”. Det som kom senare är inte genomgånget."
    ]


def test_a_rule_that_was_switched_off_is_not_watched_from_then_on(cast: Cast) -> None:
    register, watch = watched_operations(cast, SCHOOL, until=JUNE)
    follow_up = followed_up(cast, watch)
    watches.switch_off(watch, by=cast.johan, reason="Behövs inte")
    came(register, cast.karin, SCHOOL, HOME_CARE, as_of=JULY)
    let_the_worker_run()
    assert the_backing(follow_up).suggested == "ongoing"


def test_where_a_deviation_is_confirmed_it_is_one_also_when_not_all_was_watched(cast: Cast) -> None:
    register, watch = watched_operations(cast, HOME_CARE, until=JUNE)
    follow_up = followed_up(cast, watch)
    watches.switch_off(watch, by=cast.johan, reason="Behövs inte")
    came(register, cast.karin, HOME_CARE, SCHOOL, as_of=JULY)
    confirmed("Hemtjänst", by=cast.karin)
    shown = the_backing(follow_up)
    assert shown.suggested == "minor_deviations"
    assert len(shown.missing) == 1


# What it says


def test_the_draft_says_what_was_watched_and_what_came_of_it_in_swedish_and_in_english(cast: Cast) -> None:
    follow_up = followed_up(cast, watched_operations(cast)[1])
    confirmed("Hemtjänst", by=cast.karin)
    assert the_backing(follow_up).draft == (
        "4 verksamheter bevakades i 2 lägesbilder, med 1 regel; 2 larm: 1 bekräftat, 1 öppet."
    )
    with translation.override("en"):
        assert the_backing(follow_up).draft == (
            "4 operations were watched in 2 snapshots, by 1 rule; 2 alerts: 1 confirmed, 1 open."
        )


def test_the_page_shows_it_and_leads_to_the_alerts(client: Client, cast: Cast) -> None:
    follow_up = followed_up(cast, watched_operations(cast)[1])
    explained("Hemtjänst", by=cast.karin)
    page = opened(client, cast.karin, follow_up)
    for words in (
        "Larm från bevakade regler",
        "2 larm: 1 förklarat, 1 öppet",
        f'<a class="btn slim" href="/kontrollmoment/{follow_up.control_id}/bevakning/">Avgör larmen</a>',
        "4 verksamheter bevakades i 2 lägesbilder",
    ):
        assert words in page


def test_a_check_leads_to_what_came_in_since_the_one_before(client: Client, cast: Cast) -> None:
    follow_up = followed_up(cast, watched_operations(cast)[1])
    make_check(follow_up.control, date(2025, 7, 31))
    check = make_check(follow_up.control, AUGUST)
    client.force_login(cast.karin)
    page = client.get(check.get_absolute_url()).content.decode()
    assert "4 verksamheter bevakades i 1 lägesbild, med 1 regel; 2 larm: 2 öppna</a>" in page
    client.force_login(cast.siv)
    assert "bevakades" not in client.get(check.get_absolute_url()).content.decode()


def test_of_a_wide_risk_a_unit_is_told_nothing_of_a_register_of_the_unit_beside_it(cast: Cast) -> None:
    _register, watch = watched_operations(cast)
    risk = make_risk(cast.plan, "Energibrist", unit=cast.municipality, is_municipality_wide=True)
    control = make_control(risk, performer=cast.karin)
    ours = make_follow_up(control, cast.interim, unit=cast.board, state="in_progress")
    theirs = make_follow_up(control, cast.interim, unit=cast.school_board, state="in_progress")
    chosen(ours, watch, by=cast.eva)
    assert [len(one) for one in backings_of_each([fresh(ours), fresh(theirs)])] == [1, 0]


# As it was when it was handed in


@pytest.fixture
def handed_in(cast: Cast) -> FollowUp:
    follow_up = followed_up(cast, watched_operations(cast)[1])
    explained("Hemtjänst", "Vatten", by=cast.karin)
    return verbs.submit(follow_up, by=cast.karin, draft=DRAFT)


def test_what_is_handed_in_keeps_what_it_had_and_says_what_has_changed_since(cast: Cast, handed_in: FollowUp) -> None:
    [kept] = KeptWatching.objects.filter(follow_up=handed_in)
    before = the_backing(handed_in)
    assert len(before.remarks) == 1
    alerts.reopen(the_alert("Vatten"), by=cast.karin, reason="Nya uppgifter")
    confirmed("Vatten", by=cast.karin)
    after = the_backing(handed_in)
    assert (after.facts, after.suggested, after.draft) == (before.facts, "no_deviations", before.draft)
    assert after.remarks[1] == "Sedan dess har det ändrats: 2 larm: 1 bekräftat, 1 förklarat."
    assert kept.history.get().history_user == cast.karin
    maja = make_user("Maja Lund", cast.board, Role.MANAGER)
    assert verbs.approve(handed_in, by=maja).state == "approved"


def test_rules_that_are_chosen_afterwards_change_nothing_of_it(cast: Cast, handed_in: FollowUp) -> None:
    chosen(handed_in, by=cast.eva)
    assert the_backing(handed_in).suggested == "no_deviations"
    bare = in_state(cast, "submitted", title="Annan")
    chosen(bare, Watch.objects.get(), by=cast.eva)
    assert backings_of(fresh(bare)) == []


def test_what_is_returned_is_read_anew_and_kept_anew(cast: Cast, handed_in: FollowUp) -> None:
    alerts.reopen(the_alert("Vatten"), by=cast.karin, reason="Nya uppgifter")
    confirmed("Vatten", by=cast.karin)
    returned = verbs.return_(handed_in, by=cast.johan, reason="Se larmet om vatten")
    assert the_backing(returned).suggested == "minor_deviations"
    verbs.submit(fresh(handed_in), by=cast.karin, draft=ACCEPTED)
    assert the_backing(handed_in).suggested == "minor_deviations"
    assert KeptWatching.objects.filter(follow_up=handed_in).count() == 2


def test_the_database_refuses_to_change_what_was_kept(handed_in: FollowUp) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        KeptWatching.objects.update(figures={})
    with pytest.raises(DatabaseError), transaction.atomic():
        KeptWatching.objects.all().delete()


def test_nothing_that_an_alert_says_is_kept(handed_in: FollowUp) -> None:
    assert "Hemtjänst" not in str(KeptWatching.objects.get().figures)


def test_the_auditors_file_says_what_was_watched_and_kept(cast: Cast, handed_in: FollowUp) -> None:
    made = paper(cast, "auditors_file")
    [row] = made.table("watching").rows
    assert [cell.text for cell in row[2:8]] == ["4 verksamheter", "2", "1", "0", "2 larm: 2 förklarade", "Inga avvikelser"]
    assert "2 larm: 2 förklarade" in written(made, "json").decode()


# Four eyes


def test_who_weighed_an_alert_does_not_approve_what_it_backs(cast: Cast) -> None:
    maja = make_user("Maja Lund", cast.board, Role.MANAGER)
    follow_up = followed_up(cast, watched_operations(cast)[1])
    explained("Hemtjänst", by=cast.johan)
    explained("Vatten", by=cast.karin)
    submitted = verbs.submit(follow_up, by=cast.karin, draft=DRAFT)
    assert contributors(submitted)[cast.johan.pk] == ["Du avgjorde larm från dess bevakade regler."]
    assert approvers_of(submitted) == [maja]
    with pytest.raises(NotYours):
        verbs.approve(submitted, by=cast.johan)
    chosen(submitted, by=cast.eva)
    with pytest.raises(NotYours):
        verbs.approve(submitted, by=cast.johan)
    assert verbs.approve(submitted, by=maja).state == "approved"


def test_who_weighed_an_alert_of_another_period_may(cast: Cast) -> None:
    register, watch = watched_operations(cast, SCHOOL)
    follow_up = followed_up(cast, watch)
    submitted = verbs.submit(follow_up, by=cast.karin, draft=DRAFT)
    came(register, cast.karin, SCHOOL, WATER, as_of=date(2025, 9, 5))
    let_the_worker_run()
    explained("Vatten", by=cast.johan)
    assert FOLLOW_UPS.why_not(submitted, "approve", cast.johan) is None
    assert verbs.approve(submitted, by=cast.johan).state == "approved"


def test_what_the_product_itself_wrote_bars_nobody(cast: Cast) -> None:
    follow_up = followed_up(cast, watched_operations(cast)[1])
    alert = the_alert("Vatten")
    alert.holds = False
    save_with_history(alert, by=RISKREG, reason="Gäller inte längre")
    assert Alert.history.filter(history_type="~").exists()
    assert set(contributors(follow_up)) <= {cast.karin.pk}


def test_questions_about_the_alerts_of_the_period_are_facts_that_are_kept(cast: Cast) -> None:
    _register, watch = watched_operations(cast)
    follow_up = followed_up(cast, watch)
    asked = Asked("payment", "company", asked_on=date(2025, 7, 2), due_on=date(2025, 7, 16))
    before = Asked("payment", "company", asked_on=date(2024, 12, 1), due_on=date(2025, 1, 1))
    for question in (asked, asked, before):
        inquiry = ask_about_alert(the_alert("Vatten"), by=cast.karin, asked=question)
    assert ("Förfrågningar", "2: 2 väntar på svar") in the_backing(follow_up).facts
    answered = Inquiry.objects.exclude(pk=inquiry.pk)[0]
    conclude(answered, by=cast.karin, outcome="deviation", answered_on=date(2025, 7, 10))
    assert ("Förfrågningar", "2: 1 väntar på svar, 1 avvikelse") in the_backing(follow_up).facts
    explained("Hemtjänst", "Vatten", by=cast.karin)
    verbs.submit(fresh(follow_up), by=cast.karin, draft=DRAFT)
    Inquiry.objects.update(state="asked", outcome="", answered_on=None)
    assert ("Förfrågningar", "2: 1 väntar på svar, 1 avvikelse") in the_backing(follow_up).facts


# The number of queries


@pytest.mark.parametrize("how_many", [2, 6])
def test_many_follow_ups_are_read_at_once(cast: Cast, django_assert_num_queries: Any, how_many: int) -> None:
    _register, watch = watched_operations(cast)
    follow_ups = [in_state(cast, "in_progress", title=f"Risk {number}") for number in range(how_many)]
    for one in follow_ups:
        chosen(one, watch, by=cast.eva)
    explained("Hemtjänst", "Vatten", by=cast.karin)
    verbs.submit(fresh(follow_ups[0]), by=cast.karin, draft=DRAFT)
    found = list(FollowUp.objects.filter(pk__in=[one.pk for one in follow_ups]).select_related("control", "closing", "unit"))
    # One for samples; what was kept, the chosen rules, closings, registers, outcomes and when they were found again, snapshots,
    # when they held still, alerts, when the rules were switched on, and inquiries. Of indicators what was kept, and the chosen
    # series.
    with django_assert_num_queries(14):
        assert [len(one) for one in backings_of_each(found)] == [1] * how_many


def test_another_register_of_the_same_rule_is_another_rule(cast: Cast) -> None:
    _register, watch = watched_operations(cast, SCHOOL)
    other = operations(cast, "Andra verksamheter")
    came(other, cast.karin, HOME_CARE, as_of=AUGUST)
    watched(other, cast.johan)
    let_the_worker_run()
    assert the_backing(followed_up(cast, watch)).suggested == "no_deviations"
