"""The follow-up's page as a visitor opens and sends it."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from controls.models import FollowUp
from riskreg.models import User
from riskreg.verbs.concurrency import version_of
from tests.follow_ups.follow_ups import RESULT


def address(follow_up: FollowUp, name: str = "change", *parts: object) -> str:
    return reverse(f"admin:controls_followup_{name}", args=[follow_up.pk, *parts])


def opened(visitor: Client, user: User, follow_up: FollowUp) -> str:
    visitor.force_login(user)
    answer = visitor.get(follow_up.get_absolute_url())
    assert answer.status_code == 200
    return str(answer.content.decode())


def token(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    return found[1] if found else ""


def filled(follow_up: FollowUp, **values: Any) -> dict[str, Any]:
    """The form as the visitor sends it."""
    return {
        "result": RESULT,
        "conclusion": "no_deviations",
        "conclusion_reason": "",
        "performed_otherwise": "",
        "decision": "",
        "decision_text": "",
        "version": version_of(follow_up),
        "measures-TOTAL_FORMS": "1",
        "measures-INITIAL_FORMS": "0",
        "measures-0-description": "",
        "measures-0-responsible": "",
        "measures-0-due_on": "",
        **values,
    }


def sent(visitor: Client, user: User, follow_up: FollowUp, *button: str, **values: Any) -> Any:
    page = opened(visitor, user, follow_up)
    data = filled(follow_up, **values) | {button[0] if button else "_save": "1", "csrfmiddlewaretoken": token(page)}
    return visitor.post(follow_up.get_absolute_url(), data)


def verb(visitor: Client, user: User, follow_up: FollowUp, name: str, **values: Any) -> Any:
    page = opened(visitor, user, follow_up)
    data = {"version": version_of(follow_up), "csrfmiddlewaretoken": token(page), **values}
    return visitor.post(address(follow_up, "verb", name), data)
