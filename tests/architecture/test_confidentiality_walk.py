"""Not one word of a confidential risk reaches who lacks the right to it, by any address, search, action or file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from controls.reporting.kinds import KINDS
from tests.architecture.access_table import ACTIONS, ADDRESSES, BLOCKS
from tests.architecture.addresses import addresses
from tests.architecture.scene import Scene
from tests.architecture.secrets import BLIND, SEARCHED, SEEING, WORD, Secrets
from tests.architecture.walking import same_session, undone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("people_read_once")]
WITH_FORMS = "cd"
"""Of those without the right, the two who fill in the forms that hold choices."""


@pytest.fixture
def secrets(secrets_of_the_scene: Secrets) -> Secrets:
    return secrets_of_the_scene


def words(response: Any) -> str:
    """What the answer says in any part of it: text, address, or a document's parts unpacked."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if body.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(body)) as package:
            body = b"\n".join(package.read(name) for name in package.namelist())
    return f"{response.headers}\n{body.decode(errors='replace')}".casefold()


def asked(client: Client, address: str) -> str:
    with undone() as written, same_session(client):
        said = words(client.get(address))
    assert written.statements == [], f"GET {address} writes"
    return said


def sent(client: Client, address: str, form: dict[str, Any]) -> str:
    """The answer to a form, and the page it leads to: messages are told there."""
    with undone(), same_session(client):
        first = client.post(address, form)
        said = words(first)
        if first.status_code == 302:
            said += words(client.get(first.headers["Location"]))
        return said


def lists() -> Iterator[str]:
    """Every list and figure, searched and filtered."""
    years = ("", "?year=2023", "?year=2026", "?year=all")
    for name in ("risks", "heatmap", "heatmap_svg", "heatmap_history", "heatmap_history_svg"):
        yield from (reverse(name) + query for query in years)
        yield f"{reverse(name)}?year=all&q={SEARCHED}"
    yield from (reverse("trend") + query for query in (*years, "?year=2026&values=after"))
    for name in ("heatmap_history", "heatmap_history_svg"):
        for query in ("year=2026&against_year=2023", "year=all&against=2020-01-01", "year=all&values=both", "day=2020-01-01"):
            yield f"{reverse(name)}?{query}"
    pages = ("inbox", "follow_ups_in_time", "checks", "year", "plans", "reports", "trail", "trail_export")
    watched = ("registers", "alerts", "alerts_tally", "supplier_scores", "inquiries")
    yield from (reverse(name) for name in (*pages, *watched))
    yield from (f"{reverse(name)}?state=all&q={SEARCHED}" for name in ("alerts", "inquiries"))
    for name in ADDRESSES:
        if name.endswith("_changelist"):
            yield from (reverse(name), f"{reverse(name)}?q={SEARCHED}")
    yield reverse("admin:controls_followup_changelist") + "?whose=mine"
    yield reverse("admin:riskreg_risk_changelist") + "?is_confidential__exact=1"
    for app, model, field in [
        ("controls", "evidence", "follow_up"),
        ("controls", "followup", "control"),
        ("controls", "control", "risk"),
        ("riskreg", "risk", "carried_from"),
        ("controls", "action", "follow_up"),
        ("riskreg", "risk", "plan"),
    ]:
        query = f"?app_label={app}&model_name={model}&field_name={field}"
        yield from (reverse("admin:autocomplete") + query + term for term in ("", f"&term={SEARCHED}"))


def records(secrets: Secrets) -> Iterator[tuple[str, Any]]:
    """(admin's name of its kind, record)"""
    yield from (("riskreg_risk", each) for each in (secrets.risk, secrets.closed, secrets.dropped, secrets.risk.carried_from))
    yield from (("controls_control", each) for each in secrets.controls)
    yield from (("controls_followup", each) for each in (secrets.follow_up, secrets.earlier, secrets.submitted))


def pages_of(secrets: Secrets) -> Iterator[str]:
    """The confidential records by their own addresses, and what lies beside them."""
    for kind, record in records(secrets):
        yield from (reverse(f"admin:{kind}_{page}", args=[record.pk]) for page in ("change", "history", "delete"))
        yield reverse("history", args=[*kind.split("_"), record.pk])
        if kind == "riskreg_risk":
            yield from (reverse(name, args=[record.pk]) for name in ("risk", "risk_timeline"))
        verb = "approve" if kind == "controls_followup" else "drop"
        yield reverse(f"admin:{kind}_verb", args=[record.pk, verb])
    for each in secrets.actions:
        yield reverse("history", args=["controls", "action", each.pk])
        yield reverse("admin:controls_followup_action", args=[each.follow_up_id, each.pk, "mark_done"])
    for file in (secrets.evidence, secrets.evidence_of_check):
        yield reverse("evidence", args=[file.pk])
        yield reverse("history", args=["controls", "evidence", file.pk])
    yield reverse("check", args=[secrets.check.pk])
    yield from (reverse("check_verb", args=[secrets.check.pk, verb]) for verb in ("mark_missed", "move", "assign"))
    yield reverse("check_evidence_remove", args=[secrets.check.pk, secrets.evidence_of_check.pk])
    yield reverse("history", args=["controls", "check", secrets.check.pk])
    yield reverse("admin:controls_followup_evidence_remove", args=[secrets.follow_up.pk, secrets.evidence.pk])


def pages_beside(secrets: Secrets) -> Iterator[str]:
    """Pages that everybody at the board has, with the confidential records left out."""
    opened, version = secrets.opened, secrets.version
    yield from (reverse(name, args=[opened.pk]) for name in ("risk", "risk_timeline"))
    yield from (reverse(f"admin:riskreg_risk_{page}", args=[opened.pk]) for page in ("change", "history"))
    yield reverse("plan_version", args=[version.plan_id, version.number])
    yield reverse("history", args=["riskreg", "planversion", secrets.version.pk])
    yield reverse("plan_review", args=[opened.plan_id])
    for plan in (secrets.risk.plan, version.plan, opened.plan):
        yield from (reverse(name, args=[plan.pk]) for name in ("plan", "plan_left_to_do"))
        yield from (reverse("plan_verb", args=[plan.pk, "adopt"]), reverse("admin:riskreg_controlplan_change", args=[plan.pk]))
        yield reverse("report", args=[plan.pk, "interim"])
        for kind in KINDS.values():
            if not kind.of_municipality:
                about = [kind.code, plan.pk, "interim" if kind.has_closing else "plan"]
                yield reverse("report_page", args=about)
                endings = ("docx", "xlsx") if kind.code == "follow_up" else ("json",)
                yield from (reverse("report_file", args=[*about, ending]) for ending in endings)
                yield reverse("report_hand_in", args=about)
    yield reverse("handed_in_report", args=[secrets.handed_in.pk])
    yield from (reverse("handed_in_file", args=[file.pk]) for file in secrets.handed_in.files.all())
    yield reverse("admin:controls_planimport_change", args=[secrets.plan_import.pk])
    yield reverse("admin:controls_planimport_picture", args=[secrets.plan_import.pk, 1])


ABOUT: dict[str, Callable[[Secrets], Iterator[str]]] = {
    "lists": lambda secrets: lists(),
    "pages of them": pages_of,
    "pages beside them": pages_beside,
}
FIRST = BLIND[0]
"""Whom the second engine is asked as: who may see what is decided the same on both."""


def telling(client: Client, addresses: Iterable[str]) -> list[str]:
    return [address for address in addresses if WORD in asked(client, address)]


@pytest.mark.parametrize("letter", [pytest.param(each, marks=[] if each == FIRST else pytest.mark.one_engine) for each in BLIND])
@pytest.mark.parametrize("about", ABOUT)
def test_no_list_search_page_or_file_says_it(scene: Scene, secrets: Secrets, about: str, letter: str) -> None:
    assert telling(scene.clients[letter], dict.fromkeys(ABOUT[about](secrets))) == []


@pytest.mark.one_engine
@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize("letter", WITH_FORMS)
@pytest.mark.parametrize("names", BLOCKS, ids=lambda names: names[0])
def test_no_other_address_of_the_site_says_it(scene: Scene, names: list[str], letter: str) -> None:
    book = addresses(scene, scene.own)
    assert telling(scene.clients[letter], (book[name]()[0] for name in names if name in book)) == []


def forms_about(secrets: Secrets) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every verb, action and form that could be sent about the confidential records."""
    reason = {"reason": "Därför."}
    for kind, record in records(secrets):
        chosen = {"_selected_action": record.pk, **reason}
        names = [name.split(":")[1] for name in ACTIONS if name.startswith(f"{kind.split('_')[1]}:")]
        yield from ((reverse(f"admin:{kind}_changelist"), {"action": name, **chosen}) for name in names)
        verbs = ["approve", "start", "return"] if kind == "controls_followup" else ["drop", "restore"]
        yield from ((reverse(f"admin:{kind}_verb", args=[record.pk, verb]), reason) for verb in verbs)
        yield from ((reverse(f"admin:{kind}_{page}", args=[record.pk]), {"post": "yes"}) for page in ("change", "delete"))
    yield reverse("place_risk", args=[secrets.risk.pk]), {"likelihood": 2, "impact": 3}
    for act in ("keep", "drop", "restore"):
        yield reverse("plan_review", args=[secrets.closed.plan_id]), {"act": act, "risk": secrets.closed.pk}
    yield reverse("plan_review", args=[secrets.closed.plan_id]), {"act": "keep_all"}
    yield reverse("admin:controls_planimport_change", args=[secrets.plan_import.pk]), {"_confirm": "1"}


@pytest.mark.parametrize("letter", [pytest.param(each, marks=[] if each == FIRST else pytest.mark.one_engine) for each in BLIND])
def test_no_form_verb_or_action_says_it(scene: Scene, secrets: Secrets, letter: str) -> None:
    client = scene.clients[letter]
    assert [f"{address} {form}" for address, form in forms_about(secrets) if WORD in sent(client, address, form)] == []


@pytest.mark.parametrize("letter", [SEEING[0], *(pytest.param(each, marks=pytest.mark.one_engine) for each in SEEING[1:])])
def test_who_has_the_right_reads_it(scene: Scene, secrets: Secrets, letter: str) -> None:
    """Otherwise the walks above would find nothing in an empty scene."""
    silent = [address for address in pages_of(secrets) if WORD not in asked(scene.clients[letter], address)]
    refused = [address for address in silent if "/delete/" in address or "/verb/" in address]
    # A verb that is another's, or not possible now, leads back; what is never deleted says so and nothing else.
    assert set(silent) - set(refused) == set()
    assert WORD in asked(scene.clients[letter], f"{reverse('risks')}?q={SEARCHED}")
    about = ["follow_up", secrets.risk.plan_id, "interim", "docx"]
    assert WORD in asked(scene.clients[letter], reverse("report_file", args=about))
