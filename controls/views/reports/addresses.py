"""Path converters for the addresses of reports: /rapporter/sammanstallning/1/delarsbokslut-2025/."""

from __future__ import annotations

import re

from controls.reporting.kinds import KINDS, PLAN
from controls.views.reports.closing_kinds import ClosingKindConverter

_BY_SLUG = {kind.slug: kind.code for kind in KINDS.values()}
_PLAN_SLUG = "plan"


class ReportKindConverter:
    """Path converter `report`: the view receives, and reverse() takes, a kind's code."""

    regex = "|".join(_BY_SLUG)

    def to_python(self, value: str) -> str:
        return _BY_SLUG[value]

    def to_url(self, value: str) -> str:
        return KINDS[value].slug


class OccasionConverter:
    """Path converter `occasion`: a closing's kind, the same with its year, or the plan itself."""

    regex = rf"{_PLAN_SLUG}|(?:{ClosingKindConverter.regex})(?:-[0-9]{{4}})?"
    _closings = ClosingKindConverter()

    def to_python(self, value: str) -> str:
        if value == _PLAN_SLUG:
            return PLAN
        slug, year = self._split(value)
        return self._closings.to_python(slug) + year

    def to_url(self, value: str) -> str:
        if value == PLAN:
            return _PLAN_SLUG
        kind, year = self._split(value)
        return self._closings.to_url(kind) + year

    @staticmethod
    def _split(value: str) -> tuple[str, str]:
        found = re.fullmatch(r"(.*?)(-[0-9]{4})?", value)
        assert found is not None
        return found[1], found[2] or ""


class EndingConverter:
    """Path converter `ending`: a file's format."""

    regex = "docx|pdf|xlsx|json"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
