"""The verbs of registers that ask first: their questions and messages."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from controls.models import Register
from controls.monitoring.registers.gate import REGISTERS, VERB_LABELS
from controls.monitoring.registers.verbs import Described, change, close, reopen
from controls.views.monitoring.forms import ChangeForm
from controls.views.monitoring.seen import place_of, seen_register
from riskreg.models import User
from riskreg.web.asking import AskingForm, ReasonForm, RecordVerb, ask, by_name


class CloseForm(ReasonForm):
    def remarks(self) -> list[str]:
        return [_("No more files are taken, by hand or from the folder. What the register holds stays until it is weeded.")]


def _change(register: Register, *, by: User, **given: Any) -> Register:
    return change(register, by=by, described=Described(**given))


def _verb(name: str, act: Any, form: type[AskingForm], said: Any, **how: Any) -> RecordVerb:
    def words(_asked: Register, done: Register) -> str:
        return str(said % {"register": done})

    return RecordVerb(name, VERB_LABELS[name], act, form=form, why_not=REGISTERS.why_not, said=words, **how)


VERBS = by_name(
    _verb("change", _change, ChangeForm, gettext_lazy("The register is changed: %(register)s."), button=lambda: _("Save")),
    _verb("close", close, CloseForm, gettext_lazy("The register is closed: %(register)s."), tone="danger"),
    _verb("reopen", reopen, ReasonForm, gettext_lazy("The register is in use again: %(register)s.")),
)


@require_http_methods(["GET", "HEAD", "POST"])
def register_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponseBase:
    """Change the register, close it, or take it into use again."""
    found = seen_register(cast(User, request.user), pk)
    return ask(request, VERBS[verb], found, place_of(found))
