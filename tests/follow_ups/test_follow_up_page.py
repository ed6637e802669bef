"""The follow-up's page and its form, through the visitor's door: every role, forgery protection on."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controls.follow_ups import verbs
from controls.follow_ups.draft import Draft
from controls.models import Evidence, FollowUp
from riskreg.verbs.concurrency import version_of
from tests.cast import Cast, make_many_risks
from tests.follow_ups.follow_up_pages import address, filled, opened, sent, token, verb
from tests.follow_ups.follow_ups import RESULT, fresh, in_state, planned, with_measure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


# What is shown to whom


@pytest.mark.parametrize(
    ("who", "state", "buttons"),
    [
        ("karin", "planned", {"_save", "_submit"}),
        ("karin", "in_progress", {"_save", "_submit"}),
        ("karin", "submitted", {"take_back"}),
        ("karin", "approved", set()),
        ("johan", "in_progress", {"_save", "_submit"}),
        ("johan", "submitted", {"approve", "return"}),
        ("johan", "approved", {"reopen"}),
        ("eva", "in_progress", {"_save", "_submit"}),
        ("eva", "submitted", set()),
        ("eva", "approved", {"reopen"}),
        ("ake", "in_progress", set()),
        ("ake", "submitted", set()),
        ("siv", "in_progress", set()),
    ],
)
def test_the_buttons_are_the_verbs_of_this_person_in_this_state(
    who: str, state: str, buttons: set[str], cast: Cast, visitor: Client
) -> None:
    follow_up = in_state(cast, state)
    page = opened(visitor, getattr(cast, who), follow_up)
    shown = {name for name in ("_save", "_submit") if f'name="{name}"' in page}
    shown |= {name for name in ("take_back", "approve", "return", "reopen") if address(follow_up, "verb", name) in page}
    assert shown == buttons


@pytest.mark.parametrize(("who", "state"), [("karin", "submitted"), ("karin", "approved"), ("ake", "in_progress")])
def test_a_page_that_cannot_be_changed_says_why_and_has_no_fields(who: str, state: str, cast: Cast, visitor: Client) -> None:
    page = opened(visitor, getattr(cast, who), in_state(cast, state))
    assert 'class="note"' in page
    assert "<textarea" not in page
    assert RESULT in page


@pytest.mark.parametrize("who", ["bo", "ulla", "nils"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_for_other_units_there_is_no_such_follow_up(who: str, method: str, cast: Cast, client: Client) -> None:
    follow_up = planned(cast)
    client.force_login(getattr(cast, who))
    for url in (follow_up.get_absolute_url(), address(follow_up, "verb", "start"), address(follow_up, "history")):
        assert getattr(client, method)(url).status_code in {404, 302, 403, 405}
    assert fresh(follow_up).state == "planned"
    assert client.get(follow_up.get_absolute_url()).status_code == 404


def test_nothing_can_be_added_or_deleted_one_by_one(cast: Cast, client: Client) -> None:
    client.force_login(cast.eva)
    assert client.get(reverse("admin:controls_followup_add")).status_code in {403, 404}
    assert client.post(address(planned(cast), "delete"), {"post": "yes"}).status_code == 403
    assert FollowUp.objects.count() == 1


def test_the_page_holds_no_script_or_style_of_its_own(cast: Cast, visitor: Client) -> None:
    page = opened(visitor, cast.karin, planned(cast))
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)


def test_what_was_found_before_is_shown_beside(cast: Cast, visitor: Client) -> None:
    before = in_state(cast, "submitted")
    after = FollowUp.objects.create(
        control=before.control, closing=cast.annual, unit=before.unit, performer=cast.karin, due_on=date(2026, 1, 15)
    )
    assert RESULT in opened(visitor, cast.karin, after)


# Logging


def test_a_draft_is_kept_with_everything_written(cast: Cast, visitor: Client) -> None:
    follow_up = planned(cast)
    answer = sent(
        visitor,
        cast.karin,
        follow_up,
        conclusion="minor_deviations",
        conclusion_reason="Acceptabelt.",
        decision="measure",
        **{"measures-0-description": "Ny rutin", "measures-0-responsible": cast.eva.pk, "measures-0-due_on": "2025-11-01"},
    )
    assert answer.url == follow_up.get_absolute_url()
    kept = fresh(follow_up)
    assert (kept.state, kept.result, kept.conclusion, kept.conclusion_reason) == (
        "in_progress",
        RESULT,
        "minor_deviations",
        "Acceptabelt.",
    )
    action = kept.actions.get()
    assert (action.description, action.responsible, action.due_on) == ("Ny rutin", cast.eva, date(2025, 11, 1))


def test_submitting_hands_it_in_and_leads_back_to_the_inbox(cast: Cast, visitor: Client) -> None:
    follow_up = planned(cast)
    answer = sent(visitor, cast.karin, follow_up, "_submit")
    assert answer.url == reverse("inbox")
    assert fresh(follow_up).state == "submitted"
    assert "Johan Berg" in visitor.get(reverse("inbox")).content.decode()


def test_what_is_incomplete_is_kept_as_a_draft_and_says_what_is_missing_at_its_field(cast: Cast, visitor: Client) -> None:
    follow_up = planned(cast)
    answer = sent(visitor, cast.karin, follow_up, "_submit", conclusion="minor_deviations")
    assert fresh(follow_up).state == "in_progress"
    assert fresh(follow_up).result == RESULT
    page = visitor.get(answer.url).content.decode()
    assert 'class="error-summary"' in page
    assert 'href="#id_decision_0"' in page
    assert 'href="#id_result"' not in page


def test_several_files_are_attached_at_once(cast: Cast, visitor: Client) -> None:
    follow_up = planned(cast)
    files = [SimpleUploadedFile("a.txt", b"ett"), SimpleUploadedFile("b.pdf", b"%PDF-1.7\n")]
    sent(visitor, cast.karin, follow_up, evidence=files)
    assert sorted(fresh(follow_up).evidence.values_list("name", flat=True)) == ["a.txt", "b.pdf"]


def test_a_file_that_is_refused_is_named_and_nothing_typed_is_lost(cast: Cast, visitor: Client) -> None:
    follow_up = planned(cast)
    answer = sent(
        visitor, cast.karin, follow_up, evidence=[SimpleUploadedFile("virus.exe", b"MZ"), SimpleUploadedFile("a.txt", b"ett")]
    )
    page = answer.content.decode()
    assert "virus.exe" in page
    assert RESULT in page
    assert Evidence.objects.count() == 0


def test_a_measure_without_words_is_refused_at_its_row(cast: Cast, visitor: Client) -> None:
    follow_up = planned(cast)
    answer = sent(visitor, cast.karin, follow_up, **{"measures-0-due_on": "2025-11-01"})
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert fresh(follow_up).state == "planned"


@pytest.mark.parametrize(
    "wrong", [{"conclusion": "splendid"}, {"measures-0-due_on": "31/13/2025"}, {"measures-0-responsible": "999999"}]
)
def test_a_value_that_is_not_on_offer_is_refused(wrong: dict[str, str], cast: Cast, visitor: Client) -> None:
    follow_up = planned(cast)
    answer = sent(visitor, cast.karin, follow_up, **({"measures-0-description": "Ny rutin"} | wrong))
    assert answer.status_code == 200
    assert fresh(follow_up).result == ""


def test_people_of_another_unit_cannot_be_made_responsible(cast: Cast, visitor: Client) -> None:
    follow_up = planned(cast)
    values = {"measures-0-description": "Ny rutin", "measures-0-responsible": cast.bo.pk}
    assert sent(visitor, cast.karin, follow_up, **values).status_code == 200
    assert fresh(follow_up).actions.count() == 0


def test_saving_twice_keeps_one_row_of_each_measure(cast: Cast, visitor: Client) -> None:
    follow_up = planned(cast)
    action = with_measure(follow_up)
    sent(
        visitor,
        cast.karin,
        follow_up,
        decision="measure",
        **{
            "measures-TOTAL_FORMS": "2",
            "measures-INITIAL_FORMS": "1",
            "measures-0-action_id": action.pk,
            "measures-0-description": "Ny rutin",
            "measures-0-responsible": cast.karin.pk,
            "measures-0-due_on": "2025-11-01",
            "measures-1-description": "",
        },
    )
    assert list(fresh(follow_up).actions.values_list("pk", flat=True)) == [action.pk]


@pytest.mark.parametrize("who", ["ake", "siv"])
def test_who_may_not_write_is_refused_and_nothing_changes(who: str, cast: Cast, visitor: Client) -> None:
    follow_up = planned(cast)
    visitor.force_login(getattr(cast, who))
    page = visitor.get(reverse("password_change")).content.decode()
    data = filled(follow_up) | {"_save": "1", "csrfmiddlewaretoken": token(page)}
    assert visitor.post(follow_up.get_absolute_url(), data).status_code == 403
    assert fresh(follow_up).result == ""


def test_a_forged_form_is_refused(cast: Cast, visitor: Client) -> None:
    follow_up = in_state(cast, "submitted")
    visitor.force_login(cast.johan)
    assert visitor.post(address(follow_up, "verb", "approve")).status_code == 403
    assert visitor.post(follow_up.get_absolute_url(), filled(follow_up)).status_code == 403
    assert fresh(follow_up).state == "submitted"


def test_a_get_never_moves_anything(cast: Cast, visitor: Client) -> None:
    follow_up = in_state(cast, "submitted")
    visitor.force_login(cast.johan)
    for name in ("approve", "return"):
        assert visitor.get(address(follow_up, "verb", name)).status_code == 200
    assert fresh(follow_up).state == "submitted"


# Two people


def test_the_second_save_shows_the_first_ones_changes_beside_what_was_typed(cast: Cast, visitor: Client) -> None:
    follow_up = planned(cast)
    seen = version_of(follow_up)
    verbs.save_draft(follow_up, by=cast.eva, draft=Draft(result="Evas resultat", conclusion="minor_deviations"))
    answer = sent(visitor, cast.karin, follow_up, result="Karins resultat", version=seen)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert page.count("Karins resultat") == 2  # in its field, and in the comparison
    assert "Evas resultat" in page
    assert "Eva Åström" in page
    assert fresh(follow_up).result == "Evas resultat"
    assert f'name="version" value="{version_of(follow_up)}"' in page


def test_having_compared_the_second_may_save(cast: Cast, visitor: Client) -> None:
    follow_up = planned(cast)
    verbs.save_draft(follow_up, by=cast.eva, draft=Draft(result="Evas resultat"))
    assert sent(visitor, cast.karin, follow_up, result="Båda").status_code == 302
    assert fresh(follow_up).result == "Båda"


def test_a_form_without_its_version_is_not_saved_over_anything(cast: Cast, visitor: Client) -> None:
    follow_up = planned(cast)
    assert sent(visitor, cast.karin, follow_up, version="").status_code == 409
    assert fresh(follow_up).result == ""


def test_what_was_typed_stays_when_it_was_handed_in_meanwhile(cast: Cast, visitor: Client) -> None:
    follow_up = in_state(cast, "in_progress")
    page = opened(visitor, cast.karin, follow_up)
    seen = version_of(follow_up)
    verbs.submit(follow_up, by=cast.eva)
    data = filled(follow_up, result="Mitt långa resultat", version=seen) | {"_save": "1", "csrfmiddlewaretoken": token(page)}
    answer = visitor.post(follow_up.get_absolute_url(), data)
    assert answer.status_code == 409
    assert "Mitt långa resultat" in answer.content.decode()


def test_an_approval_of_what_changed_meanwhile_is_refused_with_the_reason(cast: Cast, visitor: Client) -> None:
    follow_up = in_state(cast, "submitted")
    seen = version_of(follow_up)
    verbs.return_(follow_up, by=cast.johan, reason="Komplettera.")
    verbs.submit(follow_up, by=cast.karin)
    answer = verb(visitor, cast.johan, follow_up, "approve", version=seen)
    assert answer.status_code == 409
    assert fresh(follow_up).state == "submitted"


def test_the_history_shows_who_when_why_and_what_and_offers_no_way_to_write(cast: Cast, client: Client) -> None:
    follow_up = planned(cast)
    verbs.save_draft(follow_up, by=cast.karin, draft=Draft(result="Nytt resultat"), reason="Rättat summan")
    client.force_login(cast.ake)
    page = client.get(address(follow_up, "history")).content.decode()
    for expected in ("Karin Lindqvist", "Rättat summan", "Nytt resultat"):
        assert expected in page
    assert "/history/" not in page.replace(address(follow_up, "history"), "")


def test_the_page_costs_the_same_queries_at_20_and_2000_risks(cast: Cast, client: Client) -> None:
    follow_up = in_state(cast, "in_progress")
    for number in range(3):
        with_measure(follow_up, description=f"Åtgärd {number}")
    client.force_login(cast.karin)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(follow_up.get_absolute_url())
        return len(queries)

    make_many_risks(cast.plan, 20, closing=cast.interim, performer=cast.karin)
    few = cost()
    make_many_risks(cast.plan, 1980, closing=cast.interim, performer=cast.karin)
    with_measure(follow_up, description="En till")
    assert cost() == few <= 20
