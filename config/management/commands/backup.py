"""`manage.py backup`: the whole installation in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config.backup import disk, passphrase
from config.backup.archive import KEY
from config.backup.errors import BackupError
from config.backup.saving import Saved, save
from riskreg.management.explained_command import ExplainedCommand, NotStarted

NAMED = 20
"""The number of missing files that are named."""


class Command(ExplainedCommand):
    help = gettext_lazy(  # type: ignore[assignment]
        "Writes database and files, as they are at one moment, into one file, while people work. `manage.py restore` reads it, "
        "into SQLite or PostgreSQL."
    )
    exit_codes = {
        0: gettext_lazy("the backup is written, and was read again"),
        1: gettext_lazy("the backup is written, but files that records name were missing before; they are named"),
        2: gettext_lazy("no backup was made, or the arguments are wrong"),
    }
    example = "backup /backup/riskreg-2026-11-30.tar --encrypt --passphrase-file /etc/riskreg/backup-passphrase"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help=_("The file to write; it must not exist."))
        parser.add_argument("--key", action="store_true", help=_("Put SECRET_KEY into the backup, too."))
        parser.add_argument(
            "--encrypt",
            action="store_true",
            help=_("Encrypt it with a passphrase: from --passphrase-file, %(name)s, or asked for.")
            % {"name": passphrase.VARIABLE},
        )
        parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help=_("The file that holds the passphrase."))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            chosen = passphrase.for_writing(options["passphrase_file"]) if options["encrypt"] else None
            saved = save(options["file"], passphrase=chosen, with_key=options["key"], tell=self._tell)
        except BackupError as refusal:
            raise NotStarted(str(refusal)) from None
        self._summary(saved)
        if saved.about.missing_files:
            for name in saved.about.missing_files[:NAMED]:
                self.stderr.write(f"  {name}")
            count = len(saved.about.missing_files)
            raise CommandError(
                ngettext(
                    "%(count)d file that a record names was not there. The backup is written without it.",
                    "%(count)d files that records name were not there. The backup is written without them.",
                    count,
                )
                % {"count": count}
            )
        self.stdout.write(self.style.SUCCESS(_("The backup is complete.")))

    def _tell(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()

    def _summary(self, saved: Saved) -> None:
        said = {
            "file": saved.path,
            "megabytes": disk.megabytes(saved.bytes),
            "tables": len(saved.contents.rows),
            "rows": sum(saved.contents.rows.values()),
            "files": saved.about.file_count,
            "head": saved.about.head or "–",
        }
        self.stdout.write(
            _("%(file)s: %(megabytes)d MB, %(tables)d tables, %(rows)d rows, %(files)d files. Head of the trail: %(head)s") % said
        )
        if KEY in saved.contents.members:
            words = (
                _("SECRET_KEY is in the backup: who has the passphrase can forge sign-ins.")
                if saved.is_encrypted
                else _("SECRET_KEY is in the backup, and it is not encrypted: who reads the file can forge sign-ins.")
            )
            self.stderr.write(self.style.WARNING(words))
        if not saved.is_encrypted:
            self.stderr.write(
                self.style.WARNING(_("The backup is not encrypted: who reads the file reads everything in the register."))
            )
