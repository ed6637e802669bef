"""Pages of a long list whose rows are wide: the keys are sorted first, and only the rows of the page are read."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator


class PagesByKey(Paginator):
    """The pages of an ordered queryset of records.

    A database that sorts rows carries along all that is selected of each, and of what they refer to. Here it sorts keys, and then
    reads the records of the page's keys; in one query.
    """

    def page(self, number: int | str) -> Page[Any]:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        rows: Any = self.object_list
        keys = rows.values("pk")[first : first + self.per_page]
        return Page(rows.filter(pk__in=keys), number, self)
