"""A column of personal data is no column of groups: weeding would empty the groups, and with them the evaluation."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from controls.models import Population
from controls.sampling.populations import verbs
from controls.sampling.populations.verbs import Columns
from riskreg.verbs.errors import Refused
from tests.cast import Cast
from tests.sampling.scene import read_in, with_columns

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def test_it_is_refused_beside_its_field_and_nothing_is_changed(client: Client, cast: Cast) -> None:
    population = read_in(cast)
    before = (population.key_columns, population.stratum_column, population.personal_columns)
    with pytest.raises(ValidationError) as wrong:
        verbs.choose_columns(population, by=cast.karin, columns=Columns(("Faktura",), "", "Konto", ("Leverantör", "Konto")))
    assert list(wrong.value.message_dict) == ["stratum"]
    assert "Konto" in wrong.value.messages[0]
    client.force_login(cast.karin)
    sent = {"key": ["Faktura"], "amount": "Belopp", "stratum": "Konto", "personal": ["Konto"]}
    page = client.post(population.get_absolute_url(), sent)
    assert page.context["form"].errors.keys() == {"stratum"}
    population.refresh_from_db()
    assert (population.key_columns, population.stratum_column, population.personal_columns) == before
    assert client.post(population.get_absolute_url(), {**sent, "personal": ["Leverantör"]}).status_code == 302
    population.refresh_from_db()
    assert (population.stratum_column, population.personal_columns) == ("Konto", ["Leverantör"])


def test_what_an_older_source_has_chosen_so_is_not_locked(client: Client, cast: Cast) -> None:
    population = with_columns(read_in(cast), cast.karin, stratum="Konto", personal=("Leverantör",))
    Population.objects.filter(pk=population.pk).update(personal_columns=["Konto"])
    with pytest.raises(Refused, match="Konto"):
        verbs.lock(population, by=cast.karin)
    client.force_login(cast.karin)
    page = client.post(reverse("population_lock", args=[population.pk]), follow=True).content.decode()
    assert "“Konto”" in page or "”Konto”" in page
    assert Population.objects.get(pk=population.pk).state == "draft"
