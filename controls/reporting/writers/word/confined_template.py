"""A Word template is opened in a process of its own, within limits of time and memory (riskreg.importing.confined).

It is so at the upload, where it is checked, and each time a report is written in it: what was accepted once may still
take what nobody foresaw. What stands in it is told in the reader's language, so the process has the catalogues, but no
apps and no database.
"""

from __future__ import annotations

import json
import sys
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import django
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from controls.reporting.paper import Paper, as_json, from_json
from controls.reporting.writers.word import document, frame
from controls.reporting.writers.word.template_words import TemplateFault
from riskreg.importing.confined import Limits, run_confined
from riskreg.importing.confined_child import answer_within, is_of_memory
from riskreg.importing.unreadable import UnreadableFile

LIMITS = Limits(seconds=20, memory=768 * 2**20)
"""The product's own template takes half a second, most of it the process's start."""
FILLING_LIMITS = Limits(seconds=60, memory=2 * 2**30)
"""A report of 3,000 rows takes 3 seconds and 440 MB."""
_MODULE = "controls.reporting.writers.word.confined_template"
_PROJECT = Path(__file__).resolve().parents[4]
_CHECK, _FILL_IN = "check", "fill_in"


def check_confined(content: bytes, limits: Limits = LIMITS) -> None:
    """Check the template as `frame.check_template` does, in a process of its own. Raises TemplateFault."""
    _ask(_CHECK, content, limits)


def fill_in_confined(
    template: bytes, paper: Paper, *, bitmaps: Sequence[bytes], author: str, made_at: datetime, limits: Limits = FILLING_LIMITS
) -> bytes:
    """Fill the template in as `document.fill_in` does, in a process of its own. Raises TemplateFault."""
    told = {
        "paper": as_json(paper),
        "bitmaps": [b64encode(one).decode() for one in bitmaps],
        "author": author,
        "made_at": made_at.isoformat(),
    }
    return b64decode(_ask(_FILL_IN, json.dumps(told).encode() + b"\n" + template, limits))


def _ask(what: str, data: bytes, limits: Limits) -> str:
    """Return what the process made, as text; raise TemplateFault with its words, or with what its limits say."""
    language = translation.get_language() or "sv"
    try:
        answer = run_confined(_MODULE, [what, language], data, limits, lambda share: None)
    except UnreadableFile as error:
        if error.code == "too_demanding":
            words = _("The template takes too much time or memory to open. Remove what it does not need, and save it again.")
        else:
            words = _("The file is not a Word document (.docx) that can be opened.")
        raise TemplateFault(words) from None
    if answer["fault"]:
        raise TemplateFault(answer["fault"])
    return str(answer["made"])


def _work(what: str, language: str, data: bytes) -> dict[str, str]:
    """Check or fill in the template in this process; return what was made of it, or its fault in words."""
    settings.configure(USE_I18N=True, LANGUAGE_CODE="en", LOCALE_PATHS=[_PROJECT / "locale"])
    django.setup()
    with translation.override(language):
        try:
            return {"fault": "", "made": _MAKE[what](data)}
        except TemplateFault as fault:
            if is_of_memory(fault):
                raise UnreadableFile("too_demanding") from fault
            return {"fault": str(fault)}


def _check(content: bytes) -> str:
    frame.check_template(content)
    return ""


def _fill_in(data: bytes) -> str:
    told, _end, template = data.partition(b"\n")
    given = json.loads(told)
    filled = document.fill_in(
        template,
        from_json(given["paper"]),
        bitmaps=[b64decode(one) for one in given["bitmaps"]],
        author=given["author"],
        made_at=datetime.fromisoformat(given["made_at"]),
    )
    return b64encode(filled).decode()


_MAKE = {_CHECK: _check, _FILL_IN: _fill_in}

if __name__ == "__main__":
    answer_within(int(sys.argv[1]), int(sys.argv[2]), lambda: _work(sys.argv[4], sys.argv[5], sys.stdin.buffer.read()))
