"""A Word template is opened in a process of its own, within limits of time and memory (riskreg.importing.confined).

What stands in it is told in the reader's language, so the process has the catalogues, but no apps and no database.
"""

from __future__ import annotations

import sys
from pathlib import Path

import django
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from controls.reporting.writers.word import frame
from controls.reporting.writers.word.template_words import TemplateFault
from riskreg.importing.confined import Limits, run_confined
from riskreg.importing.confined_child import answer_within, is_of_memory
from riskreg.importing.unreadable import UnreadableFile

LIMITS = Limits(seconds=20, memory=768 * 2**20)
"""The product's own template takes half a second, most of it the process's start."""
_MODULE = "controls.reporting.writers.word.confined_check"
_PROJECT = Path(__file__).resolve().parents[4]


def check_confined(content: bytes, limits: Limits = LIMITS) -> None:
    """Check the template as `frame.check_template` does, in a process of its own. Raises TemplateFault."""
    language = translation.get_language() or "sv"
    try:
        answer = run_confined(_MODULE, [language], content, limits, lambda share: None)
    except UnreadableFile as error:
        if error.code == "too_demanding":
            words = _("The template takes too much time or memory to open. Remove what it does not need, and save it again.")
        else:
            words = _("The file is not a Word document (.docx) that can be opened.")
        raise TemplateFault(words) from None
    if answer["fault"]:
        raise TemplateFault(answer["fault"])


def _look(language: str, content: bytes) -> dict[str, str]:
    """Check the template in this process and return its fault in words; none when it is in order."""
    settings.configure(USE_I18N=True, LANGUAGE_CODE="en", LOCALE_PATHS=[_PROJECT / "locale"])
    django.setup()
    with translation.override(language):
        try:
            frame.check_template(content)
        except TemplateFault as fault:
            if is_of_memory(fault):
                raise UnreadableFile("too_demanding") from fault
            return {"fault": str(fault)}
    return {"fault": ""}


if __name__ == "__main__":
    answer_within(int(sys.argv[1]), int(sys.argv[2]), lambda: _look(sys.argv[4], sys.stdin.buffer.read()))
