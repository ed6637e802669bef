"""The pages of populations and samples: what they say to whom, and that they ask the database no more for more rows."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controls.data_files import table
from controls.models import Population, Sample
from tests.cast import Cast
from tests.data_files.files import csv_bytes, invoices
from tests.sampling.samples import drawn_sample
from tests.sampling.scene import a_control, a_follow_up, locked, read_in
from tests.sampling.shown import page_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today"), pytest.mark.one_engine]


def test_the_page_says_whether_different_values_are_counted_or_estimated(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    control = a_control(cast)
    counted = read_in(cast, csv_bytes(invoices(30)), control=control)
    monkeypatch.setattr(table, "EXACT_ROWS", 10)
    estimated = read_in(cast, csv_bytes(invoices(30)), control=control)
    assert "ungefär" not in page_of(client, cast.karin, counted.get_absolute_url())
    assert "ungefär" in page_of(client, cast.karin, estimated.get_absolute_url())


def test_who_only_administers_sees_neither_keys_nor_problems(client: Client, cast: Cast, sample: Sample) -> None:
    item = sample.items.get(position=1)
    assert item.key in page_of(client, cast.karin, sample.get_absolute_url())
    assert item.key in page_of(client, cast.ake, sample.get_absolute_url())
    assert item.key not in page_of(client, cast.siv, sample.get_absolute_url())
    draft = read_in(cast, csv_bytes([*invoices(3), invoices(3)[0]]), control=a_control(cast, "En annan risk"))
    assert draft.key_columns == []


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize(
    "address", ["population_add", "population", "admin:controls_population_changelist", "admin:controls_sample_changelist"]
)
def test_a_list_asks_the_same_for_two_and_for_forty(client: Client, cast: Cast, address: str) -> None:
    """The control's populations with their samples; the earlier draws from one content; both lists of the admin."""
    follow_up = a_follow_up(cast, a_control(cast))
    client.force_login(cast.karin)
    first = drawn_sample(follow_up, size=2).population
    goal = {"population_add": [first.control_id], "population": [first.pk]}.get(address, [])

    def more(count: int) -> None:
        for number in range(count):
            drawn_sample(follow_up, size=2, name=f"Löneattester {number}")

    more(1)
    queries_of(client, reverse(address, args=goal))
    few = queries_of(client, reverse(address, args=goal))
    more(38)
    assert Sample.objects.count() == 40
    assert queries_of(client, reverse(address, args=goal)) == few <= 14


def test_the_sample_s_page_and_its_items_ask_the_same_for_two_and_for_forty(client: Client, cast: Cast) -> None:
    follow_up = a_follow_up(cast, a_control(cast))
    client.force_login(cast.karin)
    samples = [drawn_sample(follow_up, size=size) for size in (2, 2, 40)]
    for name, limit in (("sample", 12), ("sample_items", 10)):
        _warm, few, many = (queries_of(client, reverse(name, args=[sample.pk])) for sample in samples)
        assert few == many <= limit


def test_each_role_s_first_step_is_the_primary_one(client: Client, cast: Cast) -> None:
    sample = drawn_sample(a_follow_up(cast, a_control(cast)), size=2)
    items, verify = reverse("sample_items", args=[sample.pk]), reverse("sample_verify", args=[sample.pk])
    for person, primary, others in (
        (cast.karin, items, []),
        (cast.ake, verify, [items]),
        (cast.eva, items, [verify]),
        (cast.siv, None, []),
    ):
        page = page_of(client, person, sample.get_absolute_url())
        assert re.findall(r'class="btn primary" href="([^"]+)"', page) == ([primary] if primary else []), person
        offered = [address for address in (items, verify) if f'class="btn" href="{address}"' in page]
        assert offered == others, person
    assert f'class="btn primary" href="{verify}"' in page_of(client, cast.ake, items)


def test_what_a_sample_shows_is_a_whole_page_unless_the_list_asks_for_a_part(client: Client, cast: Cast) -> None:
    sample = drawn_sample(a_follow_up(cast, a_control(cast)), size=2)
    address = reverse("sample_evaluation", args=[sample.pk])
    page = page_of(client, cast.karin, address)
    assert "<html" in page
    assert reverse("sample_items", args=[sample.pk]) in page
    part = client.get(address, headers={"X-Fragment": "shows"}).content.decode()
    assert "<html" not in part
    assert 'id="h-shows"' in part


def test_a_population_is_kept_longer_from_its_page_with_a_reason(client: Client, cast: Cast, population: Population) -> None:
    before = population.retained_until
    address = reverse("population_retain", args=[population.pk])

    def send(**form: str) -> str:
        page: str = client.post(address, form, follow=True).content.decode()
        population.refresh_from_db()
        return page

    assert f'href="{address}"' in page_of(client, cast.eva, population.get_absolute_url())
    assert 'value="i vår"' in send(until="i vår", reason="Arkivbeslut")
    assert "har varit" in send(until="2024-01-31", reason="Arkivbeslut")
    assert 'value="2030-01-31"' in send(until="2030-01-31", reason=" ")
    assert population.retained_until == before
    page = send(until="2030-01-31", reason="Arkivbeslut KS 2025/88")
    assert population.retained_until == date(2030, 1, 31)
    assert "Populationen bevaras till" in page
    assert "31 januari 2030" in page
    row = population.history.first()
    assert (row.history_user_name, row.history_change_reason) == (cast.eva.name, "Arkivbeslut KS 2025/88")


def test_a_population_is_put_on_legal_hold_and_released_from_its_page(client: Client, cast: Cast, population: Population) -> None:
    client.force_login(cast.eva)

    def send(act: str, reason: str) -> str:
        address = reverse(f"population_{act}", args=[population.pk])
        page: str = client.post(address, {"reason": reason}, follow=True).content.decode()
        population.refresh_from_db()
        return page

    send("hold", "")
    assert not population.is_held
    page = send("hold", "Tvist med leverantör")
    assert (population.is_held, population.hold_reason) == (True, "Tvist med leverantör")
    assert "Tvist med leverantör" in page
    assert reverse("population_release", args=[population.pk]) in page
    page = send("hold", "Ännu en tvist")
    assert "Tvist med leverantör" in page
    assert "Ännu en tvist" in page
    assert population.hold_reason == "Tvist med leverantör"
    page = send("release", "Tvisten är avgjord")
    assert (population.is_held, population.hold_reason) == (False, "")
    assert reverse("population_hold", args=[population.pk]) in page
    reasons = population.history.values_list("history_change_reason", flat=True)[:2]
    assert [reason.rpartition(": ")[2] for reason in reasons] == ["Tvisten är avgjord", "Tvist med leverantör"]


def test_who_may_not_hold_is_offered_neither_form_and_is_refused(client: Client, cast: Cast, population: Population) -> None:
    for person in (cast.karin, cast.ake, cast.siv):
        page = page_of(client, person, population.get_absolute_url())
        assert reverse("population_hold", args=[population.pk]) not in page
        for act in ("hold", "retain"):
            form = {"reason": "Tvist", "until": "2031-01-01"}
            assert client.post(reverse(f"population_{act}", args=[population.pk]), form).status_code == 403
    population.refresh_from_db()
    assert not population.is_held


def test_the_administration_finds_populations_and_samples_and_leads_to_their_pages(
    client: Client, cast: Cast, sample: Sample
) -> None:
    population = sample.population
    other = locked(cast, csv_bytes(invoices(9)), control=a_control(cast, "En annan risk"), name="Löneattester")
    client.force_login(cast.ake)
    lists = {model: reverse(f"admin:controls_{model}_changelist") for model in ("population", "sample")}
    found = client.get(lists["population"], {"q": population.sha256[:20]}).content.decode()
    assert population.name in found
    assert other.name not in found
    assert other.name in client.get(lists["population"], {"q": "Löneatt", "state__exact": "locked"}).content.decode()
    change = reverse("admin:controls_sample_change", args=[sample.pk])
    assert change in client.get(lists["sample"], {"q": sample.seed}).content.decode()
    assert change in client.get(lists["sample"], {"population__id__exact": population.pk}).content.decode()
    assert change not in client.get(lists["sample"], {"population__id__exact": other.pk}).content.decode()
    page = client.get(change).content.decode()
    for name in ("sample", "sample_items", "sample_verify", "admin:controls_sample_history"):
        assert f'href="{reverse(name, args=[sample.pk])}"' in page
    assert 'name="_save"' not in page
    page = client.get(reverse("admin:controls_population_change", args=[population.pk])).content.decode()
    assert f'href="{population.get_absolute_url()}"' in page
    assert f"population__id__exact={population.pk}" in page
    page = client.get(reverse("admin:controls_control_change", args=[population.control_id])).content.decode()
    assert f'href="{reverse("population_add", args=[population.control_id])}"' in page


def test_the_administration_lists_what_one_may_see(client: Client, cast: Cast, sample: Sample) -> None:
    client.force_login(cast.bo)
    for model, record in (("population", sample.population), ("sample", sample)):
        listed = client.get(reverse(f"admin:controls_{model}_changelist")).content.decode()
        assert reverse(f"admin:controls_{model}_change", args=[record.pk]) not in listed
