"""Verbs of inquiries: every state × verb × role from the table, and what each does and refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from hashlib import sha256
from itertools import product
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from controls.models import Evidence, Inquiry
from controls.monitoring.inquiries import verbs
from controls.monitoring.inquiries.verbs import Asked
from controls.transitions import INQUIRY
from riskreg import clock
from riskreg.access.verbs import ROLES_OF_VERB, NotPermitted, Verb
from riskreg.models import Role, User
from riskreg.models.author import RISKREG
from riskreg.models.history import save_with_history
from riskreg.people.handing_over import hand_over, in_words
from riskreg.verbs.concurrency import Stale, version_of
from riskreg.verbs.errors import NotInThisState, ReasonNeeded, Refused
from riskreg.verbs.workflow import Transition
from tests.cast import Cast, make_user
from tests.monitoring.registers.scene import JUNE
from tests.monitoring.watching.scene import HOME_CARE, WATER, came, let_the_worker_run, operations, the_alert, watched

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
ASKED_ON, DUE, ANSWERED = date(2025, 9, 1), date(2025, 9, 15), date(2025, 9, 5)
NUMBER, NAME, PERSON = "5560360793", "Städ i Väst AB", "19811218-9876"
REASON = "Svaret gällde ett annat bolag."
Do = Callable[[Any, User], Any]


def asked(**given: Any) -> Asked:
    return Asked(**{"kind": "debts", "asked_of": "enforcement", "asked_on": ASKED_ON, "due_on": DUE, **given})


def about_company(cast: Cast, *, by: User | None = None, **given: Any) -> Inquiry:
    """A question about a company, for the readers of the board's registers."""
    return verbs.ask_about_company(cast.board, by=by or cast.karin, identity=NUMBER, about=NAME, asked=asked(**given))


def in_state(cast: Cast, state: str) -> Inquiry:
    inquiry = about_company(cast)
    if state == "answered":
        inquiry = verbs.conclude(inquiry, by=cast.karin, outcome="in_order", answered_on=ANSWERED)
    return inquiry


def _evidence_of(inquiry: Inquiry) -> Evidence:
    content = f"Svar {Evidence.objects.count()}".encode()
    evidence = Evidence(inquiry=inquiry, name="svar.txt", size=6, sha256=sha256(content).hexdigest(), uploaded_at=clock.now())
    evidence.file.save("svar.txt", ContentFile(content), save=False)
    return save_with_history(evidence, by=RISKREG, reason="Ställt för provet")


DO: dict[str, Do] = {
    "conclude": lambda inquiry, by: verbs.conclude(inquiry, by=by, outcome="deviation", answered_on=ANSWERED),
    "wait_longer": lambda inquiry, by: verbs.wait_longer(inquiry, by=by, due_on=date(2025, 12, 1)),
    "assign": lambda inquiry, by: verbs.assign(inquiry, by=by, responsible=User.objects.get(name="Karin Lindqvist")),
    "attach": lambda inquiry, by: verbs.attach(inquiry, by=by, file=SimpleUploadedFile("svar.txt", by.name.encode())),
    "detach": lambda inquiry, by: verbs.detach(_evidence_of(inquiry), by=by, reason=REASON),
    "reopen": lambda inquiry, by: verbs.reopen(inquiry, by=by, reason=REASON),
}


def test_every_verb_of_the_table_is_tried_here() -> None:
    assert set(DO) == set(INQUIRY.verbs)
    assert set(INQUIRY.states) == set(Inquiry.State.values)


@pytest.mark.parametrize(("state", "verb"), list(product(INQUIRY.states, INQUIRY.verbs)))
def test_the_table_decides_for_every_role_in_the_own_unit_and_in_another(state: str, verb: str, cast: Cast) -> None:
    transition, wrong = INQUIRY.answer(state, verb), []
    for role, unit in product(Role, ("own", "other")):
        person = make_user(f"{role.value}-{unit} Prova", cast.board if unit == "own" else cast.school_board, role)
        inquiry = in_state(cast, state)
        if unit == "other" or role not in ROLES_OF_VERB[Verb(INQUIRY.right_of(verb))]:
            expected = ("NotPermitted", state)
        elif not isinstance(transition, Transition):
            expected = ("NotInThisState", state)
        else:
            expected = ("done", transition.to_state)
        try:
            DO[verb](inquiry, person)
            outcome = "done"
        except (NotPermitted, NotInThisState) as refusal:
            outcome = type(refusal).__name__
        happened = (outcome, Inquiry.objects.get(pk=inquiry.pk).state)
        if happened != expected:
            wrong.append((role.value, unit, happened, expected))
    assert wrong == []


@pytest.mark.parametrize("role", Role)
def test_only_who_weighs_alerts_at_the_unit_records_a_question(cast: Cast, role: Role) -> None:
    person = make_user("Prova Prov", cast.board, role)
    if role in ROLES_OF_VERB[Verb.WEIGH_ALERT]:
        inquiry = about_company(cast, by=person)
        assert (inquiry.responsible, inquiry.state, inquiry.identity) == (person, "asked", NUMBER)
    else:
        with pytest.raises(NotPermitted):
            about_company(cast, by=person)
    with pytest.raises(NotPermitted):
        verbs.ask_about_company(cast.school_board, by=person, identity=NUMBER, about=NAME, asked=asked())


def test_a_question_about_an_alert_begins_its_examination_and_stands_in_its_history(cast: Cast) -> None:
    register = operations(cast)
    came(register, cast.karin, HOME_CARE, WATER, as_of=JUNE)
    watched(register, cast.johan)
    let_the_worker_run()
    inquiry = verbs.ask_about_alert(the_alert("Vatten"), by=cast.karin, asked=asked(asked_name="Jour", question="Plan?"))
    alert = the_alert("Vatten")
    assert (alert.state, alert.assignee, inquiry.alert, inquiry.unit) == ("examined", cast.karin, alert, cast.board)
    assert inquiry.about == "Vatten"
    assert alert.history.latest().history_change_reason == "Förfrågan antecknad: Skulder. Tillfrågad: Kronofogden"
    with pytest.raises(ValidationError, match="organisation"):
        verbs.ask_about_alert(alert, by=cast.karin, asked=asked(kind="criminal"))


def test_who_may_not_read_the_alert_reads_no_question_about_it(cast: Cast) -> None:
    register = operations(cast)
    came(register, cast.karin, HOME_CARE, as_of=JUNE)
    watch = watched(register, cast.johan)
    let_the_worker_run()
    inquiry = verbs.ask_about_alert(the_alert("Hemtjänst"), by=cast.karin, asked=asked())
    file = verbs.attach(inquiry, by=cast.karin, file=SimpleUploadedFile("f.txt", b"Fil"))
    assert [person.name for person in (cast.karin, cast.bo, cast.siv) if Inquiry.objects.visible_to(person).exists()] == [
        cast.karin.name
    ]
    watch.seen_at = cast.municipality
    save_with_history(watch, by=RISKREG, reason="Läser fler register")
    assert not Inquiry.objects.visible_to(cast.karin).exists()
    assert not Evidence.objects.visible_to(cast.karin).exists()
    assert Evidence.objects.visible_to(cast.eva).get() == file
    with pytest.raises(NotPermitted):
        verbs.conclude(inquiry, by=cast.karin, outcome="in_order", answered_on=ANSWERED)


def test_an_answer_is_kept_with_its_day_outcome_note_and_files(cast: Cast) -> None:
    files = [SimpleUploadedFile(name, name.encode(), "text/plain") for name in ("svar.txt", "bilaga.txt")]
    inquiry = verbs.conclude(
        about_company(cast), by=cast.karin, outcome="deviation", answered_on=ANSWERED, note=" Skuld 12 000 kr ", evidence=files
    )
    assert (inquiry.state, inquiry.outcome, inquiry.answered_on, inquiry.note) == (
        "answered",
        "deviation",
        ANSWERED,
        "Skuld 12 000 kr",
    )
    assert sorted(inquiry.evidence.values_list("name", flat=True)) == ["bilaga.txt", "svar.txt"]
    assert inquiry.history.latest().history_change_reason == "Utfall: Avvikelse"
    assert (inquiry.days_waited(date(2025, 9, 30)), inquiry.is_late(date(2025, 9, 30))) == (4, False)
    again = verbs.reopen(inquiry, by=cast.karin, reason=REASON)
    assert (again.outcome, again.answered_on, again.note, again.is_late(date(2025, 9, 16))) == ("", None, "", True)


def test_no_file_and_no_answer_is_kept_when_one_file_is_refused(cast: Cast, settings: Any) -> None:
    inquiry = about_company(cast)
    files = [SimpleUploadedFile("svar.txt", b"Svar"), SimpleUploadedFile("igen.txt", b"Svar")]
    with pytest.raises(ValidationError):
        verbs.conclude(inquiry, by=cast.karin, outcome="in_order", answered_on=ANSWERED, evidence=files)
    with pytest.raises(ValidationError):
        verbs.attach(inquiry, by=cast.karin, file=SimpleUploadedFile("program.exe", b"MZ"))
    settings.EVIDENCE_MAX_BYTES = 3
    with pytest.raises(ValidationError):
        verbs.attach(inquiry, by=cast.karin, file=SimpleUploadedFile("svar.txt", b"Svar"))
    assert not Evidence.objects.exists()
    inquiry.refresh_from_db()
    assert inquiry.is_open


CRIMINAL: dict[str, Any] = {"kind": "criminal", "asked_of": "company"}


def test_of_criminal_records_only_that_it_was_asked_and_what_came_of_it_is_kept(cast: Cast) -> None:
    refused_words: list[dict[str, Any]] = [{"asked_name": "Ulla"}, {"question": "Dömd?"}]
    for words in refused_words:
        with pytest.raises(ValidationError) as refused:
            about_company(cast, **CRIMINAL, **words)
        assert set(refused.value.message_dict) == set(words)
    inquiry = about_company(cast, **CRIMINAL)
    with pytest.raises(Refused):
        verbs.attach(inquiry, by=cast.karin, file=SimpleUploadedFile("utdrag.txt", b"Utdrag"))
    for outcome, note in (("deviation", "Dömd"), ("unclear", "")):
        with pytest.raises(ValidationError):
            verbs.conclude(inquiry, by=cast.karin, outcome=outcome, answered_on=ANSWERED, note=note)
    with pytest.raises(Refused):
        verbs.conclude(
            inquiry, by=cast.karin, outcome="in_order", answered_on=ANSWERED, evidence=[SimpleUploadedFile("u.txt", b"U")]
        )
    done = verbs.conclude(inquiry, by=cast.karin, outcome="deviation", answered_on=ANSWERED)
    with pytest.raises(ValidationError):
        verbs.reopen(done, by=cast.karin, reason="Dömd för annat")
    assert verbs.reopen(done, by=cast.karin).history.latest().history_change_reason == "Ta upp igen"
    assert not Evidence.objects.exists()


def test_the_database_keeps_no_word_of_criminal_records(cast: Cast) -> None:
    inquiry = about_company(cast, **CRIMINAL)
    for name in ("asked_name", "question", "note"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Inquiry.objects.filter(pk=inquiry.pk).update(**{name: "Dömd"})
    with pytest.raises(IntegrityError), transaction.atomic():
        Inquiry.objects.filter(pk=inquiry.pk).update(identity="")
    with pytest.raises(IntegrityError), transaction.atomic():
        Inquiry.objects.filter(pk=inquiry.pk).update(state="answered")


@pytest.mark.parametrize("name", ["asked_name", "question"])
def test_a_personal_number_is_refused_in_every_word_of_a_question(cast: Cast, name: str) -> None:
    words: dict[str, Any] = {name: f"Anna, {PERSON}"}
    with pytest.raises(ValidationError, match="personnumret"):
        about_company(cast, **words)
    with pytest.raises(ValidationError, match="personnumret"):
        verbs.conclude(about_company(cast), by=cast.karin, outcome="in_order", answered_on=ANSWERED, note=PERSON)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"asked_on": date(2099, 1, 1)}, "asked_on"),
        ({"due_on": date(2025, 8, 1)}, "due_on"),
        ({"kind": "rumours"}, "kind"),
        ({"asked_of": ""}, "asked_of"),
        ({"question": "x" * 501}, "question"),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(cast: Cast, given: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        about_company(cast, **given)
    assert field in refused.value.message_dict
    assert not Inquiry.objects.exists()


def test_no_person_is_asked_about_by_number(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        verbs.ask_about_company(cast.board, by=cast.karin, identity="198112189876", about="Anna", asked=asked())


@pytest.mark.parametrize("answered_on", [date(2099, 1, 1), date(2025, 8, 1)])
def test_an_answer_comes_after_its_question_and_not_in_days_to_come(cast: Cast, answered_on: date) -> None:
    with pytest.raises(ValidationError):
        verbs.conclude(about_company(cast), by=cast.karin, outcome="in_order", answered_on=answered_on)


def test_a_reason_is_needed_to_take_it_up_again_and_to_remove_a_file(cast: Cast) -> None:
    inquiry = in_state(cast, "answered")
    with pytest.raises(ReasonNeeded):
        verbs.reopen(inquiry, by=cast.karin, reason=" ")
    waiting = about_company(cast)
    with pytest.raises(ReasonNeeded):
        verbs.detach(_evidence_of(waiting), by=cast.karin, reason="")


def test_two_who_conclude_the_same_are_told(cast: Cast) -> None:
    inquiry = about_company(cast)
    opened = version_of(inquiry)
    verbs.wait_longer(inquiry, by=cast.johan, due_on=date(2025, 12, 1))
    with pytest.raises(Stale):
        verbs.conclude(inquiry, by=cast.karin, outcome="in_order", answered_on=ANSWERED, version=opened)


def test_it_is_given_only_to_who_may_weigh_alerts_here_and_waits_for_a_day_to_come(cast: Cast) -> None:
    inquiry = about_company(cast)
    for stranger in (cast.bo, cast.ake):
        with pytest.raises(ValidationError):
            verbs.assign(inquiry, by=cast.johan, responsible=stranger)
    assert verbs.assign(inquiry, by=cast.johan, responsible=cast.johan).responsible == cast.johan
    with pytest.raises(ValidationError):
        verbs.wait_longer(inquiry, by=cast.karin, due_on=date(2020, 1, 1))


def test_inquiries_of_who_leaves_are_handed_over(cast: Cast) -> None:
    inquiry = about_company(cast)
    moved = hand_over(cast.karin, cast.johan, by=cast.siv, reason="Slutar")
    assert "1 öppen förfrågan" in in_words(moved)
    inquiry.refresh_from_db()
    assert inquiry.responsible == cast.johan
