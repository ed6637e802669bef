#!/usr/bin/env python
"""Django's command line, for this project."""

import os
import sys

WRITES_SOURCES = {"makemigrations", "messages", "squashmigrations"}
"""Commands whose files are a developer's; those of all others are the installation's, and its own account's alone."""


APART = WRITES_SOURCES | {"restore", "run", "help", "version", "check", "--help", "-h", "--version"}
"""Commands that ask for nothing in the database, or that ask themselves whether a restore is under way."""


def hold_installation() -> None:
    """End the process while a restore is under way or unfinished; else no restore begins until it ends.

    On SQLite a command that asked for the database would make an empty one, in whose way the restore then stood.
    """
    import django

    from config.backup.errors import BackupError
    from config.backup.marker import hold_for_command

    django.setup()
    try:
        hold_for_command()
    except BackupError as refusal:
        sys.stderr.write(f"{refusal}\n")
        sys.exit(2)


def main() -> None:
    """Run the command line of Django with the product's settings.

    Where the database lacks tables that the command asks for, that is said, not shown as a traceback (`--traceback` shows it).
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line
    from django.db import DatabaseError

    from config.private_files import narrow_umask

    if not WRITES_SOURCES.intersection(sys.argv[1:2]):
        narrow_umask()
    if sys.argv[1:] and not APART.intersection(sys.argv[1:2]) and not {"-h", "--help"} & set(sys.argv):
        hold_installation()
    try:
        execute_from_command_line(sys.argv)
    except DatabaseError as error:
        from config import unprepared

        said = None if "--traceback" in sys.argv else unprepared.explain(error)
        if said is None:
            raise
        sys.stderr.write(f"{said}\n")
        sys.exit(unprepared.EXIT_CODE)


if __name__ == "__main__":
    main()
