"""`manage.py verify_spans`: compare the risks' spans with their history, and rebuild them if asked."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from riskreg.heatmap import history_ends

NAMED = 10
"""The number of risks named of each fault."""


class Command(BaseCommand):
    help = gettext_lazy(  # type: ignore[assignment]
        "Compares what is kept of the ends of each risk's history, which the look back reads, with the history itself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help=_("Make it anew from the history where it does not match."))

    def handle(self, *args: Any, **options: Any) -> None:
        found = history_ends.verify(connection)
        self._tell(found)
        if not found.is_intact and options["rebuild"]:
            history_ends.rebuild(connection)
            self.stdout.write(_("Made anew from the history."))
            found = history_ends.verify(connection)
            self._tell(found)
        if not found.is_intact:
            raise CommandError(_("What is kept does not match the history. Run it with --rebuild."))
        self.stdout.write(self.style.SUCCESS(_("What is kept matches the history.")))

    def _tell(self, found: history_ends.Check) -> None:
        words = ngettext("Checked: %(count)d risk.", "Checked: %(count)d risks.", found.checked)
        self.stdout.write(words % {"count": found.checked})
        for label, keys in (
            (_("Nothing is kept of"), found.lacking),
            (_("Something else is kept of"), found.wrong),
            (_("Kept without a history"), found.left_over),
        ):
            if keys:
                named = " ".join((_("risk"), ", ".join(map(str, keys[:NAMED])) + (" …" if len(keys) > NAMED else "")))
                self.stdout.write(f"  {label}: {len(keys)} ({named})")
        if not found.is_kept:
            self.stdout.write("  " + _("The triggers that keep it are not there."))
