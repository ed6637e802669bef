"""Path converter for a closing's kind in an address: /rapporter/12/delarsbokslut/."""

from __future__ import annotations

from controls.models import Closing

_SLUGS = {
    Closing.Kind.FIRST_TERTIAL.value: "tertial-1",
    Closing.Kind.INTERIM.value: "delarsbokslut",
    Closing.Kind.ANNUAL.value: "arsbokslut",
}
_KINDS = {slug: kind for kind, slug in _SLUGS.items()}


class ClosingKindConverter:
    """Path converter `closing`: the view receives, and reverse() takes, a Closing.Kind's value."""

    regex = "|".join(_KINDS)

    def to_python(self, value: str) -> str:
        return _KINDS[value]

    def to_url(self, value: str) -> str:
        return _SLUGS[value]
