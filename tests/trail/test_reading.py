from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from simple_history.utils import bulk_update_with_history

from controls.models import Action, Conclusion, FollowUp
from riskreg.models import Membership, Risk, RiskCategory, Role, User
from riskreg.models.author import Author
from riskreg.models.history import sign
from riskreg.trail.differences import Piece, pieces
from riskreg.trail.reading import Entry, entries, newest_first, with_previous
from tests.cast import PASSWORD, Cast, make_control, make_follow_up, make_risk, make_user


def told(record: Any, reader: User) -> list[Entry]:
    rows = type(record).history.filter(id=record.pk)
    return entries(newest_first(with_previous(rows)), reader)


def changed(entry: Entry) -> dict[str, tuple[str, str]]:
    return {change.name: (change.before, change.after) for change in entry.changes}


def test_a_change_is_told_with_who_when_why_and_old_to_new(cast: Cast) -> None:
    risk = make_risk(cast.plan)
    risk.likelihood, risk.risk_score = 4, 8
    sign(risk, by=Author(cast.eva), reason="Ny bedömning i nämnden")
    risk.save()
    entry = told(risk, cast.johan)[0]
    assert (entry.who, entry.why, entry.type) == ("Eva Åström", "Ny bedömning i nämnden", "~")
    assert changed(entry) == {"likelihood": ("3", "4"), "risk_score": ("6", "8")}
    assert entry.when == risk.history.first().history_date


def test_values_are_told_as_a_person_reads_them(cast: Cast) -> None:
    with translation.override("sv"):
        follow_up = make_follow_up(make_control(make_risk(cast.plan)), cast.interim)
        follow_up.performer = cast.karin
        follow_up.conclusion = Conclusion.MINOR_DEVIATIONS
        follow_up.due_on = date(2025, 10, 1)
        follow_up.save()
        found = changed(told(follow_up, cast.johan)[0])
    assert found["performer"] == ("–", "Karin Lindqvist")
    assert found["conclusion"] == ("–", str(Conclusion.MINOR_DEVIATIONS.label))
    assert found["due_on"] == ("12 september 2025", "1 oktober 2025")


def test_truth_values_and_categories_are_told_in_words(cast: Cast) -> None:
    risk = make_risk(cast.plan)
    risk.is_municipality_wide, risk.category = True, RiskCategory.objects.create(name="Ekonomi")
    risk.save()
    with translation.override("en"):
        found = changed(told(risk, cast.johan)[0])
    assert found["is_municipality_wide"] == ("no", "yes")
    assert found["category"] == ("–", "Ekonomi")


def test_a_creation_tells_what_was_filled_in_and_nothing_of_the_machinery(cast: Cast) -> None:
    entry = told(make_risk(cast.plan), cast.johan)[0]
    assert entry.is_creation
    assert "title" in changed(entry)
    assert not {"title_sort", "id", "description", "is_dropped"} & set(changed(entry))


def test_a_deleted_users_name_stays(cast: Cast) -> None:
    risk = make_risk(cast.plan)
    leaver = make_user("Lena Lämnar", cast.board, Role.CONTROLLER)
    risk.owner = leaver
    sign(risk, by=Author(leaver))
    risk.save()
    risk.owner = cast.karin
    sign(risk, by=Author(cast.eva))
    risk.save()
    leaver.memberships.all().delete()
    leaver.delete()
    newest, before, _created = told(risk, cast.johan)
    assert before.who == "Lena Lämnar"
    assert changed(newest)["owner"] == ("Lena Lämnar", "Karin Lindqvist")


def test_rows_made_in_bulk_name_their_author_too(cast: Cast) -> None:
    risks = [make_risk(cast.plan), make_risk(cast.plan)]
    for risk in risks:
        risk.process = "Lön"
    bulk_update_with_history(risks, Risk, ["process"], default_user=cast.eva, default_change_reason="Processen saknades")
    assert set(Risk.history.filter(history_type="~").values_list("history_user_name", flat=True)) == {"Eva Åström"}


def test_without_anybody_signed_in_the_system_is_named(cast: Cast) -> None:
    with translation.override("en"):
        assert told(make_risk(cast.plan), cast.johan)[0].who == "The system"


def test_a_confidential_record_is_referred_to_without_its_title(cast: Cast) -> None:
    secret = make_risk(cast.plan, "Hemlig risk", is_confidential=True, confidentiality_section="OSL 18:8")
    risk = make_risk(cast.plan, "Öppen risk")
    risk.carried_from = secret
    risk.save()
    with translation.override("en"):
        assert changed(told(risk, cast.karin)[0])["carried_from"] == ("–", "(not visible to you)")
        assert "Hemlig risk" in changed(told(risk, cast.eva)[0])["carried_from"][1]


def test_a_long_text_is_told_word_by_word(cast: Cast) -> None:
    before = "Risk att fel belopp betalas ut. " * 20
    risk = make_risk(cast.plan, description=before)
    risk.description = before.replace("fel belopp", "felaktiga belopp", 1)
    risk.save()
    (change,) = told(risk, cast.johan)[0].changes
    marked = [piece for piece in change.pieces if piece.kind in {"gone", "new"}]
    assert marked == [Piece("gone", "fel"), Piece("new", "felaktiga")]
    assert change.pieces[-1].kind == "gap"


def test_pieces_give_both_texts_back_when_nothing_is_left_out() -> None:
    found = pieces("ett två tre", "ett fyra tre fem")
    assert "".join(piece.text for piece in found if piece.kind != "new") == "ett två tre"
    assert "".join(piece.text for piece in found if piece.kind != "gone") == "ett fyra tre fem"


def test_rows_dated_back_are_compared_with_the_row_before_them_in_time(cast: Cast) -> None:
    risk = make_risk(cast.plan)
    created = risk.history.get()
    risk.title = "Ny titel"
    risk.save()
    assert with_previous(risk.history.model.objects.filter(id=risk.pk)).get(title="Ny titel").previous_id == created.history_id


# The pages


def signed_in(user: User) -> Client:
    client = Client()
    assert client.login(username=user.email, password=PASSWORD)
    return client


def address(record: Any) -> str:
    return reverse("history", args=[record._meta.app_label, record._meta.model_name, record.pk])


def test_the_history_page_tells_the_change(cast: Cast) -> None:
    risk = make_risk(cast.plan)
    risk.title = "Löner betalas ut fel"
    sign(risk, by=Author(cast.eva), reason="Tydligare")
    risk.save()
    page = signed_in(cast.karin).get(address(risk)).content.decode()
    for text in ("Löner betalas ut fel", "Felaktiga löneutbetalningar", "Eva Åström", "Tydligare"):
        assert text in page


def test_history_is_only_for_who_sees_the_record(cast: Cast) -> None:
    risk = make_risk(cast.plan)
    secret = make_risk(cast.plan, "Hemlig risk", is_confidential=True, confidentiality_section="OSL 18:8")
    assert signed_in(cast.bo).get(address(risk)).status_code == 404
    assert signed_in(cast.karin).get(address(secret)).status_code == 404
    assert signed_in(cast.johan).get(address(secret)).status_code == 200
    assert signed_in(cast.bo).get(reverse("risk_timeline", args=[risk.pk])).status_code == 404
    assert Client().get(address(risk)).status_code == 302


@pytest.mark.parametrize(("app", "model"), [("riskreg", "seal"), ("sessions", "session"), ("riskreg", "nothing")])
def test_what_has_no_history_has_no_page(cast: Cast, app: str, model: str) -> None:
    assert signed_in(cast.eva).get(reverse("history", args=[app, model, 1])).status_code == 404


def test_a_deleted_records_history_is_for_who_reads_the_whole_trail(cast: Cast) -> None:
    membership = Membership.objects.get(user=cast.karin)
    where = address(membership)
    membership.delete()
    assert signed_in(cast.eva).get(where).status_code == 200
    assert signed_in(cast.ake).get(where).status_code == 404


def test_the_timeline_tells_the_risks_whole_life_newest_first(cast: Cast) -> None:
    risk = make_risk(cast.plan)
    control = make_control(risk, performer=cast.karin)
    follow_up = make_follow_up(control, cast.interim)
    action = Action.objects.create(follow_up=follow_up, description="Ny rutin för attest")
    action_pk = action.pk
    action.delete()
    cast.plan.state = "proposed"
    cast.plan.save()
    cast.plan.registry_number = "KS 2025/1"
    cast.plan.save()
    make_control(make_risk(cast.plan, "En annan risk"), "En annan kontroll")
    response = signed_in(cast.karin).get(reverse("risk_timeline", args=[risk.pk]))
    found = [(entry.model, entry.record, entry.type) for entry in response.context["entries"]]
    assert found == [
        ("riskreg.controlplan", cast.plan.pk, "~"),
        ("controls.action", action_pk, "-"),
        ("controls.action", action_pk, "+"),
        ("controls.followup", follow_up.pk, "+"),
        ("controls.control", control.pk, "+"),
        ("riskreg.risk", risk.pk, "+"),
        ("riskreg.controlplan", cast.plan.pk, "+"),
    ]


def test_the_timeline_shows_one_kind_when_asked(cast: Cast) -> None:
    risk = make_risk(cast.plan)
    make_follow_up(make_control(risk), cast.interim)
    response = signed_in(cast.karin).get(reverse("risk_timeline", args=[risk.pk]), {"kind": "controls.followup"})
    assert {entry.model for entry in response.context["entries"]} == {"controls.followup"}
    empty = signed_in(cast.karin).get(reverse("risk_timeline", args=[risk.pk]), {"kind": "controls.evidence"})
    assert empty.status_code == 200
    assert empty.context["entries"] == []


def live(cast: Cast, times: int) -> Risk:
    risk = make_risk(cast.plan, number=900 + times)
    for number in range(times):
        control = make_control(risk, f"Kontroll {number}", performer=cast.karin)
        follow_up = make_follow_up(control, cast.interim)
        follow_up.performer = (cast.karin, cast.johan, cast.eva)[number % 3]
        follow_up.save()
        Action.objects.create(follow_up=follow_up, description="Ny rutin", responsible=cast.johan)
        risk.owner = (cast.johan, cast.karin)[number % 2]
        risk.save()
    assert FollowUp.objects.filter(control__risk=risk).count() == times
    return risk


@pytest.mark.parametrize("name", ["risk_timeline", "history"])
def test_the_pages_cost_the_same_number_of_queries_whatever_the_lifes_length(cast: Cast, name: str) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client, counts = signed_in(cast.eva), []
    for times in (35, 80):
        risk = live(cast, times)
        where = reverse(name, args=[risk.pk] if name == "risk_timeline" else ["riskreg", "risk", risk.pk])
        client.get(where)
        with CaptureQueriesContext(connection) as queries:
            response = client.get(where)
        assert response.status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1], counts
    assert counts[1] <= 35


def test_a_long_life_has_pages(cast: Cast) -> None:
    risk = live(cast, 20)
    client = signed_in(cast.eva)
    first = client.get(reverse("risk_timeline", args=[risk.pk]))
    second = client.get(reverse("risk_timeline", args=[risk.pk]), {"page": 2})
    keys = [{(entry.model, entry.history_id) for entry in page.context["entries"]} for page in (first, second)]
    assert len(keys[0]) == len(keys[1]) == 30
    assert not keys[0] & keys[1]
