"""Every form that takes a reason keeps it when it is refused, and no field that is demanded says that it is optional."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from lxml import html

from riskreg.verbs.errors import Refused
from riskreg.verbs.gate import Gated
from riskreg.web.asking import RecordVerb
from tests.architecture.access_table import ADDRESSES, BLOCKS
from tests.architecture.addresses import addresses
from tests.architecture.scene import Scene
from tests.architecture.walking import same_session, undone

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine, pytest.mark.usefixtures("people_read_once")]
TYPED = "Skälet som skrevs"
ASKING = [[name for name in block if ADDRESSES[name].reads and ADDRESSES[name].writes] for block in BLOCKS]


def forms_of(scene: Scene, names: list[str]) -> Iterator[tuple[str, Client, str, Any, dict[str, Any]]]:
    """Each form that is sent by POST: the address's name, who may send it, where to, the form, and what makes it complete."""
    book = addresses(scene, scene.own)
    for name in names:
        row = ADDRESSES[name]
        client = scene.clients[next(letter for letter in row.writes + row.reads if letter in row.reads)]
        address, complete = book[name]()
        response = client.get(address)
        if response.status_code != 200 or not response.headers["Content-Type"].startswith("text/html"):
            continue
        for form in html.fromstring(response.content.decode()).forms:
            # A batch's outcome is told by row, where the list is.
            if form.method == "POST" and form.get("id") != "changelist-form":
                yield name, client, form.get("action") or address, form, complete


def sent(client: Client, address: str, values: dict[str, Any]) -> Any:
    """The answer to what is sent, which is undone."""
    with undone(), same_session(client):
        return client.post(address, values)


def values_of(form: Any) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in form.form_values():
        values.setdefault(name, []).append(value)
    return values


@pytest.mark.parametrize("names", [block for block in ASKING if block], ids=lambda names: names[0])
def test_a_reason_stays_in_the_form_when_it_is_refused(scene: Scene, names: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any, **_kwargs: Any) -> Any:
        raise Refused("Inte nu.")

    lost = []
    for name, client, address, form, complete in list(forms_of(scene, names)):
        reasons = [field for field in form.fields if field.rpartition("-")[2] == "reason"]
        pressed = form.xpath(".//button[@name] | .//input[@type='submit'][@name]")
        for button in [{each.get("name"): each.get("value", "1")} for each in pressed] or [{}] if reasons else ():
            values = values_of(form) | complete | dict.fromkeys(reasons, TYPED) | button
            with monkeypatch.context() as patch:
                patch.setattr(Gated, "open", refuse)
                patch.setattr(Gated, "enter", refuse)
                patch.setattr(RecordVerb, "act", property(lambda verb: refuse, lambda verb, value: None))
                answer = sent(client, address, values)
            if TYPED not in answer.content.decode():
                lost.append(f"{name}: {button}: {answer.status_code}")
    assert lost == []


@pytest.mark.parametrize("names", [block for block in ASKING if block], ids=lambda names: names[0])
def test_a_field_that_says_optional_can_be_left_empty(scene: Scene, names: list[str]) -> None:
    demanded = []
    for name, client, address, form, complete in list(forms_of(scene, names)):
        optional = form.xpath(
            ".//*[contains(@class, 'field')][.//span[@class='optional']]//*[self::input or self::textarea or self::select]/@name"
        )
        if not optional:
            continue
        answer = sent(client, address, {key: value for key, value in (values_of(form) | complete).items() if key not in optional})
        if answer.status_code not in {200, 400, 409, 422}:
            continue
        invalid = html.fromstring(answer.content.decode()).xpath("//*[contains(@class, 'invalid')]//*[@name]/@name")
        demanded += [f"{name}: {field}" for field in invalid if field in optional]
    assert demanded == []
