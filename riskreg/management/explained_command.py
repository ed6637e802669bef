"""The base of commands that scripts run: --help explains each exit code, and gives an example."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser, DjangoHelpFormatter
from django.utils.translation import gettext as _

CONTRADICTED, NOT_STARTED = 1, 2
"""Exit codes: the checked data does not hold; or nothing was checked, because of the call (argparse's code, too)."""


class NotStarted(CommandError):
    """The command was called for something that is not there, or that may not be done: nothing was looked at."""

    def __init__(self, message: str) -> None:
        super().__init__(message, returncode=NOT_STARTED)


class _AsWritten(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Formatter that keeps the lines of the epilog."""


class ExplainedCommand(BaseCommand):
    exit_codes: ClassVar[dict[int, Any]]
    """The meaning of each exit code."""
    example: ClassVar[str]
    """A whole line, as typed after `manage.py`."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        codes = "\n".join(f"  {code}  {meaning}" for code, meaning in self.exit_codes.items())
        told = "\n".join((_("Exit codes:"), codes, "", _("Example:"), f"  manage.py {self.example}"))
        return super().create_parser(prog_name, subcommand, formatter_class=_AsWritten, epilog=told, **kwargs)
