"""Pages of a list whose keys are sorted first: the whole list's pages, in one query."""

from __future__ import annotations

import pytest
from django.core.paginator import Paginator
from django.db import connection
from django.test.utils import CaptureQueriesContext

from riskreg.models import Risk
from riskreg.web.pages_by_key import PagesByKey
from tests.cast import Cast, make_risk

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("per_page", [1, 3, 7, 50])
def test_its_pages_are_those_of_the_whole_list(cast: Cast, per_page: int) -> None:
    for number in range(7):
        make_risk(cast.plan, f"Risk {number % 3}")
    rows = Risk.objects.select_related("plan__unit").order_by("title_sort", "-pk")
    whole, by_key = Paginator(rows, per_page), PagesByKey(rows, per_page)
    for number in whole.page_range:
        assert list(by_key.page(number)) == list(whole.page(number))
    with CaptureQueriesContext(connection) as asked:
        assert {risk.plan.unit.name for risk in by_key.page(1)} == {cast.board.name}
    (page,) = (one["sql"] for one in asked)
    keys = page.partition(" IN (SELECT ")[2]
    assert "description" not in keys
    assert "LIMIT" in keys


def test_without_rows_its_page_is_empty(cast: Cast) -> None:
    assert list(PagesByKey(Risk.objects.order_by("pk"), 50).page(1)) == []
