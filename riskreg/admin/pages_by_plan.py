"""Pages of an admin's list that is ordered by plan, the newest year first.

The order of such a list cannot be read from an index: it begins with the year and the name of a plan's unit, which stand in
other tables. Sorting all rows to show fifty of them would cost more with every year. So the rows are counted by plan, and only
those of the plans that the page reaches into are sorted and read.
"""

from __future__ import annotations

from functools import cached_property
from itertools import groupby
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet

from riskreg.models import ControlPlan


class PagesByPlan(Paginator):
    """The pages of a queryset ordered by the year (falling) and then the order of the plan that the field leads to."""

    def __init__(self, plan: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._plan = plan

    @staticmethod
    def suits(queryset: QuerySet[Any], plan: str) -> bool:
        """Return whether the queryset is ordered in that way, and holds no row twice."""
        return tuple(queryset.query.order_by[:2]) == (f"-{plan}__year", plan) and not queryset.query.distinct

    @cached_property
    def count(self) -> int:
        return sum(rows for _plans, rows in self._places)

    @cached_property
    def _places(self) -> list[tuple[list[int], int]]:
        """The plans in the list's order, those of the same place together, each time with the number of their rows."""
        rows: Any = self.object_list
        counted = rows.order_by().values(self._plan).annotate(number=Count("pk"))
        numbers = dict(counted.values_list(self._plan, "number"))
        ordered = ControlPlan.objects.order_by("-year", "unit__name_sort", "pk").values_list("year", "unit__name_sort", "pk")
        with_rows = (row for row in ordered if row[2] in numbers)
        places = ([pk for *_place, pk in together] for _place, together in groupby(with_rows, key=lambda row: row[:2]))
        return [(plans, sum(numbers[pk] for pk in plans)) for plans in places]

    def page(self, number: int | str) -> Page[Any]:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        last = first + self.per_page
        if last + self.orphans >= self.count:
            last = self.count
        before, reached = 0, []
        for plans, rows in self._places:
            if before + rows <= first:
                first, last = first - rows, last - rows
                continue
            reached += plans
            before += rows
            if before >= last:
                break
        rows_of_page: Any = self.object_list
        return Page(rows_of_page.filter(**{f"{self._plan}__in": reached})[first:last], number, self)
