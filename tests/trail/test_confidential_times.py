"""What was written while a risk was confidential stays withheld, also after it was opened, from who may not see such risks."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.test import Client
from django.urls import reverse

from controls.follow_ups import verbs as follow_ups
from controls.follow_ups.draft import Decision, Draft, Measure
from controls.models import Action, FollowUp, Sample, SampleItem
from controls.sampling.drawing.verification import verify as verify_sample
from controls.sampling.samples.outcomes import Found, log
from riskreg import clock
from riskreg.access.confidential_times import ways_to_risks
from riskreg.models import Risk, User
from riskreg.plans.risks import change_risk
from riskreg.trail import seals
from riskreg.trail.tables import trail_tables
from riskreg.verbs.concurrency import Stale
from tests.cast import Cast, make_control, make_follow_up, make_risk
from tests.follow_ups.follow_ups import in_state
from tests.sampling.scene import drawn
from tests.trail.opened_risk import SECRET, addresses, exported, fresh

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.mark.parametrize("place", range(8))
def test_nothing_of_it_is_shown_to_who_may_not_see_such_risks(
    place: int, reader: User, opened: Risk, manager: User, client: Client
) -> None:
    address = addresses(opened)[place]
    client.force_login(reader)
    page = client.get(address)
    assert page.status_code == 200, address
    assert SECRET not in page.content.decode(), address
    client.force_login(manager)
    assert client.get(address).status_code == 200


def test_who_may_see_such_risks_reads_all_of_it(opened: Risk, manager: User, client: Client) -> None:
    client.force_login(manager)
    for address in addresses(opened)[:4]:
        assert SECRET in client.get(address).content.decode(), address
    assert SECRET in client.get(reverse("plan_version", args=[opened.plan_id, 1])).content.decode()


def test_that_and_when_it_was_changed_is_told_and_what_came_after_in_words(opened: Risk, reader: User, client: Client) -> None:
    client.force_login(reader)
    entries = client.get(reverse("history", args=["riskreg", "risk", opened.pk])).context["entries"]
    first, renamed, declassified = entries[-1], entries[1], entries[0]
    assert {change.after for change in first.changes} == {"visas inte för dig"}
    assert "Stina Sekretess" in renamed.who
    assert (declassified.why, renamed.why) == ("Uppgifterna är allmänna", "visas inte för dig")
    change_risk(opened, by=reader, title="Ännu en titel")
    newest = client.get(reverse("history", args=["riskreg", "risk", opened.pk])).context["entries"][0]
    assert [(change.before, change.after) for change in newest.changes] == [("Öppen titel", "Ännu en titel")]


def test_who_owns_the_risk_reads_what_was_confidential_as_before(opened: Risk, reader: User, client: Client) -> None:
    change_risk(opened, by=reader, owner=reader)
    client.force_login(reader)
    assert SECRET in client.get(reverse("risk_timeline", args=[opened.pk])).content.decode()


def test_an_export_holds_the_hashes_alone_of_such_rows(opened: Risk, reader: User) -> None:
    seals.seal(clock.now())
    told = exported(reader)
    assert SECRET not in json.dumps(told, ensure_ascii=False)
    states = {(line["model"], line["state"]) for line in told if line["kind"] == "row"}
    assert {("riskreg.risk", "withheld"), ("riskreg.risk", "shown")} <= states


def version_that_told(record: Any) -> int:
    """Return the version of the record, of its confidential time, in which the secret stood."""
    rows = type(record).history.filter(id=record.pk).order_by("history_id")
    return next(row.history_id for row in rows if SECRET in f"{getattr(row, 'title', '')}{getattr(row, 'result', '')}")


def test_the_version_in_a_form_is_the_browsers_word_and_tells_nothing(opened: Risk, reader: User, client: Client) -> None:
    """Whoever may edit could send an old version, to be shown what stood in it beside what stands now."""
    follow_up = FollowUp.objects.get()
    with pytest.raises(Stale) as refusal:
        change_risk(fresh(opened), by=reader, title="Läsarens", version=version_that_told(opened))
    assert {change.opened for change in refusal.value.changes} == {"visas inte för dig"}
    client.force_login(reader)
    address = reverse("admin:controls_followup_change", args=[follow_up.pk])
    typed = {"version": version_that_told(follow_up), "result": "Läsarens", "conclusion": "no_deviations"}
    page = client.post(address, typed | {"measures-TOTAL_FORMS": 0, "measures-INITIAL_FORMS": 0})
    assert page.status_code == 409
    assert "visas inte för dig" in page.content.decode()
    assert SECRET not in page.content.decode()


def test_the_conflict_of_who_may_see_such_risks_tells_it(opened: Risk, manager: User) -> None:
    with pytest.raises(Stale) as refusal:
        change_risk(fresh(opened), by=manager, title="Ny", version=version_that_told(opened))
    assert f"{SECRET} titel" in {change.opened for change in refusal.value.changes}


def mark(risk: Risk, section: str) -> None:
    found = fresh(risk)
    found.is_confidential, found.confidentiality_section = bool(section), section
    found.save()


def test_nor_do_the_actions_of_then(cast: Cast, manager: User, reader: User) -> None:
    def decided(words: str) -> Draft:
        decision = Decision(Action.Kind.MEASURE, measures=(Measure(words, manager.pk, date(2025, 11, 1)),))
        return Draft(result="Öppet", conclusion="minor_deviations", decision=decision)

    follow_up = in_state(cast, "in_progress")
    mark(follow_up.control.risk, "OSL 18:8")
    follow_ups.save_draft(fresh(follow_up), by=manager, draft=decided(SECRET))
    version = follow_up.history.latest().history_id
    follow_ups.save_draft(fresh(follow_up), by=manager, draft=decided("Öppen åtgärd"))
    mark(follow_up.control.risk, "")
    with pytest.raises(Stale) as refusal:
        follow_ups.save_draft(fresh(follow_up), by=reader, draft=decided("Min åtgärd"), version=version)
    assert "decision" in {change.field for change in refusal.value.changes}
    assert SECRET not in str(refusal.value.changes)


def test_what_belonged_to_something_deleted_is_withheld(cast: Cast, opened: Risk, reader: User, client: Client) -> None:
    """Its risk is not found any longer, so nobody knows whether it was confidential."""
    control = make_control(fresh(opened), "Tillfällig kontroll")
    make_follow_up(control, cast.annual, state="in_progress", result=f"{SECRET} igen").delete()
    control.delete()
    client.force_login(reader)
    page = client.get(reverse("risk_timeline", args=[opened.pk])).content.decode()
    assert "Tillfällig kontroll" in page
    assert f"{SECRET} igen" not in page


def test_a_risk_that_was_never_confidential_is_read_whole(cast: Cast, reader: User, client: Client) -> None:
    risk = make_risk(cast.plan, "Öppen titel")
    change_risk(risk, by=reader, title="Ny titel")
    client.force_login(cast.karin)
    assert "Ny titel" in client.get(reverse("risk_timeline", args=[risk.pk])).content.decode()
    entries = client.get(reverse("history", args=["riskreg", "risk", risk.pk])).context["entries"]
    assert entries[-1].changes[0].after != "visas inte för dig"


def leads_to_a_risk(model: type[models.Model], steps: int = 4) -> bool:
    return model is Risk or (
        steps > 0
        and any(
            isinstance(field, models.ForeignKey)
            and field.remote_field.model._meta.app_label in {"riskreg", "controls"}
            and leads_to_a_risk(field.remote_field.model, steps - 1)
            for field in model._meta.concrete_fields
        )
    )


@pytest.mark.one_engine
def test_every_tracked_model_that_leads_to_a_risk_says_how() -> None:
    tracked = {table.tracked for table in trail_tables().values() if table.tracked is not None}
    leading = {model for model in tracked if leads_to_a_risk(model)}
    assert {model._meta.label_lower for model in leading - set(ways_to_risks()) - {Risk}} == set()
    assert apps.get_model("controls.FollowUp") in leading


def test_a_stored_verification_of_a_sample_tells_no_outcome_of_then(cast: Cast, manager: User, reader: User) -> None:
    """It is stored as it was made, and read also by who may see the risk only once it was opened."""
    sample = drawn(cast, size=2)
    item = sample.items.get(position=1)

    def told() -> str:
        return "\n".join(each.text for each in verify_sample(Sample.objects.get(pk=sample.pk)))

    log(fresh(item), by=manager, found=Found("ok"))
    log(fresh(item), by=manager, found=Found("deviation", "Fel belopp"))
    assert "Stina Sekretess" in told()
    assert told().count(str(SampleItem.Outcome.DEVIATION.label)) == 1
    mark(sample.population.control.risk, "OSL 18:8")
    log(fresh(item), by=manager, found=Found("ok"))
    mark(sample.population.control.risk, "")
    log(fresh(item), by=reader, found=Found("deviation", "Fel belopp"))
    assert "medan risken var sekretessbelagd (Stina Sekretess" in told()
    assert told().count(f"{SampleItem.Outcome.OK.label} (Stina") == 1, "the first, of an open time"
