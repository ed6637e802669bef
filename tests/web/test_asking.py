"""Pages that ask and do: what follows each kind of refusal is the same everywhere, and what was typed stays."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from controls.reporting.handing_in.verbs import hand_in, take_up
from controls.reporting.kinds import KINDS
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import User
from riskreg.plans import life, risks
from riskreg.verbs.concurrency import version_of
from riskreg.verbs.errors import NotInThisState, ReasonNeeded, Refused
from riskreg.web.asking import Place, ReasonForm, RecordVerb, VersionedReasonForm, ask, press
from tests.cast import Cast, make_control, make_risk
from tests.checks.checks import make_check, monthly
from tests.follow_ups.follow_up_pages import address
from tests.follow_ups.follow_ups import in_state
from tests.plans.test_planning import adopted
from tests.reporting.subjects import subject

TYPED = "Köps som tjänst"
BACK = "/tillbaka/"


def asked(user: User, **sent: str) -> HttpRequest:
    """A request by the user: POST of what is sent, GET of nothing."""
    request = RequestFactory().post("/", sent) if sent else RequestFactory().get("/")
    request.user = user
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]
    return request


def told(request: HttpRequest) -> list[str]:
    return [str(message) for message in get_messages(request)]


def nothing(_record: Any, _answer: Any) -> str:
    return ""


def refusing(refusal: Exception | None, form: type[ReasonForm] | None = ReasonForm, **how: Any) -> RecordVerb:
    def act(record: Any, **given: Any) -> Any:
        if refusal is not None:
            raise refusal
        return given

    return RecordVerb("move", lambda: "Move", act, form=form, **{"said": nothing, **how})


REFUSALS = [
    (NotPermitted(Verb.VIEW), 403, "__all__"),
    (NotInThisState("Move", "Done", ["Reopen"]), 409, "__all__"),
    (Refused("Something is in the way."), 409, "__all__"),
    (ReasonNeeded("Move"), 409, "reason"),
    (ValidationError({"reason": ["Say more."]}), 200, "reason"),
    (ValidationError({"conclusion": ["Choose a conclusion."]}), 200, "__all__"),
    (ValidationError("It is wrong."), 200, "__all__"),
]
BY_NAME = [f"{type(refusal).__name__}-{status}-{field}" for refusal, status, field in REFUSALS]


@pytest.mark.parametrize(("refusal", "status", "field"), REFUSALS, ids=BY_NAME)
def test_a_refusal_of_what_was_sent_is_said_in_the_form_with_what_was_typed(
    refusal: Exception, status: int, field: str, cast: Cast
) -> None:
    request = asked(cast.karin, reason=TYPED)
    answer: Any = ask(request, refusing(refusal), cast.plan, Place(BACK, "the plan"))
    form = answer.context_data["form"]
    assert answer.status_code == status
    assert form.errors.keys() == {field}
    assert form["reason"].value() == TYPED
    assert told(request) == []


@pytest.mark.parametrize(("refusal", "status", "field"), REFUSALS, ids=BY_NAME)
def test_a_refusal_of_one_press_is_a_message_where_the_button_was_but_for_a_missing_right(
    refusal: Exception, status: int, field: str, cast: Cast
) -> None:
    def act() -> None:
        raise refusal

    for do in (
        lambda request: ask(request, refusing(refusal, form=None), cast.plan, Place(BACK, "the plan")),
        lambda request: press(request, act, back=BACK, said="Done."),
    ):
        request = asked(cast.karin, csrfmiddlewaretoken="x")
        if status == 403:
            with pytest.raises(NotPermitted):
                do(request)
            continue
        answer: Any = do(request)
        assert (answer.status_code, answer.url) == (302, BACK)
        assert told(request) == [" ".join(refusal.messages) if isinstance(refusal, ValidationError) else str(refusal)]


def test_who_may_not_or_cannot_now_is_told_before_they_are_asked(cast: Cast) -> None:
    place, not_now = Place(BACK, "the plan"), Refused("Not now.")
    request = asked(cast.karin)
    answer: Any = ask(request, refusing(None, why_not=lambda *_: not_now), cast.plan, place)
    assert (answer.status_code, answer.url, told(request)) == (302, BACK, ["Not now."])
    missing = refusing(None, why_not=lambda *_: NotPermitted(Verb.VIEW))
    with pytest.raises(NotPermitted):
        ask(asked(cast.karin), missing, cast.plan, place)
    # Sent all the same: nothing is done, and what was typed is not thrown away.
    answer = ask(asked(cast.karin, reason=TYPED), missing, cast.plan, place)
    assert (answer.status_code, answer.context_data["form"]["reason"].value()) == (403, TYPED)


def test_opening_the_page_does_nothing(cast: Cast) -> None:
    done: list[Any] = []
    verb = RecordVerb("move", lambda: "Move", lambda record, **given: done.append(record), form=ReasonForm, said=nothing)
    assert ask(asked(cast.karin), verb, cast.plan, Place(BACK, "the plan")).status_code == 200
    one_press = RecordVerb("move", lambda: "Move", lambda record, **given: done.append(record), said=nothing)
    assert ask(asked(cast.karin), one_press, cast.plan, Place(BACK, "the plan")).status_code == 302
    assert done == []


def test_what_is_done_is_said_and_leads_on(cast: Cast) -> None:
    said: dict[str, Any] = {
        "said": lambda record, answer: f"{record.year}: {answer['reason']}",
        "goes_to": lambda answer: "/dit/",
    }
    request = asked(cast.karin, reason=TYPED)
    answer: Any = ask(request, refusing(None, **said), cast.plan, Place(BACK, "the plan"))
    assert (answer.url, told(request)) == ("/dit/", [f"2025: {TYPED}"])


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Klar: Stickprov.", "Klar: Stickprov."),
        ("Klar: Granska underlag..", "Klar: Granska underlag."),
        ("Klar: Vem får?.", "Klar: Vem får?"),
        ("Klar: Granska…. ", "Klar: Granska…. "),
        ("Klar: Granska….", "Klar: Granska…"),
        ("Vänta...", "Vänta..."),
    ],
)
def test_a_sentence_that_ends_with_a_name_has_one_full_stop(cast: Cast, said: str, shown: str) -> None:
    request = asked(cast.karin, reason=TYPED)
    ask(request, refusing(None, said=lambda *_: said), cast.plan, Place(BACK, "the plan"))
    press(request, lambda: None, back=BACK, said=said)
    assert told(request) == [shown, shown]


def test_what_somebody_else_saved_meanwhile_is_shown_beside_ones_own_and_sending_again_is_a_decision(cast: Cast) -> None:
    risk = make_risk(cast.plan, "Förr")
    opened = version_of(risk)
    risks.change_risk(risk, by=cast.eva, title="Nytt")
    verb = RecordVerb("drop", lambda: "Drop", risks.drop_risk, form=VersionedReasonForm, said=nothing)
    place = Place(BACK, str(risk))
    answer: Any = ask(asked(cast.eva, reason=TYPED, version=str(opened)), verb, risk, place)
    form = answer.context_data["form"]
    assert answer.status_code == 409
    assert [(row.field, row.opened, row.theirs) for row in form.conflict] == [("title", "Förr", "Nytt")]
    assert (form["reason"].value(), form["version"].value()) == (TYPED, str(version_of(risk)))
    risk.refresh_from_db()
    assert not risk.is_dropped
    assert ask(asked(cast.eva, reason=TYPED, version=form["version"].value()), verb, risk, place).status_code == 302
    risk.refresh_from_db()
    assert risk.is_dropped


# The pages there are, each with its own verb


def returning(cast: Cast) -> tuple[User, str, dict[str, Any]]:
    follow_up = in_state(cast, "submitted")
    return cast.johan, address(follow_up, "verb", "return"), {"version": 987}


def moving_a_check(cast: Cast) -> tuple[User, str, dict[str, Any]]:
    check = make_check(monthly(cast), date(2025, 9, 30))
    return cast.johan, reverse("check_verb", args=[check.pk, "move"]), {"due_on": "2025-10-07", "version": 987}


def revising_a_plan(cast: Cast) -> tuple[User, str, dict[str, Any]]:
    make_risk(cast.plan)
    return cast.eva, reverse("admin:riskreg_controlplan_verb", args=[cast.plan.pk, "revise"]), {}


def handing_in_again(cast: Cast) -> tuple[User, str, dict[str, Any]]:
    make_control(make_risk(cast.plan))
    report = hand_in(KINDS["follow_up"], subject(cast, "follow_up"), by=cast.johan, reason="Prov")
    address = reverse("report_hand_in", args=[report.kind, cast.plan.pk, "interim"])
    return cast.johan, address, {}


def taking_up(cast: Cast) -> tuple[User, str, dict[str, Any]]:
    make_control(make_risk(cast.plan))
    report = hand_in(KINDS["follow_up"], subject(cast, "follow_up"), by=cast.johan, reason="Prov")
    take_up(report, by=cast.johan, reason="Redan")
    return cast.johan, reverse("handed_in_take_up", args=[report.pk]), {}


def dropping(cast: Cast) -> tuple[User, str, dict[str, Any]]:
    make_risk(cast.plan)
    plan = life.carry_over(adopted(cast), by=cast.eva)
    risk = plan.risks.get()
    risks.drop_risk(risk, by=cast.eva, reason="Redan")
    return cast.eva, reverse("plan_review", args=[plan.pk]), {"act": "drop", "risk": risk.pk}


@pytest.mark.usefixtures("today")
@pytest.mark.parametrize("page", [returning, moving_a_check, revising_a_plan, handing_in_again, taking_up, dropping])
def test_every_page_that_asks_says_no_with_409_and_keeps_what_was_typed_without_a_script(
    page: Any, cast: Cast, client: Client
) -> None:
    user, where, others = page(cast)
    client.force_login(user)
    answer = client.post(where, {"reason": TYPED} | others)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert f">\n{TYPED}</textarea>" in text
    assert 'class="error-summary"' in text
    # One form that is sent as it is; the page runs no script of its own.
    main = text[text.index("data-unsaved") :]
    form = main[: main.index("</form>")]
    assert "csrfmiddlewaretoken" in form
    assert 'type="submit"' in form
    assert "onclick" not in text
    assert "<script>" not in text
    for name, value in others.items():
        assert f'name="{name}"' in form
        assert name == "version" or f'value="{value}"' in form


def test_a_missing_reason_is_said_beside_its_field_on_the_page_of_last_years_risks(cast: Cast, client: Client) -> None:
    make_risk(cast.plan)
    plan = life.carry_over(adopted(cast), by=cast.eva)
    client.force_login(cast.eva)
    send = partial(client.post, reverse("plan_review", args=[plan.pk]))
    answer = send({"act": "drop", "risk": plan.risks.get().pk, "reason": " "})
    assert answer.context["form"].errors.keys() == {"reason"}
    assert send({"act": "drop", "risk": plan.risks.get().pk, "reason": TYPED}).status_code == 302
    assert plan.risks.get().decision_reason == TYPED
