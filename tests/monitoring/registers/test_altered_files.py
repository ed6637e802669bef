"""A snapshot's file that is not the one its history states: neither shown, exported nor compared, whatever the record says."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from controls.models import RegisterSnapshot
from tests.cast import Cast
from tests.monitoring.registers.scene import JULY, JUNE, SUPPLIERS, a_register, fed
from tests.trail.past_the_product import set_columns, without_triggers

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]


def swapped(cast: Cast) -> RegisterSnapshot:
    """The later of two snapshots, whose file and hash are another's: what somebody with both passwords does."""
    register = a_register(cast.board, cast.johan)
    earlier = fed(register, cast.karin, as_of=JUNE)
    later = fed(register, cast.karin, *SUPPLIERS[1:], as_of=JULY)
    content = Path(earlier.file.path).read_bytes()
    Path(later.file.path).write_bytes(content)
    without_triggers()
    set_columns(RegisterSnapshot, later.pk, {"sha256": hashlib.sha256(content).hexdigest()})
    return later


@pytest.mark.parametrize("name", ["register_csv", "register_xlsx", "register_changes", "register_row"])
def test_a_swapped_file_is_handed_out_nowhere_though_the_record_goes_along(
    cast: Cast, client: Client, today: date, name: str
) -> None:
    found = swapped(cast)
    client.force_login(cast.johan)
    parts = [found.register_id, found.pk, *([1] if name == "register_row" else [])]
    answer = client.get(reverse(name, args=parts))
    assert answer.status_code == 409
    assert "säkerhetskopian" in answer.content.decode()


def test_nor_do_rules_read_it(cast: Cast, client: Client, today: date) -> None:
    found = swapped(cast)
    client.force_login(cast.johan)
    page = client.get(reverse("register_rules", args=[found.register_id])).content.decode()
    address = reverse("register_rule", args=[found.register_id, "x"])[:-2]
    rules = {part.split('"')[0] for part in page.split(f'href="{address}')[1:]}
    answers = [client.get(f"{address}{rule}") for rule in sorted(rules)]
    tried = [answer for answer in answers if answer.status_code == 409]
    assert tried
    assert all(answer.status_code == 409 or answer.context["missing"] for answer in answers)
