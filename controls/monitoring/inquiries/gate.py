"""The gate of inquiries (riskreg.verbs.gate)."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from controls.models import Inquiry
from controls.transitions import INQUIRY
from riskreg.verbs.errors import Refused
from riskreg.verbs.gate import Gated

LABELS: dict[str, Callable[[], str]] = {
    "conclude": lambda: _("Record the answer"),
    "wait_longer": lambda: _("Wait longer"),
    "assign": lambda: _("Let somebody else wait for it"),
    "attach": lambda: _("Add files"),
    "detach": lambda: _("Remove the file"),
    "reopen": lambda: _("Take up again"),
}


def takes_files(inquiry: Inquiry, label: str) -> None:
    """Raise Refused for an extract of criminal records: what it says is not stored."""
    if not inquiry.takes_words:
        raise Refused(_("No file is kept of an extract of criminal records, only that it was asked for and what came of it."))


INQUIRIES: Gated[Inquiry] = Gated(
    workflow=INQUIRY,
    labels=LABELS,
    rows=lambda: Inquiry.objects.select_related("unit", "alert__watch__register__unit", "alert__watch__seen_at", "responsible"),
    unit=lambda inquiry: inquiry.unit,
    conditions={"takes_files": takes_files},
)
