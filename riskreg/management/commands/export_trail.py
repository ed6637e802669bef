"""`manage.py export_trail`: write the audit trail as JSON Lines."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from riskreg import clock
from riskreg.trail.export import export_lines


class Command(BaseCommand):
    help = gettext_lazy("Writes the whole audit trail, with its seals, as JSON Lines.")  # type: ignore[assignment]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help=_("The file to write; it must not exist."))

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        count = 0
        try:
            with path.open("x", encoding="utf-8", newline="\n") as file:
                for line in export_lines(None, clock.now()):
                    file.write(line)
                    count += 1
        except OSError as problem:
            said = {"file": path, "problem": problem.strerror}
            raise CommandError(_("%(file)s cannot be written: %(problem)s") % said) from None
        self.stdout.write(_("%(count)d lines written to %(file)s.") % {"count": count, "file": path})
