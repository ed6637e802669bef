"""`manage.py restore`: an installation from a backup, on the same database engine or the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.backup import disk, passphrase
from config.backup.archive import About, Archive, Contents
from config.backup.errors import BackupError
from config.backup.restoring import Restored, restore
from riskreg import clock
from riskreg.management.explained_command import ExplainedCommand, NotStarted
from riskreg.trail.findings import state

ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


class Command(ExplainedCommand):
    help = gettext_lazy(  # type: ignore[assignment]
        "Restores a backup into the installation that the settings name (DATABASE_URL, MEDIA_ROOT), which must not run: checks "
        "the file, builds everything beside, compares every row, puts it in place and verifies trail, files and samples."
    )
    exit_codes = {
        0: gettext_lazy("restored, and trail, records, files and samples are intact; with --check: the backup is whole"),
        1: gettext_lazy("restored as it was in the backup, but not everything in it matches; what differs is named"),
        2: gettext_lazy("nothing was restored; what stands in the way is said"),
    }
    example = "restore /backup/riskreg-2026-11-30.tar --passphrase-file /etc/riskreg/backup-passphrase --over riskreg.sqlite3"
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help=_("The backup."))
        parser.add_argument(
            "--check", action="store_true", help=_("Read the whole backup, say what is in it, and restore nothing.")
        )
        parser.add_argument(
            "--over",
            default="",
            metavar="NAME",
            help=_("Restore over an installation that is not empty: the name of its database. What is there is kept beside."),
        )
        parser.add_argument("--key", action="store_true", help=_("Take over SECRET_KEY from the backup."))
        parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help=_("The file that holds the passphrase."))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            archive = self._archive(options["file"], options["passphrase_file"])
            if options["check"]:
                self._say_what_is_in_it(*archive.check())
                self.stdout.write(self.style.SUCCESS(_("The backup is whole.")))
                return
            restored = restore(archive, over=options["over"], with_key=options["key"], tell=self._tell)
        except BackupError as refusal:
            raise NotStarted(str(refusal)) from None
        self._summary(restored)

    def _archive(self, path: Path, passphrase_file: Path | None) -> Archive:
        try:
            archive = Archive(path)
            if archive.is_encrypted:
                archive = Archive(path, passphrase.for_reading(passphrase_file))
        except OSError as problem:
            raise NotStarted(_("%(file)s cannot be read: %(problem)s") % {"file": path, "problem": problem.strerror}) from None
        return archive

    def _tell(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()

    def _say_what_is_in_it(self, about: About, contents: Contents) -> None:
        said = {
            "version": about.version,
            "engine": ENGINES.get(about.engine, about.engine),
            "moment": f"{clock.municipal(about.made_at):%Y-%m-%d %H:%M:%S}",
            "tables": len(contents.rows),
            "rows": sum(contents.rows.values()),
            "files": about.file_count,
            "megabytes": disk.megabytes(about.file_bytes),
            "head": about.head or "–",
        }
        self.stdout.write(
            _(
                "Riskreg %(version)s on %(engine)s as of %(moment)s: %(tables)d tables, %(rows)d rows, %(files)d files "
                "(%(megabytes)d MB). Head of the trail: %(head)s"
            )
            % said
        )

    def _summary(self, restored: Restored) -> None:
        self._say_what_is_in_it(restored.about, restored.contents)
        self.stdout.write(_("Every row and every file is as in the backup."))
        for note in restored.notes:
            self.stdout.write(note)
        if restored.kept:
            self.stdout.write(_("What was there before is kept: %(places)s") % {"places": ", ".join(restored.kept)})
        for fault in restored.faults:
            self.stderr.write(f"  {fault}")
        for statement in state(restored.proof.trail.findings, None):
            self.stderr.write(f"  {statement.label}: {statement.text}")
        for sample, texts in restored.proof.contradicted:
            for text in texts:
                self.stderr.write("  " + _("Sample %(number)d: %(text)s") % {"number": sample.pk, "text": text})
        if not restored.proof.spans_are_intact:
            self.stderr.write("  " + _("What is kept of the ends of the history does not match it: run verify_spans --rebuild."))
        if not restored.is_intact:
            raise CommandError(_("Restored, but not everything in it matches: it was so in the backup, too."))
        self.stdout.write(self.style.SUCCESS(_("Restored: the trail, the records, the files and the samples are intact.")))
