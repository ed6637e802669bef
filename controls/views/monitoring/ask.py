"""The verbs of registers that ask first: their questions and messages."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from controls.models import Register
from controls.monitoring.registers.gate import REGISTERS, VERB_LABELS
from controls.monitoring.registers.verbs import Described, change, close, reopen
from controls.views.monitoring.forms import ChangeForm
from controls.views.monitoring.seen import place_of, seen_register
from riskreg.models import User
from riskreg.web.asking import ReasonForm, RecordVerb, ask, by_name


class CloseForm(ReasonForm):
    def remarks(self) -> list[str]:
        return [_("No more files are taken, by hand or from the folder. What the register holds stays until it is weeded.")]


def _change(register: Register, *, by: User, **given: Any) -> Register:
    return change(register, by=by, described=Described(**given))


VERBS = by_name(
    RecordVerb("change", VERB_LABELS["change"], _change, form=ChangeForm, why_not=REGISTERS.why_not, button=lambda: _("Save")),
    RecordVerb("close", VERB_LABELS["close"], close, form=CloseForm, why_not=REGISTERS.why_not, tone="danger"),
    RecordVerb("reopen", VERB_LABELS["reopen"], reopen, form=ReasonForm, why_not=REGISTERS.why_not),
)


@require_http_methods(["GET", "HEAD", "POST"])
def register_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponseBase:
    """Change the register, close it, or take it into use again."""
    found = seen_register(cast(User, request.user), pk)
    return ask(request, VERBS[verb], found, place_of(found))
