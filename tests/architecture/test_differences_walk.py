"""What a record that somebody does not see says (texts, scores, states, days) changes nothing of what they are shown.

The walks beside this one look for words; a figure, an order or a name that leaks is found by changing it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from controls.models import Action, Check, Control, Evidence, FollowUp, Population
from riskreg.models import Risk
from tests.architecture.access_table import BLOCKS
from tests.architecture.addresses import addresses
from tests.architecture.scene import Scene
from tests.architecture.secrets import Secrets
from tests.architecture.test_confidentiality_walk import lists, pages_beside
from tests.architecture.walking import same_session, undone

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine, pytest.mark.usefixtures("people_read_once", "clock_stands")]
ALWAYS_NEW = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')
APART = ("/fil/", "/arbetsfil/", "/brev.eml", "/granskning/export/", "/drift/", "/paminnelser/", "/kalender/")
"""Say when they were written, or are somebody else's by a secret; what is in the files is told by the pages."""


@pytest.fixture
def clock_stands(time_machine: Any) -> None:
    """What is shown twice is shown in the same second: a page or a file that tells the time tells the same."""
    time_machine.move_to(datetime.now(UTC), tick=False)


def shown(client: Client, about: Iterable[str]) -> dict[str, str]:
    """What each page says."""
    found = {}
    for address in about:
        if not any(part in address for part in APART):
            with undone(), same_session(client):
                answer: Any = client.get(address)
                body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            found[address] = f"{answer.status_code} {ALWAYS_NEW.sub('', body.decode(errors='replace'))}"
    return found


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return [address for address, said in before.items() if after[address] != said]


def filtered(scene: Scene) -> list[str]:
    """The lists, narrowed by what is changed."""
    asked = (
        "score=16",
        "likelihood=4",
        "placed=yes",
        f"category={scene.category.pk}",
        f"owner={scene.own.person.pk}",
        "conclusion=significant_deviations",
        "method=survey",
        "came=late",
    )
    return [f"{reverse(name)}?year=all&{narrowed}" for name in ("risks", "heatmap") for narrowed in asked]


def rewrite(risks: Any, *, category: Any) -> None:
    """Other values everywhere, past and present, in the records and in their history."""
    pks = list(risks.values_list("pk", flat=True))
    figures = {"risk_score": 16, "likelihood": 4, "impact": 4, "category": category, "owner": None}
    for rows in (Risk.objects.filter(pk__in=pks), Risk.history.filter(id__in=pks)):
        rows.update(title="Annat", description="Annat", **figures)
    controls = list(Control.objects.filter(risk__in=pks).values_list("pk", flat=True))
    Control.objects.filter(pk__in=controls).update(method="survey", description="Annat", target="Annat")
    told = {"conclusion": "significant_deviations", "due_on": date(2025, 1, 7), "result": "Annat"}
    follow_ups = list(FollowUp.objects.filter(control__in=controls).values_list("pk", flat=True))
    for rows in (FollowUp.objects.filter(pk__in=follow_ups), FollowUp.history.filter(id__in=follow_ups)):
        rows.update(**told)
    Action.objects.filter(follow_up__in=follow_ups).update(description="Annat")
    Evidence.objects.filter(follow_up__in=follow_ups).update(name="annat.txt", size=99)
    Population.objects.filter(control__in=controls).update(name="Annat")


def about_the_site(scene: Scene, names: list[str]) -> list[str]:
    book = addresses(scene, scene.own)
    return [book[name]()[0] for name in names if name in book]


ABOUT: dict[str, Callable[[Scene], list[str]]] = {
    "lists": lambda scene: [*lists()],
    "lists, narrowed": filtered,
    **{names[0]: partial(about_the_site, names=names) for names in BLOCKS},
}


@pytest.mark.parametrize("about", ABOUT)
def test_nothing_of_another_units_records_is_told(scene: Scene, about: str) -> None:
    client, asked = scene.clients["c"], ABOUT[about](scene)
    before = shown(client, asked)
    rewrite(Risk.objects.filter(unit=scene.other.unit), category=scene.category)
    assert changed(before, shown(client, asked)) == []


ABOUT_SECRETS: dict[str, Callable[[Scene, Secrets], Iterable[str]]] = {
    "lists": lambda scene, secrets: lists(),
    "lists, narrowed": lambda scene, secrets: filtered(scene),
    "pages beside them": lambda scene, secrets: pages_beside(secrets),
}


@pytest.mark.parametrize("about", ABOUT_SECRETS)
def test_nothing_of_a_confidential_record_is_told(scene: Scene, secrets_of_the_scene: Secrets, about: str) -> None:
    secrets = secrets_of_the_scene
    version = reverse("plan_version", args=[secrets.version.plan_id, secrets.version.number])
    client, asked = scene.clients["c"], [*ABOUT_SECRETS[about](scene, secrets)]
    before = shown(client, asked)
    rewrite(Risk.objects.filter(is_confidential=True), category=scene.category)
    Check.objects.filter(control__risk__is_confidential=True).update(note="Annat")
    # That something confidential has changed since the plan was adopted is said, and nothing else.
    assert changed(before, shown(client, asked)) in ([], [version])


def test_who_sees_the_records_is_told(scene: Scene) -> None:
    """Otherwise the walks above would change nothing."""
    client = scene.clients["e"]
    about = [reverse(name) + "?year=all" for name in ("risks", "heatmap")]
    before = shown(client, about)
    rewrite(Risk.objects.filter(unit=scene.other.unit), category=scene.category)
    assert changed(before, shown(client, about)) == about
