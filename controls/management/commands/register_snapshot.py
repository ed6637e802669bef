"""`manage.py register_snapshot`: hand in a file on the server to a register, as the watched folder does."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controls.models import RegisterSnapshot
from controls.monitoring.registers.inbox import NoSuchRegister, feed_file, find_register
from controls.monitoring.registers.verbs import StillTheSame
from riskreg import clock
from riskreg.management.explained_command import ExplainedCommand, NotStarted
from riskreg.verbs.errors import Refused


class Command(ExplainedCommand):
    help = gettext_lazy("Hands in a file on the server to a register, and says what became of it.")  # type: ignore[assignment]
    exit_codes = {
        0: gettext_lazy("the file is a snapshot, is read and waits for a person, or confirms that the register is unchanged"),
        1: gettext_lazy("the file is refused: it cannot be read, or is in the register already"),
        2: gettext_lazy("register or file are not there, or the arguments are wrong"),
    }
    example = "register_snapshot leverantorsregister /srv/export/lev.csv --as-of 2026-03-31"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("register", help=_("The register's number, or its name as in an address."))
        parser.add_argument("file", type=Path)
        parser.add_argument("--as-of", type=date.fromisoformat, metavar="DAY", help=_("The day it tells of; default: today."))

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise NotStarted(_("There is no file %(file)s.") % {"file": path})
        try:
            register = find_register(options["register"])
        except NoSuchRegister as refusal:
            raise NotStarted(str(refusal)) from refusal
        try:
            words = feed_file(register, path, as_of=options["as_of"] or clock.today(), way=RegisterSnapshot.Way.COMMAND)
        except StillTheSame as unchanged:
            words = str(unchanged)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        self.stdout.write(words)
